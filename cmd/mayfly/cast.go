package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"mayfly/gateway"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/command"
	"mayfly/gateway/avatar/fallback"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// company is what stands behind every avatar. It may be used from many
// goroutines.
type company struct {
	log   *slog.Logger
	here  []voice.Voice
	own   voice.Reader
	ears  *command.Transcriber // the operator's command; nil: none
	hosts []string             // that tenants of the database may name; empty: any
	// heard is what is on PATH, for the demonstration alone; nil: nothing.
	heard *command.Transcriber

	// instructor tells servers what they may do with what they are sent; nil:
	// nobody is served yet.
	instructor *instructor

	// home is where this process is reached; zero: nowhere.
	home home

	library library
	// documents are those that are stored for avatars; nil: none are.
	documents *recorder.Recorder

	// incidents are noticed on the way out; nil: by nobody.
	incidents *incidents
	// leak is put around what answers one tenant, in a drill; nil: there is
	// none.
	leak atomic.Pointer[planted]

	mu      sync.RWMutex
	troupes map[string]*troupe // by tenant. Guarded by mu.
}

// planted is a leak that a drill puts around what answers its tenant.
type planted struct {
	tenant string
	around func(avatar.Engine) avatar.Engine
}

// troupe is the cast of one tenant's avatars, as they were when it was hired.
// It is static: a session that began with it ends with it.
type troupe struct {
	of      *tenant.Tenant // as the directory had it last
	avatars []tenant.Avatar
	egress  *egress.Egress
	casts   map[string]*gateway.Cast    // by avatar
	shelves map[string]*shelf           // by avatar
	servers map[string]*fallback.Server // by what makes a server another one
	health  []*fallback.Server          // the same, in the order of the avatars
}

// newCompany looks for the voices on this machine. ears, if not nil, is the
// operator's program that writes down what people say.
func newCompany(ctx context.Context, log *slog.Logger, piperModel string, ears *tenant.TranscriberCommand) (*company, error) {
	own, err := builtin.New()
	if err != nil {
		return nil, err
	}
	c := &company{
		log:     log,
		here:    voice.Find(ctx, voice.Search{PiperModel: piperModel, Builtin: own}),
		own:     own,
		heard:   command.Find(),
		troupes: make(map[string]*troupe),
	}
	if ears != nil {
		c.ears = command.New(command.Options{Argv: ears.Argv, WAV: ears.WAV, Languages: ears.Languages})
	}
	return c, nil
}

// Cast finds the cast of an avatar, hiring it where the tenant has changed. It
// is nil if that cannot be done.
func (c *company) Cast(t *tenant.Tenant, a *tenant.Avatar) *gateway.Cast {
	c.mu.RLock()
	p := c.troupes[t.ID]
	c.mu.RUnlock()
	if p == nil || p.of != t {
		if err := c.hire(t); err != nil {
			c.log.Error("an avatar cannot be cast", "tenant", t.ID, "avatar", a.ID)
			return nil
		}
		c.mu.RLock()
		p = c.troupes[t.ID]
		c.mu.RUnlock()
	}
	return p.casts[a.ID]
}

// hire makes the cast of every avatar of a tenant: what it knows, what
// answers, who speaks. Nothing is dialled here. On an error the former cast
// stays; if nothing about the avatars changed, it stays too.
func (c *company) hire(t *tenant.Tenant) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	former := c.troupes[t.ID]
	if former != nil && reflect.DeepEqual(former.avatars, t.Avatars) && slices.Equal(former.of.Policy.Redaction.Regions, t.Policy.Redaction.Regions) {
		same := *former
		same.of = t
		c.troupes[t.ID] = &same
		return nil
	}
	p, err := c.make(t)
	if err != nil {
		return err
	}
	c.troupes[t.ID] = p
	c.shelve(t.ID, p.shelves)
	if former != nil {
		former.egress.Close() // what is under way goes on
	}
	return nil
}

// try says what is wrong with a tenant's avatars, and changes nothing.
func (c *company) try(t *tenant.Tenant) error {
	p, err := c.make(t)
	if err == nil {
		p.egress.Close()
	}
	for i := range t.Avatars {
		if a := &t.Avatars[i]; a.Microphone && !slices.ContainsFunc(a.Languages, func(l string) bool { return a.Transcriber != nil || c.hears(t.Demo, l) != nil }) {
			err = errors.Join(err, fmt.Errorf("avatar %s of tenant %s: %w", a.ID, t.ID, tenant.Unheard()))
		}
	}
	return err
}

// hears is the program on this machine that writes down what people say to an
// avatar in a language; nil if there is none. What is only found on PATH
// hears for the demonstration alone.
func (c *company) hears(demo bool, l string) *command.Transcriber {
	for _, here := range []*command.Transcriber{c.ears, c.heard} {
		if here != nil && here.Understands(l) && (here != c.heard || demo) {
			return here
		}
	}
	return nil
}

