package admin

import (
	"encoding/base64"
	"net/http"
	"time"
)

// Answers about what is stored.
type (
	transcriptsAnswer struct {
		Transcripts []transcriptRow `json:"transcripts" doc:"Newest first."`
		Next        string          `json:"next,omitempty" doc:"Say it as cursor for the next page."`
	}
	transcriptRow struct {
		Session    string    `json:"session"`
		Avatar     string    `json:"avatar"`
		Began      time.Time `json:"began_at"`
		Last       time.Time `json:"last_at"`
		Until      time.Time `json:"until" doc:"When it will be deleted, unless a hold keeps it."`
		Turns      int       `json:"turns"`
		Items      int       `json:"items"`
		Bytes      int       `json:"bytes"`
		Policy     uint64    `json:"policy" doc:"The version of the document under which it was stored."`
		Locale     string    `json:"locale,omitempty"`
		Subject    string    `json:"subject,omitempty" doc:"The tenant's pseudonym of the person."`
		Purposes   []string  `json:"purposes" doc:"What the person was told that it is for."`
		Held       bool      `json:"held"`
		Restricted bool      `json:"restricted" doc:"The person keeps everybody else from reading it."`
		Corrected  int       `json:"corrected" doc:"Items that the person corrected."`
	}
	erasedAnswer struct {
		Turns int `json:"turns"`
	}
	reportAnswer struct {
		Sessions  int      `json:"sessions"`
		Turns     int      `json:"turns"`
		Held      int      `json:"held" doc:"Sessions that a hold keeps."`
		Unreached []string `json:"unreached" doc:"What may still hold it, and until when."`
	}
)

// mediaTypes are the types of the forms of a transcript.
var mediaTypes = map[string]string{
	FormJSON: "application/json", FormLines: "application/jsonl", FormText: "text/plain; charset=utf-8", FormVTT: "text/vtt; charset=utf-8",
}

func formNames() []string { return []string{FormJSON, FormLines, FormText, FormVTT} }

func forms() (all []string) {
	for _, f := range formNames() {
		all = append(all, mediaTypes[f])
	}
	return all
}

func (a *API) transcripts(c *call) *refusal {
	q, bad := queryOf(c.query)
	if bad != nil {
		return bad
	}
	if q.After, bad = cursorOf(c); bad != nil {
		return bad
	}
	most := pageOf(c.query)
	q.Limit = most + 1
	all, err := a.options.Store.List(c.r.Context(), c.tenant(), q, Access{Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	out := transcriptsAnswer{Transcripts: []transcriptRow{}}
	if len(all) > most {
		all = all[:most]
		out.Next = base64.RawURLEncoding.EncodeToString(all[most-1].Session[:])
	}
	for _, k := range all {
		out.Transcripts = append(out.Transcripts, transcriptRow{
			Session: k.Session.String(), Avatar: k.Avatar, Began: k.Began.UTC(), Last: k.Last.UTC(), Until: k.Until.UTC(),
			Turns: k.Turns, Items: k.Items, Bytes: k.Bytes, Policy: k.Policy, Locale: k.Locale, Subject: k.Subject,
			Purposes: list(k.Purposes), Held: k.Held, Restricted: k.Restricted, Corrected: k.Corrected,
		})
	}
	return c.send(out)
}

// list is never null.
func list(all []string) []string { return append([]string{}, all...) }

// queryOf is the conditions that a request states.
func queryOf(t taken) (Query, *refusal) {
	q := Query{Avatar: t.text("avatar"), Subject: t.text("subject"), From: t.time("from"), To: t.time("to")}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return q, wrongFields(Problem{Key: "to", Text: "this is not after from; nothing lies between"})
	}
	return q, nil
}

// readTranscript streams what the store renders.
func (a *API) readTranscript(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	form := c.query.text("form")
	if form == "" {
		form = FormJSON
	}
	out := &streamed{w: c.w, media: mediaTypes[form], name: "transcript-" + id.String() + "." + extensions[form]}
	err := a.options.Store.Read(c.r.Context(), c.tenant(), id, Access{Actor: c.who.key, Purpose: c.query.text("purpose")}, form, out)
	if err != nil && out.begun {
		// Half a transcript must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return refused(err)
}

var extensions = map[string]string{FormJSON: "json", FormLines: "jsonl", FormText: "txt", FormVTT: "vtt"}

// streamed is an answer whose head is written with its first byte.
type streamed struct {
	w           http.ResponseWriter
	media, name string
	begun       bool
}

func (s *streamed) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", s.media)
		h.Set("Content-Disposition", `attachment; filename="`+s.name+`"`)
		h.Set("Cache-Control", "no-store")
	}
	return s.w.Write(b)
}

func (a *API) eraseTranscript(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	turns, err := a.options.Store.Erase(c.r.Context(), c.tenant(), id, Access{Actor: c.who.key})
	switch {
	case err != nil:
		return refusalOf(err)
	case turns == 0:
		return refuse("nothing_here")
	}
	return c.send(erasedAnswer{turns})
}

func (a *API) eraseTranscripts(c *call) *refusal {
	if len(c.body) == 0 {
		return wrongFields(Problem{Text: "no condition is stated, and everything would go; state avatar, subject, from or to"})
	}
	q, bad := queryOf(c.body)
	if bad != nil {
		return bad
	}
	r, err := a.options.Store.EraseWhere(c.r.Context(), c.tenant(), q, Access{Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	return c.send(reportAnswer{r.Sessions, r.Turns, r.Held, list(r.Unreached)})
}
