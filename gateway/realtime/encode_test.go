package realtime

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"

	"mayfly/session"
)

// The canonical encoder of the client's side, for tests: whatever was decoded
// is written so that it decodes to the same.

type object = map[string]any

func said(s session.Speech) string { return string(s.AppendTo(nil)) }

func typeOf(ev ClientEvent) string {
	names := map[string]string{
		"SessionUpdate": "session.update", "AudioAppend": "input_audio_buffer.append", "AudioCommit": "input_audio_buffer.commit",
		"AudioClear": "input_audio_buffer.clear", "ItemCreate": "conversation.item.create", "ItemRetrieve": "conversation.item.retrieve",
		"ItemTruncate": "conversation.item.truncate", "ItemDelete": "conversation.item.delete", "ResponseCreate": "response.create",
		"ResponseCancel": "response.cancel", "PlaybackClear": "output_audio_buffer.clear", "DisclosureAcknowledge": "avatar.disclosure.acknowledge",
		"ConsentSubmit": "avatar.consent.submit", "ConsentWithdraw": "avatar.consent.withdraw", "OptOutSubmit": "avatar.optout.submit",
		"HandoffRequest": "avatar.handoff.request", "HandoffCancel": "avatar.handoff.cancel", "MinorDeclare": "avatar.minor.declare", "ReceiptRequest": "avatar.receipt.request", "ReportSubmit": "avatar.report.submit",
		"SessionEnd": "avatar.session.end",
	}
	return names[reflect.TypeOf(ev).Elem().Name()]
}

