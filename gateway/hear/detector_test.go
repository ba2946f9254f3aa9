package hear

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

var kinds = [...]string{"maybe", "started", "nothing", "stopped", "idle"}

// String is for messages of tests.
func (k Kind) String() string { return kinds[k] }

// heardOf runs sound through a detector in pieces of n samples.
func heardOf(d *Detector, pcm []int16, n int) (all []Event) {
	for at := 0; at < len(pcm); at += n {
		d.Write(pcm[at:min(at+n, len(pcm))], func(e Event) { all = append(all, e) })
	}
	return all
}

func count(all []Event, k Kind) (n int) {
	for _, e := range all {
		if e.Kind == k {
			n++
		}
	}
	return n
}

// What is no speech never becomes an utterance, and what is not even a voice
// does not make the avatar quieter.
func TestWhatIsNoSpeech(t *testing.T) {
	for name, c := range map[string]struct {
		make    func(*sounds)
		maybes  int // at most, of 100
		taken   int // for speech, at most, of 100
		playing bool
	}{
		"digital silence":  {func(s *sounds) { s.silence(3000) }, 0, 0, false},
		"quiet noise":      {func(s *sounds) { s.noise(3000, -60) }, 0, 0, false},
		"loud noise":       {func(s *sounds) { s.noise(3000, -25) }, 0, 0, false},
		"a fan is started": {func(s *sounds) { s.noise(1000, -60); s.noise(3000, -35) }, 0, 0, false},
		"clicks": {func(s *sounds) {
			for range 15 {
				s.click()
				s.noise(60+s.rand.IntN(300), -65)
			}
		}, 0, 0, false},
		"coughs":              {func(s *sounds) { s.noise(500, -60); s.cough(); s.noise(1500, -60); s.cough() }, 60, 4, false},
		"mains hum":           {func(s *sounds) { s.noise(500, -60); s.hum(3000, -30) }, 100, 0, false},
		"a held chord":        {func(s *sounds) { s.noise(500, -60); s.chord(2500, -25) }, 100, 0, false},
		"200 nods, heard out": {func(s *sounds) { s.noise(500, -60); s.mm(); s.noise(1500, -60); s.mm() }, 200, 20, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSounds(7)
			runs, maybes, taken := times(100), 0, 0
			for range runs {
				s.pcm = s.pcm[:0]
				c.make(s)
				s.noise(600, -65)
				s.under(0, -66)
				d := New(Config{Mode: Server})
				d.Playing(c.playing)
				all := heardOf(d, s.pcm, 480)
				require.Equal(t, count(all, Maybe), count(all, Nothing)+count(all, Started), "what was doubted is cleared up")
				maybes += count(all, Maybe)
				taken += count(all, Started)
			}
			t.Logf("%d recordings: taken for speech %d times, the avatar got quieter %d times", runs, taken, maybes)
			require.LessOrEqual(t, taken, times(c.taken))
			require.LessOrEqual(t, maybes, times(c.maybes))
		})
	}
}

