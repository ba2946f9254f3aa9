package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"mayfly/gateway"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// company is what stands behind every avatar of the configuration. It is
// static once hired.
type company struct {
	egress *egress.Egress
	casts  map[string]*gateway.Cast // by tenant and avatar
	lines  []string                 // for the banner: who speaks which language
}

// Cast finds the cast of an avatar.
func (c *company) Cast(t *tenant.Tenant, a *tenant.Avatar) *gateway.Cast {
	return c.casts[t.ID+"/"+a.ID]
}

// hire makes the cast of every avatar: what it knows, what answers, who
// speaks. Nothing is dialled here.
func hire(ctx context.Context, tenants []tenant.Tenant, piperModel string) (*company, error) {
	c := &company{casts: make(map[string]*gateway.Cast)}
	own, err := builtin.New()
	if err != nil {
		return nil, err
	}
	here := voice.Find(ctx, voice.Search{PiperModel: piperModel, Builtin: own})
	var (
		wrong      []error
		recipients []egress.Recipient
	)
	for i := range tenants {
		for j := range tenants[i].Avatars {
			a := &tenants[i].Avatars[j]
			id := tenants[i].ID + "/" + a.ID
			for kind, b := range map[string]*tenant.BackEnd{"backend": a.BackEnd, "speech": a.Speech} {
				if b != nil {
					recipients = append(recipients, recipient(id+"/"+kind, b))
				}
			}
		}
	}
	if c.egress, err = egress.New(egress.Options{Recipients: recipients}); err != nil {
		return nil, err
	}
	for i := range tenants {
		t := &tenants[i]
		for j := range t.Avatars {
			a := &t.Avatars[j]
			cast, err := c.cast(t, a, here, own)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("avatar %s of tenant %s: %w", a.ID, t.ID, err))
				continue
			}
			c.casts[t.ID+"/"+a.ID] = cast
			if i == 0 && j == 0 {
				c.lines = describe(a, cast)
			}
		}
	}
	return c, errors.Join(wrong...)
}

// recipient registers a server that the operator wrote down: it may be on
// this machine or a private network.
func recipient(name string, b *tenant.BackEnd) egress.Recipient {
	r := egress.Recipient{Name: name, URL: origin(b.URL), Local: true}
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

func (c *company) cast(t *tenant.Tenant, a *tenant.Avatar, here []voice.Voice, own voice.Reader) (*gateway.Cast, error) {
	knowledge, err := knowledgeOf(a)
	if err != nil {
		return nil, err
	}
	id := t.ID + "/" + a.ID
	var engine avatar.Engine
	if a.BackEnd == nil {
		engine = resident.New(knowledge)
	} else {
		client, err := c.egress.Client(id + "/backend")
		if err != nil {
			return nil, err
		}
		o := openai.Options{Client: client, URL: a.BackEnd.URL, Model: a.BackEnd.Model, Provider: a.BackEnd.Name}
		if knowledge != nil {
			o.Knowledge = knowledge
		}
		engine = openai.New(o)
	}
	local := func(locale string) voice.Voice {
		if a.Voice == "none" {
			return nil
		}
		return voice.Choose(here, locale, a.Voice)
	}
	cast := &gateway.Cast{Engine: candour.Wrap(engine), Voice: local, Local: local}
	if a.Speech != nil {
		client, err := c.egress.Client(id + "/speech")
		if err != nil {
			return nil, err
		}
		remote, err := voice.NewServer(client, voice.ServerSettings{
			URL: a.Speech.URL.String(), Model: a.Speech.Model, Voice: a.Speech.Voice, Languages: a.Languages, Reader: own,
		})
		if err != nil {
			return nil, err
		}
		cast.Voice = func(locale string) voice.Voice {
			if remote.Speaks(locale) {
				return remote
			}
			return local(locale)
		}
	}
	return cast, nil
}

// knowledgeOf loads what an avatar knows; nil if it knows nothing.
func knowledgeOf(a *tenant.Avatar) (*resident.Knowledge, error) {
	switch a.Knowledge {
	case "":
		return nil, nil
	case tenant.Documents:
		return resident.Demo()
	}
	root, err := os.OpenRoot(a.Knowledge) // a link in it cannot lead out of it
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return resident.Load(root.FS())
}

// describe says who speaks which of an avatar's languages.
func describe(a *tenant.Avatar, cast *gateway.Cast) []string {
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
