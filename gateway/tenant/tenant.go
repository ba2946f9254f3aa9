// Package tenant says who is calling, what they are permitted, and where it
// may be sent. It reads configuration; it never sees a conversation.
package tenant

import (
	"crypto/sha256"
	"net/url"
	"time"

	"mayfly/redact"
	"mayfly/session"
)

// Tenant is an organisation that puts avatars in front of people.
type Tenant struct {
	ID      string // [a-z0-9_-]{1,64}
	Name    string // shown to people: "Example University"
	Contact Contact
	Origins []string // exact scheme://host[:port] that browsers may call from
	Frames  []string // origins that may embed the page or the element (frame-ancestors)
	Public  bool     // the page at / may fetch a token without a key
	Keys    []Key
	Avatars []Avatar
	Limits  Limits
	Demo    bool // the demonstration: loopback only, and only while no other tenant exists

	Controller bool     // who runs the gateway is controller of the data; else a processor for the tenant
	Audience   Audience // whom the avatars talk with
	HelpLine   string   // where a minor finds help, in the tenant's words
	Disclosure Disclosure
	Webhook    *Webhook // nil: nobody is told
	Handoff    *Handoff // nil: no human answers
	Policy     Policy   // what may be kept; Effective says what counts

	// The rest is not in the tenant's document.

	Source       string // SourceFile or SourceStore; a Directory says which
	Line         int    // in the file; zero: not known
	Number       uint64 // version of the document; zero: none was ever saved
	Changed      time.Time
	ForcedOff    bool // nothing is kept, whatever the policy says
	ForcedReason string
}

// Where a tenant's document is. There is one place only.
const (
	SourceFile  = "file"  // the configuration file: read-only here
	SourceStore = "store" // the database: changed over the admin API
	SourceDemo  = "demo"  // the demonstration: as one of the database, with keys and origins of the process that runs it
)

// Contact is who answers questions about data and where to complain.
type Contact struct {
	Email     string
	DPO       string // e-mail address of the data protection officer
	Privacy   string // URL of the organisation's notice
	Complaint string // URL of the supervisory authority or complaint route
}

// Role is what a key may do.
type Role uint8

// The roles.
const (
	Caller   Role = iota // may open sessions for people
	Admin                // may change the tenant
	Reviewer             // may read facts, never words
	Agent                // may take over a talk that a person wants to have with a human
)

// Key is a credential, stored as the SHA-256 of a 256-bit random secret.
type Key struct {
	Hash    [sha256.Size]byte
	Role    Role
	Expires time.Time  // zero: never
	ID      session.ID // names it in facts; zero: made from the hash
	Name    string     // for people; empty: it has none
}

// Avatar is one face and voice with what it knows.
type Avatar struct {
	ID               string // [a-z0-9_-]{1,64}, unique in the tenant
	Name             string
	Look             string // "lantern", "moth", "paper"
	Colour           string // "#rrggbb"; empty is the look's own
	Voice            string // "auto", "builtin", "flite", "espeak-ng", "piper", "speech", "none"
	Languages        []string
	Persona          string
	Knowledge        string        // file or folder of documents; empty: none; "demo": the built-in documents
	KnowledgeURLs    []*url.URL    // pages that are fetched
	KnowledgeRefresh time.Duration // how often they are asked for; zero means an hour
	BackEnd          *BackEnd
	Speech           *BackEnd     // a speech server for the voice; nil: a local voice
	Transcriber      *BackEnd     // writes down what people say; nil: the operator's command, if any
	Tools            []Tool       // what it can look up or do
	Microphone       bool         // voice input; off unless switched on
	Video            bool         // rendered video; off unless switched on
	Policy           *Narrowing   // nil: the tenant's policy as it is
	Off              *SwitchedOff // nil: people can talk with it

	RealLikeness bool        // voice or picture are those of a real person
	Permission   *Permission // theirs; nil: there is none
}

// SwitchedOff is why nobody can talk with an avatar, in words that people read.
type SwitchedOff struct{ Reason string }

// BackEnd is an OpenAI-compatible server. Nil means the resident engine.
type BackEnd struct {
	URL      *url.URL // base, with its /v1
	Model    string
	KeyFile  string        // file that holds the key; empty: no key
	Name     string        // what people are told: "Example model server"
	Voice    string        // servers that speak: the voice's name there
	Partials bool          // transcribers: asked while somebody speaks
	Vision   bool          // of what answers: it takes pictures
	Region   string        // where it is declared to be: "eu"; empty: nobody declared it
	Terms    Terms         // what it does with what it is sent
	Realtime bool          // it speaks the Realtime protocol; of what answers: and its answers
	Writer   string        // transcribers, Realtime: the model that writes down; empty: Model
	Session  time.Duration // Realtime: how long it keeps a session; zero means 60 minutes
	// Redact is what a backend or speech server is not told, nor those that step
	// in for it.
	Redact []redact.Kind

	Deadlines        Deadlines
	Fallback         []BackEnd // asked in this order when it does not answer
	FallbackResident bool      // model servers: the resident engine is the last of them
}

// Limits bound what one tenant can use. Zero values mean the defaults named.
type Limits struct {
	Sessions        int           // concurrent; zero means 1000
	StartRate       float64       // sessions started per second; zero means 50
	SessionsPerDay  int           // that begin, in UTC; zero: as many as there are
	TokensPerDay    int           // that models take and give, in UTC; zero: as many as there are
	MinutesPerMonth int           // of sessions that ended, in UTC; zero: as many as there are
	SessionTime     time.Duration // longest session; zero means 60 minutes
	IdleTime        time.Duration // without input or live microphone; zero means 60 seconds
	Message         int           // bytes of one incoming WebSocket message; zero means 1 MiB, at most 20 MiB
}

// SessionsMost is how many sessions a tenant may have at once.
func (l *Limits) SessionsMost() int { return orDefault(l.Sessions, 1000) }

// Find returns the avatar with the id, or nil. An empty id is the first avatar.
func (t *Tenant) Find(id string) *Avatar {
	for i := range t.Avatars {
		if id == "" || t.Avatars[i].ID == id {
			return &t.Avatars[i]
		}
	}
	return nil
}
