package openai

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/egress"
	"mayfly/session"
)

var _ avatar.Transcriber = (*Transcriber)(nil)

// listening makes a transcriber that reaches a server the way the gateway
// does.
func listening(t testing.TB, u *url.URL, limits Limits, partials time.Duration) *Transcriber {
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: &url.URL{Scheme: u.Scheme, Host: u.Host}, Local: true}}})
	require.NoError(t, err)
	t.Cleanup(out.Close)
	client, err := out.Client("b")
	require.NoError(t, err)
	return NewTranscriber(TranscriberOptions{Client: client, URL: u, Model: "scripted", Provider: "Example", Limits: limits, Partials: partials})
}

// scripted is a server that answers every request with handler.
func scripted(t *testing.T, limits Limits, partials time.Duration, handler http.HandlerFunc) *Transcriber {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/v1")
	require.NoError(t, err)
	return listening(t, u, limits, partials)
}

func texts(s session.Speech) string { return string(s.AppendTo(nil)) }

// one runs one utterance of a tenth of a second.
func one(t *testing.T, tr *Transcriber, partial func(session.Speech)) (string, error) {
	t.Helper()
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en-GB", Partial: partial})
	require.NoError(t, u.Write(make([]int16, 1600)))
	words, err := u.End(t.Context())
	u.Drop()
	return texts(words), err
}

// What leaves is a form with a closed list of fields, and a WAV file of
// exactly the sound. R6
func TestTranscriptionRequest(t *testing.T) {
	var mu sync.Mutex
	fields, types := map[string]string{}, map[string]string{}
	var head http.Header
	tr := scripted(t, Limits{}, 0, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		head = r.Header
		_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || r.URL.Path != "/v1/audio/transcriptions" {
			return
		}
		for m := multipart.NewReader(r.Body, params["boundary"]); ; {
			p, err := m.NextPart()
			if err != nil {
				break
			}
			b, _ := io.ReadAll(p)
			fields[p.FormName()] = string(b)
			types[p.FormName()] = p.FileName() + p.Header.Get("Content-Type")
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"type\":\"transcript.text.done\",\"text\":\"ok\"}\n\n")
	})
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "pt-BR"})
	require.NoError(t, u.Write([]int16{1, -2, 300}))
	require.NoError(t, u.Write([]int16{-32768}))
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ok", texts(words))
	mu.Lock()
	defer mu.Unlock()
	wav := fields["file"]
	delete(fields, "file")
	require.Equal(t, map[string]string{"model": "scripted", "language": "pt", "response_format": "json", "stream": "true"}, fields)
	require.Equal(t, "speech.wavaudio/wav", types["file"])
	require.Len(t, wav, 44+8)
	require.Equal(t, "RIFF", wav[:4])
	require.EqualValues(t, 44, binary.LittleEndian.Uint32([]byte(wav[4:])))
	require.EqualValues(t, 16000, binary.LittleEndian.Uint32([]byte(wav[24:])))
	require.EqualValues(t, 8, binary.LittleEndian.Uint32([]byte(wav[40:])))
	require.Equal(t, "\x01\x00\xfe\xff\x2c\x01\x00\x80", wav[44:])
	for name := range head {
		require.Contains(t, []string{"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent"}, name)
	}
}

