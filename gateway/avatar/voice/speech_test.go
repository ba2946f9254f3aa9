package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, h http.HandlerFunc) *Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	v, err := NewServer(s.Client(), ServerSettings{URL: s.URL + "/v1/", Model: "tts-1", Voice: "alloy", Languages: []string{"en-GB", "de"},
		Key: func(context.Context) (string, error) { return "sk-1", nil }})
	require.NoError(t, err)
	return v
}

func TestServerSpeaks(t *testing.T) {
	var body map[string]any
	v := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &body)
		if r.URL.Path != "/v1/audio/speech" || r.Header.Get("Authorization") != "Bearer sk-1" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		pcm := tone(24000)
		for i := 0; i < len(pcm); i += 777 { // odd pieces
			_, _ = w.Write(pcm[i:min(i+777, len(pcm))])
			w.(http.Flusher).Flush()
		}
	})
	var n, words int
	last := -1
	err := v.Speak(t.Context(), []byte("Hello \"there\"\xff."), Options{Speed: 1.5}, func(c Chunk) error {
		n += len(c.PCM)
		words += len(c.Words)
		for _, m := range c.Visemes {
			require.Greater(t, m.At, last)
			last = m.At
		}
		return nil
	})
	require.NoError(t, err)
	require.InDelta(t, 24000, n, 600)
	require.Equal(t, 2, words)
	require.Equal(t, map[string]any{"model": "tts-1", "input": "Hello \"there\"\uFFFD.", "voice": "alloy", "response_format": "pcm", "speed": 1.5}, body)
	require.True(t, v.Speaks("en"))
	require.True(t, v.Speaks("de-AT"))
	require.False(t, v.Speaks("fr"))
}

func TestServerWAV(t *testing.T) {
	v := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "audio/wav")
		_, _ = w.Write(wav(22050, 1, 16, "", tone(22050)))
	})
	n := 0
	require.NoError(t, v.Speak(t.Context(), []byte("hello"), Options{}, func(c Chunk) error { n += len(c.PCM); return nil }))
	require.InDelta(t, 24000, n, 600)
}

// What a server says back is in no error.
func TestServerFailures(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		code    string
	}{
		"status": {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "canary", 500) }, "refused"},
		"json": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"error":"canary"}`))
		}, "sound"},
		"stereo": {func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(wav(22050, 2, 16, "", tone(22050))) }, "sound"},
		"cut": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(tone(1000))
		}, "unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			err := serve(t, c.handler).Speak(t.Context(), []byte("canary"), Options{}, func(Chunk) error { return nil })
			var f *Failure
			require.ErrorAs(t, err, &f)
			require.Equal(t, c.code, f.Code)
			require.NotContains(t, fmt.Sprint(err), "canary")
		})
	}
}

func TestServerStops(t *testing.T) {
	v := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write(tone(24000))
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	err := v.Speak(ctx, []byte("hello"), Options{}, func(Chunk) error {
		require.NoError(t, ctx.Err())
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	full := errors.New("full")
	require.ErrorIs(t, v.Speak(t.Context(), []byte("hello"), Options{}, func(Chunk) error { return full }), full)
	require.NoError(t, v.Speak(t.Context(), []byte(" ... "), Options{}, func(Chunk) error { return full }), "nothing to say")
}

func TestServerSettings(t *testing.T) {
	for _, s := range []ServerSettings{{}, {URL: "ftp://x/v1", Languages: []string{"en"}}, {URL: "http://", Languages: []string{"en"}}, {URL: "http://x/v1"}} {
		_, err := NewServer(http.DefaultClient, s)
		require.Error(t, err)
	}
}
