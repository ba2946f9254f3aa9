package realtime

import "mayfly/session"

// AppendSession appends the effective session as a JSON object. If dst has to
// grow, its old array is cleared.
func (i *IDs) AppendSession(dst []byte, c *Config) []byte {
	w := writer{b: dst, ids: i}
	w.session(c)
	return w.b
}

// SessionCreated writes session.created, the first event of a connection.
func (f *Frames) SessionCreated(c *Config) {
	f.begin("session.created")
	f.raw(`,"session":`)
	f.session(c)
	f.end()
}

// SessionUpdated writes session.updated.
func (f *Frames) SessionUpdated(c *Config) {
	f.begin("session.updated")
	f.raw(`,"session":`)
	f.session(c)
	f.end()
}

// session writes everything that the protocol's session object has, with null
// for what is not served, so that a client sees what is in force.
func (w *writer) session(c *Config) {
	w.raw(`{"type":"realtime","object":"realtime.session","id":"sess_`)
	w.room(len(w.ids.prefix))
	w.b = append(w.b, w.ids.prefix...)
	w.raw(`","model":`)
	w.string(c.Model)
	w.raw(`,"output_modalities":`)
	w.form(c.Form)
	w.raw(`,"instructions":`)
	w.speech(c.Instructions)
	w.raw(`,"audio":{"input":`)
	w.input(c)
	w.raw(`,"output":{"format":`)
	w.format(c.Output.Format)
	w.raw(`,"voice":`)
	w.nullable(c.Output.Voice)
	w.raw(`,"speed":`)
	w.float(c.Output.Speed)
	w.raw(`}},"tools":`)
	w.tools(c.Tools)
	w.raw(`,"tool_choice":`)
	w.choice(c.Choice)
	w.raw(`,"parallel_tool_calls":`)
	w.bool(c.Parallel)
	if c.Effort != "" {
		w.raw(`,"reasoning":{"effort":`)
		w.string(c.Effort)
		w.raw(`}`)
	}
	w.raw(`,"max_output_tokens":`)
	w.limit(c.MaxTokens)
	w.raw(`,"tracing":null,"truncation":"auto","prompt":null,"include":null`)
	if c.ExpiresAt != 0 {
		w.raw(`,"expires_at":`)
		w.int(c.ExpiresAt)
	}
	w.raw(`,"avatar":{"version":`)
	w.nullable(c.Avatar.Version)
	w.raw(`,"acknowledges_disclosure":`)
	w.bool(c.Avatar.Acknowledges)
	w.raw(`,"id":`)
	w.nullable(c.Avatar.ID)
	w.raw(`,"locale":`)
	w.nullable(c.Avatar.Locale)
	w.raw(`}}`)
}

// input writes session.audio.input. The turn detection says create_response
// and interrupt_response in full: a client that does not read the latter here
// cancels a reply that the gateway has already cancelled.
func (w *writer) input(c *Config) {
	w.raw(`{"format":`)
	w.format(c.Input.Format)
	w.raw(`,"noise_reduction":null,"transcription":`)
	if c.Transcriber != "" {
		w.raw(`{"model":`)
		w.string(c.Transcriber)
		if c.Input.Language != "" {
			w.raw(`,"language":`)
			w.string(c.Input.Language)
		}
		if c.Input.Prompt.Len() > 0 {
			w.raw(`,"prompt":`)
			w.speech(c.Input.Prompt)
		}
		w.raw(`}`)
	} else {
		w.raw(`null`)
	}
	w.raw(`,"turn_detection":`)
	w.turns(c.Input.Turns)
	w.raw(`}`)
}

func (w *writer) turns(t TurnDetection) {
	switch t.Kind {
	case Manual:
		w.raw(`null`)
		return
	case ServerVAD:
		w.raw(`{"type":"server_vad","threshold":`)
		w.float(t.Threshold)
		w.raw(`,"prefix_padding_ms":`)
		w.int(int64(t.Prefix))
		w.raw(`,"silence_duration_ms":`)
		w.int(int64(t.Silence))
		w.raw(`,"idle_timeout_ms":`)
		if t.Idle == 0 {
			w.raw(`null`)
		} else {
			w.int(int64(t.Idle))
		}
	case SemanticVAD:
		w.raw(`{"type":"semantic_vad","eagerness":`)
		w.string(t.Eagerness)
	}
	w.raw(`,"create_response":`)
	w.bool(t.Create)
	w.raw(`,"interrupt_response":`)
	w.bool(t.Interrupt)
	w.raw(`}`)
}

func (w *writer) tools(tools []Tool) {
	w.raw(`[`)
	for i, t := range tools {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`{"type":"function","name":`)
		w.speech(t.Name)
		w.raw(`,"description":`)
		w.speech(t.Description)
		w.raw(`,"parameters":`)
		w.json(t.Parameters, `{}`)
		w.raw(`}`)
	}
	w.raw(`]`)
}

func (w *writer) choice(c ToolChoice) {
	switch c.Mode {
	case ChooseNone:
		w.raw(`"none"`)
	case ChooseRequired:
		w.raw(`"required"`)
	case ChooseFunction:
		w.raw(`{"type":"function","name":`)
		w.speech(c.Name)
		w.raw(`}`)
	default:
		w.raw(`"auto"`)
	}
}

func (w *writer) form(form session.Form) {
	if form == session.Spoken {
		w.raw(`["audio"]`)
	} else {
		w.raw(`["text"]`)
	}
}

func (w *writer) format(format Format) {
	w.raw(`{"type":`)
	w.string(format.String())
	if format == PCM { // G.711 has no other rate, and no field for it
		w.raw(`,"rate":24000`)
	}
	w.raw(`}`)
}

// limit writes a number of tokens, or "inf".
func (w *writer) limit(tokens int) {
	if tokens == 0 {
		w.raw(`"inf"`)
		return
	}
	w.int(int64(tokens))
}

// nullable writes a string, or null for an empty one.
func (w *writer) nullable(s string) {
	if s == "" {
		w.raw(`null`)
		return
	}
	w.string(s)
}
