package upstreamtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Script says what the server does.
type Script struct {
	Mode   Mode
	Pieces []string // what it says; empty: a short reply
	// Reply, unless nil, makes the pieces of each reply from the last words of
	// the user and the model that was asked for.
	Reply  func(model, asked string) []string
	Pace   time.Duration // between two pieces; also of a drip
	First  time.Duration // before the first piece
	Cap    time.Duration // how long it keeps a session; zero: for ever
	Canary string        // is put into everything that must not come out
	Plain  bool          // it gives no metadata back
	Late   bool          // the sound of all pieces comes after all words
	Heard  string        // what it understands of sound; empty: Transcribed
	Notice time.Duration // it is another Mayfly, whose notice takes so long; zero: it is none
}

// Server is an upstream on a loopback port.
type Server struct {
	script   Script
	listener net.Listener
	http     *http.Server
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	accepted atomic.Int64
	open     atomic.Int64

	mu       sync.Mutex
	sessions []*Session // Guarded by mu.
}

// Session is one connection, and what came over it.
type Session struct {
	server *Server
	ws     *websocket.Conn
	model  string
	header http.Header

	mu     sync.Mutex
	events []map[string]any // Guarded by mu.
	sound  []byte           // that came since the last commit. Guarded by mu.
	last   time.Time        // when sound came. Guarded by mu.
	heard  int              // utterances. Guarded by mu.
	Items  []Item           // the conversation; read it through Conversation

	writing  sync.Mutex
	response int
	stop     context.CancelFunc // of the reply under way
}

// Item is one entry of the conversation as the server has it.
type Item struct {
	ID, Role, Text string
	CutMS          int // where it was truncated; -1: it was not
}

// Start starts a server; Close must be called.
func Start(script Script) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{script: script, listener: listener}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if script.Mode == Refuses {
		listener.Close()
		return s, nil
	}
	if script.Mode == Silent {
		s.wg.Go(s.mute)
		return s, nil
	}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() { _ = s.http.Serve(listener) })
	return s, nil
}

// mute accepts, and never answers.
func (s *Server) mute() {
	var all []net.Conn
	for {
		c, err := s.listener.Accept()
		if err != nil {
			break
		}
		s.accepted.Add(1)
		all = append(all, c)
	}
	for _, c := range all {
		c.Close()
	}
}

// URL is the base that an engine is given.
func (s *Server) URL() *url.URL {
	return &url.URL{Scheme: "http", Host: s.listener.Addr().String(), Path: "/v1"}
}

// Accepted is how many connections have come, Open how many are open.
func (s *Server) Accepted() int64 { return s.accepted.Load() }

// Open is how many connections are open.
func (s *Server) Open() int64 { return s.open.Load() }

// Sessions are the connections so far.
func (s *Server) Sessions() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Session(nil), s.sessions...)
}

// Close ends all connections and waits until nothing of the server is left.
func (s *Server) Close() {
	s.cancel()
	s.listener.Close()
	if s.http != nil {
		s.http.Close()
	}
	for _, x := range s.Sessions() {
		x.ws.Close()
	}
	s.wg.Wait()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.accepted.Add(1)
	if s.decline(w, r) {
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	x := &Session{server: s, ws: ws, model: r.URL.Query().Get("model"), header: r.Header}
	s.mu.Lock()
	s.sessions = append(s.sessions, x)
	s.mu.Unlock()
	s.open.Add(1)
	defer s.open.Add(-1)
	s.wg.Add(1)
	defer s.wg.Done()
	defer ws.Close()
	x.run()
}

// run answers until the client leaves.
func (x *Session) run() {
	s := x.server
	ctx, cancel := context.WithCancel(s.ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	if s.script.Cap > 0 {
		timer := time.AfterFunc(s.script.Cap, func() {
			x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "invalid_request_error", "code": "session_expired", "message": s.script.Canary}})
			x.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "session_expired"), time.Now().Add(time.Second))
			x.ws.Close()
		})
		defer timer.Stop()
	}
	x.Send(map[string]any{"type": "session.created", "session": map[string]any{"id": "sess_1", "type": "realtime", "model": x.model}})
	x.early(ctx)
	for {
		kind, b, err := x.ws.ReadMessage()
		if err != nil || kind != websocket.TextMessage {
			return
		}
		var e map[string]any
		if json.Unmarshal(b, &e) != nil {
			return
		}
		x.mu.Lock()
		x.events = append(x.events, e)
		x.mu.Unlock()
		switch e["type"] {
		case "session.update":
			if !x.update(e) {
				return
			}
		case "conversation.item.create":
			x.create(e)
		case "conversation.item.delete", "conversation.item.truncate":
			x.change(e)
		case "input_audio_buffer.append":
			x.listen(e)
		case "input_audio_buffer.commit":
			inner, stop := context.WithCancel(ctx)
			x.stop = stop
			item := x.commit()
			wg.Go(func() {
				defer stop()
				x.understand(inner, item)
			})
		case "response.create":
			inner, stop := context.WithCancel(ctx)
			x.stop = stop
			x.response++
			no := x.response
			asked := x.lastUser()
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer stop()
				x.play(inner, no, e, asked)
			}()
		case "response.cancel":
			if x.stop != nil {
				x.stop()
			}
		}
	}
}

