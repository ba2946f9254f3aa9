package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/audio"
	"mayfly/gateway/egress"
	"mayfly/gateway/hook"
	"mayfly/gateway/oidc"
	"mayfly/gateway/receipt"
	"mayfly/gateway/rtc"
	"mayfly/gateway/siem"
	"mayfly/gateway/tenant"
	"mayfly/gateway/witness"
	"mayfly/recorder"
	"mayfly/session"
)

// drainTime is how long live sessions have when the process is told to stop.
const drainTime = 10 * time.Second

// app is the whole program: what was built, and the order in which it ends.
type app struct {
	settings *settings
	log      *slog.Logger

	lock      *lock
	listeners *listeners
	recorder  *recorder.Recorder
	directory *tenant.Directory
	company   *company
	lines     []string // for the banner: who speaks which language
	links     *admin.Links
	admin     *admin.API
	teller    *hook.Teller
	siem      []*siem.Collector
	oidc      *oidc.Server
	control   *controlServer // on the socket in the data folder
	unfollow  func()         // ends what keeps the directory up to date, and waits for it
	signer    *receipt.Rotating
	audit     *auditLog
	incidents *incidents
	unpublish func() // publishes the audit logs once more, and no longer
	witnesses []*witness.Receiver
	unwitness func()      // gives no more checkpoints to witnesses
	countries *countries  // nil: no address is looked up
	media     *rtc.Server // nil: WebSocket only
	gateway   *gateway.Server
	demo      *demo // nil: there are tenants
	servers   []*http.Server
	failed    chan error // a listener that stopped by itself

	out       io.Writer  // where people are told what is wrong with a file
	rereading sync.Mutex // held while the configuration file is taken in
}

