package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"mayfly/gateway/avatar/openai/backendtest"
)

// startSpoken runs a gateway whose avatar answers from a model and speaks by a
// speech server alone, both scripted, over real sockets.
func startSpoken(t *testing.T, mode backendtest.SoundMode) (*Network, *backendtest.SoundServer) {
	t.Helper()
	model := startModel(t, func(string) string { return tale })
	speech, err := backendtest.StartSound(mode, "canary")
	must(t, err)
	t.Cleanup(speech.Close)
	return startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - id: ada
        name: Ada
        voice: speech
        backend: {url: %q, model: m}
        speech: {url: %q, model: s, voice: v}
`, model.URL, speech.URL())}), speech
}

// label is what the page says of who answers, where everybody sees it: on the
// figure, and at the newest line.
func (tab *Tab) labels() string {
	return eval[string](tab, `document.querySelector('#face').shadowRoot.querySelector('.pin').textContent + ' | ' +
		(document.querySelector('#lines > li:last-child .pill')?.textContent ?? '') + ' | ' + (document.querySelector('#lines > li:last-child')?.dataset.source ?? '').split('/').pop()`)
}

// The speech server is lost in the middle of an answer: the words go on and are
// whole, the page says that the voice is gone and stays labelled; when it works
// again the page says that too, and it is heard. R21
func TestSpeechIsLost(t *testing.T) {
	g, speech := startSpoken(t, backendtest.LostInTheMiddle)
	tab := openWatchedTab(t)
	tab.arrive(g.URL)
	tab.start()
	before := tab.ask("What do you see?")
	tab.until(20*time.Second, `document.documentElement.dataset.rung === 'text'`, "the page does not know that the voice is lost")
	if text := tab.said(before, 20*time.Second); text != tale {
		t.Errorf("the words are %q, want them whole: %q", text, tale)
	}
	if said := tab.text("#toast"); !strings.Contains(said, "The voice is gone, the words stay.") {
		t.Errorf("the page says %q of it", said)
	}
	if told := strings.Join(tab.announced("polite"), " "); !strings.Contains(told, "The voice is gone, the words stay.") {
		t.Errorf("a screen reader is told %q", told)
	}
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" {
		t.Errorf("on the rung of words the labels are %q", got)
	}
	if n := speech.Asked(); n != 1 {
		t.Errorf("the speech server was asked %d times for one answer", n)
	}
	speech.Become(backendtest.Works)
	before = tab.ask("What else?")
	tab.until(20*time.Second, `document.documentElement.dataset.rung === 'video'`, "the page does not know that the voice works again")
	tab.said(before, 20*time.Second)
	if told := strings.Join(tab.announced("polite"), " "); !strings.Contains(told, "The voice is back.") {
		t.Errorf("a screen reader is told %q", told)
	}
	tab.leave()
}

// What draws the figure is lost: a still picture stays, with its label, the
// page says so, and the figure moves again once it can. R21
func TestPictureIsLost(t *testing.T) {
	g, _ := startSpoken(t, backendtest.Works)
	tab := openWatchedTab(t)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		const Real = globalThis.Worker;
		globalThis.Worker = class extends Real { constructor(...a) { super(...a); if (String(a[0]).includes('face')) globalThis.drawing = this; } };`})
	tab.arrive(g.URL)
	tab.start()
	tab.until(20*time.Second, `globalThis.drawing !== undefined`, "no thread draws")
	eval[bool](tab, `globalThis.drawing.dispatchEvent(new ErrorEvent('error'))`)
	tab.until(20*time.Second, `document.querySelector('#face').dataset.picture === 'still' && document.documentElement.dataset.rung === 'voice'`, "the page does not know that the picture is lost")
	if n := eval[int](tab, `document.querySelector('#face').shadowRoot.querySelectorAll('canvas, svg.still').length`); n != 1 {
		t.Errorf("%d pictures stay, want a still one", n)
	}
	before := tab.ask("What do you see?")
	tab.said(before, 20*time.Second)
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" {
		t.Errorf("beside a still picture the labels are %q", got)
	}
	tab.until(20*time.Second, `document.querySelector('#face').dataset.picture === 'moves' && document.documentElement.dataset.rung === 'video'`, "the figure never moves again")
	told := strings.Join(tab.announced("polite"), " ")
	for _, want := range []string{"The picture is gone, the voice stays.", "The picture is back."} {
		if !strings.Contains(told, want) {
			t.Errorf("a screen reader is told %q, without %q", told, want)
		}
	}
	tab.leave()
}

