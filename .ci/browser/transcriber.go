package browser

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Transcriber is a speech recogniser with the OpenAI API that says what a test
// gives it, in the order in which it is asked, and notes what it was sent.
type Transcriber struct {
	URL string
	// Partial is what it makes of less than so many seconds; empty: nothing special.
	Partial string
	Until   float64

	mu    sync.Mutex
	texts []string // Guarded by mu.
	heard []int    // Guarded by mu. bytes of sound in each request that was whole
}

// startTranscriber runs one until the test ends. What comes after the last
// text is the last text.
func startTranscriber(t testing.TB, texts ...string) *Transcriber {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	tr := &Transcriber{URL: "http://" + listener.Addr().String() + "/v1", texts: texts}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/audio/transcriptions") {
			http.NotFound(w, r)
			return
		}
		file, _, err := r.FormFile("file")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		sound, err := io.ReadAll(file)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		text := tr.note(len(sound))
		if r.FormValue("stream") == "true" {
			w.Header().Set("Content-Type", "text/event-stream")
			for _, word := range strings.SplitAfter(text, " ") {
				_, _ = io.WriteString(w, `data: {"type":"transcript.text.delta","delta":`+quote(word)+"}\n\n")
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.WriteString(w, `data: {"type":"transcript.text.done","text":`+quote(text)+"}\n\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"text": text})
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return tr
}

// note takes a request down and gives the text for it.
func (tr *Transcriber) note(bytes int) string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.Partial != "" && float64(bytes)/32000 < tr.Until {
		return tr.Partial
	}
	text := tr.texts[min(len(tr.heard), len(tr.texts)-1)]
	tr.heard = append(tr.heard, bytes)
	return text
}

// Heard is the seconds of sound in each request so far (16 kHz, 16 bit).
func (tr *Transcriber) Heard() []float64 {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var seconds []float64
	for _, n := range tr.heard {
		seconds = append(seconds, float64(n-44)/32000)
	}
	return seconds
}
