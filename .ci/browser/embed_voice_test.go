package browser

import (
	"strings"
	"testing"
	"time"
)

// On somebody else's page a person is asked before being heard, speaks, reads
// what was understood, is answered, and lets the microphone go; and a site
// that does not want a microphone has none.
func TestElementVoice(t *testing.T) { // R3 R41 R42
	t.Parallel()
	ear := startTranscriber(t, saidAloud)
	s := startSite(t, nil, "        microphone: true\n        transcriber: {url: "+quote(ear.URL)+", model: t, name: The listener}\n")
	speaks := strings.Replace(s.element("Ada", "lumen"), " silent", " microphone", 1)
	s.put("/", s.script(t, s.integrity(t)), speaks+s.element("Nox", "lumen"))
	mouth := startMouth(t, []Said{{time.Second, saidAloud}, {8 * time.Second, saidAloud}})
	tab := mouth.tab(t, false)
	tab.visit(s.URL + "/")
	e, mute := embedded(tab, "#Ada"), embedded(tab, "#Nox")
	e.shows("arrive", 10*time.Second)
	e.begin()
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false && `+e.part("mic")+`.hidden === false`, "the element does not ask before it hears anybody")
	if asked := eval[int](tab, `window.__devices.asked`); asked != 0 {
		t.Error("the browser was asked for a microphone before the person was")
	}
	tab.picture("embed-voice-asked")
	e.click("no")
	e.click("mic")
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false`, "who said no and presses the microphone is not asked again")
	e.click("yes")
	tab.until(20*time.Second, e.part("mic")+`.dataset.state === 'free' && `+e.part("voice")+`.hidden === false`, "after the yes the microphone does not open; the element says "+e.text("note-text"))
	tab.until(20*time.Second, e.js+`.dataset.mood === 'hearing'`, "somebody speaks and the element does not say so")
	time.Sleep(300 * time.Millisecond)
	tab.picture("embed-voice-hearing")
	tab.until(15*time.Second, `[...`+e.js+`.shadowRoot.querySelectorAll('[part~=you] [part~=words]')].some((w) => w.textContent === `+quote(saidAloud)+`)`, "what was said is not written down; the element shows "+e.text("log"))
	e.answered("memory")
	e.click("mic-off")
	tab.until(20*time.Second, live+` === 0 && `+e.part("voice")+`.hidden`, "Stop listening leaves the microphone open")
	e.click("mic")
	tab.until(20*time.Second, e.part("mic")+`.dataset.state === 'free'`, "the microphone does not come back")
	e.click("withdraw")
	tab.until(time.Second, live+` === 0 && `+e.part("voice")+`.hidden`, "taken back, and the microphone stays open")
	mute.begin()
	if hidden := eval[bool](tab, mute.part("mic")+`.hidden`); !hidden {
		t.Error("an element without the attribute shows a microphone")
	}
	eval[any](tab, e.js+`.end()`)
	e.shows("ended", 10*time.Second)
	if refused := eval[[]string](tab, `__rig.violations`); len(refused) > 0 {
		t.Errorf("the page's policy refused: %q", refused)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
