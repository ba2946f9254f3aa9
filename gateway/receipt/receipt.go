// Package receipt makes and checks what a person takes home from a session: a
// signed statement of what they were told, what they agreed to, what was
// stored and until when, and who else was sent something.
//
// A receipt holds no word that was said and no name of the person. Nothing of
// it is kept here: it is theirs.
package receipt

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the value of a receipt's member "type".
const Kind = "mayfly.session.receipt"

// Version is the value of a receipt's member "version".
const Version = "1"

// Receipt is the statement, before it is signed. Times are in UTC and whole
// milliseconds; digests are 64 hexadecimal digits.
type Receipt struct {
	Type    string `json:"type"`
	Version string `json:"version"`

	Session string    `json:"session"` // an opaque id, of this session alone
	Issued  time.Time `json:"issued_at"`
	Began   time.Time `json:"began_at"`
	Ended   time.Time `json:"ended_at,omitzero"` // zero: it went on when the receipt was made

	Organisation Organisation `json:"organisation"`
	Avatar       string       `json:"avatar"`
	Policies     []Policy     `json:"policies"` // in force, in order

	Processed   []Processed  `json:"processed"`
	Stored      []Stored     `json:"stored"` // empty: nothing was stored here
	Recording   []Recording  `json:"recording"`
	Disclosures []Disclosure `json:"disclosures"`
	Consents    []Consent    `json:"consents"`
	OptOuts     []OptOut     `json:"opt_outs"`
	Recipients  []Recipient  `json:"recipients"`       // who else was sent something
	Humans      []Human      `json:"humans,omitempty"` // of the organisation, who took over

	Hidden   *Hidden   `json:"disclosure_hidden,omitzero"` // nil: the visible notice was shown
	Likeness *Likeness `json:"likeness,omitzero"`          // nil: the avatar has nobody's
}

// Hidden is that the organisation switched the visible notice off.
type Hidden struct {
	At         time.Time `json:"at"` // the session began without the notice
	Reason     string    `json:"reason"`
	LegalBasis string    `json:"legal_basis"`
	Until      time.Time `json:"until"`
}

// Likeness is that the avatar has the likeness of a real person, with their
// permission.
type Likeness struct {
	Permission string    `json:"permission"`
	Scope      []string  `json:"scope"`     // "voice", "picture"
	Territory  []string  `json:"territory"` // ISO 3166 codes, or "world"
	Until      time.Time `json:"until"`
}

// Organisation answers for the session.
type Organisation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Role is that of whoever runs the gateway: "controller", or "processor"
	// on behalf of the organisation.
	Role      string `json:"gateway_is"`
	Contact   string `json:"contact,omitzero"`
	DPO       string `json:"dpo,omitzero"`
	Privacy   string `json:"privacy,omitzero"`
	Complaint string `json:"complaint,omitzero"`
}

// Policy names the rules that were in force from a time on.
type Policy struct {
	At     time.Time `json:"at"`
	Number uint64    `json:"number"`
	SHA256 string    `json:"sha256"`
}

// Processed is what was worked with, for what, and where it was until when.
type Processed struct {
	What  string `json:"what"`  // "words", "voice", "attachments"
	For   string `json:"for"`   // "answer"
	Where string `json:"where"` // "memory"
	Until string `json:"until"` // "end_of_session"
}

// Human is that somebody of the organisation read and heard the person. Who it
// was is not said: the person was told.
type Human struct {
	Joined  time.Time `json:"joined_at"`
	Left    time.Time `json:"left_at,omitzero"` // zero: not yet
	Context bool      `json:"read_before"`      // what was said before was given too
}

// Stored is what was stored, and is stored still unless erased says otherwise.
type Stored struct {
	What       string    `json:"what"` // "transcript"
	Turns      int       `json:"turns"`
	Erased     int       `json:"erased_turns"`
	Unsettled  int       `json:"unsettled_turns"` // on their way to the disk when the receipt was made, and perhaps called back
	Until      time.Time `json:"until,omitzero"`  // when the last of it is gone; zero: it is gone
	Purposes   []string  `json:"purposes"`
	LegalBasis string    `json:"legal_basis"`

	// Of "report": answers that the person reported, each with their yes.
	Reports          int `json:"reports,omitzero"`
	ErasedReports    int `json:"erased_reports,omitzero"`
	UnsettledReports int `json:"unsettled_reports,omitzero"`
}

// Recording is a change of whether anything is recorded.
type Recording struct {
	At     time.Time `json:"at"`
	State  string    `json:"state"` // "off", "on", "failed"
	Reason string    `json:"reason"`
}

// Disclosure is that the person was told that this is an AI.
type Disclosure struct {
	At           time.Time `json:"at"`
	Acknowledged time.Time `json:"acknowledged_at,omitzero"` // zero: not yet
	Notice       string    `json:"notice_version"`
	Locale       string    `json:"locale"`
	SHA256       string    `json:"notice_sha256"`
}

// Consent is an answer to a question.
type Consent struct {
	At       time.Time `json:"at"`
	Answer   string    `json:"answer"` // "given", "refused", "withdrawn"
	By       string    `json:"by"`     // "person", here; "integrator": the organisation's page says that the person said so there
	Purposes []string  `json:"purposes"`
	SHA256   string    `json:"notice_sha256"`
}

// OptOut is a no for the rest of the session.
type OptOut struct {
	At       time.Time `json:"at"`
	Purposes []string  `json:"purposes"`
}

// Recipient is somebody else who was sent something of the session.
type Recipient struct {
	Name  string `json:"name"`
	What  string `json:"what"`  // "words", "answers", "voice", "pictures", "arguments"
	Where string `json:"where"` // a region, as the organisation declared it, or "not declared"
	Keeps string `json:"keeps"` // the longest, by its own statement: "none", "30d", or "not declared"
	// Trains is whether it trains models with it: "no", "yes", or "not declared".
	Trains   string    `json:"trains"`
	Transfer string    `json:"transfer"`                 // why it may leave the region: "none", "scc", or "not declared"
	PassesTo []string  `json:"passes_to"`                // who it says that it passes things on to
	Declared string    `json:"declared_on,omitzero"`     // the day; empty: nothing is declared
	Evidence string    `json:"evidence_sha256,omitzero"` // of the document that says so
	First    time.Time `json:"first_at"`
	Last     time.Time `json:"last_at"`
	Times    int       `json:"times"`
}

// NotDeclared is said of what nobody has declared.
const NotDeclared = "not declared"

// Payload is the receipt as it is signed: JSON in the canonical form of RFC
// 8785, so that there is one spelling of it.
func (r *Receipt) Payload() ([]byte, error) {
	b, err := json.Marshal(r, json.FormatNilSliceAsNull(false))
	if err != nil {
		return nil, err
	}
	return Canonical(b)
}

// Canonical is JSON in the form of RFC 8785. The text must be I-JSON.
func Canonical(text []byte) ([]byte, error) {
	v := jsontext.Value(text).Clone()
	if err := v.Canonicalize(); err != nil {
		return nil, errors.New("this is not JSON as RFC 7493 has it")
	}
	return v, nil
}
