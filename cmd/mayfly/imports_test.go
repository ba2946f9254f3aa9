package main_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// importRow says what one package may import and what it must never reach.
type importRow struct {
	path    string   // below the module
	module  []string // packages of the module that it may import; "x/..." is x and all below
	std     []string // all that it may import of the standard library; nil: anything but not
	third   []string // all that it may import from elsewhere
	not     []string // must not import itself
	reach   []string // must not reach by any path
	pure    bool     // plain Go for every system: no cgo, assembly, build tags, clock, goroutine
	helper  bool     // for tests: nothing of the program may import it
	later   bool     // need not exist yet
	because string
}

const (
	memoryOnly  = "what was said lives in memory and ends with its session"
	handed      = "the gateway is handed a recorder and a logger, it never opens one"
	noFileMedia = "media has no way to a file"
)

// pureStd is all of the standard library that decides without touching
// anything: none of it reaches os, net or fmt.
var pureStd = []string{"errors", "iter", "maps", "math/bits", "slices", "strconv", "strings", "sync", "time", "unicode/utf8"}

// diskAndLog is what no part of the gateway imports itself.
var diskAndLog = []string{"database/sql", "expvar", "io/ioutil", "log", "log/syslog", "net/http/pprof", "os/user", "plugin", "reflect", "runtime/coverage", "runtime/pprof", "runtime/trace"}

// notTheGateway is what nothing that stores may reach.
var notTheGateway = []string{"mayfly/gateway", "mayfly/gateway/...", "net/http"}

// pionWriters are pion's ways from a track to a file.
var pionWriters = []string{
	"github.com/pion/webrtc/v4/pkg/media/h264writer",
	"github.com/pion/webrtc/v4/pkg/media/h265writer",
	"github.com/pion/webrtc/v4/pkg/media/ivfwriter",
	"github.com/pion/webrtc/v4/pkg/media/oggwriter",
	"github.com/pion/webrtc/v4/pkg/media/rtpdump",
}

// recorders are the packages that write to a disk or a database.
var recorders = []string{"mayfly/recorder", "mayfly/recorder/..."}

// unsafely are the packages that may import unsafe, each with its reason: with
// it a package could open a Speech past its door.
var unsafely = map[string]string{
	"gateway/avatar/voice/builtin": "bytes are looked up as a string without a copy that could not be cleared",
}

