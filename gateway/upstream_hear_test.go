package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/upstream"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// upstreamEarsOf is a transcriber of the Realtime protocol, reached as the
// program reaches one.
func upstreamEarsOf(t *testing.T, r egress.Recipient, model string) *upstream.Transcriber {
	r.Name, r.Local = "u", true
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{r}})
	require.NoError(t, err)
	socket, err := out.Socket("u")
	require.NoError(t, err)
	base := *r.URL
	base.Path = "/v1"
	return upstream.NewTranscriber(upstream.TranscriberOptions{Socket: socket, URL: &base, Model: model, Provider: "Ears"})
}

// A server of the Realtime protocol hears people: nothing is dialled before
// their yes, the gateway says when somebody has spoken, the words are answered
// as any others, and nothing of it is unlabelled. // R3 R20 R21 R57
func TestUpstreamHears(t *testing.T) {
	server, err := upstreamtest.Start(upstreamtest.Script{})
	require.NoError(t, err)
	engine := &scripted{sentences: []string{"It is there."}}
	r := newRig(t, engine, nil, hearing(upstreamEarsOf(t, egress.Recipient{URL: server.URL()}, "scripted")), func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].Transcriber = &tenant.BackEnd{URL: server.URL(), Model: "scripted", Name: "Ears", Realtime: true}
	})
	t.Cleanup(server.Close)
	c := r.connect()
	notice := c.aware("text")
	c.speak()
	c.acknowledge(notice)
	c.speak()
	time.Sleep(50 * time.Millisecond)
	require.Zero(t, server.Accepted(), "nothing is dialled before the yes")
	c.allow(1)
	for n := 1; n <= 3; n++ {
		c.speak()
		require.Equal(t, upstreamtest.Transcribed, c.await("conversation.item.input_audio_transcription.completed", n)["transcript"])
		require.Equal(t, "completed", c.await("response.done", n).at("response", "status"))
	}
	c.labelled()
	require.EqualValues(t, 3, server.Accepted(), "one connection for each, so that nothing joins them")
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, time.Millisecond)
	for _, x := range server.Sessions() {
		require.Empty(t, x.Events("response.create"), "nobody asks it to answer")
		pcm, _ := x.Sound()
		require.Greater(t, len(pcm), 24000)
	}
}

// The person's no ends the sound within 200 ms, in the middle of a word, and
// its words never come. // R3 R12 R41
func TestUpstreamHearsNoMore(t *testing.T) {
	server, err := upstreamtest.Start(upstreamtest.Script{})
	require.NoError(t, err)
	engine := &scripted{sentences: []string{"It is there."}}
	r := newRig(t, engine, nil, hearing(upstreamEarsOf(t, egress.Recipient{URL: server.URL()}, "scripted")), func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].Transcriber = &tenant.BackEnd{URL: server.URL(), Model: "scripted", Name: "Ears", Realtime: true}
	})
	t.Cleanup(server.Close)
	c := r.listened("text")
	all := said(t)
	half := all[:len(all)/2] // somebody still speaks
	c.append(half)
	require.Eventually(t, func() bool {
		if s := server.Sessions(); len(s) == 1 {
			pcm, _ := s[0].Sound()
			return len(pcm) > 4800
		}
		return false
	}, 30*time.Second, time.Millisecond)
	before := time.Now()
	c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"voice_input"}})
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, time.Millisecond)
	x := server.Sessions()[0]
	_, last := x.Sound()
	require.Less(t, last.Sub(before), 200*time.Millisecond)
	c.append(all[len(half):])
	c.append(silence(800 * time.Millisecond))
	time.Sleep(50 * time.Millisecond)
	require.Empty(t, x.Events("input_audio_buffer.commit"))
	require.EqualValues(t, 1, server.Accepted())
	require.Zero(t, c.count("conversation.item.input_audio_transcription.completed"))
	require.Empty(t, engine.seen)
}

// A gateway hears for a gateway: the one behind gives its notice before it
// listens, and only then is it sent sound; nothing of it but words comes out.
func TestGatewayHearsForAGateway(t *testing.T) {
	scribe := &scribe{words: []string{"Where is the library?", "And the park?"}}
	behind := newRig(t, &scripted{sentences: []string{"never asked"}}, nil, hearing(scribe))
	ears := upstreamEarsOf(t, egress.Recipient{URL: behind.base(t), Key: func() ([]byte, error) { return []byte(behind.key), nil }}, "lumen")
	engine := &scripted{sentences: []string{"It is there."}}
	front := newRig(t, engine, nil, hearing(ears), func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].Transcriber = &tenant.BackEnd{URL: behind.base(t), Model: "lumen", Name: "Ears", Realtime: true}
	})
	c := front.listened("text")
	for n, want := range []string{"Where is the library?", "And the park?"} {
		c.speak()
		require.Equal(t, want, c.await("conversation.item.input_audio_transcription.completed", n+1)["transcript"])
		c.await("response.done", n+1)
	}
	for _, ms := range scribe.heard() {
		require.Greater(t, ms, 500, "the whole utterance arrived, and none of it before the notice")
	}
	require.Len(t, scribe.heard(), 2)
	require.Equal(t, []string{"Where is the library?", "It is there.", "And the park?"}, engine.seen)
	c.labelled()
	require.Eventually(t, func() bool { return behind.server.registry.count() == 0 }, 30*time.Second, 5*time.Millisecond)
}
