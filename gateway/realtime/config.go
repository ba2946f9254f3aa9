package realtime

import (
	"bytes"

	"mayfly/session"
)

// Config is the effective session: what is served, not what was asked for.
type Config struct {
	Model        string // what answers, as the client is told; the gateway's to say
	ExpiresAt    int64  // seconds since 1970; 0: unsaid
	Instructions session.Speech
	Form         session.Form // Spoken: sound and its text; Written: text
	Input        Input
	Output       Output
	Tools        []Tool
	Choice       ToolChoice
	Parallel     bool   // parallel_tool_calls
	Effort       string // reasoning.effort; empty: unsaid
	MaxTokens    int    // of one reply; 0: without limit
	Avatar       Avatar
	Transcriber  string   // the name of what transcribes; empty: nothing does
	Voices       []string // that this session can have, the default first; empty: none
}

// Input is session.audio.input. Noise reduction is not served and is said to
// be null. Transcription is there wherever the person is listened to, since it
// is how they are understood, and so no client can switch it off.
type Input struct {
	Format   Format
	Language string // BCP 47, of what the person says; empty: unsaid
	Prompt   session.Speech
	Turns    TurnDetection
}

// Output is session.audio.output.
type Output struct {
	Format Format
	Voice  string  // one of Config.Voices
	Speed  float64 // minSpeed to maxSpeed
}

const (
	minSpeed = 0.25
	maxSpeed = 1.5
)

// TurnKind says what ends a person's turn.
type TurnKind uint8

// The kinds.
const (
	ServerVAD   TurnKind = iota // silence of a set length
	SemanticVAD                 // silence whose length follows Eagerness
	Manual                      // the client: turn_detection is null
)

// TurnDetection is session.audio.input.turn_detection.
type TurnDetection struct {
	Kind      TurnKind
	Threshold float64 // 0 to 1
	Prefix    int     // milliseconds of sound kept from before speech
	Silence   int     // milliseconds after which a turn ends
	Idle      int     // milliseconds after which the avatar speaks first; 0: never
	Eagerness string  // "auto", "low", "medium", "high"
	Create    bool    // a reply begins when the turn ends
	Interrupt bool    // speech interrupts a reply
}

// Avatar is session.avatar.
type Avatar struct {
	Version      string // "1", or empty for a client that does not know avatar.*
	Acknowledges bool   // the client says so when the disclosure is on the screen
	ID           string
	Locale       string
	Subject      session.Speech // opaque; never sent back
}

// Defaults gives the session that nobody has asked anything of.
func Defaults() Config {
	return Config{
		Form:   session.Spoken,
		Input:  Input{Turns: defaultTurns(ServerVAD)},
		Output: Output{Speed: 1},

		Parallel: true,
	}
}

func defaultTurns(k TurnKind) TurnDetection {
	return TurnDetection{Kind: k, Threshold: 0.5, Prefix: 300, Silence: 500, Eagerness: "auto", Create: true, Interrupt: true}
}

// Forget clears the words of the configuration.
func (c *Config) Forget() {
	c.Instructions.Forget()
	c.Input.Prompt.Forget()
	forgetTools(c.Tools)
	c.Choice.Name.Forget()
	c.Avatar.Subject.Forget()
}

// Rules say what may no longer change.
type Rules struct {
	VoiceFrozen bool // the client has been sent sound
	NoticeBegun bool // the disclosure is under way or over
}

// Merge carries out what u asks for, all of it or, when it gives an error,
// nothing. It takes the words out of u. Names of models and voices that this
// gateway does not have are not errors: the client gets what there is, and
// reads it in the session that it is sent. changed says whether anything in c
// is different now.
func (c *Config) Merge(u *Update, r Rules) (changed bool, err *Error) {
	next := *c
	set(&next.Form, u.Form)
	set(&next.Input.Format, u.Input.Format)
	next.Input.transcribe(u.Input.Transcription)
	next.Input.Turns.merge(u.Input.Turns)
	set(&next.Output.Format, u.Output.Format)
	set(&next.Output.Speed, u.Output.Speed)
	set(&next.Parallel, u.Parallel)
	set(&next.Effort, u.Effort)
	set(&next.MaxTokens, u.MaxTokens)
	next.pick(u.Output.Voice)
	if r.VoiceFrozen && c.Output.Voice != "" && next.Output.Voice != c.Output.Voice {
		return false, &Error{Code: CodeVoiceFrozen, Param: "session.audio.output.voice"}
	}
	if err := next.Avatar.merge(&u.Avatar, r); err != nil {
		return false, err
	}
	changed = next.plainlyDiffers(c)
	if u.Instructions.Given() && u.Instructions.Value.Len() == 0 && next.Instructions.Len() > 0 {
		changed = true
		next.Instructions.Forget()
	}
	take(&next.Instructions, &u.Instructions.Value, &changed)
	take(&next.Input.Prompt, &u.Input.Transcription.Value.Prompt, &changed)
	take(&next.Avatar.Subject, &u.Avatar.Subject, &changed)
	if u.Tools.Given() {
		changed = changed || len(u.Tools.Value) > 0 || len(next.Tools) > 0
		forgetTools(next.Tools)
		next.Tools, u.Tools.Value = u.Tools.Value, nil
	}
	if u.Choice.Given() {
		changed = changed || u.Choice.Value.Mode != next.Choice.Mode || next.Choice.Mode == ChooseFunction
		next.Choice.Name.Forget()
		next.Choice, u.Choice.Value = u.Choice.Value, ToolChoice{}
	}
	*c = next
	return changed, nil
}

