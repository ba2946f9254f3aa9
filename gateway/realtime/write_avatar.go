package realtime

import (
	"time"

	"mayfly/session"
)

// Ready is what avatar.session.ready says, right after session.created.
type Ready struct {
	Capabilities []string // names of what this session can do: "visemes", "words", "handoff"
	Video        *Video   // nil: no picture is sent
	ICEServers   []ICEServer
	ResumeToken  string // a secret; empty: this session cannot be resumed
	Policy       Policy
	Storage      Storage
	ReportDays   int   // how long a report of an answer is kept; zero: none is taken
	ExpiresAt    int64 // seconds since 1970
	Resumed      bool
}

// Video describes the picture that is sent.
type Video struct {
	MID                string
	Codec              string
	Width, Height, FPS int
}

// ICEServer is a STUN or TURN server for the client to use.
type ICEServer struct {
	URLs       []string
	Username   string // of TURN
	Credential string // of TURN; a secret
}

// Policy names the rules that are in force.
type Policy struct {
	Number int
	SHA256 string // 64 hexadecimal digits
}

// Storage says what is kept, here and behind.
type Storage struct {
	Here      string // "nothing", "transcript", "audio"
	BackEnds  []BackEnd
	Word      string   // what a person reads while nothing is recorded
	Elsewhere []string // what others state of what they are sent, as a person reads it
}

// BackEnd is what a back end states about itself, as its statement.
type BackEnd struct {
	Name   string
	Stores string // "unknown", "nothing", "some"
}

// SessionReady writes avatar.session.ready.
func (f *Frames) SessionReady(r *Ready) {
	f.begin("avatar.session.ready")
	f.raw(`,"resumed":`)
	f.bool(r.Resumed)
	f.raw(`,"avatar":{"session_id":"`)
	f.raw(`sess_`)
	f.room(len(f.ids.prefix))
	f.b = append(f.b, f.ids.prefix...)
	f.raw(`","version":"1","capabilities":`)
	f.strings(r.Capabilities)
	if r.Video != nil {
		f.raw(`,"video":{"mid":`)
		f.string(r.Video.MID)
		f.raw(`,"codec":`)
		f.string(r.Video.Codec)
		f.raw(`,"width":`)
		f.int(int64(r.Video.Width))
		f.raw(`,"height":`)
		f.int(int64(r.Video.Height))
		f.raw(`,"fps":`)
		f.int(int64(r.Video.FPS))
		f.raw(`}`)
	}
	if len(r.ICEServers) > 0 {
		f.raw(`,"ice_servers":`)
		f.iceServers(r.ICEServers)
	}
	f.optional("resume_token", r.ResumeToken)
	f.raw(`,"policy":{"number":`)
	f.int(int64(r.Policy.Number))
	f.raw(`,"sha256":`)
	f.string(r.Policy.SHA256)
	f.raw(`},"storage":{"here":`)
	f.string(r.Storage.Here)
	f.raw(`,"backends":[`)
	for i, b := range r.Storage.BackEnds {
		if i > 0 {
			f.raw(`,`)
		}
		f.raw(`{"name":`)
		f.string(b.Name)
		f.raw(`,"stores":`)
		f.string(b.Stores)
		f.raw(`}`)
	}
	f.raw(`],"word":`)
	f.string(r.Storage.Word)
	f.raw(`,"elsewhere":`)
	f.strings(r.Storage.Elsewhere)
	f.raw(`}`)
	if r.ReportDays > 0 {
		f.raw(`,"report":{"days":`)
		f.int(int64(r.ReportDays))
		f.raw(`}`)
	}
	f.raw(`,"expires_at":`)
	f.int(r.ExpiresAt)
	f.raw(`}`)
	f.end()
}

// AppendICEServers appends the body of GET /v1/realtime/ice-servers.
func AppendICEServers(dst []byte, servers []ICEServer, expiresAt int64) []byte {
	w := writer{b: dst}
	w.raw(`{"ice_servers":`)
	w.iceServers(servers)
	w.raw(`,"expires_at":`)
	w.int(expiresAt)
	w.raw(`}`)
	return w.b
}

// AppendSecret appends the answer of POST /v1/realtime/client_secrets. value
// is the secret; expiresAt is in seconds since 1970.
func (i *IDs) AppendSecret(dst []byte, value string, expiresAt int64, c *Config) []byte {
	w := writer{b: dst, ids: i}
	w.raw(`{"value":`)
	w.string(value)
	w.raw(`,"expires_at":`)
	w.int(expiresAt)
	w.raw(`,"session":`)
	w.session(c)
	w.raw(`}`)
	return w.b
}

func (w *writer) iceServers(servers []ICEServer) {
	w.raw(`[`)
	for i, s := range servers {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`{"urls":`)
		w.strings(s.URLs)
		w.optional("username", s.Username)
		w.optional("credential", s.Credential)
		w.raw(`}`)
	}
	w.raw(`]`)
}

func (w *writer) strings(list []string) {
	w.raw(`[`)
	for i, s := range list {
		if i > 0 {
			w.raw(`,`)
		}
		w.string(s)
	}
	w.raw(`]`)
}

// optional writes a member unless its value is empty.
func (w *writer) optional(name, value string) {
	if value == "" {
		return
	}
	w.raw(`,"`)
	w.raw(name)
	w.raw(`":`)
	w.string(value)
}

// Expiring writes avatar.session.expiring. token is a resume token, a secret;
// empty: there is none.
func (f *Frames) Expiring(secondsLeft int, reason, token string) {
	f.begin("avatar.session.expiring")
	f.raw(`,"seconds_left":`)
	f.int(int64(secondsLeft))
	f.raw(`,"reason":`)
	f.string(reason)
	f.optional("resume_token", token)
	f.end()
}