// The shapes in which servers answer.
func TestTranscriptionAnswers(t *testing.T) {
	const stream, doc = "text/event-stream", "application/json"
	for name, c := range map[string]struct {
		kind, body string
		words      string
		partials   []string
		code       string
	}{
		"OpenAI": {stream, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Good\"}\n\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\" day\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Good day.\",\"usage\":{\"type\":\"tokens\"}}\n\n",
			"Good day.", []string{"Good", "Good day"}, ""},
		"vLLM": {stream, "data: {\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\" Good\"}}]}\n\ndata: {\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\" day\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
			"Good day", []string{"Good", "Good day"}, ""},
		"segments":            {stream, "data: {\"text\":\"Good\"}\n\ndata: {\"text\":\"day.\"}\n\n", "Good day.", []string{"Good", "Good day."}, ""},
		"a document":          {doc, "{\"text\":\" Good\\nday. \",\n\"usage\":{\"type\":\"duration\",\"seconds\":1}}", "Good day.", nil, ""},
		"silence":             {doc, `{"text":""}`, "", nil, ""},
		"a remark":            {doc, `{"text":" [BLANK_AUDIO] (music) "}`, "", nil, ""},
		"a remark and words":  {doc, `{"text":"[cough] Good day."}`, "[cough] Good day.", nil, ""},
		"diarised":            {stream, "data: {\"type\":\"transcript.text.segment\",\"speaker\":\"A\",\"text\":\"Good\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Good\"}\n\n", "Good", nil, ""},
		"other events":        {stream, "data: {\"type\":\"session.update\",\"delta\":\"canary\",\"text\":\"canary\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Good\"}\n\n", "Good", nil, ""},
		"goes on":             {stream, "data: {\"type\":\"transcript.text.done\",\"text\":\"Good\"}\n\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"canary\"}\n\n", "Good", nil, ""},
		"cut":                 {stream, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Go\"}\n\n", "", []string{"Go"}, "backend_unreachable"},
		"no words":            {doc, `{"status":"queued"}`, "", nil, "backend_invalid"},
		"a list":              {doc, `["canary"]`, "", nil, "backend_invalid"},
		"words of a kind":     {doc, `{"text":{"canary":1}}`, "", nil, "backend_invalid"},
		"two texts":           {doc, `{"text":"a","text":"canary"}`, "", nil, "backend_invalid"},
		"ten minutes of one":  {doc, `{"text":"` + strings.Repeat("canary ", 3000) + `"}`, "", nil, "backend_invalid"},
		"an error":            {doc, `{"error":{"message":"canary"}}`, "", nil, "backend_refused"},
		"a voiceprint":        {doc, `{"text":"Good day","speaker_embedding":[0.1,0.2]}`, "", nil, "backend_invalid"},
		"an emotion, nested":  {stream, "data: {\"type\":\"transcript.text.done\",\"text\":\"Good\",\"x\":[{\"\\u0065motions\":{\"joy\":1}}]}\n\n", "", nil, "backend_invalid"},
		"scores of the words": {doc, `{"text":"Good","logprobs":[{"token":"Good","logprob":-0.1}],"segments":[{"id":0,"avg_logprob":-1,"text":"Good"}]}`, "Good", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr := scripted(t, brisk, 0, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", c.kind)
				io.WriteString(w, c.body)
			})
			var partials []string
			words, err := one(t, tr, func(s session.Speech) { partials = append(partials, texts(s)) })
			require.Equal(t, c.words, words)
			require.Equal(t, c.partials, partials)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			failure, ok := errors.AsType[*avatar.Failure](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.code, failure.Code)
			require.NotContains(t, failure.Cause.Error(), "canary", "not even inside")
		})
	}
}

// An answer that measures the person is dropped whole: no vector, no emotion,
// no guess at age or gender has a way in. R35
func TestNothingMeasures(t *testing.T) {
	for _, name := range []string{"embedding", "speaker_embedding", "speakerEmbedding", "voiceprint", "emotion", "Emotions", "sentiment", "gender", "age_group", "xvector", "biometric_id", "ethnicity"} {
		for _, body := range []string{`{"text":"x","NAME":1}`, `{"text":"x","segments":[{"NAME":null}]}`, `{"a":{"b":{"NAME":"y"}},"text":"x"}`} {
			var h heard
			require.Error(t, (&decoder{}).hears([]byte(strings.Replace(body, "NAME", name, 1)), &h), name)
			require.NoError(t, (&decoder{}).hears([]byte(strings.Replace(body, "NAME", "language", 1)), &h))
		}
	}
}