// plainlyDiffers compares everything but words.
func (c *Config) plainlyDiffers(o *Config) bool {
	a, b := c.Input, o.Input
	a.Prompt, b.Prompt = session.Speech{}, session.Speech{}
	x, y := c.Avatar, o.Avatar
	return c.Form != o.Form || a.Format != b.Format || a.Language != b.Language || a.Turns != b.Turns ||
		c.Output != o.Output || c.Parallel != o.Parallel || c.Effort != o.Effort || c.MaxTokens != o.MaxTokens ||
		x.Version != y.Version || x.Acknowledges != y.Acknowledges || x.ID != y.ID || x.Locale != y.Locale
}

func set[T any](field *T, m Maybe[T]) {
	if m.Given() {
		*field = m.Value
	}
}

// take moves words that were given into their place.
func take(to, from *session.Speech, changed *bool) {
	if from.Len() == 0 {
		return
	}
	*changed = *changed || !same(*to, *from)
	to.Forget()
	*to, *from = *from, session.Speech{}
}

func same(a, b session.Speech) bool {
	if a.Len() != b.Len() {
		return false
	}
	x := a.AppendTo(make([]byte, 0, a.Len()))
	y := b.AppendTo(make([]byte, 0, b.Len()))
	equal := bytes.Equal(x, y)
	clear(x)
	clear(y)
	return equal
}

// pick takes the voice that was asked for, if there is one of that name.
func (c *Config) pick(name []byte) {
	for _, v := range c.Voices {
		if string(name) == v {
			c.Output.Voice = v
			return
		}
	}
	if c.Output.Voice == "" && len(c.Voices) > 0 {
		c.Output.Voice = c.Voices[0]
	}
}

func (i *Input) transcribe(m Maybe[TranscriptionUpdate]) {
	if m.Given() {
		set(&i.Language, m.Value.Language)
	}
}

// merge changes what is named; naming another kind begins from its defaults.
func (t *TurnDetection) merge(m Maybe[TurnsUpdate]) {
	switch m.Presence {
	case Null:
		*t = TurnDetection{Kind: Manual}
	case Given:
		kind := t.Kind
		if m.Value.Kind.Given() {
			kind = m.Value.Kind.Value
		} else if kind == Manual {
			kind = ServerVAD
		}
		if kind != t.Kind {
			*t = defaultTurns(kind)
		}
		set(&t.Threshold, m.Value.Threshold)
		set(&t.Prefix, m.Value.Prefix)
		set(&t.Silence, m.Value.Silence)
		set(&t.Eagerness, m.Value.Eagerness)
		set(&t.Create, m.Value.Create)
		set(&t.Interrupt, m.Value.Interrupt)
		set(&t.Idle, m.Value.Idle)
		if m.Value.Idle.Presence == Null {
			t.Idle = 0
		}
	}
}

func (a *Avatar) merge(u *AvatarUpdate, r Rules) *Error {
	was := *a
	set(&a.Version, u.Version)
	set(&a.Acknowledges, u.Acknowledges)
	if r.NoticeBegun && a.Version != was.Version {
		return &Error{Code: CodeVersionFrozen, Param: "session.avatar.version"}
	}
	if r.NoticeBegun && a.Acknowledges != was.Acknowledges {
		return &Error{Code: CodeVersionFrozen, Param: "session.avatar.acknowledges_disclosure"}
	}
	if u.ID != "" && was.ID != "" && u.ID != was.ID {
		return &Error{Code: CodeAvatarFrozen, Param: "session.avatar.id"}
	}
	if u.ID != "" {
		a.ID = u.ID
	}
	if u.Locale != "" {
		a.Locale = u.Locale
	}
	return nil
}

// Subject is the name by which the client's owner knows the person, as of
// makes it unreadable: the name itself leaves this package only into it. Empty
// if there is none.
func (c *Config) Subject(of func(name []byte) string) string {
	if c.Avatar.Subject.Len() == 0 {
		return ""
	}
	name := c.Avatar.Subject.AppendTo(nil)
	defer clear(name)
	return of(name)
}
