package gateway

import (
	"context"
	"math/rand/v2"
	"slices"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// mostSound bounds the sound of one exchange, in bytes of Opus: some 17
// minutes. An exchange of which there is more is kept without any.
const mostSound = 4 << 20

// sounds is the sound of the exchange under way, encoded as it comes, in
// memory. There is none unless the session says that sound is kept. Guarded by
// conn.mu.
type sounds struct {
	reply, voice bool    // it is gathered of the avatar, of the person
	told         [2]bool // what the session said last, by side
	spoilt       [2]bool // a part of the exchange is not there, by side, or there is more than is kept
	pieces       []*piece
	hearing      *piece           // the utterance under way
	missed       bool             // a part of that was heard while nothing was gathered
	to24         *audio.Resampler // of that
	work         []int16

	ctx  context.Context // ends when what is on its way to the disk may not get there with sound
	stop context.CancelFunc
}

// piece is the sound of one item.
type piece struct {
	item   session.ItemNo
	side   redact.Side
	source string // digital source type
	system string // what made it; empty: a person
	waited bool   // an exchange was kept since, before its words came
	tape   audio.Tape
}

// follow gathers as the session says, from now on, and drops at once what may
// not be kept any more. Called with mu held.
func (s *sounds) follow(is session.RecordingIs) {
	s.reply, s.voice = is.Sound, is.Sound && is.Voice
	for side, on := range [...]bool{redact.Reply: s.reply, redact.Person: s.voice} {
		if on && !s.told[side] {
			s.spoilt[side] = false // the session knows which exchange is whole
		}
		s.told[side] = on
	}
	if !s.reply {
		s.drop()
	} else if !s.voice {
		s.dropVoice()
	}
}

// drop forgets all sound, and calls back what is on its way to the disk with
// some.
func (s *sounds) drop() {
	s.halt()
	for _, p := range s.pieces {
		p.tape.Forget()
	}
	s.pieces = nil
	s.unheard()
}

// dropVoice is drop, of the person's sound alone.
func (s *sounds) dropVoice() {
	s.halt()
	s.pieces = slices.DeleteFunc(s.pieces, func(p *piece) bool {
		if p.side == redact.Person {
			p.tape.Forget()
		}
		return p.side == redact.Person
	})
	s.unheard()
}

// unheard forgets the utterance under way. What still comes of it is a part.
func (s *sounds) unheard() {
	if s.hearing != nil {
		s.hearing.tape.Forget()
		s.hearing, s.missed = nil, true
	}
	clear(s.work[:cap(s.work)])
}

// halt calls back what is on its way to the disk with sound.
func (s *sounds) halt() {
	if s.ctx != nil {
		s.stop()
		s.ctx, s.stop = nil, nil
	}
}

// under is a context that also ends when what goes to the disk with sound is
// called back.
func (s *sounds) under(of context.Context) context.Context {
	if s.ctx == nil {
		s.ctx, s.stop = context.WithCancel(of)
	}
	return s.ctx
}

// narrow drops what a no takes away the moment it arrives.
func (s *sounds) narrow(p session.Purposes) {
	switch {
	case p&(session.Transcript|session.AudioRecording) != 0:
		s.reply, s.voice, s.spoilt = false, false, [2]bool{true, true}
		s.drop()
	case p.Has(session.VoiceInput):
		s.voice, s.spoilt[redact.Person] = false, true
		s.dropVoice()
	}
}

// add encodes more of a piece, unless there is too much of the exchange.
func (s *sounds) add(p *piece, pcm []int16) {
	size := p.tape.Size()
	for _, q := range s.pieces {
		if q != p {
			size += q.tape.Size()
		}
	}
	if size > mostSound || p.tape.Append(pcm) != nil {
		s.spoilt = [2]bool{true, true}
	}
}

// spoken gathers the next sound of a reply. Called with mu held.
func (c *conn) spoken(e *session.TurnSound) {
	s := &c.sounds
	if !s.reply || c.wire.purpose != session.Answer {
		return
	}
	n := len(s.pieces)
	if n == 0 || s.pieces[n-1].item != e.Item {
		label := c.label()
		s.pieces = append(s.pieces, &piece{
			item: e.Item, side: redact.Reply, source: sourceType(label.Source),
			system: label.Provider + " " + label.System + " " + label.Version,
		})
		n++
	}
	s.add(s.pieces[n-1], e.PCM)
}

// heardPerson gathers the next sound of the utterance under way, at 16 kHz,
// if the person's sound is kept. Called with mu held.
func (c *conn) heardPerson(pcm16k []int16) {
	s := &c.sounds
	if !s.voice {
		s.missed = true
	}
	if s.missed {
		return
	}
	if s.to24 == nil {
		s.to24 = audio.NewResampler(avatar.HearingRate, audio.Rate)
	}
	if s.hearing == nil {
		s.to24.Reset()
		s.hearing = &piece{side: redact.Person, source: captured}
	}
	s.work = s.to24.Append(s.work[:0], pcm16k)
	if s.add(s.hearing, s.work); s.spoilt[redact.Person] {
		s.unheard()
	}
	clear(s.work)
}

// heardPart says that the utterance that begins holds sound of before the
// person agreed that theirs is kept. Called with mu held.
func (c *conn) heardPart() { c.sounds.missed = true }

// heardItem says which item the utterance under way became. Called with mu
// held.
func (c *conn) heardItem(no session.ItemNo) {
	s := &c.sounds
	if p := s.hearing; p != nil && !s.missed {
		p.item = no
		s.pieces = append(s.pieces, p)
	}
	s.hearing, s.missed = nil, false
}

// heardNothing says that the utterance under way was none. Called with mu
// held.
func (c *conn) heardNothing() {
	c.sounds.unheard()
	c.sounds.missed = false
}

// soundOf are the pieces of the items of an exchange that is over, as they
// were heard. What else was gathered is forgotten, but for what waits for its
// words: it is kept with those. Called with mu held.
func (c *conn) soundOf(e session.Keep) (of [2][]*piece) {
	s := &c.sounds
	for i := range e.Items {
		it := &e.Items[i]
		if it.Role == session.User && it.Form == session.Spoken && !slices.ContainsFunc(s.pieces, func(p *piece) bool { return p.item == it.No }) {
			s.spoilt[redact.Person] = true // of what they said this is not there
		}
	}
	var wait []*piece
	for _, p := range s.pieces {
		i := slices.IndexFunc(e.Items, func(it session.Item) bool { return it.No == p.item })
		granted := e.Grant.Sound() > 0 && (p.side == redact.Reply || e.Grant.Voice())
		if i < 0 && !p.waited && !s.spoilt[p.side] && c.wordless(p.item) {
			p.waited = true
			wait = append(wait, p)
			continue
		}
		if !granted || s.spoilt[p.side] || i < 0 || p.tape.End() != nil {
			p.tape.Forget()
			continue
		}
		if p.side == redact.Reply {
			p.tape.Cut(e.Items[i].AudioMS) // what nobody heard was not said
		}
		of[p.side] = append(of[p.side], p)
	}
	s.pieces, s.spoilt = wait, [2]bool{}
	return of
}

// wordless says whether the words of an item have not come yet. Called with mu
// held.
func (c *conn) wordless(no session.ItemNo) bool {
	it, ok := c.session.Item(no)
	return ok && it.Role == session.User && it.Words.Len() == 0
}

// attach lays the sound of an exchange beside its words, and says whether
// there is any. Called with mu held.
func (c *conn) attach(t redact.Turn, of [2][]*piece) bool {
	any := false
	for side, pieces := range of {
		var tapes []*audio.Tape
		ms := 0
		for _, p := range pieces {
			tapes = append(tapes, &p.tape)
			ms += p.tape.MS()
		}
		if ms > 0 {
			file := audio.OggOpus(rand.Uint32(), soundComments(pieces), tapes...)
			any = t.Attach(redact.Side(side), ms, file) == nil || any
		}
	}
	for _, pieces := range of {
		forgetPieces(pieces)
	}
	return any
}

func forgetPieces(all []*piece) {
	for _, p := range all {
		p.tape.Forget()
	}
}

// What a file of sound says of itself.
const (
	captured      = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture" // by a microphone
	machineSpeaks = "The avatar is an AI system: what it says was generated by a machine."
	personSpeaks  = "A person speaks, to an avatar that is an AI system."
)

// soundComments say what made the sound. They name nobody, and no session.
func soundComments(pieces []*piece) []audio.Comment {
	p := pieces[len(pieces)-1]
	if p.side == redact.Person {
		return []audio.Comment{{Key: "DIGITALSOURCETYPE", Value: p.source}, {Key: "DESCRIPTION", Value: personSpeaks}}
	}
	return []audio.Comment{
		{Key: "DIGITALSOURCETYPE", Value: p.source},
		{Key: "AI_SYSTEM", Value: p.system},
		{Key: "DESCRIPTION", Value: machineSpeaks},
	}
}

// soundOff is a policy with sound switched off.
func soundOff(p session.Policy) session.Policy {
	p.Audio = false
	return p
}

// storedSound is what a receipt says of the sound that is stored. Called with
// mu held.
func (c *conn) storedSound() (stored receipt.Stored, any bool) {
	r := &c.recording
	until, unsettled := r.soundUntil, 0
	for _, k := range r.waiting {
		if !k.sound.IsZero() {
			unsettled++
			until = later(until, k.sound)
		}
	}
	stored = receipt.Stored{
		What: "sound", Turns: r.sounds, Erased: r.mutedTurns, Unsettled: unsettled,
		Purposes: c.purposes, LegalBasis: tenant.Consent.String(),
	}
	if r.sounds+unsettled > 0 {
		stored.Until = at(until)
	}
	return stored, r.sounds+r.mutedTurns+unsettled > 0
}
