package gateway

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// What a tenant says beside the notice is part of it; when it changes in a way
// that matters, people in live sessions are told before the next reply and
// asked anew, and nothing is kept on what they agreed to before. // R26 R27
func TestNoticeThatMatters(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	d := r.server.options.Directory
	say := func(version, text string, material bool, number uint64) {
		changed := *d.Tenant("acme")
		changed.Number = number
		changed.Disclosure = tenant.Disclosure{Version: version, Material: material}
		for _, l := range tenant.NoticeLocales() {
			changed.Disclosure.Texts = append(changed.Disclosure.Texts, tenant.DisclosureText{Locale: l, Text: text})
		}
		require.NoError(t, d.Replace([]tenant.Tenant{changed}))
		r.server.Narrow("acme", nil)
	}
	c := r.agreed()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)

	say("2026-12-01", "We teach physics.", false, 5)
	c.turn("kept", 2)
	c.await("avatar.transcript.committed", 2)
	require.Equal(t, 1, c.count("avatar.disclosure.presented"), "a change that does not matter asks nobody")

	say("2026-12-02", "We teach chemistry.", true, 6)
	require.Equal(t, "no_consent", c.await("avatar.recording.state", 3)["reason"])
	again := c.await("avatar.disclosure.presented", 2)
	require.True(t, strings.HasPrefix(again["text"].(string), "We teach chemistry.\n\nThis is an AI avatar."), again["text"])
	c.text("not answered before the notice")
	c.send(event{"type": "response.create"})
	c.acknowledge(again)
	asked := c.await("avatar.consent.requested", 2)
	require.Equal(t, again["text_sha256"], asked.at("notice", "sha256"))
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": event{"transcript": true}, "method": "click"})
	c.await("response.done", 3)
	c.turn("kept under the new notice", 4)
	c.await("avatar.transcript.committed", 3)
	for _, kept := range tp.all() {
		require.NotContains(t, kept.text, "not answered")
	}

	// It is said once.
	r.server.Narrow("acme", nil)
	c.turn("and on", 5)
	require.Equal(t, 2, c.count("avatar.disclosure.presented"))
}
