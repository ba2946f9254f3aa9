package realtime

import "mayfly/session"

// The events of this file are those that stream: none of them allocates once
// the memory of the Frames has grown to what a flush needs.

// part opens an event that belongs to a content part.
func (f *Frames) part(typ string, p Part) {
	f.begin(typ)
	f.raw(`,"response_id":`)
	f.turn(p.Turn)
	f.raw(`,"item_id":`)
	f.item(p.Item)
	f.raw(`,"output_index":`)
	f.int(int64(p.Output))
	f.raw(`,"content_index":`)
	f.int(int64(p.Content))
}

// PartAdded writes response.content_part.added.
func (f *Frames) PartAdded(p Part, form session.Form) {
	f.part("response.content_part.added", p)
	f.partOf(form, session.Speech{})
	f.end()
}

// PartDone writes response.content_part.done.
func (f *Frames) PartDone(p Part, form session.Form, words session.Speech) {
	f.part("response.content_part.done", p)
	f.partOf(form, words)
	f.end()
}

// partOf writes the part itself. Its type is named audio or text, where in
// items it is output_audio or output_text.
func (w *writer) partOf(form session.Form, words session.Speech) {
	if form == session.Spoken {
		w.raw(`,"part":{"type":"audio","transcript":`)
	} else {
		w.raw(`,"part":{"type":"text","text":`)
	}
	w.speech(words)
	w.raw(`}`)
}

// said writes an event of a part with words in one member.
func (f *Frames) said(typ string, p Part, member string, words session.Speech) {
	f.part(typ, p)
	f.raw(member)
	f.speech(words)
	f.end()
}

// TextDelta writes response.output_text.delta.
func (f *Frames) TextDelta(p Part, more session.Speech) {
	f.said("response.output_text.delta", p, `,"delta":`, more)
}

// TextDone writes response.output_text.done.
func (f *Frames) TextDone(p Part, all session.Speech) {
	f.said("response.output_text.done", p, `,"text":`, all)
}

// TranscriptDelta writes response.output_audio_transcript.delta.
func (f *Frames) TranscriptDelta(p Part, more session.Speech) {
	f.said("response.output_audio_transcript.delta", p, `,"delta":`, more)
}

// TranscriptDone writes response.output_audio_transcript.done.
func (f *Frames) TranscriptDone(p Part, all session.Speech) {
	f.said("response.output_audio_transcript.done", p, `,"transcript":`, all)
}

// AudioDelta writes response.output_audio.delta with sound in the format PCM
// (WebSocket only).
func (f *Frames) AudioDelta(p Part, pcm []int16) {
	f.part("response.output_audio.delta", p)
	f.raw(`,"delta":`)
	f.samples(pcm)
	f.end()
}

// AudioDeltaBytes writes response.output_audio.delta with sound that is
// already in the session's output format.
func (f *Frames) AudioDeltaBytes(p Part, sound []byte) {
	f.part("response.output_audio.delta", p)
	f.raw(`,"delta":`)
	f.base64(sound)
	f.end()
}

// AudioDone writes response.output_audio.done.
func (f *Frames) AudioDone(p Part) {
	f.part("response.output_audio.done", p)
	f.end()
}

// call opens an event about the arguments of a tool call, which has no content
// index.
func (f *Frames) call(typ string, p Part, call session.Speech) {
	f.begin(typ)
	f.raw(`,"response_id":`)
	f.turn(p.Turn)
	f.raw(`,"item_id":`)
	f.item(p.Item)
	f.raw(`,"output_index":`)
	f.int(int64(p.Output))
	f.raw(`,"call_id":`)
	f.speech(call)
}

// ArgumentsDelta writes response.function_call_arguments.delta.
func (f *Frames) ArgumentsDelta(p Part, call, more session.Speech) {
	f.call("response.function_call_arguments.delta", p, call)
	f.raw(`,"delta":`)
	f.speech(more)
	f.end()
}

// ArgumentsDone writes response.function_call_arguments.done.
func (f *Frames) ArgumentsDone(p Part, call, name, arguments session.Speech) {
	f.call("response.function_call_arguments.done", p, call)
	f.raw(`,"name":`)
	f.speech(name)
	f.raw(`,"arguments":`)
	f.speech(arguments)
	f.end()
}
