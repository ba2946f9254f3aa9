package main

import (
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/instruct"
	"mayfly/gateway/avatar/upstream"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
)

// upstream is an engine for a server that speaks the Realtime protocol.
func (p *troupe) upstream(name string, b *tenant.BackEnd, k instruct.Knowledge) (avatar.Engine, error) {
	socket, err := p.egress.Socket(name)
	if err != nil {
		return nil, err
	}
	return upstream.New(upstream.Options{
		Socket: socket, URL: b.URL, Model: b.Model, Voice: b.Voice, Provider: b.Name, Vision: b.Vision, Knowledge: k,
		Limits: upstream.Limits{Limits: deadlines(b), Cap: b.Session},
	}), nil
}

// upstreamEars is a transcriber that speaks the Realtime protocol.
func (p *troupe) upstreamEars(name string, b *tenant.BackEnd) (avatar.Transcriber, error) {
	socket, err := p.egress.Socket(name)
	if err != nil {
		return nil, err
	}
	return upstream.NewTranscriber(upstream.TranscriberOptions{
		Socket: socket, URL: b.URL, Model: b.Model, Writer: b.Writer, Provider: b.Name, Limits: upstream.Limits{Limits: deadlines(b)},
	}), nil
}

// follower finds the mouth in the sound of an avatar whose server speaks; nil
// where a voice of ours does.
func (c *company) follower(a *tenant.Avatar) func(voice.Options) *voice.Follower {
	if !a.Sounds() {
		return nil
	}
	return func(o voice.Options) *voice.Follower { return voice.NewFollower(c.own, o) }
}
