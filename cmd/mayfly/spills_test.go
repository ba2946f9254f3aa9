package main_test

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	spillsToDisk = "it spills to a temporary file what does not fit in memory"
	writesDisk   = "the gateway writes no file: it is handed a recorder"
	readsDisk    = "a package that reads files could serve or leak them"
	printsWords  = "what is printed is kept by whoever collects it"
	dumpsWords   = "a dump holds the words of a request"
	dumpsMemory  = "a dump of the memory holds every conversation in it"
	ownLogger    = "the logger is handed in with its closed list of keys"
	startsOthers = "another process is outside every rule here"
)

// spilled are names of the standard library that the gateway may not use,
// each with the reason.
var spilled = map[string]string{
	"(*net/http.Request).ParseMultipartForm": spillsToDisk,
	"(*net/http.Request).FormFile":           spillsToDisk,
	"(*net/http.Request).FormValue":          spillsToDisk,
	"(*net/http.Request).PostFormValue":      spillsToDisk,
	"(*mime/multipart.Reader).ReadForm":      spillsToDisk,

	"net/http.Dir":       readsDisk,
	"net/http.ServeFile": readsDisk,
	"os.Open":            readsDisk,
	"os.OpenRoot":        readsDisk,
	"os.OpenInRoot":      readsDisk,
	"os.ReadFile":        readsDisk,
	"os.ReadDir":         readsDisk,
	"os.DirFS":           readsDisk,
	"os.OpenFile":        writesDisk,

	"os.CreateTemp": writesDisk, "os.MkdirTemp": writesDisk, "os.TempDir": writesDisk,
	"os.Create": writesDisk, "os.WriteFile": writesDisk, "os.NewFile": writesDisk,
	"os.Mkdir": writesDisk, "os.MkdirAll": writesDisk, "os.CopyFS": writesDisk,
	"os.Rename": writesDisk, "os.Link": writesDisk, "os.Symlink": writesDisk, "os.Truncate": writesDisk,
	"(*os.Root).Create": writesDisk, "(*os.Root).OpenFile": writesDisk, "(*os.Root).WriteFile": writesDisk,
	"(*os.Root).Mkdir": writesDisk, "(*os.Root).MkdirAll": writesDisk, "(*os.Root).Rename": writesDisk,
	"(*os.Root).Link": writesDisk, "(*os.Root).Symlink": writesDisk,
	"(*os.File).Write": writesDisk, "(*os.File).WriteAt": writesDisk, "(*os.File).WriteString": writesDisk,
	"(*os.File).ReadFrom": writesDisk,
	"syscall.Open":        writesDisk, "syscall.Creat": writesDisk, "syscall.Write": writesDisk, "syscall.Pwrite": writesDisk,

	"os.Stdout": printsWords, "os.Stderr": printsWords,
	"fmt.Print": printsWords, "fmt.Printf": printsWords, "fmt.Println": printsWords,
	"print": printsWords, "println": printsWords,
	"runtime/debug.PrintStack": printsWords,

	"net/http/httputil.DumpRequest":    dumpsWords,
	"net/http/httputil.DumpRequestOut": dumpsWords,
	"net/http/httputil.DumpResponse":   dumpsWords,
	"runtime/debug.WriteHeapDump":      dumpsMemory,
	"runtime/debug.SetCrashOutput":     dumpsMemory,

	"log/slog.Default": ownLogger, "log/slog.SetDefault": ownLogger, "log/slog.NewLogLogger": ownLogger,
	"log/slog.Debug": ownLogger, "log/slog.DebugContext": ownLogger,
	"log/slog.Info": ownLogger, "log/slog.InfoContext": ownLogger,
	"log/slog.Warn": ownLogger, "log/slog.WarnContext": ownLogger,
	"log/slog.Error": ownLogger, "log/slog.ErrorContext": ownLogger,
	"log/slog.Log": ownLogger, "log/slog.LogAttrs": ownLogger,

	"os/exec.Command": startsOthers, "os/exec.CommandContext": startsOthers, "os/exec.LookPath": startsOthers,
	"os.StartProcess": startsOthers, "syscall.Exec": startsOthers, "syscall.ForkExec": startsOthers,
}

