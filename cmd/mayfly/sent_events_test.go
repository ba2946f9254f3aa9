package main

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// The fields of the events that leave to a server that speaks itself are on a
// list, as those of requests are: whoever adds one, adds it to
// testdata/sent_events.txt and says there why. No field is about who the person
// is. R28 R57
func TestEventsThatLeave(t *testing.T) {
	server, err := upstreamtest.Start(upstreamtest.Script{})
	require.NoError(t, err)
	defer server.Close()
	of := &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{{
		ID: "ada", Name: "Ada", Voice: "auto", Languages: []string{"en"}, Knowledge: tenant.Documents,
		BackEnd: &tenant.BackEnd{URL: server.URL(), Model: "m", Name: "Models", Realtime: true, Voice: "amber", Vision: true},
	}}}
	c, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(c.close)
	require.NoError(t, c.hire(of))
	cast := c.Cast(of, &of.Avatars[0])
	require.NotNil(t, cast.Own, "it is heard in its own voice")

	say := func(s string) session.Speech { return session.NewSpeech([]byte(s)) }
	slot := new(avatar.Slot)
	defer slot.Close()
	items := []session.Item{{Role: session.User, Words: say("When does the library open?"), Attachments: []session.Attachment{{Kind: session.Picture, Width: 1, Height: 1, Content: session.NewContent([]byte("x"))}}}}
	for _, mode := range []avatar.ChoiceMode{avatar.Required, avatar.Named} {
		require.NoError(t, cast.Engine.Answer(t.Context(), avatar.Question{
			Locale: "en", Items: items, Spoken: true, Speed: 1.25, Slot: slot,
			Tools:  []avatar.Tool{{Name: say("look_up"), Description: say("Looks up."), Parameters: say(`{"type":"object"}`)}},
			Choice: avatar.Choice{Mode: mode, Name: say("look_up")}, Call: func(avatar.Call) error { return nil },
		}, func(avatar.Sentence) error { return nil }))
		items = append(items[1:],
			session.Item{Role: session.Avatar, Status: session.Incomplete, Form: session.Spoken, AudioMS: 100, Words: say("Your words stay")},
			session.Item{Kind: session.ToolCall, Role: session.Avatar, Name: say("look_up"), Call: say("call00001"), Words: say(`{}`)},
			session.Item{Kind: session.ToolOutput, Call: say("call00001"), Words: say(`{"at":"nine"}`)},
			session.Item{Role: session.User, Words: say("And on Sundays?")})
	}
	walker := &capture{role: "realtime"}
	for _, x := range server.Sessions() {
		for name := range x.Header() {
			walker.add("header " + name)
		}
		for _, e := range x.Events("") {
			kind := e["type"].(string)
			if kind == "session.update" {
				b, err := json.Marshal(e)
				require.NoError(t, err)
				require.Contains(t, string(b), `"tracing":null`)
			}
			delete(e, "type")
			walker.walk(kind+" ", e)
		}
	}
	list, err := os.ReadFile("testdata/sent_events.txt")
	require.NoError(t, err)
	listed := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		field, why, ok := strings.Cut(strings.TrimSpace(line), "  # ")
		if field == "" || strings.HasPrefix(field, "#") {
			continue
		}
		require.True(t, ok && why != "", "%s: it is not said why", field)
		listed[strings.TrimSpace(field)] = false
	}
	slices.Sort(walker.fields)
	for _, f := range walker.fields {
		if _, ok := listed[f]; !ok {
			t.Errorf("%s leaves, and is not on the list", f)
		}
		listed[f] = true
	}
	for field, left := range listed {
		require.True(t, left, "%s is on the list and does not leave", field)
	}
	t.Logf("n = %d fields", len(listed))
}
