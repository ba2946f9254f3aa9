package browser

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
)

// The page leaves its main thread free: while the avatar speaks, on a
// processor a fourth as fast, a frame costs 4 ms or less in 19 of 20. Others on
// the machine can only make it look dearer, and the browser's own throttling
// delays by milliseconds at a time where it is busy. So it is looked at several
// times, with that and without it times four, and the cheapest look counts.
func TestFrameCost(t *testing.T) {
	model := startModel(t, func(string) string { return endless })
	n := startNetwork(t, Setup{Args: []string{"--backend", model.URL, "--model", "m"}})
	tab := openBareTab(t)
	tab.size(1440, 900)
	tab.arrive(n.URL)
	tab.start()
	// look is the work in each frame for three seconds at four times the cost.
	look := func(throttled bool) []float64 {
		rate, times := 1.0, 4.0
		if throttled {
			rate, times = 4, 1
		}
		call(tab, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate})
		work := tab.mainThread(3 * time.Second)
		for i := range work {
			work[i] *= times
		}
		return work
	}
	time.Sleep(time.Second)
	figure(t, "main thread per frame, throttled 4 times, idle", "%s", milliseconds(look(true)))
	tab.ask("Tell me about the river.")
	speaks := func(within time.Duration) {
		tab.until(within, `document.documentElement.dataset.avatarState === 'speaking'`, "the avatar does not speak")
	}
	speaks(20 * time.Second)
	time.Sleep(2 * time.Second) // the words have come, the voice goes on
	best := map[bool][]float64{}
	cheap := func(throttled bool) bool { return best[throttled] != nil && quantile(best[throttled], .95) <= 4 }
	for i := 0; i < 8 && !(i >= 2 && (cheap(true) || cheap(false))); i++ {
		throttled := i%2 == 0
		work := look(throttled)
		speaks(0)
		if best[throttled] == nil || quantile(work, .95) < quantile(best[throttled], .95) {
			best[throttled] = work
		}
	}
	figure(t, "main thread per frame, throttled 4 times, speaking", "%s", milliseconds(best[true]))
	figure(t, "main thread per frame, counted 4 times, speaking", "%s", milliseconds(best[false]))
	if p95 := min(quantile(best[true], .95), quantile(best[false], .95)); p95 > 4 {
		t.Errorf("while the avatar speaks a frame costs the main thread %.1f ms (p95), want at most 4 ms", p95)
	}
	call(tab, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 1})
	tab.leave()
}

// figureOf is a picture of the avatar, mouth and all.
func (tab *Tab) figureOf() image.Image {
	tab.t.Helper()
	box := eval[[]float64](tab, `(() => { const b = document.querySelector('#face').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()`)
	shot := call(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: &page.Viewport{X: box[0], Y: box[1], Width: box[2], Height: box[3], Scale: 1}})
	img, err := png.Decode(bytes.NewReader(shot.Data))
	must(tab.t, err)
	return img
}

// differs is the share of pixels in which two pictures clearly differ.
func differs(a, b image.Image) float64 {
	bounds, n := a.Bounds(), 0
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, c, _ := a.At(x, y).RGBA()
			R, G, C, _ := b.At(x, y).RGBA()
			apart := func(a, b uint32) bool { return max(a, b)-min(a, b) > 0x1800 }
			n += btoi(apart(r, R) || apart(g, G) || apart(c, C))
		}
	}
	return float64(n) / float64(bounds.Dx()*bounds.Dy())
}

// For people who want stillness the figure holds one pose per state, with the
// mouth open while it speaks; for all others it moves.
func TestStill(t *testing.T) {
	t.Parallel()
	model := startModel(t, func(string) string { return endless })
	n := startNetwork(t, Setup{Args: []string{"--backend", model.URL, "--model", "m"}})
	// moves is by how much the figure changes within a second, and from rest to speech.
	moves := func(want string) (idle, speaking, between float64) {
		tab := openWatchedTab(t)
		tab.media("prefers-reduced-motion", want)
		tab.arrive(n.URL)
		tab.start()
		time.Sleep(time.Second)
		most := func(first image.Image) (share float64) {
			for range 4 {
				time.Sleep(250 * time.Millisecond)
				share = max(share, differs(first, tab.figureOf()))
			}
			return share
		}
		rest := tab.figureOf()
		idle = most(rest)
		tab.ask("Tell me about the river.")
		tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'speaking' && document.documentElement.dataset.mouth !== '0'`, "the avatar never began to speak")
		time.Sleep(time.Second)
		talk := tab.figureOf()
		speaking = most(talk)
		between = differs(rest, talk)
		tab.leave()
		return idle, speaking, between
	}
	idle, speaking, between := moves("reduce")
	t.Logf("still: changed pixels at rest %.4f, while speaking %.4f, between the two %.4f", idle, speaking, between)
	if idle > 0 || speaking > 0 {
		t.Errorf("a person asked for stillness; %.2f %% of the figure moves at rest and %.2f %% while it speaks", 100*idle, 100*speaking)
	}
	if between < .001 {
		t.Error("a still figure that speaks looks like one at rest")
	}
	idle, speaking, _ = moves("no-preference")
	t.Logf("moving: changed pixels at rest %.4f, while speaking %.4f", idle, speaking)
	if idle == 0 || speaking < .01 {
		t.Errorf("the figure is as good as frozen: %.2f %% of it moves at rest and %.2f %% while it speaks", 100*idle, 100*speaking)
	}
}
