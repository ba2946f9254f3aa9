package gateway

import (
	"bytes"
	"flag"
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

// Every link of every page leads somewhere, to the paragraph that it names,
// and every page can be reached from the first one. On the disk, where people
// read the files themselves, they lead to files.
func TestDocumentLinks(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	seen := map[string]bool{}
	links := 0
	for at, text := range documents(t) {
		seen[at] = true
		status, d := fetchDoc(t, s, at)
		require.Equal(t, http.StatusOK, status, at)
		base := &url.URL{Path: at}
		for _, link := range d.links {
			to, err := base.Parse(link)
			require.NoError(t, err, "%s: %s", at, link)
			if to.Host != "" {
				require.Equal(t, "https", to.Scheme, "%s: %s", at, link)
				continue
			}
			links++
			status, there := fetchDoc(t, s, to.Path)
			require.Equal(t, http.StatusOK, status, "%s: nothing at %s", at, link)
			if to.Fragment != "" {
				require.True(t, there.ids[to.Fragment], "%s: %s has no such paragraph", at, link)
			}
		}
		requireFiles(t, docsFolder, at, text)
	}
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	requireFiles(t, "..", "README.md", string(readme))
	_, first := fetchDoc(t, s, "/docs")
	for at := range seen {
		require.Contains(t, first.links, at)
	}
	t.Logf("n = %d pages, %d links", len(seen), links)
}

var markdownLink = regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)

// requireFiles demands that the relative links of a file lead to files.
func requireFiles(t *testing.T, folder, name, text string) {
	t.Helper()
	for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
			continue
		}
		_, err := os.Stat(filepath.Join(folder, m[1]))
		require.NoError(t, err, name)
	}
}

// Every route of the code is in openapi.json and the reverse; but for the
// pages and what belongs to them, which are for browsers, and /metrics, which
// has a listener of its own.
func TestRoutesAreDocumented(t *testing.T) {
	raw, err := fs.ReadFile(web.Docs(), "openapi.json")
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(raw, &document))
	var written []string
	for at, methods := range document.Paths {
		for m := range methods {
			if m = strings.ToUpper(m); slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m) {
				written = append(written, m+" "+at)
			}
		}
	}
	coded := []string{"GET /docs", "GET /docs/{file}", "GET /metrics"}
	for _, r := range routeTable() {
		coded = append(coded, r.method+" "+r.pattern)
	}
	require.ElementsMatch(t, coded, written)
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
	for at := range documents(t) {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, at, nil))
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
		require.NotRegexp(t, `(?i)<script|<style|\sstyle="|\son[a-z]+="`, w.Body.String(), at)
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
