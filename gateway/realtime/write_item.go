package realtime

import "mayfly/session"

// ItemAdded writes conversation.item.added. An item comes after previous, or
// first if that is zero.
func (f *Frames) ItemAdded(it *session.Item, previous session.ItemNo) {
	f.itemEvent("conversation.item.added", it, previous)
}

// ItemDone writes conversation.item.done.
func (f *Frames) ItemDone(it *session.Item, previous session.ItemNo) {
	f.itemEvent("conversation.item.done", it, previous)
}

func (f *Frames) itemEvent(typ string, it *session.Item, previous session.ItemNo) {
	f.begin(typ)
	f.raw(`,"previous_item_id":`)
	f.previous(previous)
	f.raw(`,"item":`)
	f.whole(it)
	f.end()
}

// ItemRetrieved writes conversation.item.retrieved.
func (f *Frames) ItemRetrieved(it *session.Item) {
	f.begin("conversation.item.retrieved")
	f.raw(`,"item":`)
	f.whole(it)
	f.end()
}

// ItemDeleted writes conversation.item.deleted.
func (f *Frames) ItemDeleted(no session.ItemNo) {
	f.begin("conversation.item.deleted")
	f.raw(`,"item_id":`)
	f.item(no)
	f.end()
}

// ItemTruncated writes conversation.item.truncated. endMS is what was heard,
// in milliseconds.
func (f *Frames) ItemTruncated(no session.ItemNo, content, endMS int) {
	f.begin("conversation.item.truncated")
	f.content(no, content)
	f.raw(`,"audio_end_ms":`)
	f.int(int64(endMS))
	f.end()
}

// TranscriptionDelta writes conversation.item.input_audio_transcription.delta.
func (f *Frames) TranscriptionDelta(no session.ItemNo, content int, more session.Speech) {
	f.begin("conversation.item.input_audio_transcription.delta")
	f.content(no, content)
	f.raw(`,"delta":`)
	f.speech(more)
	f.end()
}

// TranscriptionCompleted writes
// conversation.item.input_audio_transcription.completed. seconds is the length
// of the sound. The client asks for the item at once: it must be stored first.
func (f *Frames) TranscriptionCompleted(no session.ItemNo, content int, transcript session.Speech, seconds float64) {
	f.begin("conversation.item.input_audio_transcription.completed")
	f.content(no, content)
	f.raw(`,"transcript":`)
	f.speech(transcript)
	f.raw(`,"usage":{"type":"duration","seconds":`)
	f.float(seconds)
	f.raw(`}`)
	f.end()
}

// TranscriptionFailed writes conversation.item.input_audio_transcription.failed.
func (f *Frames) TranscriptionFailed(no session.ItemNo, content int, code, message string) {
	f.begin("conversation.item.input_audio_transcription.failed")
	f.content(no, content)
	f.raw(`,"error":{"type":"transcription_error","code":`)
	f.string(code)
	f.raw(`,"message":`)
	f.string(message)
	f.raw(`,"param":""}`) // a string: null voids the event
	f.end()
}

func (w *writer) content(no session.ItemNo, content int) {
	w.raw(`,"item_id":`)
	w.item(no)
	w.raw(`,"content_index":`)
	w.int(int64(content))
}

// whole writes an item with everything that is known of it. What published
// clients throw on is never left out: id, role, status, the transcript of what
// was spoken (null while unknown).
func (w *writer) whole(it *session.Item) { w.anItem(it, it.Status, true) }

// begun writes an item as a reply begins it: without content, in progress
// whatever it is by now. A call that is already complete here would be carried
// out twice.
func (w *writer) begun(it *session.Item) { w.anItem(it, session.InProgress, false) }

func (w *writer) anItem(it *session.Item, status session.Status, words bool) {
	w.raw(`{"id":`)
	w.item(it.No)
	w.raw(`,"object":"realtime.item","type":`)
	switch it.Kind {
	case session.ToolCall:
		w.raw(`"function_call","status":`)
		w.status(status)
		w.raw(`,"call_id":`)
		w.speech(it.Call)
		w.raw(`,"name":`)
		w.speech(it.Name)
		w.raw(`,"arguments":`)
		if words {
			w.speech(it.Words)
		} else {
			w.raw(`""`)
		}
	case session.ToolOutput:
		w.raw(`"function_call_output","status":`)
		w.status(status)
		w.raw(`,"call_id":`)
		w.speech(it.Call)
		w.raw(`,"output":`)
		w.speech(it.Words)
	default:
		w.raw(`"message","status":`)
		w.status(status)
		w.message(it, words)
	}
	switch {
	case len(it.Attachments) > 0:
		w.attachments(it)
	case it.Human:
		w.raw(`,"avatar":{"speaker":"human","ai_generated":false,"handoff_id":`)
		w.string(w.ids.Handoff(it.Handoff))
		w.raw(`}`)
	case it.Turn != 0: // the label stays with what the avatar said, also when it is said again
		w.raw(`,"avatar":{"speaker":"avatar","ai_generated":true}`)
	}
	w.raw(`}`)
}

// message writes role and content.
func (w *writer) message(it *session.Item, words bool) {
	empty := it.Words.Len() == 0
	switch {
	case it.Role == session.Avatar:
		w.raw(`,"role":"assistant","content":[`)
		if words && !empty {
			if it.Form == session.Spoken {
				w.raw(`{"type":"output_audio","transcript":`)
			} else {
				w.raw(`{"type":"output_text","text":`)
			}
			w.speech(it.Words)
			w.raw(`}`)
		}
	case it.Role == session.System:
		w.raw(`,"role":"system","content":[{"type":"input_text","text":`)
		w.speech(it.Words)
		w.raw(`}`)
	case it.Form == session.Spoken:
		w.raw(`,"role":"user","content":[{"type":"input_audio","transcript":`)
		if empty {
			w.raw(`null`)
		} else {
			w.speech(it.Words)
		}
		w.raw(`}`)
	default:
		w.raw(`,"role":"user","content":[{"type":"input_text","text":`)
		w.speech(it.Words)
		w.raw(`}`)
	}
	w.raw(`]`)
}

func (w *writer) status(s session.Status) {
	switch s {
	case session.InProgress:
		w.raw(`"in_progress"`)
	case session.Incomplete:
		w.raw(`"incomplete"`)
	default:
		w.raw(`"completed"`)
	}
}
