package session

import (
	"slices"
	"time"
)

// voice is the person being heard.
type voice struct {
	item    ItemNo   // of the utterance under way; zero: nobody speaks
	waiting []untold // committed, and their words are not known yet; oldest first
	reply   bool     // words came that a reply is due to
}

// untold is a spoken item whose words are not known yet.
type untold struct {
	item  ItemNo
	reply bool // its words, if there are any, want one
}

// untoldItems is how many utterances may wait for their words.
const untoldItems = 8

func (v *voice) index(no ItemNo) int {
	return slices.IndexFunc(v.waiting, func(u untold) bool { return u.item == no })
}

// open says whether the words of an item are still to come: it is being
// spoken, or written down.
func (v *voice) open(no ItemNo) bool { return no != 0 && no == v.item || v.index(no) >= 0 }

// any says whether something is being spoken or written down.
func (v *voice) any() bool { return v.item != 0 || len(v.waiting) > 0 }

// Hears says whether the person may be listened to now. While it is false no
// sound is decoded, held or passed on.
func (s *Session) Hears() bool {
	switch s.state {
	case Listening, Thinking, Speaking, HandedOff:
		return s.mayHear()
	}
	return false
}

// mayHear is the rule: the tenant's policy, the notice, the person's yes, and
// no no. A client that knows no notice cannot be asked. There the person was
// told, to the end of it, before anything of them was listened to; a notice
// that is hidden from them told nobody.
func (s *Session) mayHear() bool {
	c := &s.consent
	if !s.policy.Microphone || !s.notice.accepted || c.says(VoiceInput) {
		return false
	}
	return c.allows(VoiceInput) || !s.notice.aware && s.notice.presented
}

// voiceStart is the person beginning to speak. The number of the item that
// this becomes is given here, so that everything about it can name it.
func (s *Session) voiceStart(now time.Time, in VoiceStarted) error {
	if !s.mayHear() {
		return Refusal{NoMicrophone}
	}
	if s.voice.item != 0 {
		return nil
	}
	s.voice.item = s.talk.reserve()
	s.record.said = true
	s.emit(SpeechHeard{Started: true, Item: s.voice.item, AtMS: in.AtMS})
	r := &s.reply
	if in.Interrupt && r.active && r.purpose == Answer {
		r.samples = max(r.samples-in.Unsent, 0)
		s.stop(now, TurnCancelled, VoiceDetected)
	}
	return nil
}

// voiceStop is the person falling silent.
func (s *Session) voiceStop(in VoiceStopped) {
	if s.voice.item != 0 {
		s.emit(SpeechHeard{Item: s.voice.item, AtMS: in.AtMS})
	}
}

// voiceCommit puts what was spoken into the conversation. Its words follow.
func (s *Session) voiceCommit(in VoiceCommitted) error {
	if !s.mayHear() {
		return Refusal{NoMicrophone}
	}
	if s.voice.item == 0 {
		s.voice.item = s.talk.reserve()
	}
	no := s.voice.item
	s.voice.item = 0
	it, after := s.talk.add(Item{No: no, Role: User, Form: Spoken, AudioMS: in.AudioMS, Apart: s.state == HandedOff}, 0, false)
	s.record.said = true
	s.emit(VoiceTaken{Item: no, After: after})
	s.emit(ItemAdded{Item: it, After: after})
	s.await(untold{no, in.Reply})
	s.talk.trim(&s.policy, s.reply.item)
	return nil
}

// await waits for the words of an item.
func (s *Session) await(u untold) {
	v := &s.voice
	if len(v.waiting) == untoldItems {
		s.emit(TranscriptLost{Item: v.waiting[0].item, Code: string(Overloaded)})
		v.waiting = slices.Delete(v.waiting, 0, 1)
	}
	v.waiting = append(v.waiting, u)
}

// voiceDrop forgets what is being spoken.
func (s *Session) voiceDrop() {
	s.voice.item = 0
	s.emit(VoiceCleared{})
}

