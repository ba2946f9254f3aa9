package main_test

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	dials       = "everything that leaves the process goes through gateway/egress, which checks the address when it is dialled"
	looksUp     = "a name that is looked up is told to whoever answers for it, and what was looked up is not what is dialled"
	asksDefault = "the default client follows redirects, takes proxies from the environment and reaches anything"
	transports  = "a transport dials, and only those of gateway/egress check where"
	sendsUDP    = "a socket that takes packets can send them anywhere"
	otherDoes   = "what another process sends is outside every rule here"
	rawSockets  = "a socket of the kernel's own knows no rule at all"
	ownClient   = "without a client in its context it uses the default one"
)

// waysOut are names by which something leaves the process, or may, each with
// the reason why only gateway/egress has them.
var waysOut = map[string]string{
	"net.Dial": dials, "net.DialTimeout": dials, "net.DialTCP": dials, "net.DialUDP": dials, "net.DialIP": dials, "net.DialUnix": dials,
	"net.Dialer": dials, "(*net.Dialer).Dial": dials, "(*net.Dialer).DialContext": dials, "(*net.Dialer).DialTCP": dials, "(*net.Dialer).DialUDP": dials,
	"(*net.Dialer).DialIP": dials, "(*net.Dialer).DialUnix": dials,
	"crypto/tls.Dial": dials, "crypto/tls.DialWithDialer": dials, "crypto/tls.Dialer": dials,
	"net/smtp.Dial": dials, "net/smtp.SendMail": dials, "net/rpc.Dial": dials, "net/rpc.DialHTTP": dials, "net/textproto.Dial": dials, "log/syslog.Dial": dials, "log/syslog.New": dials,
	"github.com/gorilla/websocket.Dialer": dials, "github.com/gorilla/websocket.DefaultDialer": dials,

	"net.DefaultResolver": looksUp, "net.Resolver": looksUp,
	"net.LookupHost": looksUp, "net.LookupIP": looksUp, "net.LookupAddr": looksUp, "net.LookupCNAME": looksUp, "net.LookupMX": looksUp, "net.LookupNS": looksUp,
	"net.LookupPort": looksUp, "net.LookupSRV": looksUp, "net.LookupTXT": looksUp,
	"net.ResolveTCPAddr": looksUp, "net.ResolveUDPAddr": looksUp, "net.ResolveIPAddr": looksUp,

	"net/http.Get": asksDefault, "net/http.Head": asksDefault, "net/http.Post": asksDefault, "net/http.PostForm": asksDefault,
	"net/http.DefaultClient": asksDefault, "net/http.DefaultTransport": asksDefault, "net/http.ProxyFromEnvironment": asksDefault,
	"net/http.Transport": transports,

	"net.ListenPacket": sendsUDP, "net.ListenUDP": sendsUDP, "net.ListenMulticastUDP": sendsUDP, "net.ListenIP": sendsUDP, "net.ListenUnixgram": sendsUDP,
	"net.ListenConfig": sendsUDP, "net.FileConn": sendsUDP, "net.FilePacketConn": sendsUDP,

	"os/exec.Command": otherDoes, "os/exec.CommandContext": otherDoes, "os/exec.Cmd": otherDoes, "os.StartProcess": otherDoes,
	"syscall.Exec": otherDoes, "syscall.ForkExec": otherDoes, "syscall.StartProcess": otherDoes,

	"syscall.Socket": rawSockets, "syscall.Connect": rawSockets, "syscall.Sendto": rawSockets, "syscall.Sendmsg": rawSockets,
	"golang.org/x/sys/unix.Socket": rawSockets, "golang.org/x/sys/unix.Connect": rawSockets, "golang.org/x/sys/unix.Sendto": rawSockets, "golang.org/x/sys/unix.Sendmsg": rawSockets,

	"github.com/coreos/go-oidc/v3/oidc.NewProvider": ownClient, "github.com/coreos/go-oidc/v3/oidc.NewRemoteKeySet": ownClient,
}

