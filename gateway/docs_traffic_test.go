package gateway

import (
	"bufio"
	"bytes"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"mayfly/web"
)

// documented holds every answer of a handler to openapi.json: its address,
// method and status are in it, and JSON is what its schema says.
func documented(t testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seenAnswer{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(seen, r)
		if wrong := openAPI().check(r, seen); wrong != "" {
			t.Errorf("openapi.json does not have this: %s %s: %s", r.Method, r.URL.Path, wrong)
		}
	})
}

// seenAnswer remembers an answer on its way out.
type seenAnswer struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	upgraded bool
}

func (s *seenAnswer) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenAnswer) Write(b []byte) (int, error) {
	if s.body.Len() < 1<<20 {
		s.body.Write(b)
	}
	return s.ResponseWriter.Write(b)
}

func (s *seenAnswer) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *seenAnswer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	s.status, s.upgraded = http.StatusSwitchingProtocols, true
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

// apiDocument is openapi.json, and its schemas as they are needed.
type apiDocument struct {
	paths    map[string]any
	compiler *jsonschema.Compiler
	root     map[string]any

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // Guarded by mu. by pointer
}

var openAPI = sync.OnceValue(func() *apiDocument {
	d := &apiDocument{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	for _, name := range []string{"events.schema.json", "openapi.json"} {
		raw, err := fs.ReadFile(web.Docs(), name)
		if err != nil {
			panic(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			panic(err)
		}
		d.root = v.(map[string]any)
		delete(d.root, "$id") // here both are read from one folder
		if err := d.compiler.AddResource("https://docs.example/"+name, d.root); err != nil {
			panic(err)
		}
	}
	d.paths = d.root["paths"].(map[string]any)
	return d
})

// check says what of an answer is not in the document.
func (d *apiDocument) check(r *http.Request, s *seenAnswer) string {
	if r.Method == http.MethodOptions {
		return "" // preflights belong to browsers
	}
	if strings.HasPrefix(r.URL.Path, "/v1/admin/") {
		return "" // the admin API has a document of its own
	}
	method := strings.ToLower(strings.ReplaceAll(r.Method, http.MethodHead, http.MethodGet))
	at, known := "", false
	for path, methods := range d.paths {
		if fits(path, r.URL.Path) && (!known || methods.(map[string]any)[method] != nil) {
			at, known = path, true
		}
	}
	methods, _ := d.paths[at].(map[string]any)
	operation, _ := methods[method].(map[string]any)
	if !known || operation == nil {
		if s.status == http.StatusNotFound || s.status == http.StatusMethodNotAllowed || s.status == http.StatusBadRequest {
			return "" // what is not there is refused
		}
		return "no such address or method is documented, and it is answered " + strconv.Itoa(s.status)
	}
	answers := operation["responses"].(map[string]any)
	answer, _ := answers[strconv.Itoa(s.status)].(map[string]any)
	if answer == nil {
		return "the status " + strconv.Itoa(s.status) + ": " + s.body.String()
	}
	pointer := "/paths/" + escapePointer(at) + "/" + method + "/responses/" + strconv.Itoa(s.status)
	if ref, ok := answer["$ref"].(string); ok {
		pointer = strings.TrimPrefix(ref, "#")
		answer = d.root["components"].(map[string]any)["responses"].(map[string]any)[pointer[strings.LastIndexByte(pointer, '/')+1:]].(map[string]any)
	}
	media, _, _ := strings.Cut(s.Header().Get("Content-Type"), ";")
	content, _ := answer["content"].(map[string]any)
	if media != "application/json" || content == nil || s.body.Len() == 0 || s.upgraded || r.Method == http.MethodHead {
		return ""
	}
	if content[media] == nil {
		return "a body in JSON with " + strconv.Itoa(s.status)
	}
	schema, err := d.schema(pointer + "/content/" + escapePointer(media) + "/schema")
	if err != nil {
		return err.Error()
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.body.Bytes()))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func (d *apiDocument) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schemas[pointer] == nil {
		s, err := d.compiler.Compile("https://docs.example/openapi.json#" + pointer)
		if err != nil {
			return nil, err
		}
		d.schemas[pointer] = s
	}
	return d.schemas[pointer], nil
}

func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
}

// fits says whether an address is one of a path with {parts}; the files of the
// pages have folders in theirs.
func fits(path, address string) bool {
	if path == "/assets/{file}" {
		return strings.HasPrefix(address, "/assets/")
	}
	want, got := strings.Split(path, "/"), strings.Split(address, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], "{") || got[i] == "") {
			return false
		}
	}
	return true
}

// What is not in the document is noticed: an address, a method, a status, and
// a body that is not as its schema has it.
func TestDocumentedSeen(t *testing.T) {
	for name, c := range map[string]struct {
		method, at string
		status     int
		body       string
		good       bool
	}{
		"good":              {"GET", "/v1/realtime/ice-servers", 200, `{"ice_servers":[],"expires_at":1}`, true},
		"nothing there":     {"GET", "/v1/secret-door", 404, `{}`, true},
		"undocumented":      {"GET", "/v1/secret-door", 200, `{}`, false},
		"another method":    {"PUT", "/v1/realtime/ice-servers", 200, `{}`, false},
		"another status":    {"GET", "/v1/realtime/ice-servers", 418, `{}`, false},
		"a body that is no": {"GET", "/v1/realtime/ice-servers", 200, `{"ice_servers":"none"}`, false},
		"an error of no":    {"GET", "/v1/realtime/ice-servers", 401, `{"error":"go away"}`, false},
	} {
		r, err := http.NewRequest(c.method, "http://gateway"+c.at, nil)
		require.NoError(t, err)
		s := &seenAnswer{ResponseWriter: headersOnly{}, status: c.status}
		s.Header().Set("Content-Type", "application/json")
		s.body.WriteString(c.body)
		require.Equal(t, c.good, openAPI().check(r, s) == "", "%s: %s", name, openAPI().check(r, s))
	}
}

// headersOnly is an answer that goes nowhere.
type headersOnly http.Header

func (h headersOnly) Header() http.Header         { return http.Header(h) }
func (h headersOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headersOnly) WriteHeader(int)             {}
