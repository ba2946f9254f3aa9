package backendtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// SoundMode is one way in which a speech server, or a transcriber, behaves.
// The numbers are those of the list of hostile back ends in the threat model.
type SoundMode string

// The modes. Those that are about sound are for a speech server alone, those
// that are about words for a transcriber; the others are for both.
const (
	Works           SoundMode = "works"
	NobodyListens   SoundMode = "1 nobody listens"
	NeverAnswers    SoundMode = "2 accepts, never answers"
	WrongName       SoundMode = "3 a certificate that nobody vouches for"
	OldTLS          SoundMode = "3 TLS 1.0"
	Unauthorized    SoundMode = "4 401"
	Busy            SoundMode = "5 429"
	Quotes          SoundMode = "6 500 that quotes what it was sent"
	Page            SoundMode = "7 200 with a page"
	SentOn          SoundMode = "8 redirects to a private address"
	HeadsThenStall  SoundMode = "9 a head, then nothing"
	OneByte         SoundMode = "10 one byte from time to time"
	NoEnd           SoundMode = "11 never ends"
	TooFast         SoundMode = "12 as much as fits"
	Gigabyte        SoundMode = "13 one piece without an end"
	CutOff          SoundMode = "14 breaks off in a sample, or a character"
	CutEarly        SoundMode = "15 breaks off in a word"
	ErrorAsAnswer   SoundMode = "16 an error object as the answer"
	AfterTheEnd     SoundMode = "17 goes on after the end"
	Unasked         SoundMode = "19 speaks before it is asked"
	AfterHangUp     SoundMode = "20 goes on when the client has left"
	SaysHuman       SoundMode = "21 says that a human made it"
	Orders          SoundMode = "22 control events"
	NoText          SoundMode = "23 bytes that are no text, NaN, names twice"
	WrongRate       SoundMode = "24 another rate in a header"
	BogusSizes      SoundMode = "24 a header with bogus sizes"
	OddBytes        SoundMode = "24 an odd number of bytes"
	TenMinutes      SoundMode = "24 ten minutes for one word"
	Mute            SoundMode = "24 silence for ever"
	LostInTheMiddle SoundMode = "lost after half a second of sound"
)

// SpeechModes are those of a speech server.
func SpeechModes() []SoundMode {
	return []SoundMode{
		Works, NobodyListens, NeverAnswers, WrongName, OldTLS, Unauthorized, Busy, Quotes, Page, SentOn, HeadsThenStall, OneByte, NoEnd, TooFast, Gigabyte,
		CutOff, CutEarly, ErrorAsAnswer, AfterTheEnd, Unasked, AfterHangUp, SaysHuman, Orders, NoText, WrongRate, BogusSizes, OddBytes, TenMinutes, Mute, LostInTheMiddle,
	}
}

// HearingModes are those of a transcriber.
func HearingModes() []SoundMode {
	return []SoundMode{
		Works, NobodyListens, NeverAnswers, WrongName, OldTLS, Unauthorized, Busy, Quotes, Page, SentOn, HeadsThenStall, OneByte, NoEnd, TooFast, Gigabyte,
		CutOff, CutEarly, ErrorAsAnswer, AfterTheEnd, Unasked, AfterHangUp, SaysHuman, Orders, NoText,
	}
}

// Transcribed is what a transcriber that works understands.
const Transcribed = "Is it kept?"

// SoundServer is a speech server and a transcriber on a loopback port.
type SoundServer struct {
	canary string
	base   *url.URL
	server *httptest.Server // nil: nobody listens
	raw    net.Listener     // nil: it speaks HTTP
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mode  atomic.Value // SoundMode
	asked atomic.Int64
}

// StartSound starts one; Close must be called. canary is put into everything
// that must not come out.
func StartSound(mode SoundMode, canary string) (*SoundServer, error) {
	s := &SoundServer{canary: canary}
	s.mode.Store(mode)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	switch mode {
	case NobodyListens, NeverAnswers, Unasked:
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		s.base = &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/v1"}
		if mode == NobodyListens {
			return s, l.Close()
		}
		s.raw = l
		s.wg.Go(s.accept)
		return s, nil
	}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	s.server.Config.ReadHeaderTimeout = 10 * time.Second
	switch mode {
	case WrongName, OldTLS:
		if mode == OldTLS {
			s.server.TLS = &tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10}
		}
		s.server.StartTLS()
	default:
		s.server.Start()
	}
	u, err := url.Parse(s.server.URL + "/v1")
	if err != nil {
		return nil, err
	}
	s.base = u
	return s, nil
}

// URL is the base that a client is given.
func (s *SoundServer) URL() *url.URL { return s.base }

// Asked is how many requests have come.
func (s *SoundServer) Asked() int64 { return s.asked.Load() }

// Become makes it behave in another way from the next request on.
func (s *SoundServer) Become(mode SoundMode) { s.mode.Store(mode) }

// Close ends all connections and waits until nothing is left of it.
func (s *SoundServer) Close() {
	s.cancel()
	if s.raw != nil {
		s.raw.Close()
	}
	if s.server != nil {
		s.server.CloseClientConnections()
		s.server.Close()
	}
	s.wg.Wait()
}

// accept takes connections and never answers what is asked; unasked it says
// something at once.
func (s *SoundServer) accept() {
	for {
		c, err := s.raw.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() {
			defer c.Close()
			defer context.AfterFunc(s.ctx, func() { c.Close() })()
			if s.mode.Load() == Unasked {
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(s.canary), s.canary)
			}
			_, _ = io.Copy(io.Discard, c)
		})
	}
}

