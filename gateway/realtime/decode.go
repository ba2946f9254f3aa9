package realtime

import "mayfly/session"

// fields are the top-level fields that some event has. Anything else at that
// level is tolerated: published clients pass on what applications add.
type fields struct {
	typ, id, session, audio, item, itemID, previous, content, end []byte
	response, responseID, disclosure, consent, grants, method     []byte
	purposes, erase, reason, queue, share, items, note, agreed    []byte
}

func (f *fields) read(data []byte) {
	for m := membersOf(data); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			f.typ = v
		case "event_id":
			f.id = v
		case "session":
			f.session = v
		case "audio":
			f.audio = v
		case "item":
			f.item = v
		case "item_id":
			f.itemID = v
		case "previous_item_id":
			f.previous = v
		case "content_index":
			f.content = v
		case "audio_end_ms":
			f.end = v
		case "response":
			f.response = v
		case "response_id":
			f.responseID = v
		case "disclosure_id":
			f.disclosure = v
		case "consent_id":
			f.consent = v
		case "consent":
			f.agreed = v
		case "grants":
			f.grants = v
		case "method":
			f.method = v
		case "purposes":
			f.purposes = v
		case "erase_stored":
			f.erase = v
		case "reason":
			f.reason = v
		case "queue":
			f.queue = v
		case "share_context":
			f.share = v
		case "items":
			f.items = v
		case "note":
			f.note = v
		}
	}
}

// Decode reads one message of a client. What it returns shares no memory with
// data, which stays the caller's to clear. The caller bounds len(data).
func Decode(data []byte) (ClientEvent, *Error) {
	if code := check(data); code != "" {
		e := &Error{Code: code}
		if code == CodeJSONLimit {
			e.EventID = eventIDOf(data)
		}
		return nil, e
	}
	var f fields
	f.read(data)
	var d decoder
	id := d.text(f.id, maxEventID, "event_id")
	return d.settle(d.event(&f, head{id}), id)
}

// settle gives the event, or the error and forgets what was read so far.
func (d *decoder) settle(ev ClientEvent, id []byte) (ClientEvent, *Error) {
	if d.err == nil {
		return ev, nil
	}
	d.err.EventID = append([]byte(nil), id...)
	if ev != nil {
		ev.Forget()
	}
	return nil, d.err
}

// eventIDOf finds the event_id in JSON that is well-formed and yet too much.
func eventIDOf(data []byte) []byte {
	var f fields
	f.read(data)
	var d decoder
	return d.text(f.id, maxEventID, "event_id")
}

// event makes the event of the type that is named.
func (d *decoder) event(f *fields, h head) ClientEvent {
	if !d.need(f.typ, "type") || !d.kind(f.typ, '"', "type") {
		return nil
	}
	var scratch [maxName]byte
	if len(f.typ) > maxName {
		d.fail(CodeInvalidValue, "type")
		return nil
	}
	switch string(plain(f.typ, scratch[:0])) {
	case "session.update":
		d.need(f.session, "session")
		return &SessionUpdate{h, d.update(f.session, fromEvent)}
	case "input_audio_buffer.append":
		d.need(f.audio, "audio")
		return &AudioAppend{h, d.audio(f.audio, "audio")}
	case "input_audio_buffer.commit":
		return &AudioCommit{h}
	case "input_audio_buffer.clear":
		return &AudioClear{h}
	case "conversation.item.create":
		return d.itemCreate(f, h)
	case "conversation.item.retrieve":
		return &ItemRetrieve{h, d.itemID(f)}
	case "conversation.item.truncate":
		return d.itemTruncate(f, h)
	case "conversation.item.delete":
		return &ItemDelete{h, d.itemID(f)}
	case "response.create":
		return d.responseCreate(f.response, h)
	case "response.cancel":
		return &ResponseCancel{h, d.id(f.responseID, "response_id")}
	case "output_audio_buffer.clear":
		return &PlaybackClear{h}
	}
	return d.own(f, h, plain(f.typ, scratch[:0]))
}

