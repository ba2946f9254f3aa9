package admin

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// What people reported: listed without a word, read on a fact, answered once,
// erased. What a hold keeps stays.
func TestReports(t *testing.T) {
	w := newWorld(t)
	of := w.store.of["acme"]
	one := &reported{AnswerReport{ID: newID(), Session: newID(), Avatar: "ada", At: w.at, Until: w.at.Add(90 * day), Reason: "wrong", Lines: 2, State: "open"}, `{"lines":[{"words":"CANARY"}]}`}
	held := &reported{AnswerReport{ID: newID(), Session: newID(), Avatar: "ada", At: w.at, Until: w.at.Add(90 * day), Reason: "privacy", Lines: 1, State: "open", Held: true}, "{}"}
	of.reports = map[session.ID]*reported{one.ID: one, held.ID: held}
	path := "reports/" + one.ID.String()

	got := w.ask("acme admin", "GET", "reports?state=open&limit=1", "")
	require.Equal(t, 200, got.status, got.body)
	require.NotContains(t, got.body, "CANARY")
	var page reportsAnswer
	got.into(t, &page)
	require.Len(t, page.Reports, 1)
	require.NotEmpty(t, page.Next)
	w.ask("acme admin", "GET", "reports?state=open&cursor="+page.Next, "").into(t, &page)
	require.Len(t, page.Reports, 1)
	require.Equal(t, "invalid_fields", w.ask("acme admin", "GET", "reports?cursor=x", "").code())

	require.Contains(t, w.ask("acme admin", "GET", path, "").body, "CANARY")
	require.Equal(t, "role_not_sufficient", w.ask("acme reviewer", "GET", path, "").code())
	require.Equal(t, "nothing_here", w.ask("beta admin", "GET", path, "").code())

	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "POST", path+"/answer", `{"answer":"It is corrected."}`).status)
	require.Equal(t, 409, w.ask("acme admin", "POST", path+"/answer", `{"answer":"Again."}`).status)
	require.Contains(t, w.ask("acme admin", "GET", "reports?state=answered", "").body, `"answer":"It is corrected."`)

	require.Equal(t, 409, w.ask("acme admin", "DELETE", "reports/"+held.ID.String(), "").status)
	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "DELETE", path, "").status)
	require.Equal(t, "nothing_here", w.ask("acme admin", "GET", path, "").code())
}

// R13: sound is listened to for a purpose that the person was told, by who
// may, one side at a time, and that it was is in the log.
func TestSoundIsHeard(t *testing.T) {
	w := newWorld(t)
	id := w.keep("acme", "words")
	w.store.of["acme"].heard = map[session.ID][]heard{id: {{KeptSound{Turn: 1, Side: "avatar", At: w.at, Until: w.at.Add(time.Hour), MS: 1200, Bytes: 900}, "OggS sound"}}}
	path := "transcripts/" + id.String() + "/sound"

	var list soundsAnswer
	w.ask("acme admin", "GET", path, "").into(t, &list)
	require.Equal(t, []soundRow{{1, "avatar", w.at.UTC(), w.at.Add(time.Hour).UTC(), 1200, 900}}, list.Sounds)

	got := w.ask("acme admin", "GET", path+"/1/avatar?purpose=quality", "")
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "OggS sound", got.body)
	require.Equal(t, []string{"audio/ogg"}, got.header["Content-Type"])
	facts := w.store.of["acme"].facts
	require.Equal(t, session.TranscriptRead, facts[len(facts)-1].Fact.Kind)
	require.Equal(t, session.AudioRecording, facts[len(facts)-1].Fact.Purposes)

	require.Equal(t, 403, w.ask("acme admin", "GET", path+"/1/avatar?purpose=learning", "").status)
	require.Equal(t, "invalid_fields", w.ask("acme admin", "GET", path+"/1/avatar", "").code())
	for _, none := range []string{"/1/person", "/2/avatar", "/0/avatar", "/1/both"} {
		require.Equal(t, "nothing_here", w.ask("acme admin", "GET", path+none+"?purpose=quality", "").code(), none)
	}
	require.Equal(t, "nothing_here", w.ask("beta admin", "GET", path+"/1/avatar?purpose=quality", "").code())
	require.Equal(t, "role_not_sufficient", w.ask("acme reviewer", "GET", path+"/1/avatar?purpose=quality", "").code())
}
