package sentence

import (
	"bytes"
	"unicode/utf8"
)

// Longest is the greatest length of a sentence, in characters. Longer ones
// are cut at a comma or a space: one caption of two lines, and about twenty
// seconds of speech.
const Longest = 300

// Stream turns written pieces into sentences. Set the fields before the first
// Write. It is for one goroutine.
type Stream struct {
	Language string // BCP 47; its primary subtag chooses the abbreviations
	Markdown bool   // the text is Markdown: marks are taken out, code is left out

	block block  // what kind of line is being read, when Markdown
	raw   []byte // the text, from the first byte not yet handed out
	from  int    // raw[:from] has been handed out
	out   []byte // the last sentence, cleaned
	ended bool
}

// Write adds a piece of text. Pieces may end anywhere, but not inside a
// character.
func (s *Stream) Write(piece []byte) {
	s.compact()
	before := cap(s.raw)
	old := s.raw
	if s.Markdown {
		s.raw = s.block.appendPlain(s.raw, piece)
	} else {
		s.raw = append(s.raw, piece...)
	}
	if cap(s.raw) != before {
		clear(old[:cap(old)])
	}
}

// End says that nothing more comes: Next then hands out the rest.
func (s *Stream) End() {
	if s.ended {
		return
	}
	s.ended = true
	if s.Markdown {
		s.compact()
		before := cap(s.raw)
		old := s.raw
		s.raw = s.block.appendRest(s.raw)
		if cap(s.raw) != before {
			clear(old[:cap(old)])
		}
	}
}

// Next returns the next whole sentence, or nil when more text is needed. It
// is valid until the next call of any method.
func (s *Stream) Next() []byte {
	for {
		text := s.raw[s.from:]
		n, whole := cut(text, s.Language, s.ended)
		if n == 0 {
			return nil
		}
		s.from += n
		if said := s.clean(text[:n], whole); said != nil {
			return said
		}
	}
}

// Early returns the first clause of the sentence that has begun, when it is
// at least min characters long and ends at a comma, semicolon or colon after
// which a pause sounds natural; nil otherwise. It is for the start of a reply
// whose maker is slow, where waiting for the full stop is worse than a pause.
func (s *Stream) Early(min int) []byte {
	text := s.raw[s.from:]
	n := clause(text, min)
	if n == 0 {
		return nil
	}
	s.from += n
	return s.clean(text[:n], false)
}

// Waiting is the number of bytes that have been written but not handed out.
func (s *Stream) Waiting() int { return len(s.raw) - s.from }

// Forget clears everything that was written, also what was handed out last.
func (s *Stream) Forget() {
	clear(s.raw[:cap(s.raw)])
	clear(s.out[:cap(s.out)])
	s.block.forget()
	s.raw, s.out, s.from = nil, nil, 0
}

// clean makes text fit to be spoken: marks out, spaces single, a full stop
// where a whole sentence has no ending of its own. It is nil when there is
// nothing to say in it.
func (s *Stream) clean(text []byte, whole bool) []byte {
	before := cap(s.out)
	old := s.out
	s.out = s.out[:0]
	if s.Markdown {
		s.out = Inline(s.out, text)
	} else {
		s.out = appendSpaced(s.out, text)
	}
	if !speakable(s.out) {
		return nil
	}
	if whole {
		s.out = closed(s.out)
	}
	if cap(s.out) != before {
		clear(old[:cap(old)])
	}
	return s.out
}

// compact moves what is not yet handed out to the front.
func (s *Stream) compact() {
	if s.from == 0 {
		return
	}
	n := copy(s.raw, s.raw[s.from:])
	clear(s.raw[n:])
	s.raw, s.from = s.raw[:n], 0
}

// Split cuts a whole text, without Markdown, into its sentences.
func Split(language string, text []byte) [][]byte {
	s := Stream{Language: language}
	s.Write(text)
	s.End()
	var all [][]byte
	for said := s.Next(); said != nil; said = s.Next() {
		all = append(all, bytes.Clone(said))
	}
	s.Forget()
	return all
}

// appendSpaced appends text with runs of white space made one space and none
// at the ends.
func appendSpaced(dst, text []byte) []byte {
	start := len(dst)
	gap := false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case isSpace(r):
			gap = len(dst) > start
		case r < ' ' || r == 0x7F:
			// A control character is not speech.
		default:
			if gap {
				dst = append(dst, ' ')
				gap = false
			}
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}