// grant is an exception from spilled for one package.
type grant struct {
	path    string
	names   []string
	because string
}

var grants = []grant{
	{"gateway/tenant", []string{"os.ReadFile", "os.Open"}, "it reads the configuration and the keys that it names"},
	{"gateway/egress", []string{"os.ReadDir", "os.ReadFile"}, "it reads which sockets the process has, and who resolves names for the machine: nothing that anybody wrote here"},
	{"gateway/avatar/resident", []string{"os.DirFS", "os.OpenRoot", "os.ReadFile", "os.ReadDir"}, "it reads an avatar's folder of documents once, at the start"},
	{"gateway/avatar/voice", []string{"os/exec.Command", "os/exec.CommandContext", "os/exec.LookPath"}, "a voice may be a program on PATH: text on its standard input, sound from its standard output"},
	{"gateway/avatar/command", []string{"os/exec.CommandContext", "os/exec.LookPath"}, "a transcriber may be the operator's program: sound on its standard input, words from its standard output"},
	{"gateway/avatar/voice", []string{"os.NewFile"}, "for a program that cannot write to its standard output: a file in memory that has no name (memfd)"},
}

// decoders are the packages whose errors quote what they could not read.
var decoders = []string{
	"encoding/base64", "encoding/hex", "encoding/json", "encoding/xml", "html/...", "mime/...", "net/textproto", "net/url", "strconv", "unicode/utf8",
	"github.com/go-json-experiment/json/...", "github.com/goccy/go-yaml/...", "github.com/pion/sdp/v3", "golang.org/x/net/html",
	"mayfly/gateway/realtime",
}

// TestSpills holds the gateway to the list.
func TestSpills(t *testing.T) {
	s := loadedProgram(t)
	for _, finding := range slices.Concat(spillFindings(s), decodeFindings(s)) {
		t.Error(finding)
	}
	for _, name := range slices.Sorted(maps.Keys(spilled)) {
		if lookUp(s, name) == nil {
			t.Errorf("the list of spills names %s, which does not exist", name)
		}
	}
	for _, g := range grants {
		for _, name := range g.names {
			if spilled[name] == "" {
				t.Errorf("%s is granted %s, which is not forbidden", g.path, name)
			}
		}
	}
}