// Speech is heard, also over noise and over the avatar, and soon.
func TestWhatIsSpeech(t *testing.T) {
	for name, c := range map[string]struct {
		level, noise float64 // dB
		playing      bool
		missed       int // at most, of 100
		maybe, sure  int64
	}{
		"in quiet":         {-20, -65, false, 0, 150, 350},
		"softly":           {-38, -65, false, 0, 150, 350},
		"over a fan":       {-20, -38, false, 0, 200, 450},
		"over the avatar":  {-20, -60, true, 2, 150, 600},
		"softly, over it":  {-32, -60, true, 4, 200, 700},
		"loudly over it":   {-10, -50, true, 2, 150, 600},
		"in digital peace": {-20, -90, false, 0, 150, 350},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSounds(11)
			runs, missed, late := times(100), 0, 0
			var maybe, sure int64
			for range runs {
				s.pcm = s.pcm[:0]
				s.silence(2500)
				begin := s.ms()
				s.say(6, c.level)
				s.silence(900)
				if c.noise > -80 {
					s.under(0, c.noise)
				}
				d := New(Config{Mode: Server, PrefixMS: -1})
				d.Playing(c.playing)
				var now, first, started int64
				for at := 0; at < len(s.pcm); at += 160 {
					d.Write(s.pcm[at:min(at+160, len(s.pcm))], func(e Event) {
						switch {
						case e.Kind == Maybe && first == 0:
							first = now + 10
						case e.Kind == Started && started == 0:
							started = now + 10
							if e.AtMS > begin+200 {
								late++
							}
						}
					})
					now += 10
				}
				if started == 0 {
					missed++
					continue
				}
				maybe += first - begin
				sure += started - begin
			}
			n := int64(runs - missed)
			t.Logf("%d utterances: %d missed, of %d the first syllable; quieter after %d ms, stopped after %d ms on average", runs, missed, late, maybe/n, sure/n)
			require.LessOrEqual(t, missed, times(c.missed))
			require.LessOrEqual(t, late, times(5))
			require.LessOrEqual(t, maybe/n, c.maybe)
			require.LessOrEqual(t, sure/n, c.sure)
		})
	}
}

// From the end of speech to Stopped it takes the silence that was asked for
// and at most 50 ms: counted in samples, so that no machine is too slow.
func TestEndOfSpeech(t *testing.T) {
	s := newSounds(3)
	var most, n int64
	for _, silence := range []int{200, 500, 800, 1500} {
		for range times(50) {
			s.pcm = s.pcm[:0]
			s.silence(500)
			s.say(5+s.rand.IntN(6), s.between(-30, -12))
			end := int64(len(s.pcm))
			s.silence(silence + 300)
			s.under(0, s.between(-75, -50))
			d := New(Config{Mode: Server, SilenceMS: silence})
			stopped := int64(0)
			for at := range s.pcm {
				d.Write(s.pcm[at:at+1], func(e Event) {
					if e.Kind == Stopped {
						stopped = int64(at + 1)
						require.LessOrEqual(t, e.AtMS, end*1000/Rate+50)
					}
				})
			}
			require.NotZero(t, stopped)
			late := stopped - end - int64(silence)*Rate/1000
			require.LessOrEqual(t, late, int64(50*Rate/1000), "samples after the end and the silence")
			most = max(most, late)
			n++
		}
	}
	t.Logf("%d utterances: Stopped at most %.1f ms after the silence", n, float64(most)*1000/Rate)
}

// A click in the silence at the end does not make it longer.
func TestClickInTheSilence(t *testing.T) {
	s := newSounds(5)
	s.silence(500)
	s.say(6, -20)
	end := s.ms()
	s.silence(200)
	s.click()
	s.silence(800)
	s.under(0, -65)
	all := heardOf(New(Config{Mode: Server}), s.pcm, 160)
	require.Equal(t, []Kind{Maybe, Started, Stopped}, kindsOf(all))
	require.InDelta(t, end, all[2].AtMS, 60)
}

func kindsOf(all []Event) (ks []Kind) {
	for _, e := range all {
		ks = append(ks, e.Kind)
	}
	return ks
}

// The prefix reaches back, but not over what was said before, nor before the
// beginning.
func TestPrefix(t *testing.T) {
	s := newSounds(9)
	s.silence(100)
	s.say(5, -20)
	s.silence(450)
	s.say(5, -20)
	s.silence(600)
	all := heardOf(New(Config{Mode: Server, PrefixMS: 2000, SilenceMS: 300}), s.pcm, 160)
	require.Equal(t, []Kind{Maybe, Started, Stopped, Maybe, Started, Stopped}, kindsOf(all))
	require.Zero(t, all[1].AtMS)
	require.Equal(t, all[2].AtMS, all[4].AtMS)
}

