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
	"time"

	"mayfly/gateway"
	"mayfly/gateway/audio"
	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

// drainTime is how long live sessions have when the process is told to stop.
const drainTime = 10 * time.Second

// app is the whole program: what was built, and the order in which it ends.
type app struct {
	settings *settings
	log      *slog.Logger

	lock      *lock
	listeners *listeners
	company   *company
	media     *rtc.Server // nil: WebSocket only
	gateway   *gateway.Server
	demo      *demo // nil: there are tenants
	servers   []*http.Server
	failed    chan error // a listener that stopped by itself
}

// newApp builds everything and opens the sockets. On an error nothing is left
// open.
func newApp(ctx context.Context, s *settings, log *slog.Logger, out io.Writer) (*app, error) {
	a := &app{settings: s, log: log, failed: make(chan error, 3)}
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
	tenants, ca := s.Tenants, []byte(nil)
	if s.demo() {
		a.demo = newDemo(s, a.listeners.origins(s))
		tenants, ca = []tenant.Tenant{a.demo.Tenant}, own.PEM
	} else if err := removeDemo(s.Data); err != nil {
		return err
	} else {
		tenants = withOwnOrigins(tenants, a.listeners.origins(s))
	}
	if a.company, err = hire(ctx, tenants, s.PiperModel); err != nil {
		return err
	}
	directory, err := tenant.NewDirectory(tenants)
	if err != nil {
		return err
	}
	relays, err := relaysOf(s.ICEServers)
	if err != nil {
		return err
	}
	if err := a.openMedia(); err != nil {
		return err
	}
	a.gateway = gateway.New(gateway.Options{
		Directory:      directory,
		Casting:        a.company,
		Media:          a.media,
		Relays:         relays,
		PublicURL:      s.PublicURL,
		TrustedProxies: s.TrustedProxies,
		Panicked:       a.panicked,
	})
	if a.demo != nil {
		if err := a.demo.write(s.Data, a.listeners, ca); err != nil {
			return err
		}
	}
	a.serve()
	return a.banner().print(out)
}

// withOwnOrigins lets a public tenant's page, which this gateway serves, call
// it.
func withOwnOrigins(tenants []tenant.Tenant, own []string) []tenant.Tenant {
	out := make([]tenant.Tenant, len(tenants))
	for i, t := range tenants {
		if t.Public {
			t.Origins = append(append([]string(nil), t.Origins...), own...)
		}
		out[i] = t
	}
	return out
}

// relaysOf reads the secrets of the STUN and TURN servers.
func relaysOf(servers []tenant.ICEServer) ([]rtc.Relay, error) {
	var relays []rtc.Relay
	for _, s := range servers {
		r := rtc.Relay{URLs: s.URLs, Username: s.Username}
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

// panicked tells where a fault was. A stack has functions and lines, and no
// values of what was said.
func (a *app) panicked(stack []byte) {
	a.log.Error("a fault was caught", "code", "internal_error", "count", len(stack))
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

// metrics serves what is counted: to anybody on loopback or the socket, to
// others with the token.
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
		Open:    a.settings.PublicURL,
		TLS:     listenerURL("https", a.listeners.TLS),
		Demo:    a.demo != nil,
		BackEnd: a.settings.BackEnd,
		Speech:  a.settings.Speech,
		Voices:  a.company.lines,
		Tenants: len(a.settings.Tenants),
		Data:    a.settings.Data,
	}
	if b.Open == "" {
		b.Open = listenerURL("http", a.listeners.Plain)
	}
	if b.Open == "" {
		b.Open = b.TLS
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
	if a.gateway != nil {
		a.gateway.Close()
	}
	for _, s := range a.servers {
		_ = s.Close()
	}
	if a.media != nil {
		_ = a.media.Close()
	}
	if a.company != nil && a.company.egress != nil {
		a.company.egress.Close()
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