// own makes the events that are this gateway's own.
func (d *decoder) own(f *fields, h head, name []byte) ClientEvent {
	switch string(name) {
	case "avatar.disclosure.acknowledge":
		d.need(f.disclosure, "disclosure_id")
		return &DisclosureAcknowledge{h, d.id(f.disclosure, "disclosure_id")}
	case "avatar.consent.submit":
		d.need(f.consent, "consent_id")
		d.need(f.grants, "grants")
		e := &ConsentSubmit{head: h, ID: d.id(f.consent, "consent_id"), Method: d.method(f.method, "method")}
		e.Granted, e.Refused = d.grants(f.grants, "grants")
		return e
	case "avatar.consent.withdraw":
		return &ConsentWithdraw{h, d.purposeList(f.purposes, "purposes")}
	case "avatar.optout.submit":
		return &OptOutSubmit{h, d.purposeList(f.purposes, "purposes"), d.boolean(f.erase, "erase_stored")}
	case "avatar.handoff.request":
		return &HandoffRequest{h, d.words(f.reason, maxText, "reason"), d.name(f.queue, maxAvatarID, "queue"), d.boolean(f.share, "share_context")}
	case "avatar.handoff.cancel":
		return &HandoffCancel{h}
	case "avatar.minor.declare":
		return &MinorDeclare{h}
	case "avatar.report.submit":
		return d.report(f, h)
	case "avatar.receipt.request":
		return &ReceiptRequest{h}
	case "avatar.session.end":
		return &SessionEnd{h}
	}
	d.fail(CodeInvalidValue, "type")
	return nil
}

func (d *decoder) itemID(f *fields) []byte {
	d.need(f.itemID, "item_id")
	return d.id(f.itemID, "item_id")
}

func (d *decoder) itemCreate(f *fields, h head) ClientEvent {
	d.need(f.item, "item")
	e := &ItemCreate{head: h, Draft: d.draft(f.item, "item")}
	e.Previous = d.id(f.previous, "previous_item_id")
	if string(e.Previous) == "root" {
		e.Front, e.Previous = true, nil
	}
	if e.Draft.Reference != nil {
		d.fail(CodeInvalidValue, "item.type")
	}
	return e
}

func (d *decoder) itemTruncate(f *fields, h head) ClientEvent {
	e := &ItemTruncate{head: h, Item: d.itemID(f)}
	d.need(f.content, "content_index")
	d.need(f.end, "audio_end_ms")
	e.Content = d.integer(f.content, 0, maxParts-1, "content_index")
	e.EndMS = d.integer(f.end, 0, 1<<31-1, "audio_end_ms")
	return e
}

// responseCreate reads what response.create asks for. A nil or null object
// asks for nothing special.
func (d *decoder) responseCreate(v []byte, h head) ClientEvent {
	e := &ResponseCreate{head: h}
	for m := d.object(v, "response"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "output_modalities":
			e.Form = d.modalities(v, "response.output_modalities")
		case "instructions":
			e.Instructions = d.words(v, maxText, "response.instructions")
		case "tools":
			e.Tools = d.tools(v, "response.tools")
		case "tool_choice":
			e.Choice = d.choice(v, "response.tool_choice")
		case "input":
			e.Input = d.input(v)
		case "conversation":
			e.OutOfBand = d.one(v, "response.conversation", "auto", "none") == "none"
		case "metadata":
			e.Metadata = d.metadata(v)
		case "max_output_tokens":
			e.MaxTokens = d.tokens(v, "response.max_output_tokens")
		case "audio":
			for m := d.object(v, "response.audio"); m.next(); {
				name, v := m.name, m.value
				if string(name) == "output" {
					for m := d.object(v, "response.audio.output"); m.next(); {
						name, v := m.name, m.value
						switch string(name) {
						case "format":
							e.Format = d.format(v, "response.audio.output.format")
						case "voice":
							e.Voice = d.voice(v, "response.audio.output.voice")
						}
					}
				}
			}
		case "avatar":
			for m := d.object(v, "response.avatar"); m.next(); {
				d.fail(CodeUnknownParameter, "response.avatar")
			}
		}
	}
	return e
}

// input reads the items that stand in for the conversation.
func (d *decoder) input(v []byte) Maybe[[]Draft] {
	if absent(v) {
		return Maybe[[]Draft]{}
	}
	var items []Draft
	for list := d.array(v, maxInput, "response.input"); list.next(); {
		e := list.value
		items = append(items, d.draft(e, "response.input"))
	}
	return given(items)
}

// metadata keeps an object of at most 16 strings to be echoed.
func (d *decoder) metadata(v []byte) session.Speech {
	n := 0
	for m := d.object(v, "response.metadata"); m.next(); {
		if n++; n > 16 {
			d.fail(CodeTooMany, "response.metadata")
		}
		d.kind(m.value, '"', "response.metadata")
	}
	return d.json(v, maxMetadata, "response.metadata")
}