// letOut are the packages that have a way out of their own, each with the
// reason why that is one.
var letOut = []grant{
	{"gateway/egress", []string{"net.Dialer", "(*net.Dialer).DialContext", "net/http.Transport", "net.Resolver", "github.com/gorilla/websocket.Dialer"}, "it is the way out"},
	{"gateway/hook", []string{"net.Resolver"}, "it hands a resolver to egress, in tests"},
	{"gateway/rtc", []string{"net.ListenUDP"}, "media of a call: UDP to where the person's browser said it is, after their ICE checks"},
	{"gateway/reach", []string{
		"net.DefaultResolver", "net.Dialer", "(*net.Dialer).DialContext", "crypto/tls.Dialer", "net/http.Transport", "net.ListenPacket", "net.ResolveUDPAddr", "github.com/gorilla/websocket.Dialer",
	}, "mayfly doctor, run by hand at a client's place: the gateway never runs it (TestDoctorAlone)"},
	{"gateway/avatar/voice", []string{"os/exec.CommandContext", "os/exec.Cmd"}, "a voice may be a program on PATH: words go to its standard input alone, and what it is given in its environment is nothing"},
	{"gateway/avatar/command", []string{"os/exec.CommandContext", "os/exec.Cmd"}, "a transcriber may be the operator's program: sound goes to its standard input alone"},
	{"gateway/oidc", []string{"github.com/coreos/go-oidc/v3/oidc.NewProvider", "github.com/coreos/go-oidc/v3/oidc.NewRemoteKeySet"}, "each is given a context that holds the client of egress (TestProviderHasItsClient)"},
	{"cmd/mayfly", []string{"net.Dialer", "(*net.Dialer).DialContext", "net/http.Transport"}, "the socket in the data folder: a command line reaches the gateway of its own machine"},
	{"cmd/mayfly", []string{"net/http.ProxyFromEnvironment"}, "mayfly doctor goes the way that programs at a client's place go"},
	{"cmd/mayfly", []string{"os/exec.Command"}, "the program itself once more, which is given what ended this one and nothing else (TestOnlyItself)"},
}

// TestWaysOut refuses any other way out of the process than gateway/egress.
// R57
func TestWaysOut(t *testing.T) {
	s := loadedProgram(t)
	for _, finding := range wayOutFindings(s) {
		t.Error(finding)
	}
	for _, name := range slices.Sorted(maps.Keys(waysOut)) {
		if lookUp(s, name) == nil {
			t.Errorf("the list of ways out names %s, which does not exist", name)
		}
	}
	for _, g := range letOut {
		p := s.module[g.path]
		if p == nil {
			t.Errorf("%s is let out, and does not exist", g.path)
			continue
		}
		used := map[string]bool{}
		for _, object := range p.info.Uses {
			used[fullName(object)] = true
		}
		for _, name := range g.names {
			switch {
			case waysOut[name] == "":
				t.Errorf("%s is let out by %s, which is not forbidden", g.path, name)
			case !used[name]:
				t.Errorf("%s is let out by %s, and does not use it: take it off the list", g.path, name)
			}
		}
	}
}

// The command line's own dialer reaches a socket of this machine, and no
// address.
func TestCommandLineDialsASocket(t *testing.T) {
	p := loadedProgram(t).module["cmd/mayfly"]
	calls := callsOf(p, "(*net.Dialer).DialContext")
	for _, call := range calls {
		if network, ok := call.Args[1].(*ast.BasicLit); !ok || network.Value != `"unix"` {
			t.Errorf("%s dials something else than a socket of this machine", loadedProgram(t).at(call))
		}
	}
	if len(calls) == 0 {
		t.Error("nothing was looked at")
	}
}

// callsOf are the calls of a function in a package.
func callsOf(p *sourcePackage, name string) (all []*ast.CallExpr) {
	for _, f := range p.files {
		for node := range ast.Preorder(f) {
			if call, ok := node.(*ast.CallExpr); ok && called(p, call) != nil && called(p, call).FullName() == name {
				all = append(all, call)
			}
		}
	}
	return all
}

// The one process that the command starts is the program itself, as the teller
// of a crash.
func TestOnlyItself(t *testing.T) {
	p := loadedProgram(t).module["cmd/mayfly"]
	calls := callsOf(p, "os/exec.Command")
	for _, call := range calls {
		if len(call.Args) != 2 || types.ExprString(call.Args[0]) != "program" || types.ExprString(call.Args[1]) != "crashCommand" {
			t.Errorf("%s starts something else than the teller of a crash", loadedProgram(t).at(call))
		}
	}
	if len(calls) != 1 {
		t.Errorf("%d processes are started, not one", len(calls))
	}
}

// What reads a provider's description and keys is given a client of egress,
// each time: without one in its context it would take the default client.
func TestProviderHasItsClient(t *testing.T) {
	findings, n := clientlessFindings(loadedProgram(t))
	for _, finding := range findings {
		t.Error(finding)
	}
	if n < 3 {
		t.Errorf("%d calls were looked at: the list must name what there is", n)
	}
}

