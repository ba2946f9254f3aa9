package gateway

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"mayfly/web"
)

var updateDocs = flag.Bool("update-docs", false, "writes what is generated of web/docs: errors, imports, metrics")

// docsFolder is where the documents are in the tree.
const docsFolder = "../web/docs"

// page is a document as a browser gets it.
type docBody struct {
	links []string // of a and img
	ids   map[string]bool
}

// fetchDoc gets a page or file from the gateway and reads its links.
func fetchDoc(t *testing.T, s *Server, at string) (status int, d docBody) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, at, nil))
	d.ids = map[string]bool{}
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		return w.Code, d
	}
	tree, err := html.Parse(w.Body)
	require.NoError(t, err)
	for n := range tree.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				require.False(t, d.ids[a.Val], "%s: two elements with the id %s", at, a.Val)
				d.ids[a.Val] = true
			case a.Key == "href" || a.Key == "src":
				d.links = append(d.links, a.Val)
			}
		}
	}
	return w.Code, d
}

// documents are the Markdown files, by the address of the page made of each.
func documents(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(web.Docs(), "*.md")
	require.NoError(t, err)
	all := map[string]string{}
	for _, n := range names {
		text, err := fs.ReadFile(web.Docs(), n)
		require.NoError(t, err)
		at := "/docs/" + strings.TrimSuffix(n, ".md")
		if n == "index.md" {
			at = "/docs"
		}
		all[at] = string(text)
	}
	require.Greater(t, len(all), 8)
	return all
}

// madePages are the pages that are made of the machine-readable files.
var madePages = []string{"/docs/events", "/docs/http"}

// Every link of every page leads somewhere, to the paragraph that it names,
// and every page can be reached from the first one. On the disk, where people
// read the files themselves, they lead to files.
func TestDocumentLinks(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	type answer struct {
		status int
		d      docBody
	}
	known := map[string]answer{}
	fetch := func(at string) answer {
		if _, ok := known[at]; !ok {
			status, d := fetchDoc(t, s, at)
			known[at] = answer{status, d}
		}
		return known[at]
	}
	var pages []string
	for at, text := range documents(t) {
		pages = append(pages, at)
		requireFiles(t, docsFolder, at, text)
	}
	pages = append(pages, madePages...)
	links := 0
	for _, at := range pages {
		page := fetch(at)
		require.Equal(t, http.StatusOK, page.status, at)
		base := &url.URL{Path: at}
		for _, link := range page.d.links {
			to, err := base.Parse(link)
			require.NoError(t, err, "%s: %s", at, link)
			if to.Host != "" {
				require.Equal(t, "https", to.Scheme, "%s: %s", at, link)
				continue
			}
			links++
			there := fetch(to.Path)
			require.Equal(t, http.StatusOK, there.status, "%s: nothing at %s", at, link)
			if to.Fragment != "" {
				require.True(t, there.d.ids[to.Fragment], "%s: %s has no such paragraph", at, link)
			}
		}
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	requireFiles(t, "..", "README.md", string(readme))
	for _, at := range pages {
		require.Contains(t, fetch("/docs").d.links, at)
	}
	t.Logf("n = %d pages, %d links", len(pages), links)
}

// The contents list every page once, and no page that there is not.
func TestDocumentContents(t *testing.T) {
	var listed, there []string
	for _, g := range docGroups {
		for _, name := range g.pages {
			listed = append(listed, docHref(name))
		}
	}
	for at := range documents(t) {
		there = append(there, at)
	}
	require.ElementsMatch(t, append(there, madePages...), listed)
}

// What is not there is said in a page that leads on, and a folder's slash is
// no other page.
func TestDocumentNotFound(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	status, d := fetchDoc(t, s, "/docs/nowhere")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, d.links, "/docs")
	status, _ = fetchDoc(t, s, "/docs/")
	require.Equal(t, http.StatusOK, status)
}

// The page about the element has the hash of the element that this gateway
// serves, and the element's own answer says the same.
func TestDocumentIntegrity(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	get := func(at string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, at, nil))
		require.Equal(t, http.StatusOK, w.Code)
		return w
	}
	element := get("/embed/" + web.Version + "/mayfly-avatar.js")
	sum := sha512.Sum384(element.Body.Bytes())
	hash := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	require.Equal(t, hash, element.Header().Get("Mayfly-Integrity"))
	page := get("/docs/embed").Body.String()
	require.Contains(t, html.UnescapeString(page), `integrity="`+hash+`"`)
	require.NotContains(t, page, "sha384-...")
	require.Contains(t, page, "/embed/"+web.Version+"/mayfly-avatar.js")
}