// spillFindings are uses of the spilled names in the gateway, by what the
// name means and not how it is written.
func spillFindings(s *sources) (findings []string) {
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if !below(path, []string{"gateway/...", "redact", "session"}) || isHelper(path) {
			continue
		}
		p := s.module[path]
		for id, object := range p.info.Uses {
			name := fullName(object)
			if reason := spilled[name]; reason != "" && !granted(path, name) {
				findings = append(findings, fmt.Sprintf("%s uses %s: %s", s.at(id), name, reason))
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func granted(path, name string) bool {
	return slices.ContainsFunc(grants, func(g grant) bool { return g.path == path && slices.Contains(g.names, name) })
}

func isHelper(path string) bool {
	return slices.ContainsFunc(importTable, func(r importRow) bool { return r.path == path && r.helper })
}

// decodeFindings are errors of decoders that go to a logger as they are, or
// into the text of another error: they quote the words that they could not
// read. What is followed is one function at a time; the leak test follows
// the rest while it runs.
func decodeFindings(s *sources) (findings []string) {
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if !below(path, []string{"gateway/..."}) || isHelper(path) || path == "gateway/tenant" {
			continue // the tenant's errors quote configuration, and must
		}
		p := s.module[path]
		for _, f := range p.files {
			for _, decl := range f.Decls {
				function, ok := decl.(*ast.FuncDecl)
				if !ok || function.Body == nil {
					continue
				}
				raw := rawErrors(p, function.Body)
				for n := range ast.Preorder(function.Body) {
					call, ok := n.(*ast.CallExpr)
					if !ok || !keepsText(p, call) {
						continue
					}
					for _, arg := range call.Args {
						if id := firstUse(p, arg, raw); id != nil {
							findings = append(findings, fmt.Sprintf("%s passes on the text of a decoder's error: it quotes what it could not read", s.at(id)))
						}
					}
				}
			}
		}
	}
	slices.Sort(findings)
	return slices.Compact(findings)
}

// rawErrors are the variables that a call into a decoder sets.
func rawErrors(p *sourcePackage, body ast.Node) map[types.Object]bool {
	raw := map[types.Object]bool{}
	for n := range ast.Preorder(body) {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Rhs) != 1 {
			continue
		}
		call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
		if !ok {
			continue
		}
		f := called(p, call)
		if f == nil || f.Pkg() == nil || !below(f.Pkg().Path(), decoders) {
			continue
		}
		for _, left := range assign.Lhs {
			if id, ok := left.(*ast.Ident); ok {
				if object := p.info.ObjectOf(id); object != nil && types.Identical(object.Type(), types.Universe.Lookup("error").Type()) {
					raw[object] = true
				}
			}
		}
	}
	return raw
}

// keepsText says whether the call puts the text of its arguments somewhere
// that outlives it: a log line or another error's text.
func keepsText(p *sourcePackage, call *ast.CallExpr) bool {
	f := called(p, call)
	if f == nil || f.Pkg() == nil {
		return false
	}
	return f.Pkg().Path() == "log/slog" || f.FullName() == "fmt.Errorf"
}

func called(p *sourcePackage, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch indexed := fun.(type) {
	case *ast.IndexExpr:
		fun = indexed.X
	case *ast.IndexListExpr:
		fun = indexed.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		f, _ := p.info.Uses[fun].(*types.Func)
		return f
	case *ast.SelectorExpr:
		f, _ := p.info.Uses[fun.Sel].(*types.Func)
		return f
	}
	return nil
}

func firstUse(p *sourcePackage, n ast.Node, objects map[types.Object]bool) *ast.Ident {
	for n := range ast.Preorder(n) {
		if id, ok := n.(*ast.Ident); ok && objects[p.info.Uses[id]] {
			return id
		}
	}
	return nil
}

// fullName is how go/types names a function, method, variable, constant or
// type of a package: "os.Create", "(*net/http.Request).FormFile".
func fullName(object types.Object) string {
	switch object := object.(type) {
	case *types.Func:
		return object.Origin().FullName()
	case *types.Builtin:
		return object.Name()
	case *types.Var:
		if object.IsField() {
			return ""
		}
	}
	if object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return ""
	}
	return object.Pkg().Path() + "." + object.Name()
}

// packageOf is the package of a full name, and nameOf what is left.
func packageOf(name string) string {
	name = strings.TrimLeft(name, "(*")
	slash := strings.LastIndex(name, "/") + 1
	dot := strings.Index(name[slash:], ".")
	if dot < 0 {
		return "builtin"
	}
	return name[:slash+dot]
}

func nameOf(name string) string { return name[strings.LastIndex(name, ".")+1:] }

// lookUp finds what a full name means, or nil.
func lookUp(s *sources, name string) types.Object {
	pkg := packageOf(name)
	if pkg == "builtin" {
		return types.Universe.Lookup(name)
	}
	imported, err := s.importPackage(pkg)
	if err != nil {
		return nil
	}
	owner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimLeft(name, "(*"), pkg+"."), "."+nameOf(name))
	if !strings.HasPrefix(name, "(") {
		return imported.Scope().Lookup(nameOf(name))
	}
	typ := imported.Scope().Lookup(strings.TrimSuffix(owner, ")"))
	if typ == nil {
		return nil
	}
	method, _, _ := types.LookupFieldOrMethod(types.NewPointer(typ.Type()), true, imported, nameOf(name))
	return method
}

