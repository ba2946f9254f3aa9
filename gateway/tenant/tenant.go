// Package tenant says who is calling, what they are permitted, and where it
// may be sent. It reads configuration; it never sees a conversation.
package tenant

import (
	"crypto/sha256"
	"net/url"
	"time"
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
}

// Contact is who answers questions about data and where to complain.
type Contact struct {
	Email     string
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
)

// Key is a credential, stored as the SHA-256 of a 256-bit random secret.
type Key struct {
	Hash    [sha256.Size]byte
	Role    Role
	Expires time.Time // zero: never
}

// Avatar is one face and voice with what it knows.
type Avatar struct {
	ID         string // [a-z0-9_-]{1,64}, unique in the tenant
	Name       string
	Look       string // "lantern", "moth", "paper"
	Colour     string // "#rrggbb"; empty is the look's own
	Voice      string // "auto", "builtin", "flite", "espeak-ng", "piper", "speech", "none"
	Languages  []string
	Persona    string
	Knowledge  string // folder of .md and .txt; empty: none; "demo": the built-in documents
	BackEnd    *BackEnd
	Speech     *BackEnd // a speech server for the voice; nil: a local voice
	Microphone bool     // voice input; off unless switched on
	Video      bool     // rendered video; off unless switched on
}

// BackEnd is an OpenAI-compatible server. Nil means the resident engine.
type BackEnd struct {
	URL     *url.URL // base, with its /v1
	Model   string
	KeyFile string // file that holds the key; empty: no key
	Name    string // what people are told: "Example model server"
	Voice   string // speech servers: the voice's name there
}

// Limits bound what one tenant can use. Zero values mean the defaults named.
type Limits struct {
	Sessions    int           // concurrent; zero means 1000
	StartRate   float64       // sessions started per second; zero means 50
	SessionTime time.Duration // longest session; zero means 60 minutes
	IdleTime    time.Duration // without input or live microphone; zero means 60 seconds
	Message     int           // bytes of one incoming WebSocket message; zero means 1 MiB, at most 20 MiB
}

// Find returns the avatar with the id, or nil. An empty id is the first avatar.
func (t *Tenant) Find(id string) *Avatar {
	for i := range t.Avatars {
		if id == "" || t.Avatars[i].ID == id {
			return &t.Avatars[i]
		}
	}
	return nil
}