// The reference of events has a section for each definition of the schema and
// a row for each field in it; the reference of addresses, for each address.
func TestDocumentReference(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	_, events := fetchDoc(t, s, "/docs/events")
	raw, err := fs.ReadFile(web.Docs(), "events.schema.json")
	require.NoError(t, err)
	var schema struct {
		Defs map[string]any `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(raw, &schema))
	page := string(eventsPage(raw))
	sections := map[string]string{}
	for _, part := range strings.Split(page, "\n### `")[1:] {
		name, body, _ := strings.Cut(part, "`")
		sections[name] = body
	}
	fields := 0
	for name, def := range schema.Defs {
		if name == "ClientEvent" || name == "ServerEvent" {
			continue
		}
		require.True(t, events.ids[name], "%s has no section", name)
		for _, field := range fieldsOf(def, "") {
			require.Contains(t, sections[name], "| `"+field+"` |", "%s: no row for %s", name, field)
			fields++
		}
	}
	require.Len(t, sections, len(schema.Defs)-2, "a section of nothing")
	require.Greater(t, fields, 300)
	_, addresses := fetchDoc(t, s, "/docs/http")
	raw, err = fs.ReadFile(web.Docs(), "openapi.json")
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(raw, &document))
	operations := 0
	for at, methods := range document.Paths {
		for method, operation := range methods {
			about, ok := operation.(map[string]any)
			if !ok {
				continue // of all methods
			}
			id, _ := about["operationId"].(string)
			require.True(t, addresses.ids[id], "%s %s has no section", method, at)
			require.Contains(t, string(httpPage(raw)), "## `"+strings.ToUpper(method)+" "+at+"`")
			operations++
		}
	}
	t.Logf("n = %d definitions, %d fields, %d operations", len(sections), fields, operations)
}

// fieldsOf is the path of every field that a definition itself describes.
func fieldsOf(def any, prefix string) []string {
	m, ok := def.(map[string]any)
	if !ok {
		return nil
	}
	var all []string
	if properties, ok := m["properties"].(map[string]any); ok {
		for name, field := range properties {
			all = append(all, prefix+name)
			all = append(all, fieldsOf(field, prefix+name+".")...)
		}
	}
	if items, ok := m["items"]; ok {
		all = append(all, fieldsOf(items, strings.TrimSuffix(prefix, ".")+"[].")...)
	}
	for _, kind := range []string{"anyOf", "oneOf"} {
		list, _ := m[kind].([]any)
		for _, one := range list {
			all = append(all, fieldsOf(one, prefix)...)
		}
	}
	return all
}

var markdownLink = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

// requireFiles demands that the relative links of a file lead to files.
func requireFiles(t *testing.T, folder, name, text string) {
	t.Helper()
	for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") || strings.HasPrefix(m[1], "/docs/") {
			continue // the last are pages that are made, and held by their links
		}
		_, err := os.Stat(filepath.Join(folder, m[1]))
		require.NoError(t, err, name)
	}
}

// Every address that a listener of the program answers at is in openapi.json
// and the reverse. Both are taken from what is written: the addresses from
// the source of every package that serves, wherever one is given to a mux, so
// that none is missed beside the table of routes.
func TestRoutesAreDocumented(t *testing.T) {
	coded := slices.DeleteFunc(routesIn(t, ".", "../cmd/mayfly"), func(route string) bool {
		return route == "GET /v1/admin/" || route == "GET /audit/" || // have a document of their own
			route == "GET /assets" || route == "GET /docs/" // where a mux would redirect: not found, and as without the slash
	})
	require.ElementsMatch(t, coded, documentedRoutes(t))
}

// documentedRoutes are the methods and addresses of openapi.json.
func documentedRoutes(t *testing.T) []string {
	t.Helper()
	raw, err := fs.ReadFile(web.Docs(), "openapi.json")
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(raw, &document))
	var written []string
	for at, methods := range document.Paths {
		for m := range methods {
			if m = strings.ToUpper(m); slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"}, m) {
				written = append(written, m+" "+at)
			}
		}
	}
	return written
}