// The hostile modes: a typed error or clean words within the deadline, and
// nothing of what was sent or of what the server wrote in the error. B6, R57
func TestHostileTranscriber(t *testing.T) {
	for mode, code := range map[backendtest.Mode]string{
		backendtest.Streams: "", backendtest.Refuses: "backend_unreachable", backendtest.Silent: "backend_timeout",
		backendtest.Unauthorised: "backend_refused", backendtest.Forbidden: "backend_refused",
		backendtest.TooMany: "backend_overloaded", backendtest.TooManyLater: "backend_overloaded", backendtest.TooManyAbsurd: "backend_overloaded",
		backendtest.EchoesPrompt: "backend_unreachable", backendtest.HTML: "backend_invalid", backendtest.Redirects: "backend_unreachable",
		backendtest.Stalls: "backend_timeout", backendtest.Drips: "backend_timeout", backendtest.Endless: "backend_timeout",
		backendtest.Floods: "backend_invalid", backendtest.NoNewline: "backend_invalid",
		backendtest.CutInCharacter: "backend_unreachable", backendtest.CutInWord: "backend_unreachable", backendtest.CutClean: "backend_unreachable",
		backendtest.ErrorInStream: "backend_refused", backendtest.BusyInStream: "backend_overloaded",
		backendtest.GoesOn: "", backendtest.OtherID: "", backendtest.SpeaksFirst: either, backendtest.SpeaksAfterHangup: "backend_timeout",
		backendtest.Commands: "", backendtest.Binary: "backend_invalid", backendtest.NotANumber: "backend_invalid",
		backendtest.DoubleNames: "backend_invalid", backendtest.Deep: "backend_invalid", backendtest.NotStreamed: "backend_invalid",
		backendtest.Bare: "", backendtest.ResetsOnce: "", backendtest.Filtered: "backend_refused", backendtest.ClosesIdle: "",
	} {
		t.Run(mode.String(), func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			server, err := backendtest.Start(backendtest.Script{Mode: mode, Pace: 50 * time.Millisecond, Canary: serverCanary})
			require.NoError(t, err)
			t.Cleanup(func() { server.Close(); goleak.VerifyNone(t, before) })
			limits := patient
			if code == "backend_timeout" || code == either {
				limits = brisk
			}
			tr := listening(t, server.URL(), limits, 0)
			began := time.Now()
			words, err := one(t, tr, nil)
			require.Less(t, time.Since(began), 15*time.Second)
			switch {
			case code == "":
				require.NoError(t, err)
				require.Equal(t, backendtest.Reply, words)
			case code != either || err != nil:
				failure, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%v", err)
				if code != either {
					require.Equal(t, code, failure.Code)
				}
				require.NotContains(t, failure.Cause.Error(), serverCanary, "not even inside")
				require.Empty(t, words, "half an utterance is none")
			}
			if n := server.Sent(); n > 8<<20 {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
}

// While somebody speaks the words so far are asked for, with all of the sound,
// and the last answer stands.
func TestPartialsAreAskedFor(t *testing.T) {
	var mu sync.Mutex
	var sizes []int64
	tr := scripted(t, Limits{}, time.Second, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		sizes = append(sizes, n)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"text":"`+strings.Repeat("word ", len(sizes))+`"}`)
	})
	tr.options.Partials = 20 * time.Millisecond // the test has no second to wait
	got := make(chan string, 100)
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(s session.Speech) { got <- texts(s) }})
	require.NoError(t, u.Write(make([]int16, 1600)))
	require.Equal(t, "word", <-got)
	require.NoError(t, u.Write(make([]int16, 1600)))
	require.Equal(t, "word word", <-got)
	time.Sleep(100 * time.Millisecond)
	require.Empty(t, got, "no new sound, no new question")
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, "word word word", texts(words))
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, sizes, 3)
	require.Equal(t, sizes[0]+3200, sizes[1])
	require.Empty(t, got)
}

// Drop closes the connection at once, also under a lock that the words so far
// wait for, and clears the sound.
func TestDropStopsTheTranscription(t *testing.T) {
	asked, left := make(chan struct{}, 1), make(chan struct{}, 1)
	tr := scripted(t, Limits{}, 0, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Good\"}\n\n")
		w.(http.Flusher).Flush()
		asked <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	})
	var lock sync.Mutex
	lock.Lock()
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) { lock.Lock(); defer lock.Unlock() }})
	require.NoError(t, u.Write(make([]int16, 1600)))
	done := make(chan error, 1)
	go func() { _, err := u.End(t.Context()); done <- err }()
	<-asked
	u.Drop()
	lock.Unlock()
	require.ErrorIs(t, <-done, context.Canceled)
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Fatal("the connection stayed open")
	}
	require.Nil(t, u.(*utterance).sound)
	require.Error(t, u.Write(make([]int16, 1)))
}

// Before the end nothing is dialled, and nothing at all where nothing was
// said, or it was dropped. One utterance is bounded.
func TestNothingLeavesBeforeTheEnd(t *testing.T) {
	server, err := backendtest.Start(backendtest.Script{})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	tr := listening(t, server.URL(), brisk, 0)
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) {}})
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Zero(t, words.Len())
	u = tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) {}})
	require.NoError(t, u.Write(make([]int16, avatar.MaxUtterance)))
	require.Error(t, u.Write(make([]int16, 1)))
	sound := u.(*utterance).sound
	sound[1] = 1
	u.Drop()
	require.Nil(t, u.(*utterance).sound)
	require.Equal(t, make([]byte, 64), sound[:64], "it is cleared, not let go")
	_, err = u.End(t.Context())
	require.ErrorIs(t, err, context.Canceled)
	ctx, cancel := context.WithCancel(t.Context())
	u = tr.Hear(ctx, avatar.Hearing{Locale: "en"})
	require.NoError(t, u.Write(make([]int16, 100)))
	cancel()
	require.Eventually(t, func() bool { return u.Write(make([]int16, 1)) != nil }, 30*time.Second, time.Millisecond)
	require.Zero(t, server.Accepted())
}

func FuzzTranscription(f *testing.F) {
	f.Add([]byte("data: {\"type\":\"transcript.text.delta\",\"delta\":\"Good\"}\n\ndata: {\"text\":\"x\"}\n"), false)
	f.Add([]byte(`{"text":"Good","segments":[{"emotion":1}]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, whole bool) {
		w := deadline.Watch(t.Context(), time.Minute)
		defer w.Stop()
		r := hearing{limits: Limits{}.orDefaults(), clock: w, told: func(s session.Speech) { s.Forget() }}
		defer r.forget()
		if r.read(strings.NewReader(string(body)), whole) == nil {
			require.LessOrEqual(t, r.said().Len(), maxWords)
		}
	})
}