// Receipt writes avatar.receipt: a signed statement of what was done with the
// session's data.
func (f *Frames) Receipt(jws, keyID string) {
	f.begin("avatar.receipt")
	f.raw(`,"jws":`)
	f.string(jws)
	f.raw(`,"key_id":`)
	f.string(keyID)
	f.end()
}

// ReceiptKey writes avatar.receipt.key: the person's own way to what is
// stored of their session, sent when something first is. key is a secret; url
// is the page that takes it; until is when the last of it is gone as things
// stand. rights is who carries out what is asked for with it: self_service,
// at once, or on_instruction, the organisation.
func (f *Frames) ReceiptKey(key, url string, until time.Time, rights string) {
	f.begin("avatar.receipt.key")
	f.raw(`,"key":`)
	f.string(key)
	f.raw(`,"url":`)
	f.string(url)
	f.raw(`,"stored_until":`)
	f.time(until)
	f.raw(`,"rights":`)
	f.string(rights)
	f.end()
}

// Reminder writes avatar.reminder: the person is reminded that they talk with
// an AI, and to take a break. help is where somebody in need finds help, in
// the organisation's words; empty: it has said nothing.
func (f *Frames) Reminder(text, help string, at time.Time) {
	f.begin("avatar.reminder")
	f.raw(`,"text":`)
	f.string(text)
	f.optional("help_line", help)
	f.raw(`,"at":`)
	f.time(at)
	f.end()
}

// Activity is what the avatar is doing.
type Activity string

// The activities.
const (
	Idle       Activity = "idle"
	Listening  Activity = "listening"
	Thinking   Activity = "thinking"
	Speaking   Activity = "speaking"
	HandingOff Activity = "handoff"
)

// State writes avatar.state. turn is zero outside a response.
func (f *Frames) State(a Activity, turn session.TurnNo) {
	f.begin("avatar.state")
	f.raw(`,"state":`)
	f.string(string(a))
	f.ofTurn(turn)
	f.end()
}

// ofTurn writes response_id, if there is a turn.
func (w *writer) ofTurn(turn session.TurnNo) {
	if turn != 0 {
		w.raw(`,"response_id":`)
		w.turn(turn)
	}
}

// Rung is the best way to talk that works at the moment.
type Rung string

// The rungs.
const (
	RungVideo Rung = "video"
	RungVoice Rung = "voice"
	RungText  Rung = "text"
	RungHuman Rung = "human"
)

// Ladder writes avatar.ladder.state. reason is a stable code.
func (f *Frames) Ladder(r Rung, reason string) {
	f.begin("avatar.ladder.state")
	f.raw(`,"rung":`)
	f.string(string(r))
	f.raw(`,"reason":`)
	f.string(reason)
	f.end()
}

// Timings are milliseconds from the end of the person's input; negative: did
// not happen.
type Timings struct {
	Transcribed, FirstModelByte, FirstSentence, FirstSpeechByte, FirstSampleSent, Done int
}

// Metrics writes avatar.metrics.
func (f *Frames) Metrics(turn session.TurnNo, t Timings) {
	f.begin("avatar.metrics")
	f.ofTurn(turn)
	f.timing(`,"transcribed":`, t.Transcribed)
	f.timing(`,"first_model_byte":`, t.FirstModelByte)
	f.timing(`,"first_sentence":`, t.FirstSentence)
	f.timing(`,"first_speech_byte":`, t.FirstSpeechByte)
	f.timing(`,"first_sample_sent":`, t.FirstSampleSent)
	f.timing(`,"done":`, t.Done)
	f.end()
}

func (w *writer) timing(name string, ms int) {
	if ms >= 0 {
		w.raw(name)
		w.int(int64(ms))
	}
}

// HandoffStage is how far a hand-off to a human has come.
type HandoffStage string

// The stages.
const (
	HandoffRequested  HandoffStage = "requested"
	HandoffQueued     HandoffStage = "queued"
	HandoffConnecting HandoffStage = "connecting"
	HandoffActive     HandoffStage = "active"
	HandoffCut        HandoffStage = "reconnecting" // the human's line broke, and they are waited for
	HandoffEnded      HandoffStage = "ended"
	HandoffFailed     HandoffStage = "failed"
)

// Handoff is what avatar.handoff.state says.
type Handoff struct {
	ID       string
	Stage    HandoffStage
	Position int       // in the queue, from 1; zero: unsaid
	ETA      int       // seconds; zero: unsaid
	Agent    string    // the human's displayed name; empty: nobody yet
	Reason   string    // a stable code; empty: none
	Message  string    // the organisation's, for people; empty: none
	Opens    time.Time // when the desk is open again; zero: not said
}

// HandoffState writes avatar.handoff.state.
func (f *Frames) HandoffState(h *Handoff) {
	f.begin("avatar.handoff.state")
	f.raw(`,"handoff_id":`)
	f.string(h.ID)
	f.raw(`,"state":`)
	f.string(string(h.Stage))
	if h.Position > 0 {
		f.raw(`,"position":`)
		f.int(int64(h.Position))
	}
	if h.ETA > 0 {
		f.raw(`,"eta_s":`)
		f.int(int64(h.ETA))
	}
	if h.Agent != "" {
		f.raw(`,"agent":{"display_name":`)
		f.string(h.Agent)
		f.raw(`,"human":true}`)
	}
	f.optional("reason", h.Reason)
	f.optional("message", h.Message)
	if !h.Opens.IsZero() {
		f.raw(`,"opens_at":`)
		f.time(h.Opens)
	}
	f.end()
}
