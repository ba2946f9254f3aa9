package realtime

import "mayfly/session"

// Update is a session object as a client sends it: every field may be absent,
// and what is absent stays as it is.
type Update struct {
	Instructions Maybe[session.Speech]
	Form         Maybe[session.Form]
	Input        InputUpdate
	Output       OutputUpdate
	Tools        Maybe[[]Tool]
	Choice       Maybe[ToolChoice]
	Parallel     Maybe[bool]
	Effort       Maybe[string]
	MaxTokens    Maybe[int]
	Avatar       AvatarUpdate
}

// InputUpdate is session.audio.input.
type InputUpdate struct {
	Format        Maybe[Format]
	Transcription Maybe[TranscriptionUpdate]
	Turns         Maybe[TurnsUpdate] // Null: the client says when a turn ends
}

// TranscriptionUpdate is session.audio.input.transcription. The model that a
// client names is read past: there is one, or none.
type TranscriptionUpdate struct {
	Language Maybe[string]
	Prompt   session.Speech
}

// TurnsUpdate is session.audio.input.turn_detection.
type TurnsUpdate struct {
	Kind      Maybe[TurnKind]
	Threshold Maybe[float64]
	Prefix    Maybe[int]
	Silence   Maybe[int]
	Idle      Maybe[int] // Null: no idle time-out
	Eagerness Maybe[string]
	Create    Maybe[bool]
	Interrupt Maybe[bool]
}

// OutputUpdate is session.audio.output.
type OutputUpdate struct {
	Format Maybe[Format]
	Voice  []byte // the name that the client asks for; nil: none
	Speed  Maybe[float64]
}

// AvatarUpdate is session.avatar.
type AvatarUpdate struct {
	Version      Maybe[string] // "1"
	Acknowledges Maybe[bool]
	ID           string // which avatar; empty: unsaid
	Locale       string // BCP 47; empty: unsaid
	Subject      session.Speech
	// The two that follow are not part of a session's configuration. They are
	// read by whoever is allowed to carry them, and Merge leaves them alone.
	Consent     Maybe[ConsentClaim] // in client_secrets only
	ResumeToken []byte              // in calls only; a secret
}

// ConsentClaim is what an integrator says that a person agreed to elsewhere.
type ConsentClaim struct {
	Granted       Purposes
	NoticeVersion string // [A-Za-z0-9._-]{1,64}
	NoticeSHA256  string // 64 hexadecimal digits
	Method        Method
}

// Forget clears the words that the update still holds.
func (u *Update) Forget() {
	u.Instructions.Value.Forget()
	u.Input.Transcription.Value.Prompt.Forget()
	clear(u.Output.Voice)
	forgetTools(u.Tools.Value)
	u.Choice.Value.Name.Forget()
	u.Avatar.Subject.Forget()
	clear(u.Avatar.ResumeToken)
}

// origin says where a session object came from, which decides what it may
// carry.
type origin uint8

const (
	fromEvent origin = iota
	fromSecret
	fromCall
)

// update reads a session object. Fields that are not named are tolerated:
// published clients pass on what applications add. Of what names an upstream
// service (models, tracing, include) the shape is not looked at, because
// nothing here depends on it.
func (d *decoder) update(v []byte, from origin) Update {
	var u Update
	for m := d.object(v, "session"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			d.one(v, "session.type", "realtime")
		case "instructions":
			u.Instructions = maybe(v, d.words(v, maxText, "session.instructions"))
		case "output_modalities":
			u.Form = d.modalities(v, "session.output_modalities")
		case "audio":
			d.sound(v, &u)
		case "tools":
			u.Tools = d.tools(v, "session.tools")
		case "tool_choice":
			u.Choice = d.choice(v, "session.tool_choice")
		case "parallel_tool_calls":
			u.Parallel = maybe(v, d.boolean(v, "session.parallel_tool_calls"))
		case "reasoning":
			for m := d.object(v, "session.reasoning"); m.next(); {
				name, v := m.name, m.value
				if string(name) == "effort" {
					at := "session.reasoning.effort"
					u.Effort = maybe(v, d.one(v, at, "none", "minimal", "low", "medium", "high", "xhigh"))
				}
			}
		case "model":
			// A client repeats the model that it connected with, in every
			// update. Which engine answers is not its choice.
			if !absent(v) {
				d.kind(v, '"', "session.model")
			}
		case "prompt":
			if !absent(v) {
				d.fail(CodeUnsupported, "session.prompt")
			}
		case "max_output_tokens":
			u.MaxTokens = d.tokens(v, "session.max_output_tokens")
		case "avatar":
			u.Avatar = d.avatar(v, from)
		}
	}
	return u
}