// Send sends one event.
func (x *Session) Send(e map[string]any) bool {
	if e["event_id"] == nil {
		e["event_id"] = "event_x"
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // events always marshal
	}
	return x.raw(string(b))
}

func (x *Session) raw(text string) bool {
	x.writing.Lock()
	defer x.writing.Unlock()
	_ = x.ws.SetWriteDeadline(time.Now().Add(20 * time.Second))
	return x.ws.WriteMessage(websocket.TextMessage, []byte(text)) == nil
}

// Events are what the client sent, those of a type; empty: all.
func (x *Session) Events(kind string) []map[string]any {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []map[string]any
	for _, e := range x.events {
		if kind == "" || e["type"] == kind {
			all = append(all, e)
		}
	}
	return all
}

// Header is the request's that opened it.
func (x *Session) Header() http.Header { return x.header }

// Conversation is what the server has of it.
func (x *Session) Conversation() []Item {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]Item(nil), x.Items...)
}

func (x *Session) create(e map[string]any) {
	item, _ := e["item"].(map[string]any)
	it := Item{CutMS: -1}
	it.ID, _ = item["id"].(string)
	it.Role, _ = item["role"].(string)
	if it.Role == "" {
		it.Role, _ = item["type"].(string)
	}
	for _, key := range []string{"arguments", "output"} {
		if s, ok := item[key].(string); ok {
			it.Text = s
		}
	}
	if content, ok := item["content"].([]any); ok && len(content) > 0 {
		part, _ := content[0].(map[string]any)
		it.Text, _ = part["text"].(string)
	}
	x.mu.Lock()
	x.Items = append(x.Items, it)
	x.mu.Unlock()
	x.Send(map[string]any{"type": "conversation.item.added", "item": item})
	x.Send(map[string]any{"type": "conversation.item.done", "item": item})
}

func (x *Session) change(e map[string]any) {
	id, _ := e["item_id"].(string)
	x.mu.Lock()
	found := false
	for i := range x.Items {
		if x.Items[i].ID != id {
			continue
		}
		found = true
		if e["type"] == "conversation.item.delete" {
			x.Items = append(x.Items[:i], x.Items[i+1:]...)
		} else {
			ms, _ := e["audio_end_ms"].(float64)
			x.Items[i].CutMS = int(ms)
		}
		break
	}
	x.mu.Unlock()
	if !found {
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "invalid_request_error", "code": "item_not_found", "event_id": e["event_id"]}})
		return
	}
	x.Send(map[string]any{"type": strings.Replace(strings.Replace(e["type"].(string), "delete", "deleted", 1), "truncate", "truncated", 1), "item_id": id})
}

func (x *Session) lastUser() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := len(x.Items) - 1; i >= 0; i-- {
		if x.Items[i].Role == "user" {
			return x.Items[i].Text
		}
	}
	return ""
}