func encode(ev ClientEvent) []byte {
	o := object{"type": typeOf(ev)}
	if ev.EventID() != nil {
		o["event_id"] = string(ev.EventID())
	}
	switch e := ev.(type) {
	case *SessionUpdate:
		o["session"] = encodeUpdate(&e.Session)
	case *AudioAppend:
		o["audio"] = base64.StdEncoding.EncodeToString(e.Audio.Bytes())
	case *ItemCreate:
		o["item"] = encodeDraft(&e.Draft)
		if e.Front {
			o["previous_item_id"] = "root"
		} else if e.Previous != nil {
			o["previous_item_id"] = string(e.Previous)
		}
	case *ItemRetrieve:
		o["item_id"] = string(e.Item)
	case *ItemDelete:
		o["item_id"] = string(e.Item)
	case *ItemTruncate:
		o["item_id"], o["content_index"], o["audio_end_ms"] = string(e.Item), e.Content, e.EndMS
	case *ResponseCreate:
		o["response"] = encodeResponse(e)
	case *ResponseCancel:
		if e.Response != nil {
			o["response_id"] = string(e.Response)
		}
	case *DisclosureAcknowledge:
		o["disclosure_id"] = string(e.ID)
	case *ConsentSubmit:
		grants := object{}
		for p := Transcript; p <= HandoffContext; p <<= 1 {
			if (e.Granted|e.Refused)&p != 0 {
				grants[purposeName(p)] = e.Granted&p != 0
			}
		}
		o["consent_id"], o["grants"] = string(e.ID), grants
		if e.Method != "" {
			o["method"] = e.Method
		}
	case *ConsentWithdraw:
		o["purposes"] = encodePurposes(e.Purposes)
	case *OptOutSubmit:
		o["purposes"], o["erase_stored"] = encodePurposes(e.Purposes), e.EraseStored
	case *ReportSubmit:
		o["consent"], o["reason"] = true, e.Reason.String()
		lines := []object{}
		for _, l := range e.Lines {
			lines = append(lines, object{"item_id": string(l.Item), "text": said(l.Words)})
		}
		o["items"] = lines
		if e.Note.Len() > 0 {
			o["note"] = said(e.Note)
		}
	case *HandoffRequest:
		o["reason"], o["share_context"] = said(e.Reason), e.ShareContext
		if e.Queue != "" {
			o["queue"] = e.Queue
		}
	case *AudioCommit, *AudioClear, *PlaybackClear, *HandoffCancel, *MinorDeclare, *ReceiptRequest, *SessionEnd:
	default:
		panic(fmt.Sprintf("no encoder for %T", ev))
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}

func encodePurposes(set Purposes) (names []string) {
	for p := Transcript; p <= HandoffContext; p <<= 1 {
		if set&p != 0 {
			names = append(names, purposeName(p))
		}
	}
	return names
}

func put[T any](o object, name string, m Maybe[T], value func(T) any) {
	switch m.Presence {
	case Null:
		o[name] = nil
	case Given:
		o[name] = value(m.Value)
	}
}

func as[T any](v T) any { return v }

func encodeForm(f session.Form) any {
	if f == session.Spoken {
		return []string{"audio"}
	}
	return []string{"text"}
}

func encodeTools(tools []Tool) any {
	list := []any{}
	for _, t := range tools {
		o := object{"type": "function", "name": said(t.Name), "description": said(t.Description)}
		if t.Parameters.Len() > 0 {
			o["parameters"] = json.RawMessage(said(t.Parameters))
		}
		list = append(list, o)
	}
	return list
}

func encodeChoice(c ToolChoice) any {
	if c.Mode == ChooseFunction {
		return object{"type": "function", "name": said(c.Name)}
	}
	return []string{"auto", "none", "required"}[c.Mode]
}

func encodeTokens(n int) any {
	if n == 0 {
		return "inf"
	}
	return n
}

func encodeFormat(f Format) any { return object{"type": f.String(), "rate": f.Rate()} }

func encodeUpdate(u *Update) object {
	o, input, output, avatar := object{}, object{}, object{}, object{}
	put(o, "instructions", u.Instructions, func(s session.Speech) any { return said(s) })
	put(o, "output_modalities", u.Form, encodeForm)
	put(o, "tools", u.Tools, encodeTools)
	put(o, "tool_choice", u.Choice, encodeChoice)
	put(o, "parallel_tool_calls", u.Parallel, as[bool])
	put(o, "max_output_tokens", u.MaxTokens, encodeTokens)
	if u.Effort.Given() {
		o["reasoning"] = object{"effort": u.Effort.Value}
	}
	put(input, "format", u.Input.Format, encodeFormat)
	put(input, "transcription", u.Input.Transcription, func(t TranscriptionUpdate) any {
		o := object{"prompt": said(t.Prompt)}
		put(o, "language", t.Language, as[string])
		return o
	})
	put(input, "turn_detection", u.Input.Turns, func(t TurnsUpdate) any {
		o := object{}
		put(o, "type", t.Kind, func(k TurnKind) any { return []string{"server_vad", "semantic_vad"}[k] })
		put(o, "threshold", t.Threshold, as[float64])
		put(o, "prefix_padding_ms", t.Prefix, as[int])
		put(o, "silence_duration_ms", t.Silence, as[int])
		put(o, "idle_timeout_ms", t.Idle, as[int])
		put(o, "eagerness", t.Eagerness, as[string])
		put(o, "create_response", t.Create, as[bool])
		put(o, "interrupt_response", t.Interrupt, as[bool])
		return o
	})
	put(output, "format", u.Output.Format, encodeFormat)
	if u.Output.Voice != nil {
		output["voice"] = string(u.Output.Voice)
	}
	put(output, "speed", u.Output.Speed, as[float64])
	put(avatar, "version", u.Avatar.Version, as[string])
	put(avatar, "acknowledges_disclosure", u.Avatar.Acknowledges, as[bool])
	if u.Avatar.ID != "" {
		avatar["id"] = u.Avatar.ID
	}
	if u.Avatar.Locale != "" {
		avatar["locale"] = u.Avatar.Locale
	}
	if u.Avatar.Subject.Len() > 0 {
		avatar["subject"] = said(u.Avatar.Subject)
	}
	o["audio"], o["avatar"] = object{"input": input, "output": output}, avatar
	return o
}

func encodeDraft(d *Draft) object {
	if d.Reference != nil {
		return object{"type": "item_reference", "id": string(d.Reference)}
	}
	it := d.Item
	o := object{"status": []string{"completed", "in_progress", "incomplete"}[it.Status]}
	if d.ID != nil {
		o["id"] = string(d.ID)
	}
	if it.Call.Len() > 0 {
		o["call_id"] = said(it.Call)
	}
	switch it.Kind {
	case session.ToolCall:
		o["type"], o["name"], o["arguments"] = "function_call", said(it.Name), said(it.Words)
		return o
	case session.ToolOutput:
		o["type"], o["output"] = "function_call_output", said(it.Words)
		return o
	}
	o["type"], o["role"] = "message", []string{"user", "assistant", "system"}[it.Role]
	part := object{"type": "input_text", "text": said(it.Words)}
	switch {
	case it.Form == session.Spoken && it.Role == session.Avatar:
		part = object{"type": "output_audio", "transcript": said(it.Words)}
	case it.Form == session.Spoken:
		part = object{"type": "input_audio", "transcript": said(it.Words)}
		if d.Audio != nil {
			part["audio"] = base64.StdEncoding.EncodeToString(d.Audio.Bytes())
		}
	case it.Role == session.Avatar:
		part["type"] = "output_text"
	}
	parts := []any{part}
	for _, f := range d.Files {
		parts = append(parts, object{"type": "input_image", "image_url": "data:image/png;base64," + base64.StdEncoding.EncodeToString(f)})
	}
	o["content"] = parts
	return o
}

func encodeResponse(e *ResponseCreate) object {
	o, output := object{"conversation": "auto"}, object{}
	if e.OutOfBand {
		o["conversation"] = "none"
	}
	put(o, "output_modalities", e.Form, encodeForm)
	o["instructions"] = said(e.Instructions)
	put(o, "tools", e.Tools, encodeTools)
	put(o, "tool_choice", e.Choice, encodeChoice)
	put(o, "input", e.Input, func(drafts []Draft) any {
		list := []any{}
		for i := range drafts {
			list = append(list, encodeDraft(&drafts[i]))
		}
		return list
	})
	if e.Metadata.Len() > 0 {
		o["metadata"] = json.RawMessage(said(e.Metadata))
	}
	put(o, "max_output_tokens", e.MaxTokens, encodeTokens)
	put(output, "format", e.Format, encodeFormat)
	if e.Voice != nil {
		output["voice"] = string(e.Voice)
	}
	o["audio"] = object{"output": output}
	return o
}
