package admin

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// What is stored is listed without words, read for a purpose that the person
// was told, and erased.
func TestTranscripts(t *testing.T) {
	w := newWorld(t)
	id := w.keep("acme", "CANARY-words")
	for range 4 {
		w.keep("acme", "x")
	}
	var page transcriptsAnswer
	seen := map[string]bool{}
	for path := "transcripts?limit=2"; path != ""; {
		got := w.ask("acme admin", "GET", path, "")
		require.Equal(t, 200, got.status, got.body)
		require.NotContains(t, got.body, "CANARY")
		page = transcriptsAnswer{}
		got.into(t, &page)
		for _, r := range page.Transcripts {
			require.False(t, seen[r.Session])
			seen[r.Session] = true
		}
		if path = ""; page.Next != "" {
			path = "transcripts?limit=2&cursor=" + page.Next
		}
	}
	require.Len(t, seen, 5)
	require.Contains(t, w.store.kinds("acme"), session.TranscriptListed)

	at := "transcripts/" + id.String()
	got := w.ask("acme admin", "GET", at+"?purpose=quality&form=text", "")
	require.Equal(t, 200, got.status)
	require.Equal(t, "CANARY-words", got.body)
	require.Equal(t, []string{"text/plain; charset=utf-8"}, got.header["Content-Type"])
	require.Equal(t, []string{`attachment; filename="transcript-` + id.String() + `.txt"`}, got.header["Content-Disposition"])
	require.Equal(t, "purpose_not_consented", w.ask("acme admin", "GET", at+"?purpose=learning", "").code())
	w.store.of["acme"].kept[id].Restricted = true
	require.Equal(t, "transcript_restricted", w.ask("acme admin", "GET", at+"?purpose=quality", "").code())
	w.store.of["acme"].kept[id].Held = true
	require.Equal(t, "transcript_held", w.ask("acme admin", "DELETE", at, "").code())
	w.store.of["acme"].kept[id].Held = false
	got = w.ask("acme admin", "DELETE", at, "")
	require.JSONEq(t, `{"turns":2}`, got.body)
	require.Equal(t, 404, w.ask("acme admin", "GET", at+"?purpose=quality", "").status)

	got = w.ask("acme admin", "POST", "transcripts/erase", `{}`)
	require.Equal(t, 400, got.status, "everything is not erased by leaving something out")
	require.Equal(t, 400, w.ask("acme admin", "POST", "transcripts/erase", `{"all":true}`).status)
	got = w.ask("acme admin", "POST", "transcripts/erase", `{"subject":"p1"}`)
	require.JSONEq(t, `{"sessions":4,"turns":8,"held":0,"unreached":[]}`, got.body)
}

// Half a transcript does not look like a whole one.
func TestTranscriptBreaks(t *testing.T) {
	w := newWorld(t)
	w.API.options.Store = breaking{w.store}
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		w.ask("acme admin", "GET", "transcripts/"+newID().String()+"?purpose=quality", "")
	})
}

// What a reviewer is sent has these fields and no other: each is a number, a
// name from a closed list or an id. A new one is classified here first.
func TestReviewerFields(t *testing.T) {
	w := newWorld(t)
	w.keep("acme", "CANARY-words")
	full := session.Fact{
		Kind: session.ConsentGiven, Session: newID(), Actor: newID(), Object: newID(), Turn: 3, Notice: 4, Purposes: session.AllPurposes,
		Reason: session.Ended, Policy: 5, Before: 6, Count: 7, Hash: [32]byte{1},
	}
	for _, k := range session.FactKinds() {
		full.Kind = k
		w.store.Note("acme", full, nil)
	}
	allowed := map[string][]string{
		"facts": {"facts", "next", "number", "month", "index", "at", "kind", "session", "actor", "object", "turn", "notice", "purposes", "reason", "policy", "before", "count", "use", "sha256"},
		"whoami": {"tenant", "id", "name", "source", "line", "role", "key", "kind", "expires_at", "alerts", "at",
			"reason", // of a key that was issued on the host: the operator's words
			"number"},
	}
	for path, fields := range allowed {
		got := w.ask("acme reviewer", "GET", path, "")
		require.Equal(t, 200, got.status)
		require.NotContains(t, got.body, "CANARY")
		var v any
		got.into(t, &v)
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				for name, in := range v {
					require.Contains(t, fields, name, "%s: this field is not classified", path)
					walk(in)
				}
			case []any:
				for _, in := range v {
					walk(in)
				}
			}
		}
		walk(v)
	}
	var page factsAnswer
	w.ask("acme reviewer", "GET", "facts?limit=5", "").into(t, &page)
	require.Len(t, page.Facts, 5)
	require.NotZero(t, page.Next)
	require.Equal(t, []string{"transcript", "audio_recording", "voice_input", "attachments", "analytics", "handoff_context", "handoff"}, page.Facts[1].Purposes)
	require.Equal(t, "audit_read", page.Facts[0].Kind)
}

