package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mayfly/session"
)

// Store is what is durable, as far as the admin API needs it. Every method
// sees one tenant only, the one it is given; what is another's is ErrUnknown.
// A change and the facts that stand for it are one transaction.
type Store interface {
	// Ready is nil when turns can be kept and read. An error says why not, in
	// words that an operator can act on.
	Ready() error
	Tenants
	Keys
	Transcripts
	Expiries
	Sounds
	Holds
	Accesses
	Disclosures
	Incidents
	Requests
	Reports
	Documents
	Registers
	Log
}

// Errors of a Store. What wraps none of them is a fault of the gateway.
var (
	ErrUnknown    = errors.New("there is no such thing in this tenant")
	ErrLastKey    = errors.New("it is the last admin key that works")
	ErrHeld       = errors.New("a hold keeps it")
	ErrPurpose    = errors.New("the person did not agree to this purpose")
	ErrRestricted = errors.New("the person restricted its use")
	ErrSameAdmin  = errors.New("another admin has to confirm it")
	ErrDone       = errors.New("it was done before")
	ErrDisagrees  = errors.New("the audit log is not what was published of it")
	ErrNoAccess   = errors.New("no access of the operator is open")
	ErrNotReady   = errors.New("what is stored cannot be reached")
)

// StaleError says that a change was based on a version that is not current.
type StaleError struct{ Have uint64 } // the current number

func (e *StaleError) Error() string { return fmt.Sprintf("the current version is %d", e.Have) }

// Version is a tenant's document as it was saved once.
type Version struct {
	Number   uint64 // 1, 2, ...
	At       time.Time
	By       session.ID // the key that saved it; zero: the file, or the host
	Source   string     // tenant.SourceFile or tenant.SourceStore
	Document []byte     // canonical JSON, no secrets
	Hash     [32]byte   // SHA-256 of Document
}

// Change is a new version of a tenant in the store.
type Change struct {
	Tenant    string
	Base      uint64 // the number that must be current
	Document  []byte
	Hash      [32]byte
	By        session.ID
	Recording map[string]bool // avatar id: whether its transcripts may be kept from now on
	Sound     map[string]bool // avatar id: whether the sound of them may be
	Facts     []session.Fact
}

// Proposal is a change that waits for a second admin. The reasons for which
// it waits are in Needs.
type Proposal struct {
	Number   uint64 // 1, 2, ... within the tenant
	Base     uint64 // the version that it changes; another one ends the proposal
	At       time.Time
	By       session.ID
	Document []byte
	Needs    []string // "recording_on", "disclosure_off", "recipient_new", "second_admin_off"
}

// Tenants are the versions of a tenant's document.
type Tenants interface {
	Tenant(ctx context.Context, tenantID string) (Version, error)
	// Change saves a version and returns its number, or *StaleError.
	Change(ctx context.Context, c Change) (number uint64, err error)
	// Versions lists from the newest before the number; zero: from the newest.
	Versions(ctx context.Context, tenantID string, before uint64, limit int) ([]Version, error)
	Version(ctx context.Context, tenantID string, number uint64) (Version, error)
	// ForceOff switches recording off whatever the document says, or back to
	// what it says.
	ForceOff(ctx context.Context, tenantID string, off bool, reason string, by session.ID) error
	Proposals(ctx context.Context, tenantID string) ([]Proposal, error)
	Propose(ctx context.Context, tenantID string, p Proposal) (number uint64, err error)
	// EndProposal removes a proposal, carried out or not.
	EndProposal(ctx context.Context, tenantID string, number uint64) error
}

// Key is a credential without its secret.
type Key struct {
	ID      session.ID // names it in facts
	Hash    [32]byte
	Role    string // "admin", "reviewer", "caller"
	Name    string // what its holder is called by those who issue keys
	Made    time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: not revoked
	By      session.ID
	Reason  string // why it was issued on the host; empty otherwise
	Rule    bool   // of the configuration file: it lets a provider's people in
}

// Keys are a tenant's credentials.
type Keys interface {
	Keys(ctx context.Context, tenantID string) ([]Key, error)
	// FileKeys are those of the configuration file, its rules among them, with
	// their id and when they were first seen in it: zero for those that came with
	// their tenant.
	FileKeys(ctx context.Context, tenantID string) ([]Key, error)
	AddKey(ctx context.Context, tenantID string, k Key) error
	// RevokeKey is ErrLastKey when no admin key would be left.
	RevokeKey(ctx context.Context, tenantID string, id, by session.ID) error
}

// Access is who opens what is stored, and why.
type Access struct {
	Actor   session.ID
	Purpose string // "audit", "quality", "learning", "rights"
}

// Query picks conversations of a tenant. Zero values pick all.
type Query struct {
	Avatar, Subject string
	From, To        time.Time  // when they began; To is not included
	After           session.ID // the last one of the page before
	Limit           int
}