// Tone is so much of a hum, as the protocol carries it: 24 kHz, 16 bits.
func Tone(d time.Duration) []byte {
	n := int(d * 24000 / time.Second)
	b := make([]byte, 2*n)
	for i := range n {
		v := int16(8000 * math.Sin(2*math.Pi*440*float64(i)/24000))
		b[2*i], b[2*i+1] = byte(v), byte(v>>8)
	}
	return b
}

// sounding is how long the sound of a piece is: 60 ms for a byte.
func sounding(piece string) []byte { return Tone(time.Duration(len(piece)) * 60 * time.Millisecond) }

func coded(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// answer is one reply under way.
type answer struct {
	*Session
	ctx   context.Context
	id    string
	item  string
	audio bool
	meta  any
}

func (x *Session) begin(ctx context.Context, no int, e map[string]any) *answer {
	r, _ := e["response"].(map[string]any)
	a := &answer{Session: x, ctx: ctx, id: fmt.Sprintf("resp_%d", no), item: fmt.Sprintf("item_r%d", no), meta: r["metadata"]}
	if m, ok := r["output_modalities"].([]any); ok && len(m) > 0 {
		a.audio = m[0] == "audio"
	}
	if x.server.script.Plain {
		a.meta = nil
	}
	return a
}

func (a *answer) created() bool {
	return a.Send(map[string]any{"type": "response.created", "response": map[string]any{"id": a.id, "object": "realtime.response", "status": "in_progress", "metadata": a.meta}}) &&
		a.Send(map[string]any{"type": "response.output_item.added", "response_id": a.id, "output_index": 0, "item": map[string]any{"id": a.item, "type": "message", "role": "assistant", "status": "in_progress", "content": []any{}}})
}

func (a *answer) of(kind string, more map[string]any) map[string]any {
	e := map[string]any{"type": kind, "response_id": a.id, "item_id": a.item, "output_index": 0, "content_index": 0}
	for k, v := range more {
		e[k] = v
	}
	return e
}

// words says a piece, and its sound unless it comes later.
func (a *answer) words(piece string, sound bool) bool {
	kind := "response.output_text.delta"
	if a.audio {
		kind = "response.output_audio_transcript.delta"
	}
	if !a.Send(a.of(kind, map[string]any{"delta": piece})) {
		return false
	}
	return !a.audio || !sound || a.sound(sounding(piece))
}

// sound sends sound in pieces of 100 ms.
func (a *answer) sound(pcm []byte) bool {
	for len(pcm) > 0 {
		n := min(4800, len(pcm))
		if a.ctx.Err() != nil || !a.Send(a.of("response.output_audio.delta", map[string]any{"delta": coded(pcm[:n])})) {
			return false
		}
		pcm = pcm[n:]
	}
	return true
}

func (a *answer) done(status string, details any) bool {
	a.mu.Lock()
	a.Items = append(a.Items, Item{ID: a.item, Role: "assistant", CutMS: -1})
	a.mu.Unlock()
	if a.audio {
		a.Send(a.of("response.output_audio.done", nil))
		a.Send(a.of("response.output_audio_transcript.done", map[string]any{"transcript": "x"}))
	} else {
		a.Send(a.of("response.output_text.done", map[string]any{"text": "x"}))
	}
	a.Send(map[string]any{"type": "response.output_item.done", "response_id": a.id, "output_index": 0, "item": map[string]any{"id": a.item, "type": "message"}})
	return a.ended(status, details)
}

func (a *answer) ended(status string, details any) bool {
	return a.Send(map[string]any{"type": "response.done", "response": map[string]any{
		"id": a.id, "status": status, "status_details": details, "metadata": a.meta, "output": []any{},
		"usage": map[string]any{"total_tokens": 18, "input_tokens": 9, "output_tokens": 9},
	}}) && a.Send(map[string]any{"type": "rate_limits.updated", "rate_limits": []any{}})
}

// pause waits and says whether to go on.
func (a *answer) pause(d time.Duration) bool {
	if d <= 0 {
		return a.ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-a.ctx.Done():
		return false
	}
}
