package realtime

// Format is how sound is written in messages.
type Format uint8

// The formats: signed 16 bit little-endian samples, and G.711. All have one
// channel.
const (
	PCM  Format = iota // audio/pcm, 24 kHz
	PCMU               // audio/pcmu, 8 kHz
	PCMA               // audio/pcma, 8 kHz
)

// Rate is the sampling rate in hertz.
func (f Format) Rate() int {
	if f == PCM {
		return 24000
	}
	return 8000
}

// String is the media type.
func (f Format) String() string {
	switch f {
	case PCMU:
		return "audio/pcmu"
	case PCMA:
		return "audio/pcma"
	}
	return "audio/pcm"
}

// format reads {type, rate}, or one of the names of the protocol's first
// edition.
func (d *decoder) format(v []byte, at string) Maybe[Format] {
	if absent(v) {
		return Maybe[Format]{}
	}
	d.under = at
	defer func() { d.under = "" }()
	if v[0] == '"' {
		switch d.one(v, "", "pcm16", "g711_ulaw", "g711_alaw") {
		case "g711_ulaw":
			return given(PCMU)
		case "g711_alaw":
			return given(PCMA)
		}
		return given(PCM)
	}
	var typ, rate []byte
	for m := d.object(v, ""); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "type":
			typ = v
		case "rate":
			rate = v
		}
	}
	if d.err != nil || !d.need(typ, ".type") {
		return Maybe[Format]{}
	}
	format := PCM
	switch d.one(typ, ".type", "audio/pcm", "audio/pcmu", "audio/pcma") {
	case "audio/pcmu":
		format = PCMU
	case "audio/pcma":
		format = PCMA
	}
	if r := d.number(rate, 1, 1e6, ".rate"); d.err == nil && !absent(rate) && r != float64(format.Rate()) {
		d.fail(CodeUnsupported, ".rate")
	}
	return given(format)
}

// voice reads a name, or {id}.
func (d *decoder) voice(v []byte, at string) []byte {
	if !absent(v) && v[0] == '{' {
		for m := membersOf(v); m.next(); {
			name, v := m.name, m.value
			if string(name) == "id" {
				d.under = at
				defer func() { d.under = "" }()
				return d.text(v, maxID, ".id")
			}
		}
		return nil
	}
	return d.text(v, maxID, at)
}
