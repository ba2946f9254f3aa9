package biometric

import (
	"strings"
	"testing"
)

// R35: what a back end tells about somebody's voice, face or feelings is found
// wherever it stands, and however it is spelt.
func TestCarried(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{`{"text":"hello"}`, false},
		{`{"text":"her emotion: \"embedding\": 1"}`, false},
		{`{"embedding":[0.1,0.2]}`, true},
		{`{"a":[{"b":{"speaker_embedding":[1]}}]}`, true},
		{`{"VoicePrint" : "x"}`, true},
		{`{"voice-print":"x"}`, true},
		{`{"face_geometry":{}}`, true},
		{`{"\u0065motion":"sad"}`, true},
		{`{"emotion":null,"words":"x"}`, false},
		{`{"emotion": null, "emotions":["sad"]}`, true},
		{`["emotion","face"]`, false},
		{`{"type":"emotion"}`, false},
		{`{"a\"b":1,"c\\":"embedding"}`, false},
		{`{"a":"\\","embedding":1}`, true},
		{`{"surface":1,"language":"en","page":2,"interface":{}}`, false},
		{`{"` + strings.Repeat("x", 1000) + `":1}`, false},
		{`{"emotion`, false},
		{`{"emotion":`, true},
		{``, false},
	} {
		if got := Carried([]byte(c.text)); got != c.want {
			t.Errorf("%.60s: %v", c.text, got)
		}
	}
}

func FuzzCarried(f *testing.F) {
	f.Add([]byte(`{"emotion":"sad"}`))
	f.Fuzz(func(t *testing.T, text []byte) { Carried(text) })
}

func BenchmarkCarried(b *testing.B) {
	text := []byte(`{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"and so on "},"finish_reason":null}]}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Carried(text)
	}
}
