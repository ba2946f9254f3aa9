// Package tooltest is a tool's server for tests, on a real socket, scripted and
// hostile.
package tooltest

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Mode is how a server behaves.
type Mode int

// The modes. The zero Mode answers well.
const (
	Answers Mode = iota
	Refuses      // nobody listens
	Redirects
	Silent   // takes the request and says nothing
	Drips    // a byte now and then, for ever
	Huge     // never stops
	Declared // a small body that is declared to be huge
	Cut      // ends in the middle
	BadJSON
	TwoValues
	DoubleNames
	Deep
	BadUTF8
	Page    // HTML
	Empty   // 200 without a body
	Nothing // 204
	Forbids // 403, quoting what it was sent
	Breaks  // 500, quoting what it was sent
	Busy    // 429
	Resets  // closes the connection
	modes
)

// Modes are all that are not Answers.
func Modes() []Mode {
	var all []Mode
	for m := Answers + 1; m < modes; m++ {
		all = append(all, m)
	}
	return all
}

var names = [modes]string{"answers", "refuses", "redirects", "silent", "drips", "huge", "declared huge", "cut", "bad JSON", "two values",
	"double names", "deep", "bad UTF-8", "a page", "empty", "nothing", "forbids", "breaks", "busy", "resets"}

// String is the mode's name in tests.
func (m Mode) String() string { return names[m] }

// Script says what the server does with every request.
type Script struct {
	Mode   Mode
	Result string        // of Answers; empty: {"ok":true}
	Wait   time.Duration // before Answers answers
	Canary string        // is in everything that must not come out
}

// Request is what came.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte
}

// Server is a tool's server on a loopback port.
type Server struct {
	script   Script
	listener net.Listener
	http     *http.Server
	done     chan struct{}
	serving  sync.WaitGroup

	mu       sync.Mutex
	requests []Request // Guarded by mu.
	gone     int       // Guarded by mu: clients that left while they were answered
}

// Start starts a server; Close must be called.
func Start(script Script) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{script: script, listener: listener, done: make(chan struct{})}
	if script.Mode == Refuses {
		listener.Close() // the port is known, and nobody is there
		return s, nil
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 5 * time.Second}
	s.serving.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// URL is where the tool is called.
func (s *Server) URL() *url.URL {
	return &url.URL{Scheme: "http", Host: s.listener.Addr().String(), Path: "/call"}
}

// Requests are those that have come so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Gone is how many clients left before they were answered.
func (s *Server) Gone() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// Close ends all connections and waits until nothing of the server is left.
func (s *Server) Close() {
	close(s.done)
	if s.http != nil {
		s.http.Close()
	}
	s.serving.Wait()
}

// hold waits until the client leaves, or so long.
func (s *Server) hold(r *http.Request, d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-s.done:
	case <-r.Context().Done():
		s.mu.Lock()
		s.gone++
		s.mu.Unlock()
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, r.URL.Path, r.Header.Clone(), body})
	s.mu.Unlock()
	give := func(status int, kind, text string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	canary := `"` + s.script.Canary + `"`
	const json = "application/json"
	switch s.script.Mode {
	case Answers:
		if s.script.Wait > 0 {
			s.hold(r, s.script.Wait)
		}
		result := s.script.Result
		if result == "" {
			result = `{"ok":true}`
		}
		give(200, json, result)
	case Redirects:
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data")
		give(307, json, canary)
	case Silent:
		s.hold(r, time.Hour)
	case Drips:
		w.Header().Set("Content-Type", json)
		for range 10_000 {
			if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			s.hold(r, 20*time.Millisecond)
			if r.Context().Err() != nil {
				return
			}
		}
	case Huge:
		w.Header().Set("Content-Type", json)
		long := strings.Repeat("x", 64<<10)
		_, _ = io.WriteString(w, `"`+s.script.Canary)
		for range 16_384 {
			if _, err := io.WriteString(w, long); err != nil {
				return
			}
		}
	case Declared:
		w.Header().Set("Content-Length", "1073741824")
		give(200, json, canary)
	case Cut:
		w.Header().Set("Content-Length", "1000")
		give(200, json, `{"text":`+canary)
	case BadJSON:
		give(200, json, `{'text':`+canary+`}`)
	case TwoValues:
		give(200, json, canary+` `+canary)
	case DoubleNames:
		give(200, json, `{"a":1,"a":`+canary+`}`)
	case Deep:
		give(200, json, strings.Repeat("[", 5000)+strings.Repeat("]", 5000))
	case BadUTF8:
		give(200, json, "\"\xff\xfe"+s.script.Canary+"\"")
	case Page:
		give(200, "text/html", "<p>"+s.script.Canary)
	case Empty:
		give(200, json, "")
	case Nothing:
		w.WriteHeader(204)
	case Forbids:
		give(403, json, canary+string(body))
	case Breaks:
		give(500, json, canary+string(body))
	case Busy:
		w.Header().Set("Retry-After", "1")
		give(429, json, canary)
	case Resets:
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			c.Close()
		}
	}
}