// newApp builds everything and opens the sockets. On an error nothing is left
// open.
func newApp(ctx context.Context, s *settings, log *slog.Logger, out io.Writer) (*app, error) {
	a := &app{settings: s, log: log, failed: make(chan error, 3), out: out}
	if err := a.build(ctx, out); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// build is newApp, step by step. What was built before an error is closed by
// its caller.
func (a *app) build(ctx context.Context, out io.Writer) (err error) {
	s := a.settings
	if err := openData(s.Data); err != nil {
		return err
	}
	if a.lock, err = takeLock(s.Data); err != nil {
		return err
	}
	var own *authority
	if s.demo() {
		if own, err = newAuthority(time.Now()); err != nil {
			return err
		}
		a.listeners, err = openListeners(s, &own.Certificate, a.certificateFault)
	} else {
		a.listeners, err = openListeners(s, nil, a.certificateFault)
	}
	if err != nil {
		return err
	}
	if err := a.openStore(ctx); err != nil {
		return err
	}
	a.incidents = newIncidents(a.recorder, a.log, egress.NewWatch())
	_ = a.finishDrill(ctx) // it said what is wrong, and the next start tries again
	if s.demo() {
		a.demo = newDemo(s)
	} else if err := removeDemo(s.Data); err != nil {
		return err
	}
	if a.company, err = newCompany(ctx, a.log, s.PiperModel, s.TranscriberCommand); err != nil {
		return err
	}
	a.company.hosts, a.company.documents, a.company.incidents = s.TenantHosts, a.recorder, a.incidents
	a.company.home = newHome(a.listeners, s.PublicURL)
	if err := a.openDirectory(ctx, a.listeners.origins(s)); err != nil {
		return err
	}
	if err := a.hireAll(); err != nil {
		return err
	}
	ring, err := openReceiptKeys(s.Data, time.Now())
	if err != nil {
		return err
	}
	a.signer = receipt.NewRotating(ring)
	auditKey, err := a.openAudit()
	if err != nil {
		return err
	}
	a.company.instructor = newInstructor(s.PublicURL, a.signer)
	relays, err := relaysOf(s.ICEServers)
	if err != nil {
		return err
	}
	if err := a.openMedia(); err != nil {
		return err
	}
	if err := a.openSIEM(ctx); err != nil {
		return err
	}
	if a.countries, err = openCountries(s.CountryDatabase); err != nil {
		return err
	}
	if err := a.openWitnesses(); err != nil {
		return err
	}
	a.gateway = gateway.New(gateway.Options{
		Directory:      a.directory,
		Casting:        a.company,
		Servers:        a.company.states,
		Collectors:     a.collected,
		Disclosures:    a.disclosures,
		Witnesses:      a.witnessed,
		Differing:      a.audit.disagreeing,
		Incidents:      a.incidents.counts,
		Trouble:        func() string { return troubleOf(a.recorder.Trouble()) },
		Facts:          watchedFacts{a.recorder, a.incidents},
		Recorder:       keeper{a.recorder},
		Used:           usedBy(a.recorder),
		QuotaNear:      a.quotaNear,
		Rights:         rights{a.recorder},
		Registers:      publishedRegisters(a.recorder),
		Pseudonym:      a.recorder.Pseudonym,
		Keyer:          a.recorder.Keyer,
		Signer:         a.signer,
		AuditKeys:      auditKey,
		Media:          a.media,
		Relays:         relays,
		PublicURL:      s.PublicURL,
		TrustedProxies: s.TrustedProxies,
		CountryHeader:  s.CountryHeader,
		Country:        a.countries.lookUp(),
		Panicked:       a.panicked,
	})
	a.openAdmin()
	if err := a.openOIDC(ctx); err != nil {
		return err
	}
	if err := a.openControl(); err != nil {
		return err
	}
	if a.demo != nil {
		if err := a.demo.write(s.Data, a.listeners, own.PEM); err != nil {
			return err
		}
	}
	a.follow()
	a.recorder.Note("", session.Fact{Kind: session.GatewayStarted}, nil)
	a.unpublish = a.audit.publishing(a.log)
	a.unwitness = a.witnessing()
	a.serve()
	b := a.banner()
	if b.Demo {
		// Loopback only, and whoever sees this screen runs the gateway.
		b.Admin, b.Review = a.demoLink(b.Open+"/admin", tenant.Admin), a.demoLink(b.Open+"/review", tenant.Reviewer)
		if t := a.directory.Tenant(a.demo.Tenant.ID); t != nil && t.Handoff != nil { // an admin may have closed the desk
			b.Agent = a.demoLink(b.Open+"/agent", tenant.Agent)
		}
	}
	return b.print(out)
}

// demoLink signs somebody in to a page of the demonstration. Empty: there are too
// many links.
func (a *app) demoLink(page string, role tenant.Role) string {
	secret, err := a.links.New(a.demo.Tenant.ID, role, time.Now())
	if err != nil {
		return ""
	}
	return page + "#link=" + secret + " (once, within 15 minutes)"
}

// relaysOf reads the secrets of the STUN and TURN servers.
func relaysOf(servers []tenant.ICEServer) ([]rtc.Relay, error) {
	var relays []rtc.Relay
	for _, s := range servers {
		r := rtc.Relay{URLs: s.URLs, Username: s.Username, Tenants: s.Tenants}
		for file, to := range map[string]*[]byte{s.SecretFile: &r.Secret, s.CredentialFile: &r.Credential} {
			if file == "" {
				continue
			}
			secret, err := readKey(file)
			if err != nil {
				return nil, fmt.Errorf("media.ice_servers: a secret cannot be read (%w); let this user read the file", reason(err))
			}
			*to = []byte(strings.TrimSpace(string(secret)))
		}
		relays = append(relays, r)
	}
	return relays, nil
}

func (a *app) openMedia() error {
	if a.settings.MediaListen == tenant.Off {
		return nil
	}
	var public []netip.AddrPort
	for _, addr := range a.settings.PublicAddresses {
		public = append(public, netip.AddrPortFrom(addr, 0))
	}
	var err error
	a.media, err = rtc.New(rtc.Options{
		Listen:          a.settings.MediaListen,
		PublicAddresses: public,
		NewEncoder:      func(mime string) (rtc.Encoder, error) { return audio.NewEncoder(audio.Codec(mime)) },
	})
	if err != nil {
		return listenFault("media-listen", a.settings.MediaListen, err)
	}
	return nil
}

func (a *app) certificateFault() {
	a.log.Warn("the certificate changed and cannot be used", "kept", "the-former-one")
}

// panicked tells where a fault was.
func (a *app) panicked(stack []byte) {
	a.log.Error("a fault was caught", "code", "internal_error", "at", siteOf(stack))
}

// serve starts an HTTP server on each listener.
func (a *app) serve() {
	for name, l := range map[string]net.Listener{"plain": a.listeners.Plain, "tls": a.listeners.TLS} {
		if l != nil {
			a.serveOn(name, l, a.gateway.Handler())
		}
	}
	if a.listeners.Metrics != nil {
		a.serveOn("metrics", a.listeners.Metrics, a.metrics())
	}
}

func (a *app) serveOn(name string, l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          newErrorLog(a.log),
	}
	a.servers = append(a.servers, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("a listener stopped", "listener", name)
			a.failed <- errors.New("the listener " + name + " stopped")
		}
	}()
}

