package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/recorder/audit"
)

// settings is what the process was told, complete and found right: flags
// first, then environment, file and defaults. Static once parsed.
type settings struct {
	Command string         // "serve", "key make", "tenant set <assign>" and so on
	Redact  redactFlags    // of the command "redact"
	Do      hostCommand    // one about a gateway's data; nil: another
	Apart   stoppedCommand // one that needs no gateway; nil: another

	Listen         string // "host:port" or tenant.Off
	TLSListen      string // the same
	TLSCert        string // file; empty in the demonstration, which makes its own
	TLSKey         string // file
	BehindTLSProxy bool
	Hardened       bool // set once the process is
	CrashApart     bool // set once the text of a fault that nobody catches is kept from the log
	TrustedProxies []netip.Prefix
	CountryHeader  string

	CountryDatabase string // file; empty: no address is looked up
	PublicURL       string // an origin; empty: the address listened on

	MetricsListen    string // "host:port", "unix:/path" or tenant.Off
	MetricsTokenFile string

	MediaListen     string // "host:port" or tenant.Off
	PublicAddresses []netip.Addr
	ICEServers      []tenant.ICEServer

	PiperModel string // file; empty: piper is not used

	TranscriberCommand *tenant.TranscriberCommand // nil: none
	TenantHosts        []string                   // that tenants of the database may name; empty: any

	OIDC *tenant.OIDC // nil: nobody signs in by a provider

	SIEM []tenant.Collector // none: nobody is sent the audit logs

	Witnesses []tenant.Witness // none: checkpoints are given to nobody

	Data          string // absolute
	MasterKeyFile string // file; empty: in Data
	Stored        bool   // the database in Data holds a tenant
	LogLevel      slog.Level

	Config  string          // empty: none
	Tenants []tenant.Tenant // from the file; none: the demonstration

	// Of the demonstration. Nil: the built-in engine, a voice and a program on
	// this machine.
	BackEnd     *tenant.BackEnd
	Speech      *tenant.BackEnd
	Transcriber *tenant.BackEnd
	Microphone  bool // people may speak
}

// demo says whether the demonstration is what runs.
func (s *settings) demo() bool { return len(s.Tenants) == 0 && !s.Stored }

// host is what the process has of what protects people.
func (s *settings) host() processing.Operator {
	var collectors []string
	for i := range s.SIEM {
		collectors = append(collectors, s.SIEM[i].Name)
	}
	var witnesses []string
	for i := range s.Witnesses {
		witnesses = append(witnesses, s.Witnesses[i].Name)
	}
	return processing.Operator{
		Audit: audit.Retention, Requests: recorder.RequestKept, Collectors: collectors, Witnesses: witnesses,
		TLS: s.TLSCert != "" && s.TLSListen != tenant.Off && !leaves(s.Listen), Proxied: s.proxied(), Hardened: s.Hardened, CrashApart: s.CrashApart, KeyApart: s.keyApart(),
	}
}

// keyApart says whether the master key is outside the data folder.
func (s *settings) keyApart() bool {
	if s.MasterKeyFile == "" {
		return false
	}
	file, err := filepath.Abs(s.MasterKeyFile)
	if err != nil {
		return false
	}
	within, err := filepath.Rel(s.Data, file)
	return err != nil || within == ".." || strings.HasPrefix(within, ".."+string(filepath.Separator))
}

// proxied says whether a TLS proxy in front was declared.
func (s *settings) proxied() bool { return s.BehindTLSProxy || len(s.TrustedProxies) > 0 }

