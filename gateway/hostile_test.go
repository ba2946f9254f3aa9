package gateway

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/fallback"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// secret is what hostile servers put into everything that must not come out.
const secret = "canary-of-the-server"

// descriptors is how many files and sockets are open.
func descriptors(t *testing.T) int {
	open, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(open)
}

// heapInUse is what is held after two collections, in bytes.
func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// backToBase demands, when all servers have misbehaved next to each other,
// that nothing is left of them: no descriptors, no memory, no goroutines.
func backToBase[M any](t *testing.T, modes []M, one func(t *testing.T, mode M)) {
	t.Helper()
	beside(t)
	run := func(times string) {
		t.Run(times, func(t *testing.T) {
			for _, mode := range modes {
				t.Run(fmt.Sprint(mode), func(t *testing.T) {
					t.Parallel()
					one(t, mode)
				})
			}
		})
	}
	run("once") // for what is made once
	files, heap := descriptors(t), heapInUse()
	run("again")
	require.Eventually(t, func() bool { return descriptors(t) <= files+5 }, 30*time.Second, 50*time.Millisecond, "sockets are left open")
	require.Less(t, heapInUse(), heap+10<<20, "memory is left in use")
}

// spoken casts an engine with a speech server, as the program makes it.
type spokenBy struct {
	engine avatar.Engine
	voice  *voice.Server
	server *fallback.Server
}

func (s spokenBy) Cast(*tenant.Tenant, *tenant.Avatar) *Cast {
	return &Cast{
		Engine: s.engine,
		Voice:  func(string) voice.Voice { return fallback.NewVoice(fallback.Speaker{Voice: s.voice, Server: s.server}) },
		Local:  func(string) voice.Voice { return nil },
	}
}

// stillSpeaks are the ways in which a speech server speaks all the same.
var stillSpeaks = map[backendtest.SoundMode]bool{
	backendtest.Works: true, backendtest.AfterTheEnd: true, backendtest.SaysHuman: true, backendtest.WrongRate: true, backendtest.BogusSizes: true, backendtest.OddBytes: true,
}

// speaking starts a speech server and gives the cast that it speaks for.
func speaking(t *testing.T, mode backendtest.SoundMode, sentences ...string) (spokenBy, *backendtest.SoundServer, rigOption, func()) {
	t.Helper()
	s, err := backendtest.StartSound(mode, secret)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "s", URL: s.URL(), Local: true}}})
	require.NoError(t, err)
	way, err := out.Client("s")
	require.NoError(t, err)
	limits := brisk
	if stillSpeaks[mode] {
		limits = ample
	}
	v, err := voice.NewServer(way, voice.ServerSettings{URL: s.URL().String(), Model: "m", Voice: "v", Languages: []string{"en"}, Deadlines: limits})
	require.NoError(t, err)
	by := spokenBy{&scripted{sentences: sentences}, v, fallback.NewServer(fallback.Speech, "Speech", fallback.Rules{Rest: time.Millisecond})}
	return by, s, func(o *Options, tn *tenant.Tenant) {
		o.Casting = by
		tn.Avatars[0].Speech = &tenant.BackEnd{URL: s.URL(), Model: "m", Voice: "v", Name: "Speech"}
	}, func() { out.Close(); s.Close() }
}

