package browser

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
)

const hostStyle = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-inline-size: 64rem; padding: 1.5rem; font: 1rem/1.6 Georgia, serif; background: light-dark(#fff, #111); color: light-dark(#222, #ddd); }
main { display: grid; gap: 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start; }
.themed { --mayfly-accent: #1f6f8b; --mayfly-paper: light-dark(#eef6f8, #0d1c22); --mayfly-radius: 0.25rem; --mayfly-size: 8rem; }
.themed::part(start) { border-radius: 0.25rem; }
`

// Pictures of the element on a site, to be looked at; it never makes the site
// wider than the window.
func TestElementPictures(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	s.file("/site.css", hostStyle)
	s.put("/", `<link rel="stylesheet" href="/site.css">`+s.script(t, s.integrity(t)), `<h1>Opening hours</h1><main>
		<div><p>The library is open from Monday to Friday, 9 to 20 h, and on Saturdays until 16 h. Books can be returned at any time at the machine beside the entrance.</p>
		<p>For everything else ask Lumen, who knows our rules and does not get tired.</p></div>
		<mayfly-avatar gateway="`+s.Gateway.URL+`" token-url="/avatar-token" avatar="lumen" name="Lumen" locale="en"></mayfly-avatar></main>`)
	taken := 0
	for _, l := range []look{{"light-360", 360, 740, 2, nil}, {"dark-360", 360, 740, 2, []string{"prefers-color-scheme", "dark"}}, {"light-1280", 1280, 800, 1, nil},
		{"dark-1280", 1280, 800, 1, []string{"prefers-color-scheme", "dark"}}, {"forced-1280", 1280, 800, 1, []string{"forced-colors", "active", "prefers-color-scheme", "dark"}}} {
		tab := openWatchedTab(t)
		call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
		tab.media(l.media...)
		tab.visit(s.URL + "/")
		e := embedded(tab, "mayfly-avatar")
		at := func(name string) {
			time.Sleep(400 * time.Millisecond)
			eval[any](tab, `document.querySelector('mayfly-avatar').scrollIntoView({ block: 'nearest', behavior: 'instant' })`)
			tab.picture("embed-" + name + "-" + l.name)
			taken++
			if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: the site is %d pixels wider than the window", name, l.name, over)
			}
		}
		e.shows("arrive", 10*time.Second)
		at("arrive")
		e.told()
		at("notice")
		e.click("continue")
		e.shows("talking", 20*time.Second)
		eval[any](tab, e.js+`.ask('What happens to what I say?')`)
		e.answered("memory")
		at("talk")
		e.click("stop")
		tab.until(20*time.Second, e.part("stop")+`.hidden`, "the avatar goes on speaking after Stop")
		at("rest")
		eval[any](tab, e.js+`.end()`)
		e.shows("ended", 10*time.Second)
		at("ended")
	}
	t.Logf("n=%d pictures in %s", taken, *out)
}