// routesIn are the methods and addresses that the source in some folders gives
// to a mux. What it cannot read fails: an address is written where it is
// given, or in the table of routes.
func routesIn(t *testing.T, folders ...string) []string {
	t.Helper()
	var coded []string
	for _, r := range routeTable() {
		coded = append(coded, r.method+" "+r.pattern)
	}
	// Where an address is put together, and of what.
	known := map[string][]string{
		`r.method + " " + r.pattern`:          nil, // the table
		`"OPTIONS " + r.pattern`:              nil, // preflights of the table
		`"GET " + pattern`:                    nil, // get of the assets, read at its calls
		`"/embed/" + web.Version + "/{file}"`: {"/embed/" + web.Version + "/{file}"},
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			if e.Name() == "operator.go" || e.Name() == "oidc.go" {
				continue // the socket in the data folder, and what is below /v1/admin/, have documents of their own
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(folder, e.Name()), nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 2 {
					return true
				}
				name := ""
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
				case *ast.Ident:
					name = "func " + f.Name
				}
				if name != "HandleFunc" && name != "Handle" && name != "func get" || e.Name() == "logging.go" {
					return true // the last is a logger's
				}
				var written strings.Builder
				require.NoError(t, printer.Fprint(&written, set, call.Args[0]))
				patterns, ok := known[written.String()]
				if !ok {
					pattern, err := strconv.Unquote(written.String())
					require.NoError(t, err, "%s: the address %s is not written out", set.Position(n.Pos()), &written)
					patterns = []string{pattern}
				}
				for _, p := range patterns {
					if strings.HasPrefix(p, "/") {
						p = "GET " + p
					}
					coded = append(coded, strings.NewReplacer("{$}", "", "...}", "}").Replace(p))
				}
				return true
			})
		}
	}
	return coded
}

// fence is the first line of a block of code.
var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// Every command in a document is run here, against a real gateway, or says of
// itself that it is an example.
func TestDocumentCommands(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Nothing."}}, nil)
	ran := 0
	for at, text := range documents(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			language, word, _ := strings.Cut(m[1], " ")
			if !slices.Contains([]string{"sh", "bash", "console", "shell"}, language) || word == "example" {
				continue
			}
			require.Equal(t, "run", word, "%s: say sh run, or sh example, of\n%s", at, m[2])
			cmd := exec.Command("sh", "-ec", m[2])
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "MAYFLY_URL=" + r.http.URL, "MAYFLY_KEY=" + r.key}
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s:\n%s%s", at, m[2], out)
			require.NotEmpty(t, out)
			ran++
		}
	}
	require.GreaterOrEqual(t, ran, 2)
}

// JSON in a document is JSON, one value to a line or one in all.
func TestDocumentJSON(t *testing.T) {
	n := 0
	for at, text := range documents(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			if m[1] != "json" {
				continue
			}
			dec := []string{m[2]}
			var v any
			if json.Unmarshal([]byte(m[2]), &v) != nil {
				dec = strings.Split(strings.TrimSpace(m[2]), "\n")
			}
			for _, one := range dec {
				require.NoError(t, json.Unmarshal([]byte(one), &v), "%s: %s", at, one)
				n++
			}
		}
	}
	require.NotZero(t, n)
}

// The policy that pages are served with leaves nothing of a document out: no
// inline style or script, and pictures from here.
func TestDocumentsObeyTheirPolicy(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	for _, g := range docGroups {
		for _, name := range append(g.pages, "nowhere") {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, docHref(name), nil))
			require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
			page := strings.ReplaceAll(w.Body.String(), `<script type="module" src="/assets/shared/docs.js"></script>`, "")
			require.NotRegexp(t, `(?i)<script|<style|\sstyle="|\son[a-z]+="`, page, name)
		}
	}
}

// generated holds the part of a document between <!-- name --> and
// <!-- /name --> against what made it, or writes it.
func generated(t *testing.T, file, name, want string) {
	t.Helper()
	at := path.Join(docsFolder, file)
	text, err := os.ReadFile(at)
	require.NoError(t, err)
	open, end := []byte("<!-- "+name+" -->\n"), []byte("<!-- /"+name+" -->\n")
	head, rest, ok := bytes.Cut(text, open)
	require.True(t, ok, "%s has no place for %s", file, name)
	was, tail, ok := bytes.Cut(rest, end)
	require.True(t, ok, "%s has no end of %s", file, name)
	if *updateDocs {
		require.NoError(t, os.WriteFile(at, slices.Concat(head, open, []byte(want), end, tail), 0o644))
		return
	}
	require.Equal(t, want, string(was), "%s is out of date: go test ./gateway -run Generated -update-docs", file)
}

var (
	docSpan     = regexp.MustCompile("`([^`\n]+)`")
	namedTest   = regexp.MustCompile(`\b((?:Test|Benchmark)[A-Z]\w+)`)
	namedFolder = regexp.MustCompile(`(?:^|[ (])\./((?:cmd|gateway|session|web|\.ci)[\w./-]*)`)
	namedRun    = regexp.MustCompile(`-run ('[^']+'|\S+)`)
	namedFile   = regexp.MustCompile(`^(?:cmd|gateway|session|web|\.ci)/[\w./-]+\.\w+$`)
	namedTarget = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	namedFlag   = regexp.MustCompile(`(?:^| )(--[a-z][a-z-]+)`)
)