// metrics serves what is counted, with the token; without one to whoever may
// open the socket.
func (a *app) metrics() http.Handler {
	inner := a.gateway.Metrics()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", inner)
	if a.settings.MetricsTokenFile == "" {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want, err := readKey(a.settings.MetricsTokenFile)
		got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if err != nil || !ok || subtle.ConstantTimeCompare([]byte(strings.TrimSpace(string(want))), []byte(got)) != 1 {
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (a *app) banner() *banner {
	b := &banner{
		Open:        a.settings.PublicURL,
		TLS:         listenerURL("https", a.listeners.TLS),
		Demo:        a.demo != nil,
		BackEnd:     a.settings.BackEnd,
		Speech:      a.settings.Speech,
		Transcriber: a.settings.Transcriber,
		Voices:      a.lines,
		Tenants:     len(a.directory.Tenants()),
		Trouble:     a.recorder.Ready(),
		Data:        a.settings.Data,
	}
	if b.Open == "" {
		b.Open = listenerURL("http", a.listeners.Plain)
	}
	if b.Open == "" {
		b.Open = b.TLS
	}
	for _, t := range a.directory.Tenants() {
		for i := range t.Avatars {
			b.Records = b.Records || t.Effective(&t.Avatars[i]).Transcript
		}
	}
	if b.Demo {
		b.CA = a.settings.Data + string(os.PathSeparator) + demoCAFile
	}
	if a.media != nil {
		host, _, _ := net.SplitHostPort(a.settings.MediaListen)
		b.Media = net.JoinHostPort(host, fmt.Sprint(a.media.Port()))
	}
	return b
}

// run waits until it is told to stop, and stops in order: no new sessions,
// every session told and given time, then the sockets. A second signal ends
// at once.
func (a *app) run(signals <-chan os.Signal) error {
	var failed error
	for stopping := false; !stopping; {
		select {
		case failed = <-a.failed:
			stopping = true
		case sig := <-signals:
			if isReload(sig) {
				if err := a.listeners.reload(time.Now()); err != nil {
					a.certificateFault()
				}
				if err := a.countries.reload(); err != nil {
					a.log.Warn("the database of countries cannot be used", "kept", "the-former-one")
				}
				a.reread()
				continue
			}
			stopping = true
		}
	}
	a.log.Info("stopping", "sessions", a.gateway.Sessions())
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	go func() {
		<-signals
		cancel()
	}()
	a.gateway.Drain(ctx)
	cancel()
	a.close()
	a.log.Info("stopped")
	return failed
}

// close ends whatever was built, in the order that loses nothing: sessions,
// media, sockets, and the lock last.
func (a *app) close() {
	if a.unfollow != nil {
		a.unfollow()
	}
	if a.gateway != nil {
		a.gateway.Close()
	}
	for _, s := range a.servers {
		_ = s.Close()
	}
	a.closeControl()
	if a.admin != nil {
		a.admin.Close()
	}
	if a.oidc != nil {
		a.oidc.Close()
	}
	if a.recorder != nil {
		a.recorder.Note("", session.Fact{Kind: session.GatewayStopped}, nil)
		if a.unpublish != nil {
			a.unpublish()
		}
		if a.unwitness != nil {
			a.unwitness()
		}
		if err := a.recorder.Close(); err != nil {
			a.log.Error("the database was not closed in order")
		}
	}
	if a.media != nil {
		_ = a.media.Close()
	}
	if a.company != nil {
		a.company.close()
	}
	if a.listeners != nil {
		a.listeners.close()
	}
	if a.demo != nil {
		_ = removeDemo(a.settings.Data)
	}
	if a.lock != nil {
		_ = a.lock.release()
	}
}