func (c *company) make(t *tenant.Tenant) (*troupe, error) {
	p := &troupe{of: t, avatars: t.Avatars, casts: make(map[string]*gateway.Cast), shelves: make(map[string]*shelf), servers: make(map[string]*fallback.Server)}
	if err := c.home.refuse(t); err != nil {
		return nil, err
	}
	var all []egress.Recipient
	for i := range t.Avatars {
		all = append(all, recipients(&t.Avatars[i], t.Source != tenant.SourceStore || t.Demo)...)
	}
	for i := range all {
		c.instruct(&all[i])
	}
	var err error
	if p.egress, err = egress.New(egress.Options{Recipients: all, Own: c.home.owns, Hosts: c.hosts, Watch: c.incidents.watcher(), Refused: c.incidents.refused(t.ID)}); err != nil {
		return nil, err
	}
	var wrong []error
	for i := range t.Avatars {
		a := &t.Avatars[i]
		cast, err := c.cast(p, t, a)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("avatar %s of tenant %s: %w", a.ID, t.ID, err))
			continue
		}
		p.casts[a.ID] = cast
	}
	if len(wrong) > 0 {
		p.egress.Close()
		return nil, errors.Join(wrong...)
	}
	return p, nil
}

// close lets go of connections that nothing uses.
func (c *company) close() {
	c.library.close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.troupes {
		p.egress.Close()
	}
}

// recipient registers a server. One that the operator wrote down may be on
// this machine or a private network; one that a tenant's admin did may not.
func recipient(name string, b *tenant.BackEnd, local bool) egress.Recipient {
	r := egress.Recipient{Name: name, URL: origin(b.URL), Local: local, Connect: b.Deadlines.Connect}
	if file := b.KeyFile; file != "" {
		r.Key = func() ([]byte, error) { return readKey(file) }
	}
	return r
}

func origin(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host} }

// readKey reads a credential from a file that nobody else may read.
func readKey(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4<<10))
}

func (c *company) cast(p *troupe, t *tenant.Tenant, a *tenant.Avatar) (*gateway.Cast, error) {
	shelf, err := c.shelf(t, a)
	if err != nil {
		return nil, err
	}
	p.shelves[a.ID] = shelf
	engine, err := p.engine(a, shelf.base, func(client *http.Client, name string, b *tenant.BackEnd) (avatar.Engine, error) {
		if b.Realtime {
			return p.upstream(name, b, shelf.base)
		}
		d := deadlines(b)
		o := openai.Options{
			Client: client, URL: b.URL, Model: b.Model, Provider: b.Name, Vision: b.Vision, Knowledge: shelf.base,
			Limits: openai.Limits{Connect: d.Connect, First: d.First, Idle: d.Idle, Total: d.Total},
		}
		return openai.New(o), nil
	})
	if err != nil {
		return nil, err
	}
	local := func(locale string) voice.Voice {
		if a.Voice == "none" {
			return nil
		}
		return voice.Choose(c.here, locale, a.Voice)
	}
	if engine, err = veiled(engine, t, a); err != nil {
		return nil, err
	}
	if p := c.leak.Load(); p != nil && p.tenant == t.ID {
		engine = p.around(engine)
	}
	cast := &gateway.Cast{Engine: candour.Wrap(engine), Voice: local, Local: local, Own: c.follower(a)}
	if a.Speech != nil {
		if cast.Voice, err = p.voice(a, c.own, local); err != nil {
			return nil, err
		}
	}
	if cast.Transcriber, err = c.transcriber(p, t, a); err != nil {
		return nil, err
	}
	if cast.Tools, err = p.tools(a); err != nil {
		return nil, err
	}
	return cast, nil
}

// transcriber says who writes down what people say to an avatar: its own
// servers, else a program on this machine that understands the language.
func (c *company) transcriber(p *troupe, t *tenant.Tenant, a *tenant.Avatar) (func(string) avatar.Transcriber, error) {
	if !a.Microphone {
		return nil, nil
	}
	if a.Transcriber != nil {
		servers, err := p.hearing(a)
		if err != nil {
			return nil, err
		}
		return func(string) avatar.Transcriber { return servers }, nil
	}
	demo := t.Demo
	return func(locale string) avatar.Transcriber {
		if here := c.hears(demo, locale); here != nil {
			return here
		}
		return nil
	}, nil
}

// describe says who speaks which of the languages of a tenant's first avatar.
func (c *company) describe(t *tenant.Tenant) []string {
	a := t.Find("")
	if a == nil {
		return nil
	}
	cast := c.Cast(t, a)
	var lines []string
	for _, l := range a.Languages {
		name := "none, text and captions"
		if v := cast.Voice(l); v != nil {
			name = v.Name()
		}
		lines = append(lines, l+": "+name)
	}
	return lines
}