// What a document names of the tree is there: tests, packages, files, targets
// of make and flags.
func TestDocumentNames(t *testing.T) {
	var tests strings.Builder
	require.NoError(t, filepath.WalkDir("..", func(at string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "out") {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(at, "_test.go") {
			source, err := os.ReadFile(at)
			require.NoError(t, err)
			tests.Write(source)
		}
		return err
	}))
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	all := documents(t)
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	all["README.md"] = string(readme)
	flags := all["/docs/configuration"]
	n := 0
	for at, text := range all {
		var code []string
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			code = append(code, strings.Split(m[2], "\n")...)
		}
		for _, m := range docSpan.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			code = append(code, m[1])
		}
		for _, c := range code {
			if at != "/docs/testing" && !strings.Contains(c, "-run") { // there a plant is explained with one of its own
				for _, m := range namedTest.FindAllStringSubmatch(c, -1) {
					require.True(t, strings.Contains(tests.String(), "func "+m[1]+"("), "%s: no test is called %s", at, m[1])
					n++
				}
			}
			for _, m := range namedRun.FindAllStringSubmatch(c, -1) {
				if pattern := strings.Trim(m[1], "'"); pattern != "^$" && at != "/docs/testing" {
					require.True(t, regexp.MustCompile(`func Test\w*(?:`+pattern+`)`).MatchString(tests.String()), "%s: -run %s runs nothing", at, pattern)
					n++
				}
			}
			if strings.HasPrefix(c, ".ci/out/") {
				continue // what the tests make
			}
			for _, m := range namedFolder.FindAllStringSubmatch(c, -1) {
				_, err := os.Stat(filepath.Join("..", strings.TrimSuffix(m[1], "...")))
				require.NoError(t, err, at)
				n++
			}
			if namedFile.MatchString(c) {
				_, err := os.Stat(filepath.Join("..", c))
				require.NoError(t, err, at)
				n++
			}
			for _, m := range namedTarget.FindAllStringSubmatch(c, -1) {
				require.True(t, strings.Contains(string(makefile), "\n"+m[1]+":"), "%s: make has no %s", at, m[1])
				n++
			}
			if strings.HasPrefix(c, "--") || strings.Contains(c, "mayfly serve") || strings.Contains(c, "./cmd/mayfly ") {
				for _, m := range namedFlag.FindAllStringSubmatch(c, -1) {
					require.True(t, strings.Contains(flags, "| `"+m[1]+"` |") || strings.HasPrefix(m[1], "--mayfly-"), "%s: there is no flag %s", at, m[1]) // the last are of a style sheet
					n++
				}
			}
		}
	}
	require.Greater(t, n, 40)
	t.Logf("n = %d names", n)
}

// The limits that the page about security states are those of the code.
func TestDocumentLimits(t *testing.T) {
	security := documents(t)["/docs/security"]
	starts := func(burst int, every float64) string {
		if burst >= 1000 {
			return fmt.Sprintf("%d,%03d at once, then %v a second", burst/1000, burst%1000, every)
		}
		return fmt.Sprintf("%d at once, then %v a second", burst, every)
	}
	for row, limit := range map[string]string{
		"session starts from one credential":                  starts(startsTokenBurst, startsPerToken),
		"session starts for one tenant":                       starts(startsTenantHeap, startsPerTenant),
		"session starts from one address":                     starts(startsAddressHeap, startsPerAddress),
		"secrets for the gateway's own page from one address": starts(pageTokenBurst, pageTokens),
		"messages from one client":                            starts(messageBurst, messagesPerSecond),
		"events that wait for one client":                     fmt.Sprintf("%d KiB, and %.0f s for one write", outgoing>>10, writeWithin.Seconds()),
		"one reply":                                           fmt.Sprintf("%.0f minutes;", turnTime.Minutes()),
	} {
		at := strings.Index(security, "| "+row)
		require.GreaterOrEqual(t, at, 0, "the table has no row %q", row)
		line, _, _ := strings.Cut(security[at:], "\n")
		require.Contains(t, line, limit, row)
	}
	require.Contains(t, documents(t)["/docs/protocol"], fmt.Sprintf("| pings | every %.0f s, answered within %.0f s |", pingEvery.Seconds(), pongWithin.Seconds()))
}
