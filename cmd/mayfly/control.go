package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/agent"
	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/recorder/audit"
	"mayfly/session"
)

// openAdmin joins the admin API and the gateway.
func (a *app) openAdmin() {
	a.links = &admin.Links{}
	takeLinks(a.settings.Data, a.links, time.Now())
	a.teller = a.newTeller()
	host := a.settings.host()
	host.Differs = a.audit.differs
	a.admin = admin.New(admin.Options{
		Store:     adminStore{a.recorder},
		Live:      adminLive{a.gateway, a.directory},
		Directory: a.directory,
		Links:     a.links,
		Answers:   answers{a.company},
		Knowledge: shelves{a.company},
		Reach:     a.company,
		Tools:     a.company,
		Hooks:     hooks{a.teller},
		Audit:     a.audit,
		Check:     a.check,
		Servers:   a.company.silent,
		Rules:     a.signInRules,
		Refresh:   a.refresh,
		Problem:   gateway.Problem,
		Address:   a.gateway.Address,
		PublicURL: a.settings.PublicURL,
		Host:      host,
		Openings:  openings(),
	})
	a.gateway.MountAgents(signedInAgent(a.admin))
}

// signedInAgent says which agent a credential is, key or sign-in.
func signedInAgent(api *admin.API) func(string, time.Time) (agent.Who, bool) {
	return func(secret string, _ time.Time) (agent.Who, bool) {
		of, id, name, ok := api.Agent(secret)
		if !ok {
			return agent.Who{}, false
		}
		return agent.Who{Tenant: of.ID, ID: id, Name: name}, true
	}
}

// check says what of a document cannot work here. What answers in the
// demonstration was named by whoever runs it.
func (a *app) check(t *tenant.Tenant) error {
	if now := a.directory.Tenant(t.ID); now != nil && now.Demo {
		own := *t
		own.Demo = true
		return a.company.try(&own)
	}
	return a.company.try(t)
}

// openControl opens the socket in the data folder.
func (a *app) openControl() error {
	path := filepath.Join(a.settings.Data, controlFile)
	// The lock is ours: what is there is left of a process that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		// A folder on a file system without sockets, or with a path that is
		// too long for one: everything else works.
		a.log.Warn("commands cannot reach this gateway: its data folder cannot hold a socket")
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	newLink := func(tenantID string) (string, error) { return a.links.New(tenantID, tenant.Admin, time.Now()) }
	o := &operator{recorder: a.recorder, directory: a.directory, admin: a.admin, newLink: newLink, refresh: a.refresh, check: a.check, open: a.banner().Open, data: a.settings.Data, signer: a.signer, audit: a.audit, drill: newDrill(a), teller: a.teller, collectors: a.collectorStatuses}
	a.control = newControl(o.routes(), newErrorLog(a.log))
	go func() { _ = a.control.Serve(l) }()
	return nil
}

// controlServer serves commands over a socket.
type controlServer struct {
	*http.Server
	stop context.CancelFunc // ends what is being carried out
}

func newControl(h http.Handler, errors *log.Logger) *controlServer {
	ctx, stop := context.WithCancel(context.Background())
	return &controlServer{&http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: errors,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}, stop}
}

// controlWithin is how long a command that is being carried out may take to
// notice that the gateway stops.
const controlWithin = 10 * time.Second

// close closes the socket and waits for what is being carried out: nothing of
// it may touch what is closed next.
func (c *controlServer) close() {
	c.stop()
	ctx, cancel := context.WithTimeout(context.Background(), controlWithin)
	defer cancel()
	_ = c.Shutdown(ctx)
	_ = c.Close()
}

func (a *app) closeControl() {
	if a.control != nil {
		a.control.close()
	}
}

// openStopped opens the data folder of a gateway that does not run.
func openStopped(ctx context.Context, data string) (closed func(), h http.Handler, err error) {
	held, err := takeLock(data)
	if err != nil {
		return nil, nil, err
	}
	r, err := recorder.Open(ctx, recorder.Options{Folder: data, MasterKey: os.Getenv(envName("master-key-file")), Sign: soundSigner(data)})
	if err != nil {
		return nil, nil, errors.Join(err, held.release())
	}
	o := &operator{
		recorder: r,
		check:    func(*tenant.Tenant) error { return nil },
		newLink:  func(tenantID string) (string, error) { return leaveLink(data, tenantID, time.Now()) },
		data:     data,
	}
	if o.directory, err = tenant.NewDirectory(nil); err != nil {
		return nil, nil, errors.Join(err, r.Close(), held.release())
	}
	o.refresh = func(ctx context.Context) error {
		_, err := look(ctx, o.directory, stopped{source{r}}, nil)
		return err
	}
	if err := o.refresh(ctx); err != nil {
		return nil, nil, errors.Join(err, r.Close(), held.release())
	}
	o.admin = admin.New(admin.Options{
		Store: adminStore{r}, Live: nobody{}, Directory: o.directory, Links: &admin.Links{}, Answers: answers{&company{}}, Knowledge: nobody{}, Reach: nobody{}, Tools: nobody{}, Hooks: nobody{}, Refresh: o.refresh, Problem: gateway.Problem,
		Host: processing.Operator{Audit: audit.Retention, Requests: recorder.RequestKept},
	})
	return func() {
		o.admin.Close()
		_ = r.Close()
		_ = held.release()
	}, o.routes(), nil
}

// stopped is the database without the file beside it: tenants of the file are
// as they were when it was read last.
type stopped struct{ source }

// Load implements tenant.Source.
func (s stopped) Load(ctx context.Context) ([]tenant.Stored, error) {
	all, err := s.source.Load(ctx)
	for i := range all {
		if all[i].ID != "" {
			all[i].Source = tenant.SourceStore
		}
	}
	return all, err
}

// nobody is the sessions of a gateway that does not run.
type nobody struct{}

func (nobody) Sessions(string) []admin.LiveSession        { return nil }
func (nobody) End(string, session.ID, string, string) int { return 0 }
func (nobody) Narrow(string, bool) int                    { return 0 }
func (nobody) State(*tenant.Tenant, *tenant.Avatar) (admin.KnowledgeState, bool) {
	return admin.KnowledgeState{}, false
}
func (nobody) Check(ctx context.Context, name string, data []byte) (words, text int, mistake string) {
	return checkDocument(ctx, name, data)
}
func (nobody) Look(*tenant.Tenant, *tenant.Avatar)                  {}
func (nobody) Reindex(*tenant.Tenant, *tenant.Avatar)               {}
func (nobody) Rollback(*tenant.Tenant, *tenant.Avatar, uint64) bool { return false }
func (nobody) Offers(string) string                                 { return "draining" }
func (nobody) Desk(string) admin.Desk                               { return admin.Desk{} }
func (nobody) CheckAgents()                                         {}

// CallTool implements admin.Tools: a gateway that does not run calls nobody.
func (nobody) CallTool(context.Context, *tenant.Tenant, *tenant.Avatar, string, []byte) admin.CalledTool {
	return admin.CalledTool{Outcome: "unreachable"}
}

// Reach implements admin.Reach: a gateway that does not run asks nobody.
func (nobody) Reach(_ context.Context, _ *tenant.Tenant, a *tenant.Avatar) (all []admin.Reached) {
	for kind, b := range map[string]*tenant.BackEnd{"backend": a.BackEnd, "speech": a.Speech, "transcriber": a.Transcriber} {
		if b != nil {
			all = append(all, admin.Reached{Kind: kind, Server: b.Name, Why: "the gateway does not run"})
		}
	}
	return all
}
