package openai

import (
	"crypto/rand"
	"encoding/binary"
	"strings"

	"mayfly/gateway/avatar"
)

// way is how a body goes to the server. The boundary stands at its beginning.
func (t *Transcriber) way(p *prompt) way {
	p.mu.Lock()
	defer p.mu.Unlock()
	return way{client: t.options.Client, limits: t.limits, endpoint: t.endpoint, kind: "multipart/form-data; boundary=" + string(p.b[2:2+boundary])}
}

// boundary is the length of what rand.Text gives: 130 bits, so that no sound
// holds it by chance.
const boundary = 26

// body is a form with the sound as a WAV file, made in memory. These are all
// the fields that leave: file, model, language, response_format, stream.
func (t *Transcriber) body(sound []byte, language string, stream bool) *prompt {
	mark := rand.Text()
	b := make([]byte, 0, 1024+len(t.options.Model)+len(sound))
	field := func(name, value string) {
		b = append(b, "--"+mark+"\r\nContent-Disposition: form-data; name=\""+name+"\"\r\n\r\n"+value+"\r\n"...)
	}
	field("model", t.options.Model)
	if language != "" {
		field("language", language)
	}
	field("response_format", "json")
	if stream {
		field("stream", "true")
	}
	b = append(b, "--"+mark+"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\n"...)
	b = appendWAV(b, sound)
	b = append(b, "\r\n--"+mark+"--\r\n"...)
	return &prompt{b: b, n: len(b)}
}

// appendWAV appends a file of mono sound of 16 bits at avatar.HearingRate.
func appendWAV(b, sound []byte) []byte {
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(36+len(sound)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, avatar.HearingRate)
	b = le.AppendUint32(b, 2*avatar.HearingRate)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(len(sound)))
	return append(b, sound...)
}

// primary is the language of a BCP 47 tag in two or three letters, as the API
// wants it; empty if there is none.
func primary(locale string) string {
	l, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if len(l) < 2 || len(l) > 3 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz") != "" || l == "und" {
		return ""
	}
	return l
}