// clientlessFindings are calls to a provider without a client in their
// context, among so many calls.
func clientlessFindings(s *sources) (findings []string, n int) {
	p := s.module["gateway/oidc"]
	for _, f := range p.files {
		for _, d := range f.Decls {
			function, ok := d.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			with := map[types.Object]bool{} // contexts that hold a client
			for node := range ast.Preorder(function.Body) {
				if assign, ok := node.(*ast.AssignStmt); ok && len(assign.Lhs) == 1 && len(assign.Rhs) == 1 && holdsClient(p, assign.Rhs[0], nil) {
					if id, ok := assign.Lhs[0].(*ast.Ident); ok {
						with[p.info.ObjectOf(id)] = true
					}
				}
				call, ok := node.(*ast.CallExpr)
				if !ok || called(p, call) == nil {
					continue
				}
				switch called(p, call).FullName() {
				case "github.com/coreos/go-oidc/v3/oidc.NewProvider", "github.com/coreos/go-oidc/v3/oidc.NewRemoteKeySet", "(*golang.org/x/oauth2.Config).Exchange":
					if n++; !holdsClient(p, call.Args[0], with) {
						findings = append(findings, fmt.Sprintf("%s asks a provider: %s", s.at(call), ownClient))
					}
				}
			}
		}
	}
	return findings, n
}

// holdsClient says whether an expression is a context that a client was put
// into.
func holdsClient(p *sourcePackage, e ast.Expr, with map[types.Object]bool) bool {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		return with[p.info.ObjectOf(id)]
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && called(p, call) != nil && called(p, call).FullName() == "github.com/coreos/go-oidc/v3/oidc.ClientContext"
}

// What dials by hand is for a command of the command line, and the gateway
// cannot reach it.
func TestDoctorAlone(t *testing.T) {
	s := loadedProgram(t)
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if path != "cmd/mayfly" && slices.Contains(s.module[path].imports(), modulePath+"gateway/reach") {
			t.Errorf("%s imports gateway/reach, which dials by hand", path)
		}
	}
}

