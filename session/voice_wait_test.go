package session

import "testing"

// While a fact is not durable nothing that the person is owed is crowded out:
// their no counts, their words come, and a reply to them is not waited for in
// vain. What is only a guess is not kept for later. // R12
func TestWaitingDoesNotLoseTheWords(t *testing.T) {
	s := listening(t)
	must(t, s, VoiceCommitted{Reply: true})
	seq := noteOf(t, must(t, s, Withdrawn{Purposes: AudioRecording}))
	guess := speech("when do")
	for range 2 * waitingInputs {
		_, _ = s.Apply(t0, Guessed{Item: 1, Words: guess})
	}
	if guess.Len() != 0 {
		t.Error("a guess waits")
	}
	for range 2 * waitingInputs {
		_, _ = s.Apply(t0, &ReplyPart{Turn: 7, Words: speech("late")})
	}
	must(t, s, Transcribed{Item: 1, Words: speech("off the record")})
	must(t, s, OptedOut{Purposes: Transcript})
	if s.consent.allows(Transcript) {
		t.Error("the no does not count")
	}
	all := must(t, s, Noted{Seq: seq})
	if !has(all, "TranscriptIs") {
		t.Errorf("the words are lost: %v", kinds(all))
	}
	if s.pending == nil {
		t.Error("the second no is not noted")
	}
	if s.voice.any() {
		t.Error("words are waited for in vain")
	}
}

// What comes too late to be said is forgotten.
func TestLateWordsAreForgotten(t *testing.T) {
	for name, in := range map[string]func(Speech) Input{
		"words": func(w Speech) Input { return Transcribed{Item: 1, Words: w} },
		"guess": func(w Speech) Input { return Guessed{Item: 1, Words: w} },
	} {
		s := listening(t)
		must(t, s, VoiceCommitted{Reply: true})
		_, _ = s.Apply(t0, Withdrawn{Purposes: AudioRecording})
		waits, late := speech("it waits"), speech("it is late")
		_, _ = s.Apply(t0, in(waits))
		_, _ = s.Apply(t0, HungUp{Reason: PersonLeft})
		_, _ = s.Apply(t0, in(late))
		if waits.Len() != 0 || late.Len() != 0 {
			t.Errorf("%s: %d and %d bytes stay", name, waits.Len(), late.Len())
		}
	}
}

func noteOf(t *testing.T, effects []Effect) uint32 {
	t.Helper()
	for _, e := range effects {
		if n, ok := e.(Note); ok {
			return n.Seq
		}
	}
	t.Fatal("nothing is noted")
	return 0
}