// A table for a spreadsheet holds nothing that one would calculate, and reads
// back as it was.
func TestUsageTable(t *testing.T) {
	w := newWorld(t)
	names := []string{"ada", "-1+2", "=cmd|' /C calc'!A0", "+1", "@x", "\tx", "\rx", " =1", `"=1"`, "＝1", "－1", "ada,\"b\"\nc", "'x", ""}
	for _, n := range names {
		w.store.of["acme"].days = append(w.store.of["acme"].days, Day{Day: w.at.Truncate(24 * time.Hour), Avatar: n, Sessions: 2, Minutes: 3, Turns: 4})
	}
	var plain usageAnswer
	w.ask("acme admin", "GET", "usage", "").into(t, &plain)
	require.Equal(t, "2026-10-28", plain.From)
	require.Equal(t, "2026-11-26", plain.To)
	got := w.ask("acme admin", "GET", "usage", "", "Accept: text/csv")
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"day", "avatar", "sessions", "minutes", "turns", "tokens"}, rows[0])
	for i, r := range rows[1:] {
		require.False(t, strings.ContainsAny(strings.TrimLeft(r[1], ` "`)+".", "") && strings.ContainsRune("=+-@\t\r＝－", []rune(strings.TrimLeft(r[1], ` "`) + ".")[0]), r[1])
		back := r[1]
		if rest, ok := strings.CutPrefix(back, "'"); ok {
			back = rest
		}
		require.Equal(t, strings.ReplaceAll(names[i], "\r\n", "\n"), back)
	}
}

// A hold is placed by one and confirmed by another.
func TestHolds(t *testing.T) {
	w := newWorld(t)
	id := w.keep("acme", "x")
	for body, key := range map[string]string{
		`{"kind":"session","value":"x","reason":"legal_claim","case":"c","review":"2027-01-01"}`:                    "value",
		`{"kind":"avatar","value":"zoe","reason":"legal_claim","case":"c","review":"2027-01-01"}`:                   "value",
		`{"kind":"session","value":"` + id.String() + `","reason":"legal_claim","case":"c","review":"2020-01-01"}`:  "review",
		`{"kind":"session","value":"` + id.String() + `","reason":"spite","case":"c","review":"2027-01-01"}`:        "reason",
		`{"kind":"session","value":"` + id.String() + `","reason":"authority","case":"Mr X","review":"2027-01-01"}`: "case",
		`{"kind":"session","value":"` + id.String() + `","reason":"authority","case":"c","review":"2029-01-01"}`:    "review",
		`{"kind":"everything","value":"x","reason":"legal_claim","case":"c","review":"2027-01-01"}`:                 "kind",
		`{"kind":"session","value":"` + id.String() + `","reason":"legal_claim","case":"c","review":"next summer"}`: "review",
	} {
		got := w.ask("acme admin", "POST", "holds", body)
		require.Equal(t, 400, got.status, body)
		var e errorAnswer
		got.into(t, &e)
		require.Equal(t, key, e.Error.Problems[0].Key)
	}
	got := w.ask("acme admin", "POST", "holds", `{"kind":"session","value":"`+id.String()+`","reason":"legal_claim","case":"7-O-12/26","review":"2027-01-01"}`)
	require.Equal(t, 201, got.status, got.body)
	var made createdAnswer
	got.into(t, &made)
	require.Equal(t, "other_admin_required", w.ask("acme admin", "POST", "holds/"+made.ID+"/confirm", "").code())
	require.Equal(t, 404, w.ask("beta admin", "POST", "holds/"+made.ID+"/confirm", "").status)
	require.Equal(t, 204, w.ask("acme admin2", "POST", "holds/"+made.ID+"/confirm", "").status)
	var all holdsAnswer
	w.ask("acme admin", "GET", "holds", "").into(t, &all)
	require.True(t, all.Holds[0].Own)
	require.NotEmpty(t, all.Holds[0].Confirmed)
	require.Equal(t, 204, w.ask("acme admin", "DELETE", "holds/"+made.ID, "").status)
	require.Equal(t, 404, w.ask("acme admin", "DELETE", "holds/"+made.ID, "").status)
}

