package builtin

import "mayfly/gateway/avatar/voice"

// Read implements voice.Reader: it gives the sounds that Speak would make.
func (v *Voice) Read(text []byte) []voice.Sound {
	sc := newScanner(text)
	defer sc.close()
	sounds := make([]voice.Sound, 0, len(text))
	for {
		c, ok := sc.next(v.tongue)
		if !ok {
			return sounds
		}
		us := plan(c, 1)
		for i, u := range us {
			d := u.phone.sound()
			switch {
			case u.word >= 0:
				shape := d.shape
				if u.phone.is(breath) && i+1 < len(us) { // an H has the mouth of its vowel
					shape = us[i+1].phone.sound().shape
				}
				w := &c.words[u.word]
				sounds = append(sounds, voice.Sound{Phone: d.name, Shape: shape, MS: u.ms, Start: w.start, End: w.end})
			case i == len(us)-1:
				sounds = append(sounds, voice.Sound{MS: u.ms, Start: len(text), End: len(text)})
			}
		}
		clear(us)
		clear(c.words)
	}
}
