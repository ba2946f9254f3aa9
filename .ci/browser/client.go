package browser

import (
	"encoding/json"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// quote is text as a literal of JavaScript.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}

// visit opens an address and waits until the page has loaded.
func (tab *Tab) visit(address string) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, chromedp.Navigate(address)); err != nil {
		tab.t.Fatalf("the page %s does not open: %v", address, err)
	}
}

// reload loads the page again, whatever the browser asks before.
func (tab *Tab) reload() {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, chromedp.Reload()); err != nil {
		tab.t.Fatalf("the page does not load again: %v", err)
	}
}

// arrive opens the client page up to its first moment.
func (tab *Tab) arrive(address string) {
	tab.t.Helper()
	tab.visit(address)
	tab.until(15*time.Second, `document.documentElement.dataset.state === 'arrive'`, "the page never got past its blank first sight")
}

// inLanguage chooses a language as a person does and waits until the page
// speaks it.
func (tab *Tab) inLanguage(locale string) {
	tab.t.Helper()
	eval[any](tab, `(() => { const s = document.querySelector('#language'); s.value = `+quote(locale)+`; s.dispatchEvent(new Event('change', { bubbles: true })); })()`)
	tab.until(20*time.Second, `document.documentElement.lang === `+quote(locale), "the page does not come to speak "+locale)
}

// start presses Start and waits until the person can ask.
func (tab *Tab) start() {
	tab.t.Helper()
	tab.click("#start")
	tab.talking()
}

// talking waits until the person can ask.
func (tab *Tab) talking() {
	tab.t.Helper()
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'talking'`,
		"Start was pressed and no conversation began; the page says: "+eval[string](tab, `document.querySelector('#trouble').textContent`))
	// What is heard before the tap runs is not recorded.
	tab.until(20*time.Second, `!window.__rig?.contexts || window.__rig.tapped === window.__rig.contexts`, "rig: the tap on the sound does not run")
}

// ask writes a question and presses Enter. It returns how many lines were
// there before.
func (tab *Tab) ask(text string) int {
	tab.t.Helper()
	before := eval[int](tab, `document.querySelectorAll('#lines > li').length`)
	eval[any](tab, `document.querySelector('#field').focus()`)
	tab.write(text)
	tab.press("Enter", 0)
	return before
}

// said waits for the answer after so many lines and returns its text.
func (tab *Tab) said(before int, within time.Duration) string {
	tab.t.Helper()
	last := `[...document.querySelectorAll('#lines > li')].slice(` + itoa(before) + `).filter((l) => l.dataset.who !== 'you').at(-1)`
	tab.until(within, last+`?.dataset.status === 'done'`, "the question got no whole answer; the page shows: "+tab.text("#lines"))
	return eval[string](tab, last+`.querySelector('.words').textContent`)
}

// quiet waits until nothing sounds and nothing is under way.
func (tab *Tab) quiet(within time.Duration) {
	tab.t.Helper()
	tab.until(within, `document.documentElement.dataset.busy === 'false'`, "the avatar never finished speaking")
}

// text is what an element shows.
func (tab *Tab) text(selector string) string {
	tab.t.Helper()
	return eval[string](tab, `document.querySelector(`+quote(selector)+`)?.innerText ?? ''`)
}

// data is a state attribute of the page.
func (tab *Tab) data(name string) string {
	tab.t.Helper()
	return eval[string](tab, `document.documentElement.dataset[`+quote(name)+`] ?? ''`)
}

// leave ends the conversation and waits for what remains.
func (tab *Tab) leave() {
	tab.t.Helper()
	tab.click("#leave")
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "Leave was pressed and the conversation did not end")
}

// picture writes a screenshot to the folder for pictures.
func (tab *Tab) picture(name string) {
	r, err := chromedp.Call(tab.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err == nil {
		keepPicture(tab.t, name, r.Data)
	}
}
