package admin

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/web"
)

// described is the document of this API, and the schemas in it.
type describedAPI struct {
	mu       sync.Mutex
	document any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

const documentURL = "https://mayfly.example/openapi.json"

var documentOf = sync.OnceValues(func() (*describedAPI, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(openAPI())))
	if err != nil {
		return nil, err
	}
	d := &describedAPI{document: doc, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(documentURL, doc)
})

// schema is the one at a JSON pointer.
func (d *describedAPI) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[pointer]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(documentURL + "#" + pointer)
	d.schemas[pointer] = s
	return s, err
}

// at goes down the document.
func at(v any, path ...string) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func pointer(path ...string) string {
	var b strings.Builder
	for _, p := range path {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	return b.String()
}

// hold holds an answer to what the document says of its address.
func (d *describedAPI) hold(t *testing.T, r *http.Request, got answer) {
	t.Helper()
	if r.Pattern == "/" || r.Pattern == "" {
		return // there is nothing at this address, and so nothing about it
	}
	path, method := strings.ReplaceAll(r.Pattern, "...}", "}"), strings.ToLower(r.Method)
	if at(d.document, "paths", path, method) == nil {
		require.Equal(t, 405, got.status, "%s %s is not in the document", r.Method, path)
		return
	}
	status := strconv.Itoa(got.status)
	content, ok := at(d.document, "paths", path, method, "responses", status).(map[string]any)
	require.True(t, ok, "%s %s: the document does not have the status %s", r.Method, path, status)
	if got.body == "" {
		require.Nil(t, content["content"], "%s %s %s has no body", r.Method, path, status)
		return
	}
	media := got.header["Content-Type"][0]
	base, _, _ := strings.Cut(media, ";")
	var named string
	for m := range at(content, "content").(map[string]any) {
		if strings.HasPrefix(m, base) {
			named = m
		}
	}
	require.NotEmpty(t, named, "%s %s: the document does not have %s", r.Method, path, media)
	if at(content, "content", named, "schema") == nil {
		return
	}
	s, err := d.schema(pointer("paths", path, method, "responses", status, "content", named, "schema"))
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	require.NoError(t, err)
	require.NoError(t, s.Validate(v), "%s %s %s: %s", r.Method, path, status, got.body)
}

// The document is one: every reference leads somewhere, every schema compiles,
// every operation has a name of its own, and what it says a request may hold
// is what the readers take.
func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	got := w.ask("", "GET", "openapi.json", "")
	require.Equal(t, 200, got.status)
	d, err := documentOf()
	require.NoError(t, err)
	require.Equal(t, "3.1.0", at(d.document, "openapi"))
	schemas := at(d.document, "components", "schemas").(map[string]any)
	require.NotEmpty(t, schemas)
	for name := range schemas {
		_, err := d.schema(pointer("components", "schemas", name))
		require.NoError(t, err, name)
	}
	names := map[string]bool{}
	var written, coded []string
	for path, methods := range at(d.document, "paths").(map[string]any) {
		for m, op := range methods.(map[string]any) {
			written = append(written, strings.ToUpper(m)+" "+path)
			name := at(op, "operationId").(string)
			require.False(t, names[name], name)
			names[name] = true
			for status, response := range at(op, "responses").(map[string]any) {
				require.NotEmpty(t, at(response, "description"))
				content, _ := at(response, "content").(map[string]any)
				for media, c := range content {
					if at(c, "schema") != nil {
						_, err := d.schema(pointer("paths", path, m, "responses", status, "content", media, "schema"))
						require.NoError(t, err)
					}
				}
			}
			var params []string
			list, _ := at(op, "parameters").([]any)
			for _, p := range list {
				if at(p, "in") == "path" {
					params = append(params, "{"+at(p, "name").(string)+"}")
				}
			}
			require.ElementsMatch(t, regexp.MustCompile(`\{[a-z]+\}`).FindAllString(path, -1), params, path)
		}
	}
	for _, r := range routeTable() {
		coded = append(coded, r.method+" "+strings.ReplaceAll(r.address(), "...}", "}"))
		require.NotEmpty(t, r.about)
	}
	require.ElementsMatch(t, coded, written)
	require.Len(t, regexp.MustCompile(`#/components/schemas/`).FindAllString(got.body, -1), strings.Count(got.body, `"$ref"`))
}

// Every refusal has a row in the gateway's table, and every address a line on
// the page about administration.
func TestEveryCodeAndRoute(t *testing.T) {
	page, err := fs.ReadFile(web.Docs(), "admin.md")
	require.NoError(t, err)
	for _, r := range routeTable() {
		require.Contains(t, string(page), "`"+r.method+" "+strings.ReplaceAll(r.address(), "...}", "}")+"`", "web/docs/admin.md has every address")
	}
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	codes := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(e.Name())
		require.NoError(t, err)
		for _, m := range refusals.FindAllStringSubmatch(string(source), -1) {
			codes[m[1]] = true
		}
	}
	require.Greater(t, len(codes), 20)
	for code := range codes {
		status, _, sentence := gateway.Problem(code)
		require.Contains(t, statuses, status, code)
		require.True(t, code == "internal_error" || !strings.Contains(sentence, "It was counted"), "no row for %q", code)
	}
}

// refusals are where a code stands in the source.
var refusals = regexp.MustCompile(`(?:refuse\(|code: |code = |\{Err[A-Za-z]+, )"([a-z_]+)"`)

// Nothing of what was sent is said back in a refusal.
func TestNothingSaidBack(t *testing.T) {
	w := newWorld(t)
	const canary = "CANARY-7f3a"
	for _, r := range routeTable() {
		path := strings.NewReplacer("{id}", canary, "{number}", canary).Replace(r.path)
		for _, got := range []answer{
			w.ask("acme admin", r.method, path+"?limit="+canary+"&"+canary+"%20x=1", `{"`+canary+` x":"`+canary+`"}`, `If-Match: "`+canary+`"`),
			w.ask("acme admin", r.method, r.path, `{"name":"`+canary+`\u0000","role":"`+canary+`","link":"`+canary+`","kind":"`+canary+`","policy":{"transcript":"`+canary+`"}}`, `If-Match: "1"`),
			w.ask("acme admin", r.method, path, `{"document":{"id":"acme","name":"`+canary+`\u0000"}}`, `If-Match: "1"`),
		} {
			require.NotContains(t, got.body, canary, "%s %s", r.method, r.path)
			for name, values := range got.header {
				require.NotContains(t, strings.Join(values, ""), canary, name)
			}
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add([]byte(`{"role":"admin","name":"x","expires_in":"90d"}`))
	f.Add([]byte(`{"role":"admin","role":"admin"}`))
	f.Add([]byte(`{"name":"\ud800"}`))
	var fields []field
	for _, r := range routeTable() {
		if r.path == "keys" && r.method == "POST" {
			fields = r.body
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, bad := readFields(data, fields)
		if bad != nil {
			require.Contains(t, []string{"invalid_json", "invalid_fields"}, bad.code)
			return
		}
		// What is taken, the standard decoder takes too, and means the same.
		var v map[string]string
		require.NoError(t, json.Unmarshal(data, &v))
		require.Equal(t, v["role"], got.text("role"))
		require.Equal(t, v["name"], got.text("name"))
		require.Contains(t, []string{"admin", "reviewer", "caller"}, got.text("role"))
	})
}
