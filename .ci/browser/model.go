package browser

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Model is a back end that answers with what a test gives it, in the form of
// the OpenAI API.
type Model struct {
	Pause atomic.Int64 // between two words, ns, beside the millisecond that there always is
	URL   string
	Asked atomic.Int64 // requests
	Known atomic.Int64 // messages in the last request
}

// startModel runs a back end until the test ends. answer is given the last
// thing that the person said.
func startModel(t testing.TB, answer func(question string) string) *Model {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m := &Model{URL: "http://" + listener.Addr().String() + "/v1"}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Messages []struct {
				Role    string `json:"role"`
				Content any    `json:"content"`
			} `json:"messages"`
		}
		if json.NewDecoder(r.Body).Decode(&ask) != nil || len(ask.Messages) == 0 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		m.Asked.Add(1)
		m.Known.Store(int64(len(ask.Messages)))
		w.Header().Set("Content-Type", "text/event-stream")
		last, _ := ask.Messages[len(ask.Messages)-1].Content.(string)
		for _, piece := range strings.SplitAfter(answer(last), " ") {
			words, err := json.Marshal(piece)
			if err != nil {
				return
			}
			fmt.Fprintf(w, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", words)
			_ = http.NewResponseController(w).Flush()
			if r.Context().Err() != nil {
				return
			}
			time.Sleep(time.Millisecond + time.Duration(m.Pause.Load()))
		}
		fmt.Fprint(w, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return m
}
