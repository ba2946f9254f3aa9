package browser

import (
	"strings"
	"testing"
	"time"
)

// On somebody else's page a person is asked before being recorded, sees the
// word, gets the key (and so does the page), goes off the record and erases.
func TestElementRecording(t *testing.T) { // R12 R41 R42
	t.Parallel()
	s := startSite(t, func(string) string {
		return "    policy: {transcript: true, retention: {transcript: 30d}, purposes: [quality]}\n"
	})
	s.file("/listen.js", `window.heard = []; document.addEventListener('mayfly-receipt', (e) => heard.push(e.detail), true);`)
	tab := openWatchedTab(t)
	s.put("/", `<script src="/listen.js"></script>`+s.script(t, s.integrity(t)), s.element("Ada", "lumen"))
	tab.visit(s.URL + "/")
	e := embedded(tab, "#Ada")
	e.shows("arrive", 10*time.Second)
	e.begin()
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false && `+e.part("notice-text")+`.textContent.includes('30 days')`, "the element does not ask before recording")
	if word := e.text("recording"); word != "Not recorded" {
		t.Errorf("before an answer the element says %q", word)
	}
	tab.picture("embed-asked")
	e.click("yes")
	tab.until(20*time.Second, e.part("recording")+`.textContent === 'Recorded'`, "after a yes the element does not say Recorded")
	eval[any](tab, e.js+`.ask('What are you?')`)
	e.answered("AI")
	tab.until(20*time.Second, `heard.length > 0`, "something is stored and the page is not told")
	got := eval[struct {
		Key, URL, StoredUntil string
	}](tab, `heard[0]`)
	if !strings.HasPrefix(got.Key, "mrk_") || got.URL != s.Gateway.URL+"/me" || got.StoredUntil == "" {
		t.Errorf("the page is told %+v", got)
	}
	tab.until(20*time.Second, e.part("kept")+`?.hidden === false`, "the key is not offered to the person")
	tab.picture("embed-key")
	e.click("off")
	tab.until(20*time.Second, e.part("off")+`.ariaChecked === 'true' && `+e.part("recording")+`.textContent === 'Not recorded'`, "Off the record is not acknowledged")
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false`, "the person is not asked whether to erase what was stored")
	e.click("yes")
	tab.until(20*time.Second, e.part("note-text")+`.textContent.startsWith('Erased')`, "what was stored is not erased")
	eval[any](tab, e.js+`.end()`)
	e.shows("ended", 10*time.Second)
	if end := e.text("status"); !strings.Contains(end, "0 bytes kept") {
		t.Errorf("everything was erased and the element says %q", end)
	}
	if n := eval[int](tab, `heard.length`); n != 1 {
		t.Errorf("the key is told %d times", n)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