// Each way in which a speech server can misbehave, to the client, over a
// WebSocket and over a call: the words are whole and said once, the reply has
// one end and its label, the client is told that the voice is lost, within the
// deadlines; nothing of what the server says about itself or quotes comes out,
// and nothing is left of it. // B6 R20 R21 R57
func TestHostileSpeechServers(t *testing.T) {
	one := func(t *testing.T, mode backendtest.SoundMode) {
		by, _, with, end := speaking(t, mode, "Yes.", "It is kept nowhere.")
		r := newRig(t, by.engine, nil, with, withMedia(t))
		t.Cleanup(end)
		p, _ := r.call(line{}, "")
		both := []*client{r.connect(), p.client}
		start := time.Now()
		for _, c := range both {
			c.acknowledge(c.aware("audio"))
			c.text("canary-of-the-person")
			c.send(event{"type": "response.create"})
		}
		for _, c := range both {
			done := c.await("response.done", 1)
			require.Less(t, time.Since(start), 20*time.Second)
			require.Equal(t, "completed", done.at("response", "status"), "the words are there")
			require.Equal(t, "Yes. It is kept nowhere.", c.await("response.output_audio_transcript.done", 1)["transcript"])
			require.Equal(t, 1, c.count("response.created"))
			require.Equal(t, 1, c.count("response.done"))
			c.labelled()
			rungs := []string{}
			for _, e := range c.all() {
				if e.typ() == "avatar.ladder.state" {
					rungs = append(rungs, fmt.Sprint(e["rung"], " ", e["reason"]))
				}
				require.NotContains(t, fmt.Sprint(e), secret)
			}
			switch lost := []string{"text voice_failed"}; {
			case mode == backendtest.AfterTheEnd && len(rungs) > 0:
				require.Equal(t, lost, rungs, "seen late, what follows is taken for the next sentence, which is lost then")
			case stillSpeaks[mode]:
				require.Empty(t, rungs)
			default:
				require.Equal(t, lost, rungs)
			}
			require.LessOrEqual(t, c.count("avatar.recording.state"), 1, "the server commands nothing")
			c.send(event{"type": "avatar.session.end"})
			<-c.done
		}
		if mode != backendtest.AfterTheEnd {
			require.Equal(t, !stillSpeaks[mode], !by.server.Health().Since.IsZero())
		}
	}
	t.Run("nothing is left", func(t *testing.T) {
		backToBase(t, []backendtest.SoundMode{backendtest.NeverAnswers, backendtest.CutOff, backendtest.HeadsThenStall, backendtest.AfterHangUp}, one)
	})
	beside(t)
	for _, mode := range backendtest.SpeechModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			one(t, mode)
		})
	}
	t.Logf("n = %d modes, over a WebSocket and a call each", len(backendtest.SpeechModes()))
}

// Each way in which a transcriber can misbehave: what was said is understood,
// or its item says with a code that it was not, once, within the deadlines;
// and what is said next, to one that works, is. // B6 R18 R57
func TestHostileTranscribers(t *testing.T) {
	codes := []any{"backend_unreachable", "backend_timeout", "backend_refused", "backend_invalid", "backend_overloaded"}
	fine := map[backendtest.SoundMode]bool{backendtest.Works: true, backendtest.AfterTheEnd: true} // the one that says who spoke is not listened to: R35
	one := func(t *testing.T, mode backendtest.SoundMode) {
		s, err := backendtest.StartSound(mode, secret)
		require.NoError(t, err)
		out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "t", URL: s.URL(), Local: true}}})
		require.NoError(t, err)
		way, err := out.Client("t")
		require.NoError(t, err)
		limits := brisk
		if fine[mode] {
			limits = ample
		}
		ears := fallback.NewTranscriber(fallback.Hearer{
			Transcriber: openai.NewTranscriber(openai.TranscriberOptions{Client: way, URL: s.URL(), Model: "m", Limits: limitsOf(limits)}),
			Server:      fallback.NewServer(fallback.Transcription, "Ears", fallback.Rules{Rest: time.Millisecond}),
		})
		r := newRig(t, &scripted{sentences: []string{"Heard."}}, nil, hearing(ears), func(_ *Options, tn *tenant.Tenant) {
			tn.Avatars[0].Transcriber = &tenant.BackEnd{URL: s.URL(), Model: "m", Name: "Ears"}
		})
		t.Cleanup(func() { out.Close(); s.Close() })
		c := r.listened("text")
		start := time.Now()
		c.speak()
		if fine[mode] {
			require.Equal(t, backendtest.Transcribed, c.await("conversation.item.input_audio_transcription.completed", 1)["transcript"])
			require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
			require.Zero(t, c.count("conversation.item.input_audio_transcription.failed"))
		} else {
			failed := c.await("conversation.item.input_audio_transcription.failed", 1)
			require.Contains(t, codes, failed.at("error", "code"))
			require.Less(t, time.Since(start), 20*time.Second)
			require.Zero(t, c.count("conversation.item.input_audio_transcription.completed"))
			s.Become(backendtest.Works)
			switch {
			case s.Asked() == 0: // it does not speak HTTP
			case mode == backendtest.Busy: // and wants to be left alone for 30 s
				asked := s.Asked()
				c.speak()
				require.Equal(t, "backend_overloaded", c.await("conversation.item.input_audio_transcription.failed", 2).at("error", "code"))
				require.Equal(t, asked, s.Asked())
			default:
				for tries := 1; c.count("conversation.item.input_audio_transcription.completed") == 0 && tries < 5; tries++ {
					c.speak() // a loaded machine may miss the deadline with one that works
					require.Eventually(t, func() bool {
						return c.count("conversation.item.input_audio_transcription.completed") > 0 || c.count("conversation.item.input_audio_transcription.failed") > tries
					}, 30*time.Second, time.Millisecond)
				}
				require.Equal(t, backendtest.Transcribed, c.await("conversation.item.input_audio_transcription.completed", 1)["transcript"])
				c.await("response.done", 1)
			}
		}
		require.Equal(t, c.count("response.created"), c.count("response.done"))
		c.labelled()
		for _, e := range c.all() {
			require.NotContains(t, fmt.Sprint(e), secret)
		}
		c.send(event{"type": "avatar.session.end"})
		<-c.done
	}
	t.Run("nothing is left", func(t *testing.T) {
		backToBase(t, []backendtest.SoundMode{backendtest.NeverAnswers, backendtest.CutOff, backendtest.HeadsThenStall, backendtest.AfterHangUp}, one)
	})
	for mode := range fine { // these have a deadline to keep
		t.Run(string(mode), func(t *testing.T) { one(t, mode) })
	}
	alongside(t)
	for _, mode := range backendtest.HearingModes() {
		if fine[mode] {
			continue
		}
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			one(t, mode)
		})
	}
	t.Logf("n = %d modes", len(backendtest.HearingModes()))
}