// voiceIdle is nobody having spoken for as long as the client wanted the
// avatar to wait: it speaks.
func (s *Session) voiceIdle(now time.Time, in VoiceIdle) error {
	if !s.mayHear() || s.voice.any() || s.hasQueued {
		return nil
	}
	no := s.talk.reserve()
	s.emit(IdleHeard{Item: no, FromMS: in.FromMS, ToMS: in.ToMS})
	it, after := s.talk.add(Item{No: no, Role: User, Form: Spoken, AudioMS: in.ToMS - in.FromMS}, 0, false)
	s.emit(VoiceTaken{Item: no, After: after})
	s.emit(ItemAdded{Item: it, After: after})
	s.emit(TranscriptIs{Item: no, AudioMS: it.AudioMS}) // nothing was said
	s.talk.trim(&s.policy, s.reply.item)
	return s.request(now, Requested{})
}

// guess passes on what the person is understood to be saying.
func (s *Session) guess(in Guessed) {
	if s.mayHear() && s.voice.open(in.Item) {
		s.emit(TranscriptGuess(in))
		return
	}
	in.Words.Forget()
}

// transcribe takes the words of a spoken item, or that there are none.
func (s *Session) transcribe(now time.Time, in Transcribed) {
	w := s.voice.index(in.Item)
	if w < 0 || !s.mayHear() {
		in.Words.Forget()
		return
	}
	u := s.voice.waiting[w]
	s.voice.waiting = slices.Delete(s.voice.waiting, w, w+1)
	i := s.talk.index(in.Item)
	if i < 0 { // deleted meanwhile
		in.Words.Forget()
		return
	}
	if in.Code != "" {
		in.Words.Forget()
		s.emit(TranscriptLost{Item: in.Item, Code: in.Code})
		if s.hasQueued && s.state == Listening && len(s.voice.waiting) == 0 {
			s.failQueued(now, in.Code)
		}
		return
	}
	in.Words.cut(s.policy.itemBytes())
	it := &s.talk.items[i]
	it.Words = in.Words
	s.talk.bytes += in.Words.Len()
	s.emit(TranscriptIs{Item: in.Item, Words: in.Words, AudioMS: it.AudioMS})
	s.voice.reply = s.voice.reply || u.reply && in.Words.Len() > 0 && !it.Apart
	s.tellHuman(*it)
	s.talk.trim(&s.policy, s.reply.item)
}

// failQueued ends the reply that was asked for to words that nobody knows.
func (s *Session) failQueued(now time.Time, code string) {
	in := s.queued
	s.queued, s.hasQueued = Requested{}, false
	in.Instructions.Forget()
	form := s.form
	if in.HasForm {
		form = in.Form
	}
	s.begin(Answer, form)
	s.finish(now, TurnFailed, EngineFailed, code)
}

// unhear lets go of what may not be listened to any more: what is being
// spoken, and, where the person or the policy says no, what waits for its
// words.
func (s *Session) unhear() {
	v := &s.voice
	if v.item != 0 && (!s.Hears() || s.clock.detached) {
		s.voiceDrop()
	}
	if s.mayHear() {
		return
	}
	for _, u := range v.waiting {
		s.emit(TranscriptLost{Item: u.item, Code: string(NotHeard)})
	}
	v.waiting, v.reply = nil, false
}

// answer asks for the reply that waited until the person had stopped and
// their words were known.
func (s *Session) answer(now time.Time) {
	v := &s.voice
	if s.state != Listening || s.clock.detached || s.reply.active || len(v.waiting) > 0 {
		return
	}
	switch {
	case s.hasQueued:
		in := s.queued
		s.queued, s.hasQueued, v.reply = Requested{}, false, false
		_ = s.request(now, in) // it is listening, and nothing is queued
	case v.reply && v.item == 0:
		v.reply = false
		_ = s.request(now, Requested{})
	}
}

// Deaf says why the person is not listened to, where there is something to
// say: the tenant has no microphone, or they said no. While they have not been
// told, or asked, there is not.
func (s *Session) Deaf() Code {
	switch {
	case !s.policy.Microphone:
		return NoMicrophone
	case s.consent.says(VoiceInput), s.state != Disclosing && s.state != Consenting && !s.mayHear():
		return NotHeard
	}
	return ""
}
