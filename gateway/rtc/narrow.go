package rtc

import (
	"slices"
	"strings"
)

// Permit is what a session's policy lets the client send. Video is never
// among it: no engine renders any, so a video line is answered inactive.
type Permit struct {
	Microphone bool
}

// route is what the lines of an offer come to.
type route struct {
	hears   bool     // the client takes the avatar's voice
	speaks  bool     // the client may send its microphone
	refused []string // what was asked for and not given, as stable codes
}

// narrow writes the offer that pion is shown: directions cut down to what is
// permitted, so that pion's answer is the narrowed one; and without what the
// answer does not need. Candidates go because the gateway never dials (it
// answers from where a valid check comes), header extensions because none is
// used, stream ids of lines that are not received because pion would open
// receivers for them.
func (o *offer) narrow(p Permit) (sdp string, r route) {
	var b strings.Builder
	b.Grow(MaxOffer)
	for _, line := range o.session {
		if !isDirection(line) && !dropped(line) {
			writeLine(&b, line)
		}
	}
	voice := true // the first audio line is the conversation's
	for _, m := range o.media {
		d, sends := m.direction, false
		switch {
		case m.kind == "audio" && voice:
			voice = false
			d, sends = r.voice(m.direction, p.Microphone)
		case m.kind == "audio":
			d = r.off(m.direction, AudioLineIgnored)
		case m.kind == "video":
			d = r.off(m.direction, VideoNotEnabled)
		}
		for _, line := range m.lines {
			if isDirection(line) || dropped(line) || !sends && m.kind != "application" && isStream(line) {
				continue
			}
			writeLine(&b, line)
		}
		if m.kind != "application" {
			writeLine(&b, "a="+d)
			if !sends {
				// A declared source keeps pion from guessing that a packet of
				// an undeclared one belongs to this line.
				writeLine(&b, "a=ssrc:1 cname:-")
			}
		}
	}
	return b.String(), r
}

// voice narrows the conversation's line: the avatar may always be heard.
func (r *route) voice(direction string, microphone bool) (narrowed string, sends bool) {
	r.hears = direction == "sendrecv" || direction == "recvonly"
	asks := direction == "sendrecv" || direction == "sendonly"
	r.speaks = asks && microphone
	if asks && !microphone {
		r.refuse(MicrophoneNotEnabled)
	}
	switch {
	case r.hears && r.speaks:
		return "sendrecv", true
	case r.hears:
		return "recvonly", false
	case r.speaks:
		return "sendonly", true
	}
	return "inactive", false
}

func (r *route) off(direction, code string) string {
	if direction != "inactive" {
		r.refuse(code)
	}
	return "inactive"
}

func (r *route) refuse(code string) {
	if !slices.Contains(r.refused, code) {
		r.refused = append(r.refused, code)
	}
}

// dropped says whether a line is of no use to the answer.
func dropped(line string) bool {
	for _, p := range []string{
		"a=candidate:", "a=end-of-candidates", "a=remote-candidates:", "a=extmap:", "a=extmap-allow-mixed",
		"a=rid:", "a=simulcast:", "a=sctp-init:", "a=cryptex",
	} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

func isStream(line string) bool {
	return strings.HasPrefix(line, "a=ssrc:") || strings.HasPrefix(line, "a=ssrc-group:") || strings.HasPrefix(line, "a=msid:")
}

func writeLine(b *strings.Builder, line string) {
	b.WriteString(line)
	b.WriteString("\r\n")
}

// sameLines says whether an offer for a restart has the lines and the
// certificate of the first one.
func (o *offer) sameLines(first *offer) bool {
	return o.fingerprint == first.fingerprint && slices.EqualFunc(o.media, first.media, func(a, b mline) bool {
		return a.kind == b.kind && a.mid == b.mid
	})
}