// maybe wraps a value that has just been read from v.
func maybe[T any](v []byte, value T) Maybe[T] {
	switch {
	case len(v) == 0:
		return Maybe[T]{}
	case isNull(v):
		return Maybe[T]{Presence: Null}
	}
	return given(value)
}

// sound reads session.audio.
func (d *decoder) sound(v []byte, u *Update) {
	for m := d.object(v, "session.audio"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "input":
			for m := d.object(v, "session.audio.input"); m.next(); {
				name, v := m.name, m.value
				switch string(name) {
				case "format":
					u.Input.Format = d.format(v, "session.audio.input.format")
				case "transcription":
					u.Input.Transcription = maybe(v, d.transcription(v))
				case "turn_detection":
					u.Input.Turns = maybe(v, d.turns(v))
				}
			}
		case "output":
			for m := d.object(v, "session.audio.output"); m.next(); {
				name, v := m.name, m.value
				switch string(name) {
				case "format":
					u.Output.Format = d.format(v, "session.audio.output.format")
				case "voice":
					u.Output.Voice = d.voice(v, "session.audio.output.voice")
				case "speed":
					u.Output.Speed = maybe(v, d.number(v, minSpeed, maxSpeed, "session.audio.output.speed"))
				}
			}
		}
	}
}

func (d *decoder) transcription(v []byte) (t TranscriptionUpdate) {
	for m := d.object(v, "session.audio.input.transcription"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "language":
			t.Language = maybe(v, d.locale(v, "session.audio.input.transcription.language"))
		case "prompt":
			t.Prompt = d.words(v, maxText, "session.audio.input.transcription.prompt")
		}
	}
	return t
}

func (d *decoder) turns(v []byte) (t TurnsUpdate) {
	const at = "session.audio.input.turn_detection"
	for m := d.object(v, at); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			switch d.one(v, at+".type", "server_vad", "semantic_vad") {
			case "server_vad":
				t.Kind = given(ServerVAD)
			case "semantic_vad":
				t.Kind = given(SemanticVAD)
			}
		case "threshold":
			t.Threshold = maybe(v, d.number(v, 0, 1, at+".threshold"))
		case "prefix_padding_ms":
			t.Prefix = maybe(v, d.integer(v, 0, 5000, at+".prefix_padding_ms"))
		case "silence_duration_ms":
			t.Silence = maybe(v, d.integer(v, 0, 10000, at+".silence_duration_ms"))
		case "idle_timeout_ms":
			t.Idle = maybe(v, d.integer(v, 1000, 60000, at+".idle_timeout_ms"))
		case "eagerness":
			t.Eagerness = maybe(v, d.one(v, at+".eagerness", "auto", "low", "medium", "high"))
		case "create_response":
			t.Create = maybe(v, d.boolean(v, at+".create_response"))
		case "interrupt_response":
			t.Interrupt = maybe(v, d.boolean(v, at+".interrupt_response"))
		}
	}
	return t
}

// modalities reads what a reply is made of. Sound always comes with its text,
// so a client that names both gets sound.
func (d *decoder) modalities(v []byte, at string) Maybe[session.Form] {
	if absent(v) {
		return Maybe[session.Form]{}
	}
	form, n := session.Written, 0
	for list := d.array(v, 2, at); list.next(); {
		e := list.value
		if d.one(e, at, "text", "audio") == "audio" {
			form = session.Spoken
		}
		n++
	}
	if n == 0 {
		d.fail(CodeInvalidValue, at)
	}
	return given(form)
}

// tokens reads a limit of 1 to 4096, or "inf", which is 0.
func (d *decoder) tokens(v []byte, at string) Maybe[int] {
	if absent(v) {
		return Maybe[int]{}
	}
	if v[0] == '"' {
		d.one(v, at, "inf")
		return given(0)
	}
	return given(d.integer(v, 1, 4096, at))
}