// What a person asks for is answered once.
func TestRequests(t *testing.T) {
	w := newWorld(t)
	one := Request{ID: newID(), Session: newID(), Kind: "erase", State: "open", At: w.at, Note: "please"}
	w.store.of["acme"].requests = []Request{one}
	var all requestsAnswer
	w.ask("acme admin", "GET", "requests?state=open", "").into(t, &all)
	require.Len(t, all.Requests, 1)
	require.Equal(t, "please", all.Requests[0].Note)
	at := "requests/" + one.ID.String()
	require.Equal(t, 400, w.ask("acme admin", "POST", at, `{"answer":"maybe","reason":"x"}`).status)
	require.Equal(t, 400, w.ask("acme admin", "POST", at, `{"answer":"refuse"}`).status)
	require.Equal(t, 404, w.ask("beta admin", "POST", at, `{"answer":"refuse","reason":"x"}`).status)
	require.Equal(t, 204, w.ask("acme admin", "POST", at, `{"answer":"carry_out","reason":"done"}`).status)
	require.Equal(t, "done_before", w.ask("acme admin", "POST", at, `{"answer":"refuse","reason":"x"}`).code())
	all = requestsAnswer{}
	w.ask("acme admin", "GET", "requests?state=open", "").into(t, &all)
	require.Empty(t, all.Requests)
}

// Sessions end once that is durable, and their people are told why.
func TestEndSessions(t *testing.T) {
	w := newWorld(t)
	ids := []session.ID{newID(), newID(), newID()}
	w.live.sessions["acme"] = []LiveSession{{ID: ids[0], Avatar: "ada", Recording: "on", State: "listening"}, {ID: ids[1], Avatar: "bob"}, {ID: ids[2], Avatar: "bob"}}
	var seen overviewAnswer
	w.ask("acme admin", "GET", "overview", "").into(t, &seen)
	require.Equal(t, liveNow{3, 1, map[string]int{"ada": 1, "bob": 2}}, seen.Live)
	require.Equal(t, "ready", seen.Recording.Recorder)

	require.Equal(t, 404, w.ask("beta admin", "DELETE", "sessions/"+ids[0].String(), "").status)
	w.store.deaf = ErrNotReady
	require.Equal(t, 503, w.ask("acme admin", "DELETE", "sessions/"+ids[0].String(), "").status)
	require.Len(t, w.live.sessions["acme"], 3)
	w.store.deaf = nil
	require.JSONEq(t, `{"ended":1}`, w.ask("acme admin", "DELETE", "sessions/"+ids[0].String()+"?reason=closing+time", "").body)
	require.Equal(t, 404, w.ask("acme admin", "POST", "sessions/end", `{"avatar":"zoe","reason":"x"}`).status)
	require.JSONEq(t, `{"ended":2}`, w.ask("acme admin", "POST", "sessions/end", `{"avatar":"bob","reason":"a fault"}`).body)
	require.JSONEq(t, `{"ended":0}`, w.ask("acme admin", "POST", "sessions/end", `{"reason":"a fault"}`).body)
	require.Equal(t, []string{"closing time", "a fault"}, w.live.reasons)
	require.Equal(t, []session.FactKind{session.SessionStopped, session.SessionStopped}, w.store.kinds("acme"))
}

// A preview shows what a person would see, and stores nothing.
func TestPreview(t *testing.T) {
	w := newWorld(t)
	document := func(policy string) string {
		return `{"document":` + strings.Replace(acme, `"avatars"`, `"policy":`+policy+`,"avatars"`, 1) + `,"avatar":"bob","locale":"de"}`
	}
	var off, on previewAnswer
	w.ask("acme admin", "POST", "preview", document(`{}`)).into(t, &off)
	require.Empty(t, off.Problems)
	require.Equal(t, "de", off.Locale)
	require.Empty(t, off.Consent.Purposes)
	require.NotEmpty(t, off.Word)
	w.ask("acme admin", "POST", "preview", document(`{"transcript":true,"retention":{"transcript":"30d"},"purposes":["quality","audit"]}`)).into(t, &on)
	require.Equal(t, []string{"transcript"}, on.Consent.Purposes)
	require.NotEmpty(t, on.Consent.Sentences)
	require.NotEqual(t, off.Word, on.Word)
	icons := func(p previewAnswer) (all []string) {
		for _, l := range p.Lines {
			require.NotEmpty(t, l.Text)
			all = append(all, l.Icon)
		}
		return all
	}
	require.Contains(t, icons(off), "unrecorded")
	require.Contains(t, icons(on), "recorded")
	require.Contains(t, strings.Join(texts(on.Lines), " "), "30")

	var bad previewAnswer
	got := w.ask("acme admin", "POST", "preview", document(`{"transcript":"TRUE "}`))
	require.Equal(t, 200, got.status)
	got.into(t, &bad)
	require.Equal(t, "policy.transcript", bad.Problems[0].Key)
	require.Equal(t, 400, w.ask("acme admin", "POST", "preview", `{"document":`+acme+`,"avatar":"zoe"}`).status)
	require.Equal(t, 400, w.ask("acme admin", "POST", "preview", `{"document":"x"}`).status)
	require.Len(t, w.store.of["acme"].versions, 1)
	require.Empty(t, w.store.kinds("acme"))
}

func texts(lines []previewLine) (all []string) {
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}
