package gateway

import "mayfly/session"

// emitHeard writes what was made of the person's voice.
func (c *conn) emitHeard(e session.Event) {
	f := c.pending
	switch e := e.(type) {
	case session.SpeechHeard:
		if e.Started {
			f.SpeechStarted(e.Item, e.AtMS)
		} else {
			f.SpeechStopped(e.Item, e.AtMS)
		}
	case session.VoiceTaken:
		f.AudioCommitted(e.Item, e.After)
	case session.VoiceCleared:
		f.AudioCleared()
	case session.IdleHeard:
		f.TimeoutTriggered(e.Item, e.FromMS, e.ToMS)
	case session.TranscriptGuess:
		if c.aware() {
			f.TranscriptPartial(e.Item, e.Words)
		}
	case session.TranscriptIs:
		if e.Words.Len() > 0 {
			f.TranscriptionDelta(e.Item, 0, e.Words)
		}
		f.TranscriptionCompleted(e.Item, 0, e.Words, float64(e.AudioMS)/1000)
	case session.TranscriptLost:
		f.TranscriptionFailed(e.Item, 0, e.Code, lookupProblem(e.Code).sentence)
	}
}
