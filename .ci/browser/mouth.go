package browser

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Said is what somebody says into a microphone, and the silence before it.
type Said struct {
	After time.Duration
	Words string
}

// Mouth is a browser of its own whose microphone hears a voice: flite's, from
// a file that begins when the page opens the microphone.
type Mouth struct {
	ctx    context.Context
	Begins []time.Duration // of each thing that is said, from the opening of the microphone
}

// startMouth runs such a browser until the test ends. Nothing said means a
// microphone that hears nothing; after the last words it is silent for good.
func startMouth(t testing.TB, said []Said, more ...chromedp.ExecAllocatorOption) *Mouth {
	t.Helper()
	m := &Mouth{}
	dir := t.TempDir()
	var parts []string
	at := time.Duration(0)
	for i, s := range append(said, Said{After: 2 * time.Second}) {
		pause := filepath.Join(dir, "pause"+strconv.Itoa(i)+".wav")
		run(t, "sox", "-n", "-r", "48000", "-c", "1", "-b", "16", pause, "trim", "0", strconv.FormatFloat(s.After.Seconds(), 'f', 3, 64))
		parts = append(parts, pause)
		at += s.After
		if s.Words == "" {
			continue
		}
		raw, voice := filepath.Join(dir, "raw.wav"), filepath.Join(dir, "voice"+strconv.Itoa(i)+".wav")
		run(t, "flite", "-voice", "slt", "-t", s.Words, "-o", raw)
		run(t, "sox", raw, "-r", "48000", "-c", "1", "-b", "16", voice)
		parts = append(parts, voice)
		length, err := strconv.ParseFloat(strings.TrimSpace(run(t, "soxi", "-D", voice)), 64)
		must(t, err)
		m.Begins = append(m.Begins, at)
		at += time.Duration(length * float64(time.Second))
	}
	file := filepath.Join(dir, "said.wav")
	run(t, "sox", append(parts, file)...)
	options := append(append([]chromedp.ExecAllocatorOption{}, flags...), chromedp.Flag("use-file-for-fake-audio-capture", file+"%noloop"))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("rig: Chromium does not start: ", err)
	}
	m.ctx = ctx
	return m
}

// tab opens a tab in it, watched, and heard if it is reached through a Network.
func (m *Mouth) tab(t testing.TB, heard bool) *Tab {
	t.Helper()
	tab := newTab(t, m.ctx, chromedp.WithNewBrowserContext())
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	if heard {
		call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hear})
	}
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: devices})
	return tab
}

// devices notes what the page has of the machine: when it asked for a
// microphone, the tracks that it was given, and when they ended.
const devices = `(() => {
	const mine = (window.__devices = { asked: 0, opened: 0, tracks: [] });
	const media = navigator.mediaDevices;
	if (!media) return;
	const real = media.getUserMedia.bind(media);
	media.getUserMedia = async (wish) => {
		mine.asked++;
		const stream = await (window.__refuse ? Promise.reject(new DOMException('', window.__refuse)) : real(wish));
		mine.opened = performance.now();
		mine.tracks.push(...stream.getTracks());
		return stream;
	};
})()`

// live is how many of its tracks are alive: the browser's sign for a microphone.
const live = `window.__devices.tracks.filter((t) => t.readyState === 'live').length`