// Kept is a stored conversation without its words.
type Kept struct {
	Session            session.ID
	Avatar             string
	Began, Last, Until time.Time // Until: when it will be deleted
	Turns, Items       int
	Bytes              int
	Policy             uint64
	Locale, Subject    string
	Purposes           []string
	Held, Restricted   bool
	Corrected          int // items that the person corrected
}

// Report is what a deletion reached.
type Report struct {
	Sessions, Turns, Held int
	Unreached             []string // what may still hold it: "backup of 2026-11-23"
}

// Forms of a transcript.
const (
	FormJSON  = "json"
	FormLines = "jsonl"
	FormText  = "text"
	FormVTT   = "vtt"
)

// Transcripts are the stored words. The API passes them on and holds none.
type Transcripts interface {
	// List notes that somebody looked before it answers.
	List(ctx context.Context, tenantID string, q Query, who Access) ([]Kept, error)
	// Read writes a transcript in the form. That it was read is durable before
	// the first byte.
	Read(ctx context.Context, tenantID string, id session.ID, who Access, form string, w io.Writer) error
	// Erase removes what is stored of a session and says how many turns that
	// were: none, if nothing was stored. ErrHeld.
	Erase(ctx context.Context, tenantID string, id session.ID, who Access) (turns int, err error)
	EraseWhere(ctx context.Context, tenantID string, q Query, who Access) (Report, error)
}

// Hold keeps from deletion what it names.
type Hold struct {
	ID           session.ID
	Kind, Value  string // "session", "subject" or "avatar", and which
	Reason, Case string
	Review       time.Time // when somebody has to decide again
	Placed       time.Time
	Lifted       time.Time // zero: not lifted
	By, Second   session.ID
}

// Holds are a tenant's holds.
type Holds interface {
	Holds(ctx context.Context, tenantID string) ([]Hold, error)
	PlaceHold(ctx context.Context, tenantID string, h Hold) (session.ID, error)
	// ConfirmHold is ErrSameAdmin for the one who placed it.
	ConfirmHold(ctx context.Context, tenantID string, id, by session.ID) error
	LiftHold(ctx context.Context, tenantID string, id, by session.ID) error
}

// Request is what a person asked for with their receipt key, or the tenant on
// their behalf.
type Request struct {
	ID       session.ID
	Session  session.ID
	Kind     string // "access", "correct", "erase", "restrict", "object", "appeal"
	State    string // "open", "carried_out", "refused"
	At, Done time.Time
	By       session.ID // who answered
	Item     uint32     // the item to correct; zero: none
	Note     string     // what the person wrote to the tenant
	Reason   string     // of the answer
}

// Requests are what people asked a tenant for.
type Requests interface {
	// Requests lists those in a state; empty: all.
	Requests(ctx context.Context, tenantID, state string) ([]Request, error)
	// Answer carries a request out, or refuses it, with the reason that the
	// person reads. ErrDone, ErrHeld.
	Answer(ctx context.Context, tenantID string, id session.ID, carryOut bool, reason string, who Access) error
}

// Day is what an avatar was used on a day, without content.
type Day struct {
	Day      time.Time // midnight UTC
	Avatar   string    // empty: they are not told apart
	Sessions int
	Minutes  int // rounded up
	Turns    int // replies that were asked for
	Tokens   int // that servers took and gave, where they are bounded
}

// LoggedFact is a fact and its place in the tenant's log.
type LoggedFact struct {
	Number  uint64 // from 1, through all logs
	Month   string // of the log: 2026-11
	Index   int64  // in that log, from 0
	At      time.Time
	Fact    session.Fact
	Damaged bool // it cannot be read: nothing but its place is known
}

// FactQuery picks facts. Zero values pick all.
type FactQuery struct {
	Kinds                  []session.FactKind
	Session, Actor, Object session.ID
	From, To               time.Time // To is not included
}

// FactDay is how many facts there are of a day, by kind.
type FactDay struct {
	Day   time.Time // midnight UTC
	Kinds map[session.FactKind]uint64
}

// Log is what happened, without content.
type Log interface {
	// Usage lists days, from and to included.
	Usage(ctx context.Context, tenantID string, from, to time.Time) ([]Day, error)
	// LoggedFacts lists from the newest before the number; zero: the newest.
	LoggedFacts(ctx context.Context, tenantID string, q FactQuery, before uint64, limit int) ([]LoggedFact, error)
	// FactDays counts by day, oldest first; days with nothing are left out.
	FactDays(ctx context.Context, tenantID string, q FactQuery) ([]FactDay, error)
	// Note takes a fact; done is called once, when the fact is as durable as
	// its class asks for, or with an error.
	Note(tenantID string, f session.Fact, done func(error))
}