// TestSpillsSeen plants spills.
func TestSpillsSeen(t *testing.T) {
	clean := loadedProgram(t)
	all := func(s *sources) []string {
		return slices.DeleteFunc(slices.Concat(spillFindings(s), decodeFindings(s)), func(finding string) bool { return !strings.Contains(finding, "/planted.go:") })
	}
	before := all(clean)
	for name, fault := range map[string]struct{ path, text, want string }{
		"multipart":      {"gateway/tenant", "import \"net/http\"\nfunc x(r *http.Request) { r.ParseMultipartForm(1) }", "ParseMultipartForm: " + spillsToDisk},
		"form value":     {"gateway/tenant", "import \"net/http\"\nfunc x(r *http.Request) string { return r.FormValue(\"x\") }", "FormValue: " + spillsToDisk},
		"embedded":       {"gateway/tenant", "import \"net/http\"\ntype y struct{ *http.Request }\nfunc x(r y) { r.FormFile(\"x\") }", "FormFile: " + spillsToDisk},
		"renamed":        {"gateway/tenant", "import o \"os\"\nvar x = o.CreateTemp", "uses os.CreateTemp"},
		"write":          {"gateway/tenant", "import \"os\"\nfunc x() { os.WriteFile(\"x\", nil, 0) }", "uses os.WriteFile: " + writesDisk},
		"read":           {"gateway/oidc", "import \"os\"\nfunc x() { os.ReadFile(\"x\") }", "uses os.ReadFile: " + readsDisk},
		"granted more":   {"gateway/tenant", "import \"os\"\nfunc x() { os.OpenFile(\"x\", os.O_RDWR, 0) }", "uses os.OpenFile"},
		"dump":           {"gateway/tenant", "import \"net/http/httputil\"\nvar x = httputil.DumpRequest", "DumpRequest: " + dumpsWords},
		"folder":         {"gateway/tenant", "import \"net/http\"\nvar x = http.FileServer(http.Dir(\".\"))", "uses net/http.Dir"},
		"print":          {"gateway/tenant", "import \"fmt\"\nfunc x() { fmt.Println() }", "uses fmt.Println"},
		"built-in print": {"session", "func x() { println() }", "uses println: " + printsWords},
		"standard error": {"gateway/tenant", "import (\"fmt\"; \"os\")\nfunc x() { fmt.Fprint(os.Stderr) }", "uses os.Stderr"},
		"own logger":     {"gateway/tenant", "import \"log/slog\"\nfunc x() { slog.Info(\"x\") }", "uses log/slog.Info"},
		"a process":      {"gateway/tenant", "import \"os/exec\"\nfunc x() { exec.Command(\"x\") }", "uses os/exec.Command"},
		"decode error":   {"gateway/egress", "import (\"encoding/json\"; \"log/slog\")\nfunc x(l *slog.Logger, b []byte) { var v int; if err := json.Unmarshal(b, &v); err != nil { l.Info(\"bad\", \"err\", err) } }", "the text of a decoder's error"},
		"its text":       {"gateway/egress", "import (\"strconv\"; \"log/slog\")\nfunc x(l *slog.Logger, s string) { _, err := strconv.Atoi(s); l.Info(\"bad\", slog.String(\"err\", err.Error())) }", "the text of a decoder's error"},
		"wrapped":        {"gateway/egress", "import (\"net/url\"; \"fmt\")\nfunc x(s string) error { _, err := url.Parse(s); return fmt.Errorf(\"bad: %w\", err) }", "the text of a decoder's error"},
	} {
		t.Run(name, func(t *testing.T) {
			pkg := fault.path[strings.LastIndex(fault.path, "/")+1:]
			planted, err := clean.with(fault.path, "planted.go", "package "+pkg+"\n"+fault.text+"\n")
			require.NoError(t, err)
			requireNew(t, before, all(planted), fault.want)
		})
	}
}