// parse reads arguments, environment ("NAME=value" as os.Environ gives them)
// and the file. Everything that is wrong comes back in one error, one per
// line. Help is printed to out, and errHelp returned.
func parse(args, environ []string, out io.Writer) (*settings, error) {
	line, command, target, from, err := readFlags(args, environ, out)
	if errors.Is(err, errHelp) || (err != nil && command == "") {
		return nil, err
	}
	s := &settings{Command: command}
	switch command {
	case "key make":
		return s, nil
	case "redact":
		s.Redact = line.Redact
		return s, err
	}
	switch c := target.(type) {
	case hostCommand:
		s.Do = c
		g := gathering{flags: &serveFlags{Data: c.where().Data}, from: from}
		g.add(err)
		g.folder(s, environ)
		return s, errors.Join(g.wrong...)
	case stoppedCommand:
		s.Apart = c
		return s, err
	}
	g := gathering{flags: &line.Serve, from: from}
	g.add(err)
	g.gather(s, environ)
	if len(g.wrong) > 0 {
		return nil, errors.Join(g.wrong...)
	}
	return s, nil
}

// gathering is one reading of all sources.
type gathering struct {
	flags *serveFlags
	from  map[string]string // flag -> where it was set
	file  tenant.Server
	// unread means that the file has mistakes: what follows from its tenants
	// is not known, and not held against the flags.
	unread bool
	wrong  []error
}

func (g *gathering) add(err error) {
	if err != nil {
		g.wrong = append(g.wrong, err)
	}
}

// bad notes what is wrong with a flag under the name by which it was given.
func (g *gathering) bad(flag string, err error) {
	if err == nil {
		return
	}
	name := "--" + flag
	if g.from[flag] != "" {
		name = g.from[flag]
	}
	g.add(fmt.Errorf("%s: %w", name, err))
}

func (g *gathering) given(flag string) bool { return g.from[flag] != "" }

func (g *gathering) gather(s *settings, environ []string) {
	f := g.flags
	s.Config = f.Config
	if f.Config != "" {
		file, err := readConfig(f.Config)
		if err != nil {
			var mistakes *tenant.Mistakes
			if errors.As(err, &mistakes) {
				g.add(err)
			} else {
				g.bad("config", err)
			}
			file, g.unread = &tenant.File{}, true
		}
		s.Tenants, g.file = file.Tenants, file.Server
	}

	g.folder(s, environ)
	s.MasterKeyFile = g.choose("master-key-file", f.MasterKeyFile, "", "", nil)
	s.Stored = s.Data != "" && recorder.HasTenant(s.Data)

	s.TLSCert = g.choose("tls-cert", f.TLSCert, g.file.TLSCert, "", nil)
	s.TLSKey = g.choose("tls-key", f.TLSKey, g.file.TLSKey, "", nil)
	tls := tenant.Off
	if s.demo() || s.TLSCert != "" {
		tls = "127.0.0.1:8443"
	}
	s.Listen = g.choose("listen", f.Listen, g.file.Listen, "127.0.0.1:8080", tenant.ParseAddress)
	s.TLSListen = g.choose("tls-listen", f.TLSListen, g.file.TLSListen, tls, tenant.ParseAddress)
	s.MetricsListen = g.choose("metrics-listen", f.MetricsListen, g.file.Metrics.Listen, tenant.Off, tenant.ParseMetricsAddress)
	s.MetricsTokenFile = g.choose("metrics-token-file", f.MetricsTokenFile, g.file.Metrics.TokenFile, "", nil)
	s.MediaListen = g.choose("media-listen", f.MediaListen, g.file.Media.Listen, "127.0.0.1:0", tenant.ParseMediaAddress)
	s.PublicURL = g.choose("public-url", f.PublicURL, g.file.PublicURL, "", tenant.ParsePublicURL)
	s.BehindTLSProxy = f.BehindTLSProxy || g.file.BehindTLSProxy
	s.TrustedProxies = several(g, "trusted-proxy", f.TrustedProxy, g.file.TrustedProxies, tenant.ParseProxy)
	s.CountryHeader, s.CountryDatabase = g.file.CountryHeader, g.file.CountryDatabase
	s.PublicAddresses = several(g, "public-address", f.PublicAddress, g.file.Media.PublicAddresses, tenant.ParsePublicAddress)
	s.ICEServers = g.file.Media.ICEServers
	s.OIDC, s.SIEM, s.Witnesses = g.file.OIDC, g.file.SIEM, g.file.Witnesses
	s.TranscriberCommand, s.TenantHosts = g.file.TranscriberCommand, g.file.TenantHosts
	s.PiperModel = g.choose("piper-model", f.PiperModel, g.file.PiperModel, "", tenant.CheckPiperModel)

	g.level(s)
	g.checkFiles()
	if !g.unread {
		g.backEnds(s)
		g.checkListeners(s)
	}
}

