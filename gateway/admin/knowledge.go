package admin

import (
	"context"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Knowledge is what avatars answer from.
type Knowledge interface {
	// State is how it stands with what an avatar knows; false: that cannot be
	// said here.
	State(t *tenant.Tenant, a *tenant.Avatar) (KnowledgeState, bool)
	// Check says what is wrong with a document, or how much there is in it.
	Check(ctx context.Context, name string, data []byte) (words, text int, mistake string)
	// Look has the documents read that changed, unless a version was chosen by
	// hand. It does not wait.
	Look(t *tenant.Tenant, a *tenant.Avatar)
	// Reindex has the sources read again. It does not wait.
	Reindex(t *tenant.Tenant, a *tenant.Avatar)
	// Rollback serves an earlier version; false: there is none of that number.
	Rollback(t *tenant.Tenant, a *tenant.Avatar, number uint64) bool
}

// KnowledgeState is how it stands with what an avatar knows.
type KnowledgeState struct {
	Sources  []KnowledgeSource
	Versions []KnowledgeVersion // newest first
	Serving  uint64             // the number of one of them; zero: none yet
	Held     bool               // it was chosen by hand
	Reading  bool
	Looked   time.Time
	Mistake  string // with all of it
}

// KnowledgeSource is a file or a page.
type KnowledgeSource struct {
	Name     string    `json:"name" doc:"The path of a file in its folder, or the address of a page."`
	Title    string    `json:"title,omitempty"`
	Language string    `json:"language,omitempty"`
	Bytes    int       `json:"bytes" doc:"As it was read."`
	Words    int       `json:"words"`
	Passages int       `json:"passages" doc:"Pieces that can be found."`
	Read     time.Time `json:"read_at,omitzero" doc:"When what is served was read; not there: it never was."`
	Mistake  string    `json:"mistake,omitempty" doc:"Why it cannot be read now, and what to do. What was read before is served."`
}

// KnowledgeVersion is what an avatar knew at a time.
type KnowledgeVersion struct {
	Number      uint64    `json:"number" doc:"Counted since the gateway started: versions are kept in memory."`
	At          time.Time `json:"at"`
	Fingerprint string    `json:"fingerprint" doc:"Of the contents: the same before and after a restart."`
	Documents   int       `json:"documents"`
	Bytes       int       `json:"bytes"`
	Words       int       `json:"words"`
}

type knowledgeAnswer struct {
	Documents []documentRow `json:"documents" doc:"Those that were given here, by name. Each is one of the sources, once it was read."`
	Editable  bool          `json:"editable" doc:"Whether documents can be given here. A tenant of the configuration file names its files there."`
	Line      int           `json:"line,omitempty" doc:"Of the configuration file, where the tenant stands in it."`

	Sources  []KnowledgeSource  `json:"sources"`
	Versions []KnowledgeVersion `json:"versions" doc:"Those that can be gone back to, newest first."`
	Serving  uint64             `json:"serving,omitempty" doc:"The version that answers come from; not there: nothing was read yet."`
	Held     bool               `json:"held" doc:"It was chosen by hand. Nothing is read until the sources are read again by hand, or the gateway starts anew."`
	Reading  bool               `json:"reading" doc:"The sources are being read."`
	Looked   *time.Time         `json:"looked_at,omitempty" doc:"When the sources were read last."`
	Mistake  string             `json:"mistake,omitempty" doc:"What is wrong with all of it, and what to do."`
}

// knowledge says what an avatar of the document in force answers from.
func (a *API) knowledge(c *call) *refusal {
	of, bad := a.avatarOf(c)
	if bad != nil {
		return bad
	}
	if _, here := a.options.Knowledge.State(c.who.tenant, of); !here {
		return refuse("nothing_here")
	}
	return a.known(c, of)
}

// known says how it stands with what an avatar answers from; where no gateway
// runs, only what is stored for it.
func (a *API) known(c *call, of *tenant.Avatar) *refusal {
	s, _ := a.options.Knowledge.State(c.who.tenant, of)
	out := knowledgeAnswer{
		Documents: []documentRow{}, Editable: c.who.tenant.Source != tenant.SourceFile,
		Sources: append([]KnowledgeSource{}, s.Sources...), Versions: append([]KnowledgeVersion{}, s.Versions...), Serving: s.Serving, Held: s.Held, Reading: s.Reading, Looked: given(s.Looked), Mistake: s.Mistake,
	}
	if !out.Editable {
		out.Line = c.who.tenant.Line
		return c.send(out)
	}
	all, err := a.options.Store.Documents(c.r.Context(), c.tenant(), of.ID)
	if err != nil {
		return refusalOf(err)
	}
	for _, d := range all {
		out.Documents = append(out.Documents, documentRow{d.Name, d.At.UTC(), d.Size, hexOf(d.Hash)})
	}
	return c.send(out)
}

// avatarOf is the avatar of the path.
func (a *API) avatarOf(c *call) (*tenant.Avatar, *refusal) {
	id := c.r.PathValue("id")
	if of := c.who.tenant.Find(id); of != nil && id != "" {
		return of, nil
	}
	return nil, refuse("nothing_here")
}

// reindex has the sources read again.
func (a *API) reindex(c *call) *refusal {
	of, bad := a.avatarOf(c)
	if bad != nil {
		return bad
	}
	if wait, ok := a.tests.begin("knowledge "+c.tenant()+" "+of.ID, c.now, testPause); !ok && !c.who.host() {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	s, here := a.options.Knowledge.State(c.who.tenant, of)
	if !here {
		return refuse("nothing_here")
	}
	if s.Held {
		if bad := a.note(c, c.tenant(), chosen(c, of, s.Serving, 0)); bad != nil {
			return bad
		}
	}
	a.options.Knowledge.Reindex(c.who.tenant, of)
	return a.knowledge(c)
}

// rollback serves an earlier version from the next turn on. That it was chosen
// is durable first.
func (a *API) rollback(c *call) *refusal {
	of, bad := a.avatarOf(c)
	if bad != nil {
		return bad
	}
	number := c.body.number("version")
	s, _ := a.options.Knowledge.State(c.who.tenant, of)
	there := false
	for _, v := range s.Versions {
		there = there || v.Number == number
	}
	if !there {
		return wrongFields(Problem{Key: "version", Text: "there is no such version any more; choose one of the list"})
	}
	if bad := a.note(c, c.tenant(), chosen(c, of, s.Serving, number)); bad != nil {
		return bad
	}
	if !a.options.Knowledge.Rollback(c.who.tenant, of, number) {
		return wrongFields(Problem{Key: "version", Text: "there is no such version any more; choose one of the list"})
	}
	return a.knowledge(c)
}

// chosen is the fact that somebody chose what an avatar answers from; zero: its
// sources again.
func chosen(c *call, of *tenant.Avatar, before, number uint64) session.Fact {
	return session.Fact{Kind: session.KnowledgeChosen, Actor: c.who.key, Object: session.NameID(c.tenant(), of.ID), Before: before, Count: number}
}
