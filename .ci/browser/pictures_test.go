package browser

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// look is one way in which people see the page.
type look struct {
	name          string
	width, height int64
	factor        float64 // device pixels per CSS pixel
	media         []string
}

var looks = []look{
	{"light-320", 320, 568, 1, nil},
	{"light-390", 390, 844, 1, nil},
	{"light-768", 768, 1024, 1, nil},
	{"light-1440", 1440, 900, 1, nil},
	{"light-3840", 3840, 2160, 1, nil},
	{"dark-390", 390, 844, 1, []string{"prefers-color-scheme", "dark"}},
	{"dark-1440", 1440, 900, 1, []string{"prefers-color-scheme", "dark"}},
	{"forced-1440", 1440, 900, 1, []string{"forced-colors", "active", "prefers-color-scheme", "dark"}},
	{"still-1440", 1440, 900, 1, []string{"prefers-reduced-motion", "reduce"}},
	{"zoom400", 320, 225, 4, nil}, // 1280 by 900 at 400 %
}

// Pictures of every moment in every look, to be looked at; and at no size does
// a page have to be scrolled sideways.
func TestPictures(t *testing.T) {
	t.Parallel()
	for locale, question := range map[string]string{"en": "What happens to what I say?", "he": "מה קורה למה שאני אומר?"} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			n := startNetwork(t, Setup{})
			tab := openTab(t)
			taken := 0
			walk(t, n, tab, locale, question, func(name string) {
				for _, l := range looks {
					if locale == "he" && l.name != "light-390" && l.name != "light-1440" {
						continue
					}
					call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
					tab.media(l.media...)
					tab.settled()
					tab.picture(locale + "-" + name + "-" + l.name)
					taken++
					if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
						t.Errorf("%s, %s: the page is %d pixels wider than the window", name, l.name, over)
					}
					if hidden := eval[[]string](tab, `[...document.querySelectorAll('button, select, summary, textarea, a')].filter((e) => {
						if (!e.checkVisibility() || e.closest('dialog:not([open])') || e.matches('.skip')) return false;
						const b = e.getBoundingClientRect();
						return b.width > 0 && (b.left < -1 || b.right > innerWidth + 1);
					}).map((e) => e.id || e.textContent.slice(0, 20))`); len(hidden) > 0 {
						t.Errorf("%s, %s: cut off at the side: %q", name, l.name, hidden)
					}
				}
				tab.size(1280, 800)
				tab.media()
			})
			t.Logf("n=%d pictures in %s", taken, *out)
		})
	}
}
