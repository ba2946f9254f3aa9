package backendtest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Script says what the server does with every request.
type Script struct {
	Mode   Mode          // the zero value answers well
	Pieces []string      // what Streams says; empty: a short reply
	Pace   time.Duration // between two pieces; also of a drip or a flood's pause
	First  time.Duration // before the first piece
	Canary string        // is put into error bodies, labels and everything else that must not come out
	Think  string        // is streamed as reasoning before the pieces
	NoDone bool          // leave [DONE] out
	// Steps are what Streams answers one request after the other with, as the
	// data of events; the last again and again. Empty: with Pieces.
	Steps [][]string
	Whole string // what NotStreamed answers with; empty: with Pieces
}

// Server is a back end on a loopback port.
type Server struct {
	script   Script
	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	accepted atomic.Int64
	sent     atomic.Int64 // bytes
	gone     chan struct{}
	once     sync.Once

	mu       sync.Mutex
	requests []Request             // Guarded by mu.
	open     map[net.Conn]struct{} // Guarded by mu.
}

// Request is what came.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// Start starts a server; Close must be called.
func Start(script Script) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{script: script, listener: listener, gone: make(chan struct{}), open: map[net.Conn]struct{}{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if script.Mode == Refuses {
		listener.Close() // the port is known, and nobody is there
		return s, nil
	}
	s.wg.Go(s.accept)
	return s, nil
}

// URL is the base that an engine is given.
func (s *Server) URL() *url.URL {
	return &url.URL{Scheme: "http", Host: s.listener.Addr().String(), Path: "/v1"}
}

// Accepted is how many connections have come.
func (s *Server) Accepted() int64 { return s.accepted.Load() }

// Sent is how many bytes of answers the client has taken.
func (s *Server) Sent() int64 { return s.sent.Load() }

// Gone is closed when a client has left in the middle of an answer.
func (s *Server) Gone() <-chan struct{} { return s.gone }

// Requests are those that have come so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Close ends all connections and waits until nothing of the server is left.
func (s *Server) Close() {
	s.cancel()
	s.listener.Close()
	s.mu.Lock()
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.accepted.Add(1)
		s.mu.Lock()
		s.open[c] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() {
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.open, c)
			s.mu.Unlock()
		})
	}
}

// serve answers the requests of one connection.
func (s *Server) serve(c net.Conn) {
	if s.script.Mode == SpeaksFirst {
		io.WriteString(c, s.wellFormed(s.script.Canary))
	}
	in := bufio.NewReader(c)
	for s.ctx.Err() == nil {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{req.URL.Path, req.Header, body})
		number := len(s.requests)
		s.mu.Unlock()
		a := &answer{server: s, conn: c, request: body, number: number}
		// A client that leaves while it is answered is seen by reading on.
		left := make(chan struct{})
		s.wg.Go(func() {
			defer close(left)
			if _, err := in.Peek(1); err != nil {
				a.leave()
			}
		})
		again := a.play()
		if !again {
			c.Close()
		}
		<-left
		if !again {
			return
		}
	}
}

// wellFormed is a whole answer that says text.
func (s *Server) wellFormed(text string) string {
	body := "data: " + Chunk(text) + "\n\ndata: [DONE]\n\n"
	return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// Chunk is one piece of a reply in the form of the API.
func Chunk(text string) string {
	words, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always marshal
	}
	return `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"scripted","choices":[{"index":0,"delta":{"content":` + string(words) + `},"finish_reason":null}]}`
}

// answer is one answer under way.
type answer struct {
	server  *Server
	conn    net.Conn
	request []byte
	number  int // of the request, from 1
	ended   atomic.Bool
	broken  bool
}

// leave is called when the client has gone.
func (a *answer) leave() {
	if !a.ended.Load() && a.server.ctx.Err() == nil {
		a.server.once.Do(func() { close(a.server.gone) })
	}
}

// write sends text and says whether the client is still there.
func (a *answer) write(text string) bool {
	if a.broken || a.server.ctx.Err() != nil {
		return false
	}
	n, err := io.WriteString(a.conn, text)
	a.server.sent.Add(int64(n))
	if err != nil {
		a.broken = true
		a.leave()
	}
	return err == nil
}

// chunked sends text as one chunk of the transfer coding.
func (a *answer) chunked(text string) bool {
	return a.write(strconv.FormatInt(int64(len(text)), 16) + "\r\n" + text + "\r\n")
}

// event sends one server-sent event.
func (a *answer) event(data string) bool { return a.chunked("data: " + data + "\n\n") }

func (a *answer) head(status, kind string, more ...string) bool {
	lines := "HTTP/1.1 " + status + "\r\nContent-Type: " + kind + "\r\n"
	for _, m := range more {
		lines += m + "\r\n"
	}
	return a.write(lines + "\r\n")
}

func (a *answer) streamHead() bool {
	return a.head("200 OK", "text/event-stream; charset=utf-8", "Transfer-Encoding: chunked")
}

// whole sends an answer of known length.
func (a *answer) whole(status, kind, body string, more ...string) bool {
	return a.head(status, kind, append(more, "Content-Length: "+strconv.Itoa(len(body)))...) && a.write(body)
}

// pause waits and says whether to go on.
func (a *answer) pause(d time.Duration) bool {
	if d <= 0 {
		return a.server.ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-a.server.ctx.Done():
		return false
	case <-a.server.gone:
		return false
	}
}

// hold keeps the connection open and silent until the client leaves.
func (a *answer) hold() {
	select {
	case <-a.server.ctx.Done():
	case <-a.server.gone:
	}
}

// finish sends the regular end of a stream.
func (a *answer) finish() bool {
	ok := a.event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`) &&
		a.event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9}}`)
	if ok && !a.server.script.NoDone {
		ok = a.event("[DONE]")
	}
	a.ended.Store(true)
	return ok && a.write("0\r\n\r\n")
}

// echo is the prompt, as a server would quote it in an error.
func (a *answer) echo() string {
	return strings.ToValidUTF8(string(a.request), "?") + a.server.script.Canary
}

// Calls is a piece of a reply that calls a tool, whole.
func Calls(index int, id, name, arguments string) string {
	return `{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"tool_calls":[{"index":` + strconv.Itoa(index) +
		`,"id":` + quoted(id) + `,"type":"function","function":{"name":` + quoted(name) + `,"arguments":` + quoted(arguments) + `}}]},"finish_reason":null}]}`
}