// Hum is sound of so many milliseconds: 24 kHz, 16 bits, little endian.
func Hum(ms int) []byte {
	b := make([]byte, 0, ms*48)
	for i := range ms * 24 {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(6000*math.Sin(2*math.Pi*220*float64(i)/24000))))
	}
	return b
}

// header is that of a WAV file of a rate, which claims so many bytes.
func header(rate, size uint32) []byte {
	b := append([]byte("RIFF"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], size)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	return binary.LittleEndian.AppendUint32(b, size)
}

// answer is one answer, in the way of the mode.
func (s *SoundServer) answer(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	body, _ := io.ReadAll(r.Body)
	mode := s.mode.Load().(SoundMode)
	speaks := strings.HasSuffix(r.URL.Path, "/speech")
	kind, good := "application/json", []byte(`{"text":"`+Transcribed+`"}`)
	if speaks {
		kind, good = "audio/pcm", Hum(600)
	}
	head := func(status int) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_ = http.NewResponseController(w).Flush()
	}
	// on writes pieces until nobody reads or most of them are through.
	on := func(piece []byte, pause time.Duration, most int) {
		for sent := 0; sent < most && r.Context().Err() == nil && s.ctx.Err() == nil; sent += len(piece) {
			if _, err := w.Write(piece); err != nil {
				return
			}
			if pause > 0 {
				_ = http.NewResponseController(w).Flush()
				s.pause(r.Context(), pause)
			}
		}
	}
	said := func(status int, kind, text string) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	const endless = 1 << 30
	switch mode {
	case Unauthorized:
		said(401, "application/json", `{"error":{"message":"bad key `+s.canary+`"}}`)
	case Busy:
		w.Header().Set("Retry-After", "30")
		said(429, "application/json", `{"error":{"message":"`+s.canary+`"}}`)
	case Quotes:
		said(500, "text/plain", s.canary+string(body))
	case Page:
		said(200, "text/html", "<html>"+s.canary+"</html>")
	case SentOn:
		w.Header().Set("Location", "http://169.254.169.254/"+s.canary)
		said(307, "text/plain", "")
	case HeadsThenStall:
		head(200)
		s.pause(r.Context(), time.Minute)
	case OneByte:
		head(200)
		on([]byte{' '}, 10*time.Second, endless)
	case NoEnd:
		head(200)
		on(append(bytes.Repeat([]byte{' '}, 200), 0, 1), 20*time.Millisecond, endless)
	case TooFast:
		head(200)
		on(bytes.Repeat([]byte("{}"), 8<<10), 0, endless)
	case Gigabyte:
		w.Header().Set("Content-Length", fmt.Sprint(endless))
		head(200)
		on(bytes.Repeat([]byte{' '}, 64<<10), 0, endless)
	case CutOff:
		w.Header().Set("Content-Length", "100000")
		head(200)
		if speaks {
			_, _ = w.Write(Hum(100)[:4799])
		} else {
			_, _ = io.WriteString(w, "{\"text\":\"caf\xc3")
		}
		panic(http.ErrAbortHandler)
	case CutEarly:
		head(200)
		_, _ = w.Write(good[:len(good)/2])
		panic(http.ErrAbortHandler)
	case LostInTheMiddle:
		head(200)
		_, _ = w.Write(Hum(500))
		_ = http.NewResponseController(w).Flush()
		s.pause(r.Context(), 300*time.Millisecond)
		panic(http.ErrAbortHandler)
	case ErrorAsAnswer:
		said(200, "application/json", `{"error":{"message":"`+s.canary+`","type":"server_error"}}`)
	case AfterTheEnd:
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", kind, len(good), good)
		fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", kind, len(s.canary), s.canary)
		_ = rw.Flush()
		s.pause(r.Context(), 50*time.Millisecond)
	case AfterHangUp:
		head(200)
		if speaks {
			_, _ = w.Write(good)
		}
		for s.ctx.Err() == nil { // whatever the client does
			if _, err := io.WriteString(w, s.canary); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			s.pause(s.ctx, 5*time.Millisecond)
		}
	case SaysHuman:
		w.Header().Set("AI-Disclosure", "none; human="+s.canary)
		w.Header().Set("X-Ai-Generated", "false")
		if !speaks {
			good = []byte(`{"text":"` + Transcribed + `","ai_generated":false,"label":"human","speaker_embedding":[0.1,0.2]}`)
		}
		head(200)
		_, _ = w.Write(good)
	case Orders:
		said(200, "text/event-stream", "event: avatar.recording.state\ndata: {\"type\":\"avatar.recording.state\",\"state\":\"on\"}\n\ndata: {\"type\":\"session.update\",\"session\":{\"avatar\":{\"acknowledges_disclosure\":true}}}\n\n")
	case NoText:
		if speaks {
			said(200, "application/json", "{\"audio\":\"\xff\xfe\",\"audio\":NaN}")
		} else {
			said(200, "application/json", "{\"text\":\"\xff\xfe\",\"text\":NaN}")
		}
	case WrongRate:
		head(200)
		_, _ = w.Write(append(header(8000, 0), Hum(200)...))
	case BogusSizes:
		head(200)
		_, _ = w.Write(append(header(24000, 0x7ffff024), Hum(300)...))
	case OddBytes:
		head(200)
		for _, b := range Hum(300)[:14399] {
			_, _ = w.Write([]byte{b})
		}
	case TenMinutes:
		head(200)
		on(Hum(1000), 0, 600*48000)
	case Mute:
		head(200)
		on(make([]byte, 4800), 10*time.Millisecond, endless)
	default:
		head(200)
		_, _ = w.Write(good)
	}
}

func (s *SoundServer) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-s.ctx.Done():
	case <-time.After(d):
	}
}
