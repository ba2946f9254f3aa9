package realtime

import "mayfly/session"

// SpeechStarted writes input_audio_buffer.speech_started. startMS is counted
// in the sound of the session. The item's id stays the same to the transcript.
func (f *Frames) SpeechStarted(no session.ItemNo, startMS int) {
	f.begin("input_audio_buffer.speech_started")
	f.raw(`,"item_id":`)
	f.item(no)
	f.raw(`,"audio_start_ms":`)
	f.int(int64(startMS))
	f.end()
}

// SpeechStopped writes input_audio_buffer.speech_stopped.
func (f *Frames) SpeechStopped(no session.ItemNo, endMS int) {
	f.begin("input_audio_buffer.speech_stopped")
	f.raw(`,"item_id":`)
	f.item(no)
	f.raw(`,"audio_end_ms":`)
	f.int(int64(endMS))
	f.end()
}

// AudioCommitted writes input_audio_buffer.committed.
func (f *Frames) AudioCommitted(no, previous session.ItemNo) {
	f.begin("input_audio_buffer.committed")
	f.raw(`,"item_id":`)
	f.item(no)
	f.raw(`,"previous_item_id":`)
	f.previous(previous)
	f.end()
}

// AudioCleared writes input_audio_buffer.cleared.
func (f *Frames) AudioCleared() {
	f.begin("input_audio_buffer.cleared")
	f.end()
}

// TimeoutTriggered writes input_audio_buffer.timeout_triggered.
func (f *Frames) TimeoutTriggered(no session.ItemNo, startMS, endMS int) {
	f.begin("input_audio_buffer.timeout_triggered")
	f.raw(`,"item_id":`)
	f.item(no)
	f.raw(`,"audio_start_ms":`)
	f.int(int64(startMS))
	f.raw(`,"audio_end_ms":`)
	f.int(int64(endMS))
	f.end()
}

// PlaybackStarted writes output_audio_buffer.started (WebRTC only, as the two
// below).
func (f *Frames) PlaybackStarted(turn session.TurnNo) {
	f.playback("output_audio_buffer.started", turn)
}

// PlaybackStopped writes output_audio_buffer.stopped: all of it was sent.
func (f *Frames) PlaybackStopped(turn session.TurnNo) {
	f.playback("output_audio_buffer.stopped", turn)
}

// PlaybackCleared writes output_audio_buffer.cleared: what was left is not
// going to be sent.
func (f *Frames) PlaybackCleared(turn session.TurnNo) {
	f.playback("output_audio_buffer.cleared", turn)
}

func (f *Frames) playback(typ string, turn session.TurnNo) {
	f.begin(typ)
	f.raw(`,"response_id":`)
	if turn == 0 {
		f.raw(`null`) // a client may clear when nothing was playing
	} else {
		f.turn(turn)
	}
	f.end()
}

// TranscriptPartial writes avatar.transcript.partial: what a spoken item is
// understood to say so far, in place of what was said of it before.
func (f *Frames) TranscriptPartial(no session.ItemNo, words session.Speech) {
	f.begin("avatar.transcript.partial")
	f.raw(`,"item_id":`)
	f.item(no)
	f.raw(`,"text":`)
	f.speech(words)
	f.end()
}

// PlaybackDuck writes avatar.playback.duck: the client plays the avatar more
// quietly, or as before.
func (f *Frames) PlaybackDuck(on bool) {
	f.begin("avatar.playback.duck")
	f.raw(`,"on":`)
	f.bool(on)
	f.end()
}