// Idle comes once, not while the avatar is heard, and again after somebody was.
func TestIdle(t *testing.T) {
	s := newSounds(13)
	s.silence(7000)
	d := New(Config{Mode: Server, IdleMS: 2000})
	require.Equal(t, []Event{{Idle, 2000}}, heardOf(d, s.pcm, 160))
	d.Playing(true)
	require.Empty(t, heardOf(d, s.pcm, 160))
	d.Playing(false)
	require.Equal(t, []Event{{Idle, 16000}}, heardOf(d, s.pcm, 160))
	require.Empty(t, heardOf(New(Config{Mode: Semantic, IdleMS: 2000}), s.pcm, 160))
}

// Where the client says what an utterance is, nothing else does.
func TestManual(t *testing.T) {
	s := newSounds(15)
	s.say(8, -20)
	s.silence(2000)
	d := New(Config{})
	require.Empty(t, heardOf(d, s.pcm, 160))
	d.Set(Config{Mode: Server})
	require.Len(t, heardOf(d, s.pcm, 160), 3)
}

// After Reset, as when a client commits or clears, what goes on is another
// utterance, and no end of the former is told.
func TestReset(t *testing.T) {
	s := newSounds(17)
	s.silence(300)
	s.say(10, -20)
	half := len(s.pcm) / 2
	d := New(Config{Mode: Server})
	require.Equal(t, []Kind{Maybe, Started}, kindsOf(heardOf(d, s.pcm[:half], 160)))
	d.Reset()
	rest := heardOf(d, s.pcm[half:], 160)
	require.Equal(t, []Kind{Maybe, Started}, kindsOf(rest))
	require.GreaterOrEqual(t, rest[1].AtMS, int64(half)*1000/Rate-frameMS)
}

// Over the avatar a nod in words is a nod, and other words interrupt.
func TestWordsOverTheAvatar(t *testing.T) {
	for words, want := range map[string][]Kind{"yes okay": nil, "aha ja": nil, "no wait": {Started}, "stop": {Started}} {
		s := newSounds(19)
		s.silence(500)
		d := New(Config{Mode: Semantic})
		d.Playing(true)
		heardOf(d, s.pcm, 160)
		s.pcm = nil
		s.mm()
		mid := len(s.pcm) / 3
		require.Equal(t, []Kind{Maybe}, kindsOf(heardOf(d, s.pcm[:mid], 160)))
		d.Partial(session.NewSpeech([]byte(words)))
		require.Equal(t, want, kindsOf(heardOf(d, s.pcm[mid:], 160)), words)
	}
}

// However the sound is cut into pieces, the same is heard.
func TestPieces(t *testing.T) {
	s := newSounds(21)
	for range 4 {
		s.noise(400, -50)
		s.say(4, -22)
		s.cough()
		s.noise(700, -50)
	}
	want := heardOf(New(Config{Mode: Server}), s.pcm, len(s.pcm))
	require.Greater(t, len(want), 4)
	for _, n := range []int{1, 7, 160, 320, 480, 960, 12345} {
		require.Equal(t, want, heardOf(New(Config{Mode: Server}), s.pcm, n), "%d", n)
	}
}

// Nothing is allocated, whatever is heard.
func TestWriteDoesNotAllocate(t *testing.T) {
	s := newSounds(23)
	s.silence(300)
	s.say(6, -20)
	s.silence(900)
	for _, m := range []Mode{Manual, Server, Semantic} {
		d := New(Config{Mode: m, IdleMS: 500})
		do := func(Event) {}
		require.Zero(t, testing.AllocsPerRun(5, func() {
			for at := 0; at+320 <= len(s.pcm); at += 320 {
				d.Write(s.pcm[at:at+320], do)
			}
		}))
	}
}

func BenchmarkWrite(b *testing.B) {
	s := newSounds(25)
	s.say(8, -20)
	pcm := s.pcm[:320]
	d := New(Config{Mode: Semantic})
	do := func(Event) {}
	b.ReportAllocs()
	for b.Loop() {
		d.Write(pcm, do)
	}
}