// A speech server that is lost in the middle of an answer: what was heard is
// not said again, the rest is read, and the next answer is heard again once it
// works. R21
func TestSpeechServerLostInTheMiddle(t *testing.T) {
	by, s, with, end := speaking(t, backendtest.LostInTheMiddle, "This one is begun and not ended.", "This one is only read.")
	r := newRig(t, by.engine, nil, with)
	t.Cleanup(end)
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	c.turn("Hello?", 1)
	require.Equal(t, "This one is begun and not ended. This one is only read.", c.await("response.output_audio_transcript.done", 1)["transcript"])
	heard := c.sound()
	require.Positive(t, heard)
	require.LessOrEqual(t, heard, voice.Rate/2+voice.Rate/20, "half a second, and what fills its last piece")
	require.EqualValues(t, 1, s.Asked(), "nobody asks for it again in this answer")
	require.Equal(t, "voice_failed", c.await("avatar.ladder.state", 1)["reason"])
	s.Become(backendtest.Works)
	c.turn("And now?", 2)
	require.Equal(t, "recovered", c.await("avatar.ladder.state", 2)["reason"])
	require.Greater(t, c.sound(), heard)
	c.labelled()
}

// A model server whose TLS cannot be trusted is not talked with: the person is
// told with the code, within the deadline. // B8 R57
func TestModelServerTLS(t *testing.T) {
	for _, mode := range []backendtest.SoundMode{backendtest.WrongName, backendtest.OldTLS} {
		t.Run(string(mode), func(t *testing.T) {
			s, err := backendtest.StartSound(mode, secret)
			require.NoError(t, err)
			out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: s.URL(), Local: true}}})
			require.NoError(t, err)
			way, err := out.Client("b")
			require.NoError(t, err)
			r := newRig(t, openai.New(openai.Options{Client: way, URL: s.URL(), Model: "m", Limits: briskLimits()}), nil)
			t.Cleanup(func() { out.Close(); s.Close() })
			c := r.connect()
			c.acknowledge(c.aware("text"))
			c.turn("canary-of-the-person", 1)
			require.Equal(t, "backend_unreachable", c.await("response.done", 1).at("response", "status_details", "error", "code"))
			require.Zero(t, s.Asked(), "not a word was sent")
			c.labelled()
		})
	}
}

// What hostile model servers cost is given back: no sockets, no memory. // B6
func TestHostileModelsLeaveNothing(t *testing.T) {
	modes := []backendtest.Mode{backendtest.Silent, backendtest.Stalls, backendtest.Endless, backendtest.Floods, backendtest.NoNewline, backendtest.CutInWord, backendtest.SpeaksAfterHangup, backendtest.Deep}
	backToBase(t, modes, func(t *testing.T, mode backendtest.Mode) {
		engine, _, end := behind(t, backendtest.Script{Mode: mode, Pace: 20 * time.Millisecond, Canary: secret}, briskLimits())
		r := newRig(t, engine, nil)
		t.Cleanup(end)
		c := r.connect()
		c.acknowledge(c.aware("text"))
		c.turn("canary-of-the-person", 1)
		require.Equal(t, 1, c.count("response.done"))
		c.send(event{"type": "avatar.session.end"})
		<-c.done
	})
}
