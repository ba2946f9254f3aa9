package gateway

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/fallback"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// earsOf starts scripted transcribers, the second of which stands in for the
// first, as the program makes it.
func earsOf(t *testing.T, modes ...backendtest.SoundMode) (ears *fallback.Transcriber, of *tenant.BackEnd, running []*backendtest.SoundServer, end func()) {
	t.Helper()
	var to []egress.Recipient
	var all []tenant.BackEnd
	for i, mode := range modes {
		s, err := backendtest.StartSound(mode, secret)
		require.NoError(t, err)
		running = append(running, s)
		all = append(all, tenant.BackEnd{URL: s.URL(), Model: "m", Name: fmt.Sprint("Ears ", i), Region: []string{"eu", "us"}[i]})
		to = append(to, egress.Recipient{Name: fmt.Sprint(i), URL: s.URL(), Local: true})
	}
	out, err := egress.New(egress.Options{Recipients: to})
	require.NoError(t, err)
	var hearers []fallback.Hearer
	for i, s := range running {
		way, err := out.Client(fmt.Sprint(i))
		require.NoError(t, err)
		limits := brisk
		if modes[i] == backendtest.Works {
			limits = ample
		}
		hearers = append(hearers, fallback.Hearer{
			Transcriber: openai.NewTranscriber(openai.TranscriberOptions{Client: way, URL: s.URL(), Model: "m", Limits: limitsOf(limits)}),
			Server:      fallback.NewServer(fallback.Transcription, all[i].Name, fallback.Rules{}),
		})
	}
	all[0].Fallback = all[1:]
	return fallback.NewTranscriber(hearers...), &all[0], running, func() {
		out.Close()
		for _, s := range running {
			s.Close()
		}
	}
}

// However a transcriber misbehaves, the one that stands in for it writes down
// what was said, once, without anybody being asked again: the notice named both
// before the yes. The receipt names those that were sent something. // B6 R57
func TestTranscriberStandsIn(t *testing.T) {
	alongside(t)
	for _, mode := range backendtest.HearingModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			ears, of, running, end := earsOf(t, mode, backendtest.Works)
			ring, signed := signing(t)
			engine := &scripted{sentences: []string{"Heard."}}
			r := newRig(t, engine, nil, signed, hearing(ears), func(_ *Options, tn *tenant.Tenant) { tn.Avatars[0].Transcriber = of })
			t.Cleanup(end)
			c := r.connect()
			notice := c.aware("text")
			c.acknowledge(notice)
			asked := c.await("avatar.consent.requested", 1)
			require.Contains(t, fmt.Sprint(asked), "Ears 0")
			require.Contains(t, fmt.Sprint(asked), "Ears 1", "it is named before the yes")
			c.allow(1)
			c.speak()
			if mode != backendtest.ErrorAsAnswer { // which refuses these words
				require.Equal(t, backendtest.Transcribed, c.await("conversation.item.input_audio_transcription.completed", 1)["transcript"])
				require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
				require.Zero(t, c.count("conversation.item.input_audio_transcription.failed"))
				require.Equal(t, []string{backendtest.Transcribed}, engine.seen, "it is answered once")
			} else {
				require.Equal(t, "backend_refused", c.await("conversation.item.input_audio_transcription.failed", 1).at("error", "code"))
				require.Zero(t, running[1].Asked(), "nobody else is tried with what one has refused")
			}
			require.Equal(t, 1, c.count("avatar.consent.requested"), "nobody is asked twice")
			require.Equal(t, 1, c.count("input_audio_buffer.committed"))
			c.send(event{"type": "avatar.receipt.request"})
			got, err := receipt.Verify(c.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
			require.NoError(t, err)
			var sent []string
			for _, to := range got.Recipients {
				sent = append(sent, to.Name+" "+to.What)
			}
			want := []string{"Ears 0 voice"}
			if running[1].Asked() > 0 {
				want = append(want, "Ears 1 voice")
			}
			require.Equal(t, want, sent, "what the receipt says is what happened")
			for _, e := range c.all() {
				require.NotContains(t, fmt.Sprint(e), secret)
			}
		})
	}
	t.Logf("n = %d modes", len(backendtest.HearingModes()))
}

// A transcriber that the policy of the moment forbids is sent nothing, as the
// first and as a stand-in, and the fact says so. R29 R60
func TestTranscriberStandsInWithinThePolicy(t *testing.T) {
	for region, want := range map[string]struct {
		code string
		sent []bool
	}{
		"eu": {"backend_timeout", []bool{true, false}},
		"us": {"", []bool{false, true}},
		"fr": {"backend_not_allowed", []bool{false, false}},
	} {
		t.Run(region, func(t *testing.T) {
			ears, of, running, end := earsOf(t, backendtest.HeadsThenStall, backendtest.Works)
			r := newRig(t, &scripted{sentences: []string{"Heard."}}, nil, hearing(ears), func(_ *Options, tn *tenant.Tenant) {
				tn.Avatars[0].Transcriber, tn.Policy.Regions = of, []string{region}
			})
			t.Cleanup(end)
			c := r.listened("text")
			c.speak()
			if want.code != "" {
				require.Equal(t, want.code, c.await("conversation.item.input_audio_transcription.failed", 1).at("error", "code"))
			} else {
				require.Equal(t, backendtest.Transcribed, c.await("conversation.item.input_audio_transcription.completed", 1)["transcript"])
			}
			for i, s := range running {
				require.Equal(t, want.sent[i], s.Asked() > 0, "server %d", i)
			}
		})
	}
}