// lawful is the order in which events may come.
func lawful(t *testing.T, all []Event) {
	t.Helper()
	state, at := Nothing, int64(0)
	for _, e := range all {
		require.GreaterOrEqual(t, e.AtMS, int64(0))
		switch e.Kind {
		case Maybe:
			require.Contains(t, []Kind{Nothing, Stopped}, state)
		case Started, Nothing:
			require.Equal(t, Maybe, state)
		case Stopped:
			require.Equal(t, Started, state)
			require.GreaterOrEqual(t, e.AtMS, at)
		case Idle:
			require.NotEqual(t, Started, state)
			continue
		}
		if e.Kind == Started {
			at = e.AtMS
		}
		state = e.Kind
	}
}

func FuzzDetector(f *testing.F) {
	f.Add([]byte("\x01\x02\x03words"), uint64(1))
	f.Add([]byte{0, 255, 128, 7, 9, 40, 41, 42}, uint64(2))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		s := newSounds(seed)
		r := rand.New(rand.NewPCG(seed, 2))
		d := New(Config{Mode: Semantic, IdleMS: 300})
		var all []Event
		if len(script) > 64 {
			script = script[:64]
		}
		for _, b := range script {
			s.pcm = s.pcm[:0]
			switch b % 12 {
			case 0:
				s.say(1+int(b)%5, -float64(b%60))
			case 1:
				s.noise(int(b), -float64(b%60))
			case 2:
				s.silence(10 * int(b))
			case 3:
				s.cough()
			case 4:
				s.mm()
			case 5:
				for range int(b) * 10 {
					s.pcm = append(s.pcm, int16(r.Uint32()))
				}
			case 6:
				d.Playing(b&16 == 0)
			case 7:
				d.Partial(session.NewSpeech(script[:r.IntN(len(script)+1)]))
			case 8:
				lawful(t, all)
				all = nil
				d.Reset()
			case 9:
				d.Set(Config{Mode: Mode(1 + b%2), SilenceMS: int(b), Threshold: float64(b) / 200, Eagerness: Eagerness(b)})
			}
			all = append(all, heardOf(d, s.pcm, 1+int(b)*3)...)
		}
		lawful(t, all)
	})
}

// Words that came while somebody spoke say nothing about the pause after: the
// recogniser has not written yet what was said last. Those that come in the
// pause do, until it is over.
func TestStaleWords(t *testing.T) {
	s := newSounds(27)
	s.silence(300)
	s.say(8, -20)
	end := s.ms()
	s.silence(3000)
	said := session.NewSpeech([]byte("I would like a room for Tuesday."))
	waited := func(when func(*Detector, int64)) int64 {
		d := New(Config{Mode: Semantic, Language: "en"})
		var now, stopped int64
		for at := 0; at < len(s.pcm) && stopped == 0; at += 160 {
			d.Write(s.pcm[at:at+160], func(e Event) {
				if e.Kind == Stopped {
					stopped = now + frameMS
				}
			})
			now += frameMS
			when(d, now)
		}
		return stopped - end
	}
	spoken := func(d *Detector, now int64) {
		if now/frameMS == (end-100)/frameMS {
			d.Partial(said)
		}
	}
	paused := func(d *Detector, now int64) {
		if now/frameMS == (end+200)/frameMS {
			d.Partial(said)
		}
	}
	require.InDelta(t, waits[Auto][unknown], waited(spoken), 50)
	require.InDelta(t, waits[Auto][whole], waited(paused), 50)
	require.InDelta(t, waits[Auto][plain], waited(func(*Detector, int64) {}), 50, "without any words")

	// A pause within a turn, whole so far, and then it goes on.
	s.pcm = s.pcm[:end*Rate/1000]
	s.silence(350)
	s.say(4, -20)
	first := end
	end = s.ms()
	s.silence(3000)
	require.InDelta(t, waits[Auto][unknown], waited(func(d *Detector, now int64) {
		if now/frameMS == (first+200)/frameMS {
			d.Partial(said)
		}
	}), 50)
}
