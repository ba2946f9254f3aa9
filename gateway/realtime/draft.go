package realtime

import "mayfly/session"

// Draft is an item as a client sends it.
type Draft struct {
	ID        []byte       // chosen by the client; nil: the gateway chooses
	Reference []byte       // in response.create's input: the id of an item of the conversation, and nothing else
	Item      session.Item // Role, Kind, Status, Form, Words, Name and Call; several parts of text are joined by line breaks
	Audio     *Audio       // the sound of a spoken item, in the session's input format; nil if none came
	Files     [][]byte     // what was shown with it, as it came: nobody has looked at them
}

// Forget clears the words and releases the sound that the draft still holds.
func (d *Draft) Forget() {
	clear(d.ID)
	clear(d.Reference)
	d.Item.Words.Forget()
	d.Item.Name.Forget()
	d.Item.Call.Forget()
	d.Audio.Release()
	d.Audio = nil
	for _, f := range d.Files {
		clear(f)
	}
	d.Files = nil
}

// itemFields are the fields of an item that mean something here. Others are
// tolerated: clients send back items as they got them, object and all.
type itemFields struct{ typ, id, role, status, content, call, name, arguments, output []byte }

// draft reads an item; at is where it stands.
func (d *decoder) draft(v []byte, at string) Draft {
	d.under = at
	defer func() { d.under = "" }()
	var f itemFields
	for m := d.object(v, ""); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			f.typ = v
		case "id":
			f.id = v
		case "role":
			f.role = v
		case "status":
			f.status = v
		case "content":
			f.content = v
		case "call_id":
			f.call = v
		case "name":
			f.name = v
		case "arguments":
			f.arguments = v
		case "output":
			f.output = v
		}
	}
	if d.err != nil || !d.need(f.typ, ".type") {
		return Draft{}
	}
	if absent(f.id) || len(f.id) == 2 { // clients without an id may send an empty one
		f.id = nil
	}
	out := Draft{ID: d.id(f.id, ".id")}
	switch d.one(f.status, ".status", "completed", "in_progress", "incomplete") {
	case "in_progress":
		out.Item.Status = session.InProgress
	case "incomplete":
		out.Item.Status = session.Incomplete
	}
	switch d.one(f.typ, ".type", "message", "function_call", "function_call_output", "item_reference") {
	case "message":
		d.message(&out, f)
	case "function_call":
		out.Item.Role, out.Item.Kind = session.Avatar, session.ToolCall
		d.need(f.name, ".name")
		out.Item.Name = d.words(f.name, maxID, ".name")
		out.Item.Call = session.NewSpeech(d.id(f.call, ".call_id"))
		out.Item.Words = d.words(f.arguments, maxText, ".arguments")
	case "function_call_output":
		out.Item.Kind = session.ToolOutput
		d.need(f.call, ".call_id")
		out.Item.Call = session.NewSpeech(d.id(f.call, ".call_id"))
		out.Item.Words = d.words(f.output, maxOutput, ".output")
	case "item_reference":
		d.need(f.id, ".id")
		out.Reference, out.ID = out.ID, nil
	}
	return out
}

// message reads role and content.
func (d *decoder) message(out *Draft, f itemFields) {
	d.need(f.role, ".role")
	d.need(f.content, ".content")
	switch d.one(f.role, ".role", "user", "assistant", "system") {
	case "assistant":
		out.Item.Role = session.Avatar
	case "system":
		out.Item.Role = session.System
	}
	if d.err != nil {
		return
	}
	// Room for all of it at once: an array that grows leaves words behind.
	words := make([]byte, 0, min(len(f.content), 6*maxText+maxParts))
	for list := d.array(f.content, maxParts, ".content"); list.next(); {
		part := list.value
		words = d.part(out, words, part)
		if d.err != nil {
			break
		}
	}
	if d.err != nil || len(words) == 0 {
		clear(words[:cap(words)])
		return
	}
	if cap(words) > 2*len(words) { // do not keep room for escapes, or for sound
		all := words
		words = append(make([]byte, 0, len(all)), all...)
		clear(all[:cap(all)])
	}
	out.Item.Words = session.NewSpeech(words)
}

// part appends the words of one content part.
func (d *decoder) part(out *Draft, words, part []byte) []byte {
	var typ, text, transcript, audio, image, file []byte
	for m := d.object(part, ".content"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			typ = v
		case "text":
			text = v
		case "transcript":
			transcript = v
		case "audio":
			audio = v
		case "image_url":
			image = v
		case "file_id":
			file = v
		}
	}
	if d.err != nil || !d.need(typ, ".content.type") {
		return words
	}
	said, at := text, ".content.text"
	switch d.one(typ, ".content.type", "input_text", "input_audio", "output_text", "output_audio", "text", "audio", "input_image") {
	case "input_text":
		d.only(out.Item.Role != session.Avatar)
		d.need(text, ".content.text")
	case "input_audio":
		d.only(out.Item.Role == session.User)
		said, at = transcript, ".content.transcript"
		out.Item.Form = session.Spoken
		if d.err == nil && !absent(audio) {
			d.only(out.Audio == nil) // one piece of sound per item
			if d.err == nil {
				out.Audio = d.audio(audio, ".content.audio")
			}
		}
	case "output_text", "text":
		d.only(out.Item.Role == session.Avatar)
		d.need(text, ".content.text")
	case "output_audio", "audio":
		d.only(out.Item.Role == session.Avatar)
		said, at = transcript, ".content.transcript"
		out.Item.Form = session.Spoken
	case "input_image":
		d.only(out.Item.Role == session.User)
		if !absent(file) {
			d.fail(CodeUnsupported, ".content.file_id")
		}
		if d.err == nil && d.need(image, ".content.image_url") {
			d.image(out, image, ".content.image_url")
		}
		return words
	}
	if d.err != nil || absent(said) || !d.kind(said, '"', at) {
		return words
	}
	// The room is what the text can take at most; an escape only shrinks it.
	need := len(said) - 2
	if len(words) > 0 {
		need++
	}
	if len(words)+need > cap(words) {
		d.fail(CodeTooLong, at)
		return words
	}
	if len(words) > 0 && len(said) > 2 {
		words = append(words, '\n')
	}
	words = unquote(words, said)
	if len(words) > maxText {
		d.fail(CodeTooLong, at)
	}
	return words
}

// only fails unless the type of a part fits the role of its item.
func (d *decoder) only(fits bool) {
	if !fits {
		d.fail(CodeInvalidValue, ".content.type")
	}
}
