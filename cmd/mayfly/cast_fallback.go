package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/fallback"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// serverName is what egress calls one of an avatar's servers: the first, or
// the fall-back after so many.
func serverName(a *tenant.Avatar, kind string, i int) string {
	if i == 0 {
		return a.ID + "/" + kind
	}
	return fmt.Sprintf("%s/%s/%d", a.ID, kind, i)
}

// deadlines are those of a server.
func deadlines(b *tenant.BackEnd) deadline.Limits {
	d := b.Deadlines
	return deadline.Limits{Connect: d.Connect, First: d.First, Idle: d.Idle, Total: d.Turn}
}

// server is how a tenant's server has answered so far. Avatars that have the
// same one share it.
func (p *troupe) server(kind fallback.Kind, b *tenant.BackEnd) *fallback.Server {
	key := strings.Join([]string{string(kind), b.URL.String(), b.Model, b.Voice, b.Writer, b.KeyFile}, "\n")
	s := p.servers[key]
	if s == nil {
		s = fallback.NewServer(kind, b.Name, fallback.Rules{})
		p.servers[key] = s
		p.health = append(p.health, s)
	}
	return s
}

// engine is what answers for an avatar: its server, those that stand in for
// it, and the engine that is built in where the tenant says so, or has no
// server at all.
func (p *troupe) engine(a *tenant.Avatar, shelf resident.Shelf, one func(client *http.Client, name string, b *tenant.BackEnd) (avatar.Engine, error)) (avatar.Engine, error) {
	if a.BackEnd == nil {
		return resident.New(shelf), nil
	}
	var links []fallback.Link
	for i, b := range a.BackEnd.Servers() {
		name := serverName(a, "backend", i)
		client, err := p.egress.Client(name)
		if err != nil {
			return nil, err
		}
		engine, err := one(client, name, b)
		if err != nil {
			return nil, err
		}
		links = append(links, fallback.Link{Engine: engine, Server: p.server(fallback.Model, b)})
	}
	if a.BackEnd.FallbackResident {
		links = append(links, fallback.Link{Engine: resident.New(shelf)})
	}
	return fallback.New(links...), nil
}

// voice is what speaks for an avatar with a speech server: that, those that
// stand in for it, and at last a voice on this machine, unless only the server
// is to speak.
func (p *troupe) voice(a *tenant.Avatar, own voice.Reader, local func(string) voice.Voice) (func(string) voice.Voice, error) {
	var remote []fallback.Speaker
	for i, b := range a.Speech.Servers() {
		client, err := p.egress.Client(serverName(a, "speech", i))
		if err != nil {
			return nil, err
		}
		v, err := voice.NewServer(client, voice.ServerSettings{
			URL: b.URL.String(), Model: b.Model, Voice: b.Voice, Languages: a.Languages, Reader: own, Deadlines: deadlines(b),
		})
		if err != nil {
			return nil, err
		}
		remote = append(remote, fallback.Speaker{Voice: v, Server: p.server(fallback.Speech, b)})
	}
	return func(locale string) voice.Voice {
		here := local(locale)
		if !remote[0].Voice.Speaks(locale) {
			return here
		}
		speakers := slices.Clone(remote)
		if here != nil && a.Voice != "speech" {
			speakers = append(speakers, fallback.Speaker{Voice: here})
		}
		return fallback.NewVoice(speakers...)
	}, nil
}

// hearing is what writes down what people say to an avatar with a transcriber:
// that, and those that stand in for it.
func (p *troupe) hearing(a *tenant.Avatar) (avatar.Transcriber, error) {
	var all []fallback.Hearer
	for i, b := range a.Transcriber.Servers() {
		name, server := serverName(a, "transcriber", i), p.server(fallback.Transcription, b)
		if b.Realtime {
			ears, err := p.upstreamEars(name, b)
			if err != nil {
				return nil, err
			}
			all = append(all, fallback.Hearer{Transcriber: ears, Server: server})
			continue
		}
		client, err := p.egress.Client(name)
		if err != nil {
			return nil, err
		}
		d := deadlines(b)
		o := openai.TranscriberOptions{
			Client: client, URL: b.URL, Model: b.Model, Provider: b.Name,
			Limits: openai.Limits{Connect: d.Connect, First: d.First, Idle: d.Idle, Total: d.Total},
		}
		if b.Partials {
			o.Partials = time.Second
		}
		all = append(all, fallback.Hearer{Transcriber: openai.NewTranscriber(o), Server: server})
	}
	return fallback.NewTranscriber(all...), nil
}

// recipients are the servers of an avatar, as egress lets them be reached.
func recipients(a *tenant.Avatar, local bool) []egress.Recipient {
	var all []egress.Recipient
	for _, of := range []struct {
		kind string
		b    *tenant.BackEnd
	}{{"backend", a.BackEnd}, {"speech", a.Speech}, {"transcriber", a.Transcriber}} {
		for i, b := range of.b.Servers() {
			all = append(all, recipient(serverName(a, of.kind, i), b, local))
		}
	}
	return append(all, toolServers(a, local)...)
}

// silent are the servers behind a tenant's avatars that do not answer now.
func (c *company) silent(tenantID string) []admin.Server {
	c.mu.RLock()
	p := c.troupes[tenantID]
	c.mu.RUnlock()
	if p == nil {
		return nil
	}
	var all []admin.Server
	for _, s := range p.health {
		if h := s.Health(); !h.Since.IsZero() {
			all = append(all, admin.Server{Kind: string(h.Kind), Name: h.Name, Since: h.Since, Code: h.Code, Rests: h.State != fallback.Closed})
		}
	}
	return all
}

// states says how all servers behind avatars are.
func (c *company) states() []gateway.ServerState {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var all []gateway.ServerState
	for _, p := range c.troupes {
		for _, s := range p.health {
			h := s.Health()
			all = append(all, gateway.ServerState{Kind: string(h.Kind), State: h.State.String()})
		}
	}
	return all
}