// importTable is the architecture: one row per package, none left out.
var importTable = []importRow{
	{path: "session", std: pureStd, reach: []string{"os", "net", "fmt", "log", "encoding/json"}, pure: true, because: memoryOnly},
	{path: "redact", module: []string{"session"}, std: append([]string{"regexp", "regexp/syntax"}, pureStd...), reach: []string{"os", "net", "fmt", "log", "encoding/json"}, pure: true, because: memoryOnly},

	{path: "recorder", module: []string{"redact", "session", "recorder/..."}, third: []string{}, reach: notTheGateway, because: "it only ever sees what a grant allowed and redact made"},
	{path: "recorder/audit", module: []string{"session"}, third: []string{"golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"}, reach: append([]string{"mayfly/redact"}, notTheGateway...), because: "facts only: there are no words to leak"},
	{path: "recorder/siem", module: []string{"session", "recorder/audit"}, third: []string{"golang.org/x/mod/sumdb/tlog"}, reach: append([]string{"mayfly/redact"}, notTheGateway...), because: "facts in the forms of others: there are no words to leak"},
	{path: "recorder/store", third: []string{"github.com/pressly/goose/v3", "modernc.org/sqlite", "modernc.org/sqlite/lib"}, reach: append([]string{"mayfly/session", "mayfly/redact"}, notTheGateway...), because: "rows and commits: it knows neither turns nor facts"},
	{path: "recorder/seal", module: []string{"redact", "session"}, third: []string{}, reach: notTheGateway, because: "the one door in: what is stored is sealed here"},
	{path: "recorder/read", module: []string{"recorder/seal", "session"}, third: []string{}, reach: notTheGateway, because: "the one door out: who reads, and why, is a fact first"},
	{path: "recorder/export", module: []string{"recorder/read", "recorder/seal", "session"}, third: []string{"filippo.io/age"}, reach: notTheGateway, because: "the other door out: whole archives, labelled"},

	{path: "gateway/notice", module: []string{"session", "gateway/tenant"}, third: []string{"golang.org/x/text/unicode/norm"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/tenant", module: []string{"session", "redact", "gateway/again", "gateway/schema"}, third: []string{"github.com/go-json-experiment/json/...", "github.com/goccy/go-yaml/...", "golang.org/x/net/idna", "golang.org/x/text/language"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/again", std: []string{"context", "math/rand/v2", "time"}, third: []string{}, reach: append([]string{"mayfly/session", "os", "net"}, recorders...), because: "it knows how long, and nothing of what"},
	{path: "gateway/nesting", third: []string{}, not: append([]string{"os"}, diskAndLog...), reach: append([]string{"mayfly/session"}, recorders...), because: "a bound on what others send, before anything decodes it"},
	{path: "gateway/egress", third: []string{"github.com/gorilla/websocket"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/realtime", module: []string{"session", "gateway/line"}, third: []string{"github.com/go-json-experiment/json/..."}, not: append([]string{"encoding/json", "net/http"}, diskAndLog...), reach: recorders, because: "the protocol decodes and encodes in memory: it knows no socket, and duplicate keys are an error"},
	{path: "gateway/attach", module: []string{"session", "gateway/pdftext"}, third: []string{"golang.org/x/image/..."}, not: diskAndLog, reach: recorders, because: "a file that somebody sends is opened in memory, and nothing of it is left"},
	{path: "gateway/line", std: []string{"fmt", "io", "slices", "strconv"}, third: []string{}, reach: append([]string{"mayfly/session"}, recorders...), pure: true, because: "it says what a line may hold, and holds none"},
	{path: "gateway/realtime/realtimetest", helper: true, because: "it holds the traffic of tests to the published schemas"},
	{path: "gateway/rtc", module: []string{"session", "gateway/line"}, third: []string{"github.com/pion/..."}, not: diskAndLog, reach: slices.Concat(recorders, pionWriters), because: noFileMedia},
	{path: "gateway/reach", module: []string{}, third: []string{"github.com/gorilla/websocket", "github.com/pion/logging", "github.com/pion/stun/v4", "github.com/pion/turn/v5"}, not: diskAndLog, reach: append([]string{"mayfly/session"}, recorders...), because: "it is a client that looks from outside: it dials what it was pointed at, and no conversation comes near it"},
	{path: "gateway/rtc/relay", helper: true, because: "a broken network for tests"},
	{path: "gateway/audio", module: []string{"session", "gateway/line"}, third: []string{"github.com/thesyncim/gopus/..."}, not: diskAndLog, reach: slices.Concat(recorders, pionWriters), because: noFileMedia},
	{path: "gateway/hear", module: []string{"session"}, std: []string{"bytes", "math", "slices", "strings", "unicode", "unicode/utf8"}, third: []string{}, reach: append([]string{"os", "net", "fmt", "log"}, recorders...), pure: true, because: "it listens and keeps neither sound nor words"},
	{path: "gateway/avatar", module: []string{"session", "gateway/avatar/voice"}, not: diskAndLog, reach: recorders, because: "an engine gets words and says words: it can neither record nor see who the person is"},
	{path: "gateway/avatar/deadline", std: []string{"context", "errors", "sync", "time"}, third: []string{}, reach: append([]string{"mayfly/session"}, recorders...), because: "it knows how long, and nothing of what"},
	{path: "gateway/avatar/fallback", module: []string{"session", "gateway/avatar", "gateway/avatar/voice"}, std: []string{"context", "errors", "sync", "sync/atomic", "time"}, third: []string{}, not: diskAndLog, reach: recorders, because: "it chooses who answers and holds no words"},
	{path: "gateway/avatar/sentence", module: []string{"session", "gateway/line"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/veil", module: []string{"session", "redact", "gateway/avatar"}, std: []string{"bytes", "context", "crypto/rand", "encoding/binary", "strings"}, third: []string{}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/seep", module: []string{"session", "gateway/avatar"}, std: []string{"bytes", "context"}, third: []string{}, reach: recorders, because: "what leaks in a drill is the drill's own mark"},
	{path: "gateway/avatar/candour", module: []string{"session", "gateway/avatar", "gateway/notice"}, third: []string{"golang.org/x/text/..."}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/resident/stem", third: []string{"github.com/kljensen/snowball/...", "golang.org/x/text/..."}, not: diskAndLog, reach: recorders, because: "no prompt goes to a database"},
	{path: "gateway/avatar/resident", module: []string{"session", "gateway/avatar", "gateway/avatar/sentence", "gateway/avatar/resident/stem"}, third: []string{"golang.org/x/text/..."}, not: diskAndLog, reach: recorders, because: "no prompt goes to a database"},
	{path: "gateway/avatar/biometric", std: []string{"bytes", "strings"}, third: []string{"github.com/go-json-experiment/json/jsontext"}, reach: append([]string{"mayfly/session"}, recorders...), because: "it looks for names, and reads nothing that stands beside them"},
	{path: "gateway/avatar/instruct", module: []string{"session", "gateway/avatar"}, std: []string{"iter", "slices", "strings"}, third: []string{"github.com/go-json-experiment/json/jsontext"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/upstream", module: []string{"session", "gateway/again", "gateway/audio", "gateway/avatar", "gateway/avatar/biometric", "gateway/avatar/deadline", "gateway/avatar/instruct", "gateway/avatar/sentence", "gateway/egress", "gateway/nesting"}, third: []string{"github.com/go-json-experiment/json/...", "github.com/gorilla/websocket"}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/upstream/upstreamtest", helper: true, because: "a server of the Realtime protocol for tests, scripted and hostile"},
	{path: "gateway/avatar/openai", module: []string{"session", "gateway/again", "gateway/avatar", "gateway/avatar/biometric", "gateway/avatar/instruct", "gateway/avatar/sentence", "gateway/avatar/voice", "gateway/egress", "gateway/nesting", "gateway/avatar/deadline"}, third: []string{"github.com/go-json-experiment/json/..."}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/avatar/command", module: []string{"session", "gateway/avatar", "gateway/avatar/voice"}, third: []string{}, not: diskAndLog, reach: recorders, because: "sound goes to a program on standard input and never touches a file"},
	{path: "gateway/schema", module: []string{"gateway/nesting"}, third: []string{"github.com/go-json-experiment/json/..."}, not: append([]string{"os"}, diskAndLog...), reach: append([]string{"mayfly/session"}, recorders...), because: "what may be sent to a tool is a closed list: it is told by rules, and holds no words"},
	{path: "gateway/avatar/tool", module: []string{"session", "gateway/avatar", "gateway/nesting", "gateway/schema"}, third: []string{"github.com/go-json-experiment/json/..."}, not: diskAndLog, reach: recorders, because: "what a tool gives is material for an engine: it can change nothing of the gateway"},
	{path: "gateway/avatar/tool/tooltest", helper: true, because: "a tool's server for tests, scripted and hostile"},
	{path: "gateway/avatar/openai/backendtest", helper: true, because: "a back end for tests, scripted and hostile"},
	{path: "gateway/avatar/voice", module: []string{"gateway/audio", "gateway/avatar/deadline"}, third: []string{"github.com/go-json-experiment/json/...", "golang.org/x/sys/unix"}, not: diskAndLog, reach: recorders, because: "text goes to a synthesiser on standard input and never touches a file"},
	{path: "gateway/avatar/voice/builtin", module: []string{"gateway/avatar/voice"}, third: []string{"golang.org/x/text/unicode/norm"}, not: append([]string{"os", "os/exec"}, diskAndLog...), reach: recorders, because: "the voice that is built in needs nothing from the machine"},
	{path: "gateway/admin", module: []string{"session", "gateway/line", "gateway/admin/apidoc", "gateway/nesting", "gateway/processing", "gateway/tenant", "gateway/notice"}, third: []string{"github.com/go-json-experiment/json/..."}, not: diskAndLog, reach: recorders, because: handed},
	{path: "gateway/oidc", module: []string{"session", "gateway/egress", "gateway/tenant"}, third: []string{"github.com/coreos/go-oidc/v3/oidc", "github.com/go-json-experiment/json/...", "golang.org/x/oauth2"}, not: diskAndLog, reach: recorders, because: "what a provider says of somebody stays in memory, and becomes a pseudonym"},
	{path: "gateway/admin/apidoc", third: []string{"github.com/danielgtaylor/huma/v2"}, not: []string{"database/sql", "log", "os"}, reach: recorders, because: "a description of the routes, made from their types"},
	{path: "gateway/agent", module: []string{"session", "gateway/tenant"}, third: []string{"github.com/go-json-experiment/json/...", "golang.org/x/time/rate"}, not: diskAndLog, reach: recorders, because: "a human is sent what the person agreed to, and nothing of it stays"},
	{path: "gateway/receipt", third: []string{"github.com/go-jose/go-jose/v4", "github.com/go-json-experiment/json/..."}, not: diskAndLog, reach: append([]string{"mayfly/session"}, recorders...), because: "a statement about a session: it holds no words"},
	{path: "gateway/admin/apidoc", third: []string{"github.com/danielgtaylor/huma/v2"}, not: slices.DeleteFunc(slices.Clone(diskAndLog), func(name string) bool { return name == "reflect" }), reach: recorders, because: "it looks into types, so it never sees a value"},
	{path: "gateway/pdftext", third: []string{"github.com/klippa-app/go-pdfium/...", "github.com/klippa-app/go-pdfium", "github.com/tetratelabs/wazero/...", "github.com/tetratelabs/wazero"}, not: append([]string{"net", "net/http", "os"}, diskAndLog...), reach: append([]string{"mayfly/session"}, recorders...), because: "a PDF is a program from somebody else: it is handed its bytes, and gives its words"},
	{path: "gateway/knowledge", module: []string{"session", "gateway/again", "gateway/avatar", "gateway/avatar/resident", "gateway/egress", "gateway/pdftext"}, third: []string{"golang.org/x/net/html/..."}, not: append([]string{"os", "net"}, diskAndLog...), reach: recorders, because: "it reads below a folder that it is handed, and fetches from a list that it is handed"},
	{path: "gateway/processing", module: []string{"redact", "gateway/tenant"}, third: []string{}, not: diskAndLog, reach: recorders, because: "it reads configuration alone"},
	{path: "gateway/hook", module: []string{"session", "gateway/again", "gateway/egress", "gateway/realtime", "gateway/receipt", "gateway/tenant"}, third: []string{"github.com/go-json-experiment/json"}, not: diskAndLog, reach: recorders, because: "it tells facts: there are no words to leak"},
	{path: "gateway/witness", module: []string{"gateway/again", "gateway/egress"}, third: []string{}, not: append([]string{"os"}, diskAndLog...), reach: append([]string{"mayfly/session"}, recorders...), because: "it carries notes that are signed: it knows neither words nor facts"},
	{path: "gateway/siem", module: []string{"gateway/again", "gateway/egress", "gateway/nesting"}, third: []string{"github.com/go-json-experiment/json/..."}, not: append([]string{"os"}, diskAndLog...), reach: append([]string{"mayfly/session"}, recorders...), because: "it carries lines that are finished: it knows neither words nor facts"},
	{path: "gateway/s3", module: []string{"gateway/again", "gateway/egress"}, third: []string{}, not: diskAndLog, reach: append([]string{"mayfly/session"}, recorders...), because: "it carries what is sealed already: it cannot tell what"},
	{path: "gateway", module: []string{"session", "redact", "web", "gateway/..."}, third: []string{"github.com/go-json-experiment/json/...", "github.com/google/uuid", "github.com/gorilla/websocket", "github.com/prometheus/client_golang/prometheus/...", "github.com/yuin/goldmark/...", "golang.org/x/time/rate"}, not: diskAndLog, reach: recorders, because: handed},

	{path: "web", reach: append([]string{"mayfly/session"}, recorders...), because: "pages hold no conversation"},
	{path: "cmd/mayfly", module: []string{"session", "redact", "recorder/...", "gateway/...", "web"}, third: []string{"github.com/alecthomas/kong", "github.com/go-json-experiment/json/...", "github.com/google/uuid", "github.com/oschwald/maxminddb-golang/v2", "github.com/pion/webrtc/v4/pkg/media/oggreader"}, reach: []string{"testing"}, because: "the program joins the parts; nothing made for tests is in it"},
	{path: "cmd/mayfly-load", module: []string{"session", "gateway/realtime", "gateway/rtc", "gateway/audio"}, third: []string{"github.com/gorilla/websocket", "github.com/pion/..."}, reach: []string{"testing"}, later: true, because: "a load generator is a client: it never holds the server"},
}

// namesInRules are the packages outside the module that the rules forbid by
// name. They are asked for when loading, so that a name that is gone is seen.
func namesInRules() []string {
	var names []string
	for _, row := range importTable {
		for _, name := range slices.Concat(row.not, row.reach) {
			if !strings.HasPrefix(name, modulePath) {
				names = append(names, name)
			}
		}
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(spilled)), slices.Sorted(maps.Keys(waysOut))) {
		names = append(names, packageOf(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestImports holds the program to importTable.
func TestImports(t *testing.T) {
	s := loadedProgram(t)
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if errs := s.module[path].errs; len(errs) > 0 {
			t.Errorf("%s does not compile, so the rules see a part of it only: %v", path, errs[0])
		}
	}
	for _, finding := range tableFindings(s, importTable) {
		t.Error(finding)
	}
	for _, finding := range reachFindings(s, importTable) {
		t.Error(finding)
	}
	for _, finding := range pureFindings(s, importTable) {
		t.Error(finding)
	}
	t.Logf("%d packages of the module, %d outside it", len(s.module), len(s.imports))
}

// tableFindings are rows and packages without each other, and names that no
// longer exist: a rule about nothing forbids nothing.
func tableFindings(s *sources, table []importRow) (findings []string) {
	rows := map[string]bool{}
	for _, row := range table {
		rows[row.path] = true
		if s.module[row.path] == nil && !row.later {
			findings = append(findings, fmt.Sprintf("%s is in the import table but does not exist: take the row out", row.path))
		}
		if s.module[row.path] != nil && row.later {
			findings = append(findings, fmt.Sprintf("%s is marked later in the import table but exists: take the mark off", row.path))
		}
		if row.because == "" {
			findings = append(findings, row.path+" has no reason in the import table")
		}
		for _, name := range slices.Concat(row.not, row.reach) {
			if _, known := s.imports[name]; !known && !strings.HasPrefix(name, modulePath) {
				findings = append(findings, fmt.Sprintf("%s: the import table forbids %s, which does not exist", row.path, name))
			}
		}
	}
	for _, row := range table {
		for _, pattern := range row.module {
			if root := strings.TrimSuffix(pattern, "/..."); !slices.ContainsFunc(table, func(r importRow) bool { return below(r.path, []string{pattern}) }) {
				findings = append(findings, fmt.Sprintf("%s may import %s, of which the import table has no row", row.path, root))
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(unsafely)) {
		if p := s.module[path]; p == nil || !slices.Contains(p.imports(), "unsafe") {
			findings = append(findings, path+" may import unsafe and does not: take the exception out")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if !rows[path] {
			findings = append(findings, fmt.Sprintf("%s is not in the import table: say there what it may import, and why", path))
		}
		documented := func(f *ast.File) bool { return f.Doc != nil }
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.module[path].files)), documented) {
			findings = append(findings, path+" has no package comment: say what it is, and what it never does")
		}
	}
	return findings
}

// reachFindings are imports that the table does not allow.
func reachFindings(s *sources, table []importRow) (findings []string) {
	helpers := map[string]bool{}
	for _, row := range table {
		helpers[row.path] = row.helper
	}
	for _, row := range table {
		p := s.module[row.path]
		if p == nil {
			continue
		}
		refuse := func(format string, args ...any) {
			findings = append(findings, row.path+" "+fmt.Sprintf(format, args...)+": "+row.because)
		}
		for _, name := range p.imports() {
			own, inModule := strings.CutPrefix(name, modulePath)
			switch {
			case name == "C":
				refuse("imports C")
			case name == "unsafe" && unsafely[row.path] == "":
				refuse("imports unsafe")
			case inModule && helpers[own]:
				refuse("imports %s, which is for tests only", own)
			case inModule && !row.helper && !below(own, row.module):
				refuse("imports %s", own)
			case !inModule && s.std[name] && row.std != nil && !slices.Contains(row.std, name):
				refuse("imports %s", name)
			case !inModule && !s.std[name] && name != "unsafe" && !row.helper && !below(name, row.third):
				refuse("imports %s, a dependency that its row does not name", name)
			case slices.Contains(row.not, name):
				refuse("imports %s", name)
			}
		}
		for _, target := range s.targets(row.reach) {
			if steps := s.path(p, target); steps != nil {
				refuse("reaches %s by %s", target, strings.Join(steps, " > "))
			}
		}
	}
	return findings
}

// targets are the packages that the patterns name.
func (s *sources) targets(patterns []string) []string {
	var names []string
	for _, pattern := range patterns {
		if !strings.HasSuffix(pattern, "/...") {
			names = append(names, pattern)
			continue
		}
		for _, path := range slices.Sorted(maps.Keys(s.module)) {
			if below(modulePath+path, []string{pattern}) {
				names = append(names, modulePath+path)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// impure are the names of package time that read the clock, wait, start
// something, or bring in the machine's zone, which is a file: time.Parse and
// time.Unix do it too, and LoadLocation opens it without package os.
var impure = []string{
	"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick",
	"time.NewTimer", "time.NewTicker", "time.Timer", "time.Ticker",
	"time.Local", "time.LoadLocation", "(time.Time).Local", "time.Parse", "time.Unix", "time.UnixMilli", "time.UnixMicro",
}

// pureFindings are, in pure packages, files that are not plain Go for every
// system, uses of the clock and goroutines.
func pureFindings(s *sources, table []importRow) (findings []string) {
	for _, row := range table {
		p := s.module[row.path]
		if p == nil || !row.pure {
			continue
		}
		for _, name := range p.other {
			findings = append(findings, fmt.Sprintf("%s/%s is not plain Go for every system: nobody reads what is built elsewhere", row.path, name))
		}
		for name, text := range p.text {
			if !everywhere(name, text) {
				findings = append(findings, fmt.Sprintf("%s/%s is built on some systems only: nobody reads what is built elsewhere", row.path, name))
			}
		}
		for id, object := range p.info.Uses {
			if name := fullName(object); slices.Contains(impure, name) {
				findings = append(findings, fmt.Sprintf("%s uses %s: now is an argument, in UTC; a pure package has no clock", s.at(id), name))
			}
		}
		for _, f := range p.files {
			for n := range ast.Preorder(f) {
				if _, ok := n.(*ast.GoStmt); ok {
					findings = append(findings, fmt.Sprintf("%s starts a goroutine: a pure package decides and returns", s.at(n)))
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}

// everywhere says whether a file is built on a system that does not exist,
// and so on all: it has no constraint in its name or its head.
func everywhere(name string, text []byte) bool {
	if bytes.Contains(text, []byte("\n//go:build ")) || bytes.HasPrefix(text, []byte("//go:build ")) {
		return false
	}
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH = "plan9", "mips"
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	ctx.JoinPath = path.Join
	ctx.IsDir = func(string) bool { return true }
	ctx.ReadDir = func(string) ([]fs.FileInfo, error) { return nil, nil }
	match, err := ctx.MatchFile("p", name)
	return err == nil && match
}

// TestImportsSeen plants a fault for each part of the table and demands that
// it is found, and that it was not there before.
func TestImportsSeen(t *testing.T) {
	clean := loadedProgram(t)
	all := func(s *sources) []string {
		return slices.Concat(tableFindings(s, importTable), reachFindings(s, importTable), pureFindings(s, importTable))
	}
	before := all(clean)
	for name, fault := range map[string]struct{ path, file, text, want string }{
		"standard library":     {"session", "x.go", "package session\nimport _ \"fmt\"\n", "session imports fmt: " + memoryOnly},
		"reach":                {"session", "x.go", "package session\nimport _ \"html/template\"\n", "session reaches os by mayfly/session > html/template"},
		"module":               {"session", "x.go", "package session\nimport _ \"mayfly/gateway/tenant\"\n", "session imports gateway/tenant"},
		"elsewhere":            {"gateway/tenant", "x.go", "package tenant\nimport _ \"github.com/gorilla/websocket\"\n", "gateway/tenant imports github.com/gorilla/websocket"},
		"by name":              {"gateway/tenant", "x.go", "package tenant\nimport _ \"database/sql\"\n", "gateway/tenant imports database/sql: " + handed},
		"unsafe":               {"session", "x.go", "package session\nimport _ \"unsafe\"\n", "session imports unsafe"},
		"a file writer":        {"gateway/rtc", "x.go", "package rtc\nimport _ \"github.com/pion/webrtc/v4/pkg/media/oggwriter\"\n", "gateway/rtc reaches github.com/pion/webrtc/v4/pkg/media/oggwriter"},
		"recorder":             {"recorder", "x.go", "package recorder\nimport _ \"net/http\"\n", "recorder reaches net/http"},
		"no row":               {"gateway/spool", "x.go", "package spool\n", "gateway/spool is not in the import table"},
		"no comment":           {"gateway/spool", "x.go", "package spool\n", "gateway/spool has no package comment"},
		"assembly":             {"session", "x.s", "", "session/x.s is not plain Go"},
		"by file name":         {"session", "x_linux.go", "package session\n", "session/x_linux.go is built on some systems only"},
		"build tag":            {"session", "x.go", "//go:build !debug\n\npackage session\n", "session/x.go is built on some systems only"},
		"clock":                {"session", "x.go", "package session\nimport \"time\"\nvar _ = time.Now\n", "session/x.go:3 uses time.Now"},
		"clock, renamed":       {"session", "x.go", "package session\nimport t \"time\"\nfunc x() { t.Sleep(1) }\n", "session/x.go:3 uses time.Sleep"},
		"zone":                 {"session", "x.go", "package session\nimport \"time\"\nfunc x(t time.Time) time.Time { return t.Local() }\n", "session/x.go:3 uses (time.Time).Local"},
		"zone file":            {"session", "x.go", "package session\nimport \"time\"\nvar _, _ = time.LoadLocation(\"x\")\n", "session/x.go:3 uses time.LoadLocation"},
		"goroutine":            {"session", "x.go", "package session\nfunc x() { go x() }\n", "session/x.go:2 starts a goroutine"},
		"a helper in the ware": {"gateway/tenant", "x.go", "package tenant\nimport _ \"mayfly/gateway/rtc/relay\"\n", "which is for tests only"},
	} {
		t.Run(name, func(t *testing.T) {
			planted, err := clean.with(fault.path, fault.file, fault.text)
			require.NoError(t, err)
			requireNew(t, before, all(planted), fault.want)
		})
	}
	t.Run("a name that is gone", func(t *testing.T) {
		findings := tableFindings(clean, []importRow{{path: "session", reach: []string{"os/gone"}}})
		requireNew(t, before, findings, "forbids os/gone, which does not exist")
	})
	t.Run("a row that is gone", func(t *testing.T) {
		findings := tableFindings(clean, []importRow{{path: "session/gone"}})
		requireNew(t, before, findings, "session/gone is in the import table but does not exist")
	})
}

// requireNew demands a finding with the words that was not there before.
func requireNew(t *testing.T, before, after []string, want string) {
	t.Helper()
	has := func(finding string) bool { return strings.Contains(finding, want) }
	require.Falsef(t, slices.ContainsFunc(before, has), "found without the fault: %s", want)
	require.Truef(t, slices.ContainsFunc(after, has), "not found: %s\nfound: %s", want, strings.Join(after, "\n"))
}