// A browser that draws nothing shows a still picture of plain shapes, labelled,
// and the conversation is the same.
func TestNothingIsDrawn(t *testing.T) {
	g, _ := startSpoken(t, backendtest.Works)
	tab := openTab(t)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		HTMLCanvasElement.prototype.getContext = () => null;
		delete HTMLCanvasElement.prototype.transferControlToOffscreen;`})
	tab.arrive(g.URL)
	tab.start()
	tab.until(20*time.Second, `document.querySelector('#face').shadowRoot.querySelector('svg.still')?.checkVisibility() === true`, "there is no still picture")
	before := tab.ask("What do you see?")
	if text := tab.said(before, 20*time.Second); text != tale {
		t.Errorf("without a picture it answers %q", text)
	}
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" {
		t.Errorf("beside a still picture the labels are %q", got)
	}
	if rung := tab.data("rung"); rung != "voice" {
		t.Errorf("the rung is %q", rung)
	}
	tab.leave()
}

// A model server that does not answer: another one answers in its place, the
// page names it before anybody begins, and the admin reads which one is silent
// and since when. R57
func TestServerIsDown(t *testing.T) {
	up := startModel(t, func(string) string { return tale })
	down, err := backendtest.StartSound(backendtest.NobodyListens, "")
	must(t, err)
	t.Cleanup(down.Close)
	n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - id: ada
        name: Ada
        backend:
          url: %q
          model: m
          name: First models
          fallback: [{url: %q, model: n, name: Second models}]
`, down.URL(), up.URL)})
	tab := openWatchedTab(t)
	tab.arrive(n.URL)
	for _, name := range []string{"First models", "Second models"} {
		if !eval[bool](tab, `document.body.textContent.includes(`+quote(name)+`)`) {
			t.Errorf("before anybody begins the page does not name %s", name)
		}
	}
	tab.start()
	for _, question := range []string{"What do you see?", "What else?", "And then?"} {
		before := tab.ask(question)
		if text := tab.said(before, 20*time.Second); text != tale {
			t.Errorf("%q is answered with %q", question, text)
		}
		tab.quiet(20 * time.Second)
	}
	tab.leave()
	admin := adminOf(t, n.Gateway)
	admin.until(20*time.Second, `document.querySelector('.state.silent')`, "the overview says nothing of a server that does not answer")
	if said := admin.text(".state.silent"); !strings.Contains(said, "The model server does not answer since") || !strings.Contains(said, "First models") || !strings.Contains(said, "It cannot be reached") {
		t.Errorf("the admin reads %q", said)
	}
	admin.picture("admin-silent-server")
}

// Nothing answers, and there is a desk: the page says that a human can be asked
// for and offers it; nobody is asked for before the person presses.
func TestNothingAnswersHere(t *testing.T) { // R21
	down, err := backendtest.StartSound(backendtest.NobodyListens, "")
	must(t, err)
	t.Cleanup(down.Close)
	n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    handoff: {name: Student office}
    avatars:
      - id: ada
        name: Ada
        backend: {url: %q, model: m}
`, down.URL())})
	tab := openWatchedTab(t)
	tab.arrive(n.URL)
	tab.start()
	tab.ask("What do you see?")
	tab.until(20*time.Second, `document.documentElement.dataset.rung === 'human'`, "the page does not know that nothing answers")
	tab.until(20*time.Second, `document.querySelector('#toast').checkVisibility() && document.querySelector('#toast').textContent.includes('You can ask for a human.')`, "nobody is told that a human can be asked for")
	if told := strings.Join(tab.announced("polite"), " "); !strings.Contains(told, "Nothing answers at the moment.") {
		t.Errorf("a screen reader is told %q", told)
	}
	if eval[bool](tab, `document.querySelector('#desk').checkVisibility()`) {
		t.Error("somebody asked for a human, and it was not the person")
	}
	tab.pressed("A human")
	tab.until(20*time.Second, `document.querySelector('#desk').checkVisibility() || /human/i.test(document.querySelector('#toast').textContent)`, "the person asked for a human and nothing happens")
	tab.leave()
}
