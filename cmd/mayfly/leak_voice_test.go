package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
)

// leakEar is a transcription server. What it writes down is what the visitor
// who speaks at the time wants it to be.
type leakEar struct {
	*httptest.Server
	turn  sync.Mutex // one visitor speaks at a time
	mu    sync.Mutex
	words string
	bytes int // that it was sent
}

func newLeakEar(t *testing.T) *leakEar {
	e := &leakEar{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.bytes += len(b)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(object{"text": e.words})
	}))
	t.Cleanup(e.Close)
	return e
}

// speaks is a visitor who agrees to be heard, speaks, is answered, and takes
// their yes back in the middle of the next sentence.
func (r *leakRun) speaks(t *testing.T, name string) {
	r.ear.turn.Lock()
	defer r.ear.turn.Unlock()
	v := r.ready(t, name, "ear", "text")
	r.ear.mu.Lock()
	r.ear.words = "Is it kept? " + v.token("what was spoken")
	r.ear.mu.Unlock()
	asked := v.await("avatar.consent.requested", 1)
	v.say(object{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": object{"voice_input": true}, "method": "click"})
	v.await("avatar.consent.state", 1)
	speech, err := builtin.New()
	require.NoError(t, err)
	var said []int16
	require.NoError(t, speech.Speak(context.Background(), []byte("Is anything kept of what I say to you?"), voice.Options{Language: "en", Speed: 1}, func(c voice.Chunk) error {
		said = append(said, c.PCM...)
		return nil
	}))
	said = append(said, make([]int16, voice.Rate)...)
	send := func(pcm []int16) {
		for ; len(pcm) >= voice.Rate/10; pcm = pcm[voice.Rate/10:] {
			v.say(object{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, pcm[:voice.Rate/10]))})
		}
	}
	send(said)
	v.await("conversation.item.input_audio_transcription.completed", 1)
	v.await("response.done", 1)
	send(said[:voice.Rate])
	v.await("input_audio_buffer.speech_started", 2)
	v.say(object{"type": "avatar.consent.withdraw", "purposes": []string{"voice_input"}})
	v.await("input_audio_buffer.cleared", 1)
	v.chatter()
	time.Sleep(100 * time.Millisecond)
	v.leave(true)
}