// wayOutFindings are uses of a way out, by what the name means and not how it
// is written, and clients without a transport of egress.
func wayOutFindings(s *sources) (findings []string) {
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if isHelper(path) || path == "cmd/mayfly-load" {
			continue // made for tests
		}
		p := s.module[path]
		for id, object := range p.info.Uses {
			name := fullName(object)
			if reason := waysOut[name]; reason != "" && !isLetOut(path, name) {
				findings = append(findings, fmt.Sprintf("%s uses %s: %s", s.at(id), name, reason))
			}
		}
		for _, f := range p.files {
			for n := range ast.Preorder(f) {
				if bareClient(p, n) {
					findings = append(findings, fmt.Sprintf("%s makes a client without a transport: %s", s.at(n), asksDefault))
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}

func isLetOut(path, name string) bool {
	return slices.ContainsFunc(letOut, func(g grant) bool { return g.path == path && slices.Contains(g.names, name) })
}

// bareClient says whether a node makes an http.Client that has no Transport:
// a literal without one, new(http.Client), or a variable that is not set.
func bareClient(p *sourcePackage, n ast.Node) bool {
	isClient := func(t types.Type) bool {
		named, ok := types.Unalias(t).(*types.Named)
		return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path()+"."+named.Obj().Name() == "net/http.Client"
	}
	typeOf := func(e ast.Expr) types.Type {
		if t := p.info.TypeOf(e); t != nil {
			return t
		}
		return types.Typ[types.Invalid]
	}
	switch n := n.(type) {
	case *ast.CompositeLit:
		return isClient(typeOf(n)) && !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
			pair, ok := e.(*ast.KeyValueExpr)
			if !ok {
				return false
			}
			key, ok := pair.Key.(*ast.Ident)
			return ok && key.Name == "Transport"
		})
	case *ast.CallExpr:
		if f, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && f.Name == "new" && len(n.Args) == 1 {
			return isClient(typeOf(n.Args[0]))
		}
	case *ast.ValueSpec:
		return n.Type != nil && len(n.Values) == 0 && isClient(typeOf(n.Type))
	case *ast.Field:
		return n.Type != nil && isClient(typeOf(n.Type)) // a field that holds one is one that nobody set
	}
	return false
}

// TestWaysOutSeen plants ways out.
func TestWaysOutSeen(t *testing.T) {
	clean := loadedProgram(t)
	all := func(s *sources) []string {
		return slices.DeleteFunc(wayOutFindings(s), func(finding string) bool { return !strings.Contains(finding, "planted.go:") })
	}
	before := all(clean)
	for name, fault := range map[string]struct{ path, text, want string }{
		"dial":               {"gateway/tenant", "import \"net\"\nfunc x() { net.Dial(\"tcp\", \"x:1\") }", "uses net.Dial: " + dials},
		"as a value":         {"gateway/tenant", "import n \"net\"\nvar x = n.DialTimeout", "uses net.DialTimeout"},
		"dialer":             {"gateway", "import \"net\"\nvar x net.Dialer", "uses net.Dialer"},
		"get":                {"gateway/hook", "import \"net/http\"\nfunc x() { http.Get(\"http://x\") }", "uses net/http.Get: " + asksDefault},
		"default client":     {"gateway/s3", "import \"net/http\"\nvar x = http.DefaultClient", "uses net/http.DefaultClient"},
		"default transport":  {"gateway/s3", "import \"net/http\"\nvar x = http.DefaultTransport", "uses net/http.DefaultTransport"},
		"transport":          {"gateway/avatar/openai", "import \"net/http\"\nvar x = &http.Transport{}", "uses net/http.Transport: " + transports},
		"bare client":        {"gateway/avatar/openai", "import \"net/http\"\nvar x = &http.Client{Timeout: 1}", "makes a client without a transport"},
		"new client":         {"gateway/avatar/openai", "import \"net/http\"\nvar x = new(http.Client)", "makes a client without a transport"},
		"zero client":        {"gateway/avatar/openai", "import \"net/http\"\nvar x http.Client", "makes a client without a transport"},
		"tls":                {"gateway/avatar/openai", "import \"crypto/tls\"\nfunc x() { tls.Dial(\"tcp\", \"x:1\", nil) }", "uses crypto/tls.Dial"},
		"tls dialer":         {"gateway/avatar/openai", "import \"crypto/tls\"\nvar x tls.Dialer", "uses crypto/tls.Dialer"},
		"look-up":            {"gateway/tenant", "import \"net\"\nfunc x() { net.LookupHost(\"x\") }", "uses net.LookupHost: " + looksUp},
		"resolver":           {"gateway/tenant", "import (\"context\"; \"net\")\nfunc x() { net.DefaultResolver.LookupTXT(context.TODO(), \"x\") }", "uses net.DefaultResolver"},
		"resolve":            {"gateway/tenant", "import \"net\"\nfunc x() { net.ResolveTCPAddr(\"tcp\", \"x:1\") }", "uses net.ResolveTCPAddr"},
		"packets":            {"gateway", "import \"net\"\nfunc x() { net.ListenPacket(\"udp\", \":0\") }", "uses net.ListenPacket: " + sendsUDP},
		"curl":               {"gateway/admin", "import \"os/exec\"\nfunc x() { exec.Command(\"curl\", \"http://x\").Run() }", "uses os/exec.Command: " + otherDoes},
		"a process":          {"recorder", "import \"os\"\nfunc x() { os.StartProcess(\"x\", nil, nil) }", "uses os.StartProcess"},
		"a socket":           {"recorder", "import \"syscall\"\nfunc x() { syscall.Socket(2, 1, 0) }", "uses syscall.Socket: " + rawSockets},
		"websocket":          {"gateway/realtime", "import \"github.com/gorilla/websocket\"\nvar x = websocket.DefaultDialer", "uses github.com/gorilla/websocket.DefaultDialer"},
		"keys of a provider": {"gateway/hook", "import (\"context\"; \"github.com/coreos/go-oidc/v3/oidc\")\nvar x = oidc.NewRemoteKeySet(context.TODO(), \"x\")", "NewRemoteKeySet: " + ownClient},
		"mail":               {"gateway/hook", "import \"net/smtp\"\nvar x = smtp.SendMail", "uses net/smtp.SendMail"},
		"more than let out":  {"gateway/rtc", "import \"net\"\nvar x = net.DialUDP", "uses net.DialUDP"},
	} {
		t.Run(name, func(t *testing.T) {
			pkg := fault.path[strings.LastIndex(fault.path, "/")+1:]
			if fault.path == "cmd/mayfly" {
				pkg = "main"
			}
			planted, err := clean.with(fault.path, "planted.go", "package "+pkg+"\n"+fault.text+"\n")
			if err != nil {
				t.Fatal(err)
			}
			requireNew(t, before, all(planted), fault.want)
		})
	}
}

// TestProviderHasItsClientSeen plants a call without one.
func TestProviderHasItsClientSeen(t *testing.T) {
	clean := loadedProgram(t)
	before, _ := clientlessFindings(clean)
	planted, err := clean.with("gateway/oidc", "planted.go", "package oidc\nimport (\"context\"; coreos \"github.com/coreos/go-oidc/v3/oidc\")\nfunc x(ctx context.Context) { coreos.NewProvider(ctx, \"x\") }\n")
	if err != nil {
		t.Fatal(err)
	}
	after, _ := clientlessFindings(planted)
	requireNew(t, before, after, "planted.go:3 asks a provider")
}