// choose takes the flag or variable, else the file's value, else the default.
func (g *gathering) choose(flag, said, file, absent string, check func(string) (string, error)) string {
	switch {
	case said != "":
		if check == nil {
			return said
		}
		value, err := check(said)
		g.bad(flag, err)
		return value
	case file != "":
		return file
	}
	return absent
}

func several[V any](g *gathering, flag string, said []string, file []V, check func(string) (V, error)) []V {
	if len(said) == 0 {
		return file
	}
	var all []V
	for _, one := range said {
		v, err := check(strings.TrimSpace(one))
		g.bad(flag, err)
		all = append(all, v)
	}
	return all
}

// maxConfig is more than tenant.Parse takes, so that it can say so.
const maxConfig = 1<<20 + 1

func readConfig(path string) (*tenant.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read (%w); correct its name, or let this user read it", path, errors.Unwrap(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read (%w); name a file", path, errors.Unwrap(err))
	}
	// Relative paths in the file start at its folder, wherever that is.
	return tenant.Parse(path, data)
}

func (g *gathering) level(s *settings) {
	switch g.flags.LogLevel {
	case "", "info":
		s.LogLevel = slog.LevelInfo
	case "debug":
		s.LogLevel = slog.LevelDebug
	case "warn":
		s.LogLevel = slog.LevelWarn
	case "error":
		s.LogLevel = slog.LevelError
	default:
		g.bad("log-level", errors.New("there is no such level; use debug, info, warn or error"))
	}
}

func (g *gathering) folder(s *settings, environ []string) {
	data := g.flags.Data
	if data == "" {
		var err error
		if data, err = dataFolder(environ); err != nil {
			g.bad("data", err)
			return
		}
	}
	abs, err := filepath.Abs(data)
	if err != nil {
		g.bad("data", errors.New("the current folder is gone; give an absolute path"))
		return
	}
	s.Data = abs
}

// dataFolder is the home of the process's own files by the XDG Base Directory
// Specification. It never falls back to a temporary folder: others can write
// there, and what is there is backed up by accident or lost by design.
func dataFolder(environ []string) (string, error) {
	var xdg, home string
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, "XDG_DATA_HOME="); ok {
			xdg = v
		}
		if v, ok := strings.CutPrefix(e, "HOME="); ok {
			home = v
		}
	}
	switch {
	case filepath.IsAbs(xdg): // the specification has relative ones ignored
		return filepath.Join(xdg, "mayfly"), nil
	case filepath.IsAbs(home):
		return filepath.Join(home, ".local", "share", "mayfly"), nil
	}
	return "", errors.New("neither XDG_DATA_HOME nor HOME says where data belongs; name a folder with --data")
}

// addressHost is the host of an address to listen on; empty means every address.
func addressHost(address string) string {
	h, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return h
}

// overNetwork says whether an address is one of a network, this machine's own
// included: whoever is on it reaches that.
func overNetwork(address string) bool {
	return address != "" && address != tenant.Off && !strings.HasPrefix(address, "unix:")
}

// leaves says whether an address to listen on is sure to be reachable from
// other machines. A host name shows only once it is listened on (listen.go).
func leaves(address string) bool {
	if !overNetwork(address) {
		return false
	}
	h := addressHost(address)
	if h == "" {
		return true
	}
	_, err := netip.ParseAddr(h)
	return err == nil && !tenant.Loopback(h)
}
