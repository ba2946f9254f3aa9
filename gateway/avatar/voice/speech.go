package voice

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar/deadline"
)

// Server is a voice behind an OpenAI-compatible /v1/audio/speech, asked for
// headerless PCM. Its sound is passed on as it comes, so its marks are guesses
// from the text, the pauses and the energy.
type Server struct {
	client    *http.Client
	url       string
	settings  ServerSettings
	limits    deadline.Limits
	languages map[string]*tempo // by primary subtag
}

// tempo is how fast a voice speaks a language: ms for each ms that is
// expected. It is learnt from what was spoken, and nothing else is.
type tempo struct{ bits atomic.Uint64 }

// usual is the tempo of a voice that was not heard yet: a reader expects the
// clear speech of a machine, and most voices are quicker.
const usual = .8

func (t *tempo) get() float64 {
	if b := t.bits.Load(); b != 0 {
		return math.Float64frombits(b)
	}
	return usual
}

func (t *tempo) learn(x float64) {
	if t.bits.Load() != 0 {
		x = .7*t.get() + .3*x
	}
	t.bits.Store(math.Float64bits(min(max(x, .3), 3)))
}

// ServerSettings say which server and how.
type ServerSettings struct {
	URL       string                                // base, with the version: "http://localhost:8880/v1"
	Model     string                                // "tts-1"
	Voice     string                                // "alloy"
	Languages []string                              // BCP 47; a server does not tell, so the operator does
	Key       func(context.Context) (string, error) // nil for none; asked for each request
	Reader    Reader                                // knows the words' sounds; nil: by their letters
	Deadlines deadline.Limits                       // of one sentence
}

// NewServer makes the voice. client must be one that guards where it connects,
// without a timeout of its own. It fails on a URL that is no
// base for a request, and without a language.
func NewServer(client *http.Client, s ServerSettings) (*Server, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("voice: the speech server's URL must be like http://host:8880/v1")
	}
	if len(s.Languages) == 0 {
		return nil, errors.New("voice: the speech server needs the languages that its voice speaks")
	}
	v := &Server{client: client, url: strings.TrimSuffix(s.URL, "/") + "/audio/speech", settings: s, limits: s.Deadlines.OrDefaults(), languages: make(map[string]*tempo)}
	for _, l := range s.Languages {
		v.languages[primary(l)] = new(tempo)
	}
	return v, nil
}

// Name gives the model and the voice: "speech server tts-1 alloy".
func (v *Server) Name() string {
	return strings.TrimSpace("speech server " + v.settings.Model + " " + v.settings.Voice)
}

// Speaks is true of the languages it was configured with.
func (v *Server) Speaks(language string) bool { return v.languages[primary(language)] != nil }

// Neural is true: what is behind a server is taken for a trained model.
func (v *Server) Neural() bool { return true }

// request is the body of a speech request.
type request struct {
	Model  string         `json:"model"`
	Input  jsontext.Value `json:"input"`
	Voice  string         `json:"voice"`
	Format string         `json:"response_format"`
	Speed  float64        `json:"speed,omitzero"`
}

// Speak implements Voice.
func (v *Server) Speak(ctx context.Context, text []byte, o Options, emit func(Chunk) error) error {
	if !sayable(text) {
		return ctx.Err()
	}
	body, err := v.body(text, o)
	defer clear(body)
	if err != nil {
		return &Failure{v.Name(), "start", nil}
	}
	w := deadline.Watch(ctx, v.limits.Total)
	defer w.Stop()
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { w.Arm(v.limits.First) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(w.Context(), trace), http.MethodPost, v.url, bytes.NewReader(body))
	if err != nil {
		return &Failure{v.Name(), "start", nil}
	}
	req.GetBody = nil // not kept for a redirect
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "audio/pcm, audio/wav, application/octet-stream")
	if v.settings.Key != nil {
		key, err := v.settings.Key(ctx)
		if err != nil {
			return &Failure{v.Name(), "start", nil}
		}
		if key != "" {
			req.Header.Set("Authorization", "Bearer "+key)
		}
	}
	w.Arm(v.limits.Connect)
	res, err := v.client.Do(req)
	if err != nil {
		return v.failure(ctx, w, "unreachable", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return v.failure(ctx, w, "refused", nil)
	}
	if t := res.Header.Get("Content-Type"); strings.HasPrefix(t, "application/json") || strings.HasPrefix(t, "text/") {
		return v.failure(ctx, w, "sound", errSound)
	}
	var said error
	pace := v.languages[primary(o.Language)]
	if pace == nil {
		pace = new(tempo)
	}
	e := newEstimate(read(v.settings.Reader, text, o.Language), pace.get()/o.speed())
	defer e.forget()
	err = relay(ctx, &coming{from: res.Body, clock: w, idle: v.limits.Idle, left: mostSound(len(text))}, Rate, e, func(c Chunk) error {
		said = emit(c)
		return said
	})
	switch {
	case err == nil:
		if x, ok := e.measured(); ok {
			pace.learn(x * o.speed())
		}
		return nil
	case said != nil && ctx.Err() == nil:
		return said
	case errors.Is(err, errSound):
		return v.failure(ctx, w, "sound", err)
	}
	return v.failure(ctx, w, "unreachable", err)
}

// mostSound is how many bytes of sound a text of so many bytes can be: what
// takes longer is not a reading of it.
func mostSound(text int) int {
	const patience, perByte = 3 * Rate * 2, Rate * 2 * 3 / 10 // 3 s, and 300 ms for each byte
	return min(patience+text*perByte, maxSound)
}

// coming is the sound of an answer as it comes. The server is not waited for
// while what came is passed on.
type coming struct {
	from  io.Reader
	clock *deadline.Clock
	idle  time.Duration
	left  int
	begun bool
}

// Read implements io.Reader.
func (c *coming) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errSound
	}
	if c.begun {
		c.clock.Arm(c.idle)
	}
	n, err := c.from.Read(b[:min(len(b), c.left)])
	if c.left -= n; n > 0 {
		c.begun = true
		c.clock.Rest()
	}
	if over := c.clock.Context(); err == io.EOF && over.Err() != nil {
		err = context.Cause(over) // a server that is let go of may still say that this was all
	}
	return n, err
}

// body is the request in bytes of its own, which the caller clears.
func (v *Server) body(text []byte, o Options) ([]byte, error) {
	quoted, err := jsontext.AppendQuote(make([]byte, 0, 2*len(text)+16), bytes.ToValidUTF8(text, []byte("\uFFFD")))
	defer func() { clear(quoted[:cap(quoted)]) }()
	if err != nil {
		return nil, err
	}
	r := request{Model: v.settings.Model, Input: quoted, Voice: v.settings.Voice, Format: "pcm"}
	if s := o.speed(); s != 1 {
		r.Speed = s
	}
	return json.Marshal(r)
}

// failure prefers the caller's reason to end.
func (v *Server) failure(ctx context.Context, w *deadline.Clock, code string, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var t interface{ Timeout() bool }
	if w.Slow() || errors.As(cause, &t) && t.Timeout() {
		code = "timeout"
	}
	return &Failure{v.Name(), code, cause}
}
