package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// R12 R18 R41 R48: a person reports an answer while nothing is recorded, with
// the program as people run it. It is all that is stored, sealed; the receipt
// and the statement say so; they read it with their key and take it back; then
// nothing is found of it.
func TestReportAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	demo := demoOf(t, p.data())
	g := newGuest(t, r.url, demo.APIKey)
	g.say(aware)
	g.acknowledge()
	g.ask("what is a tamarind and a kumquat")
	g.nth("response.done", 1)
	g.recording("off")
	item := g.nth("conversation.item.added", 1)["item"].(map[string]any)["id"]
	line, err := json.Marshal(map[string]any{
		"type": "avatar.report.submit", "consent": true, "reason": "wrong", "note": "rambutan, see rambutan@example.org",
		"items": []any{map[string]any{"item_id": item, "text": "what is a tamarind"}},
	})
	require.NoError(t, err)
	g.say(string(line))
	id := fmt.Sprint(g.nth("avatar.report.stored", 1)["report_id"])
	key := fmt.Sprint(g.nth("avatar.receipt.key", 1)["key"])
	jws, _ := g.receipted(1)
	require.Contains(t, r.did("receipt", "verify", file(t, "receipt.jws", jws)), "Stored: what the person reported, 1 reports of answers, for report; legal basis: consent.")
	for _, word := range []string{"tamarind", "kumquat", "rambutan"} {
		require.Zero(t, found(t, p.root, word), word)
	}
	r.opened()
	require.NotRegexp(t, `[0-9a-f-]{36}`, r.did("transcript", "list"), "no turn is stored")

	status, body := r.me(key, "GET", "/v1/me")
	require.Equal(t, 200, status, body)
	require.Contains(t, body, id)
	require.NotContains(t, body, "tamarind")
	status, body = r.me(key, "GET", "/v1/me/reports/"+id)
	require.Equal(t, 200, status, body)
	require.Contains(t, body, "what is a tamarind")
	require.Regexp(t, `"note": "rambutan, see \[email\]"`, body)
	require.NotContains(t, body, "kumquat", "it was not ticked")

	status, body = r.me(key, "DELETE", "/v1/me/reports/"+id)
	require.Equal(t, 200, status, body)
	status, _ = r.me(key, "GET", "/v1/me")
	require.Equal(t, 401, status)
	jws, _ = g.receipted(2)
	told := r.did("receipt", "verify", file(t, "receipt.jws", jws))
	require.Contains(t, told, "1 reports of answers were erased")
	require.Contains(t, told, "Nothing of it was left")
	r.stop()
	for _, word := range []string{"tamarind", "kumquat", "rambutan"} {
		require.Zero(t, found(t, p.root, word), word)
	}
}
