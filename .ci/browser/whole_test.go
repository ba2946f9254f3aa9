package browser

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"mayfly/gateway/avatar/openai/backendtest"
)

// Witness is a model server that looks at pictures, answers by what it was
// asked last, and remembers all that it was sent.
type Witness struct {
	*Eye
}

// startWitness runs one until the test ends.
func startWitness(t testing.TB, answer func(question string, shown bool) string) *Witness {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &Witness{Eye: &Eye{URL: "http://" + listener.Addr().String() + "/v1"}}
	server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		var body json.RawMessage
		var ask struct {
			Messages []struct {
				Content json.RawMessage `json:"content"`
			} `json:"messages"`
		}
		if json.NewDecoder(r.Body).Decode(&body) != nil || json.Unmarshal(body, &ask) != nil || len(ask.Messages) == 0 {
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		w.mu.Lock()
		w.bodies = append(w.bodies, string(body))
		w.mu.Unlock()
		last := string(ask.Messages[len(ask.Messages)-1].Content)
		out.Header().Set("Content-Type", "text/event-stream")
		for _, word := range strings.SplitAfter(answer(last, strings.Contains(last, "image_url")), " ") {
			if r.Context().Err() != nil {
				return
			}
			fmt.Fprintf(out, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", quote(word))
			_ = http.NewResponseController(out).Flush()
		}
		fmt.Fprint(out, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return w
}

// ofHere finds a line that says of which place it speaks.
var ofHere = regexp.MustCompile(`(?i)\bhere\b|this server|this service|not on the server|in your browser`)

// One person, one conversation, everything: they speak and read what was
// understood, hear the answer and silence it by speaking, the speech server is
// lost in the middle of an answer, they show a picture, talk with a human, come
// back to the avatar, and leave. At every moment the page says who answers,
// never that nothing is recorded where the chain says otherwise, and afterwards
// the gateway has nothing of it.
func TestWholeJourney(t *testing.T) { // R1 R3 R18 R20 R21 R25 R41 R45 R57 R58
	const (
		toHuman   = "My number is quite private: forty-two."
		fromHuman = "Hello, this is Maya. I have noted nothing."
	)
	model := startWitness(t, func(question string, shown bool) string {
		switch {
		case shown:
			return "I see red above blue."
		case strings.Contains(question, "happens"):
			return strings.Repeat(endless, 4)
		case strings.Contains(question, "enough"):
			return "All right."
		}
		return tale
	})
	ear := startTranscriber(t, saidAloud, interrupted)
	speech, err := backendtest.StartSound(backendtest.Works, "canary")
	must(t, err)
	t.Cleanup(speech.Close)
	n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: site
    name: Example Site
    public: true
    policy: {attachments: true}
    handoff: {name: Student office}
    avatars:
      - id: lumen
        name: Lumen
        voice: speech
        microphone: true
        backend: {url: %q, model: m, name: Example Model, vision: true}
        speech: {url: %q, model: s, voice: v, name: Example Voice}
        transcriber: {url: %q, model: t, name: Example Listener}
`, model.URL, speech.URL(), ear.URL)})

	// The desk first, so that what the gateway holds is counted with it.
	agent := deskOf(t, n)
	base := n.Gateway.Figure("go_goroutines")

	mouth := startMouth(t, []Said{{1500 * time.Millisecond, saidAloud}, {4 * time.Second, interrupted}})
	tab := mouth.tab(t, true)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: seenText})
	tab.arrive(n.URL)
	for _, name := range []string{"Example Model", "Example Voice", "Example Listener"} {
		if !eval[bool](tab, `document.body.textContent.includes(`+quote(name)+`)`) {
			t.Errorf("before anybody begins the page does not name %s", name)
		}
	}
	tab.picture("whole-0-arrive")
	tab.start()
	asked := 0
	agreed := `!document.querySelector('#mic').hidden && !document.querySelector('#attach').hidden && !document.querySelector('#ask-consent').open`
	for ; asked < 4 && !eventually(time.Second, func() bool { return eval[bool](tab, agreed) }); asked++ {
		tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being heard and before something is shown")
		tab.settled()
		step := tab.text("#ask-consent-text")
		tab.click("#ask-consent-yes")
		tab.until(20*time.Second, `document.querySelector('#ask-consent-text').innerText !== `+quote(step)+` || !document.querySelector('#ask-consent').open`, "a yes is not taken")
	}
	if asked != 2 {
		t.Errorf("the person was asked %d things, want two: to be heard, and to show", asked)
	}
	tab.until(20*time.Second, `document.querySelector('#record').textContent.startsWith('Not recorded here, sent to ')`, "with servers that have stated nothing the word is another")

	// They speak, read it, hear the answer, and silence it by speaking.
	tab.take()
	tab.click("#mic")
	tab.until(15*time.Second, line("you")+`?.dataset.status === 'done'`, "what was said is not written down; the page shows: "+tab.text("#lines")+tab.text("#toast"))
	if got := eval[string](tab, line("you")+`.querySelector('.words').textContent`); got != saidAloud {
		t.Errorf("the person said %q and the page shows %q", saidAloud, got)
	}
	tab.until(15*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "what was said is not answered aloud")
	tab.picture("whole-1-speaks")
	opened := eval[float64](tab, `window.__devices.opened`)
	stopped := `[...document.querySelectorAll('#lines > li[data-who=avatar]')].some((l) => l.dataset.status === 'stopped')`
	tab.until(20*time.Second, stopped, "somebody speaks and the avatar goes on")
	time.Sleep(700 * time.Millisecond)
	r := tab.take()
	if len(r.Utterances(500)) == 0 {
		t.Error("the answer was not heard")
	}
	began := opened + float64(mouth.Begins[1].Milliseconds())
	lasted := r.silenceAfter(began, 3000)
	figure(t, "whole journey: barge-in by voice, from the person's first sound to silence", "%.0f ms", lasted)
	if lasted == 0 || lasted > 2000 {
		t.Errorf("after somebody began to speak the avatar is heard for %.0f ms more", lasted)
	}
	tab.until(15*time.Second, line("you")+`.querySelector('.words').textContent === `+quote(interrupted), "what was said while it spoke is not written down; the page shows: "+tab.text("#lines"))
	tab.click("#mic-off")
	tab.until(20*time.Second, live+` === 0`, "Stop listening leaves the microphone open")
	tab.quiet(30 * time.Second)

	// The speech server is lost in the middle of an answer.
	speech.Become(backendtest.LostInTheMiddle)
	before := tab.ask("What do you see outside?")
	tab.until(20*time.Second, `document.documentElement.dataset.rung === 'text'`, "the page does not know that the voice is lost")
	if text := tab.said(before, 20*time.Second); text != tale {
		t.Errorf("the words are %q, want them whole: %q", text, tale)
	}
	if told := strings.Join(tab.announced("polite"), " "); !strings.Contains(told, "The voice is gone, the words stay.") {
		t.Errorf("a screen reader is told %q", told)
	}
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" {
		t.Errorf("on the rung of words the labels are %q", got)
	}
	tab.picture("whole-2-text")
	tab.quiet(20 * time.Second)
	tab.settled()
	if doing := tab.text("#doing"); doing == "Speaking" {
		t.Error("the voice is gone, all is written, and the page says that it speaks")
	}

	// They show a picture.
	tab.files(`#tray input`, photoFile(t, "holiday.jpg"))
	tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "what was chosen is not shown")
	if hint := tab.text(".tray-hint"); hint != "When you send it, Example Model gets it. It is not recorded here." {
		t.Errorf("before it is sent the person reads %q", hint)
	}
	tab.settled()
	if hidden := eval[float64](tab, `(() => { const log = document.querySelector('#log'); return log.scrollHeight - log.scrollTop - log.clientHeight; })()`); hidden > 2 {
		t.Errorf("what waits to be shown hides %.0f pixels of the newest words", hidden)
	}
	tab.picture("whole-3-shows")
	before = tab.ask("What is above?")
	if text := tab.said(before, 20*time.Second); text != "I see red above blue." {
		t.Errorf("what was shown is answered with %q", text)
	}
	if all := model.seen(); len(model.pictures(t, len(all)-1)) != 1 {
		t.Error("the picture did not reach what answers")
	}
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" {
		t.Errorf("of a picture the labels are %q", got)
	}
	tab.quiet(20 * time.Second)

	// They talk with a human.
	sent := len(model.seen())
	tab.click("#human")
	agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "a talk is not offered to who is available")
	agent.click("#offer-yes")
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'asking'`, "a taken talk does not open")
	if read := agent.text("body"); strings.Contains(read, saidAloud) {
		t.Errorf("before the person agreed an agent reads %q", read)
	}
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked about the human")
	tab.settled()
	tab.picture("whole-4-asked")
	tab.click("#ask-consent-yes")
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open && document.querySelector('#ask-consent-step').textContent === '2/2'`, "what was said before is not asked for by itself")
	tab.settled()
	tab.click("#ask-consent-yes")
	tab.until(20*time.Second, `document.documentElement.dataset.human === 'true'`, "the label does not change when a human answers")
	agent.until(20*time.Second, `document.querySelector('.lines').textContent.includes(`+quote(saidAloud)+`)`, "the person agreed and the agent reads nothing of what was said; the desk says: "+agent.text("body"))
	before = tab.ask(toHuman)
	agent.until(20*time.Second, `document.querySelector('.lines').textContent.includes(`+quote(toHuman)+`)`, "what a person writes does not reach the human")
	eval[any](agent, `document.querySelector('.pane textarea').focus()`)
	agent.write(fromHuman)
	agent.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('.line.human .words')?.textContent === `+quote(fromHuman), "what a human writes does not reach the person")
	if who := tab.text(".line.human .who"); !strings.Contains(who, "Maya") || strings.Contains(who, "AI") {
		t.Errorf("a human's line is labelled %q", who)
	}
	if got := eval[int](tab, `document.querySelectorAll('.line.human[data-source]').length`); got != 0 {
		t.Error("a human's line says that it was generated")
	}
	if got := len(model.seen()); got != sent {
		t.Errorf("while a human answered the model was asked %d times", got-sent)
	}
	tab.settled()
	tab.picture("whole-5-human")
	agent.picture("whole-5-agent")

	// They come back: they are told again, then the avatar answers, aloud.
	speech.Become(backendtest.Works)
	agent.click(".pane .back")
	tab.until(20*time.Second, `document.querySelector('#ask-notice').open`, "after a human the person is not told again that an AI answers")
	if told := tab.text("#ask-notice-text"); !strings.Contains(told, "AI") {
		t.Errorf("coming back the person is told %q", told)
	}
	if got := eval[int](tab, `document.querySelectorAll('#lines > li').length`); got != before+2 {
		t.Errorf("the avatar said something before the person was told again: %d lines after %d", got, before)
	}
	tab.settled()
	tab.picture("whole-6-notice")
	tab.click("#ask-notice-yes")
	tab.take()
	before = tab.ask("Are you still there?")
	tab.until(20*time.Second, `document.documentElement.dataset.rung === 'video'`, "the page does not know that the voice works again")
	if text := tab.said(before, 20*time.Second); text != tale {
		t.Errorf("back at the avatar it says %q", text)
	}
	tab.quiet(30 * time.Second)
	if len(tab.take().Utterances(500)) == 0 {
		t.Error("the voice is back and nothing is heard")
	}
	if got := tab.labels(); got != "AI | AI | trainedAlgorithmicMedia" || tab.data("human") != "false" {
		t.Errorf("back at the avatar the labels are %q", got)
	}
	for _, body := range model.seen() {
		if strings.Contains(body, toHuman) || strings.Contains(body, "Maya") {
			t.Error("what was said between two humans reached the model")
		}
	}

	// They leave, and nothing is left.
	tab.leave()
	tab.settled()
	card := tab.text("#ended")
	for _, want := range []string{"0 bytes kept here", "Example Model", "Example Voice", "Example Listener"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card at the end says %q, without %q", card, want)
		}
	}
	tab.picture("whole-7-gone")
	promised := 0
	lines := eval[[]string](tab, `[...window.__seen]`)
	for _, said := range lines {
		if !promise.MatchString(said) || strings.Contains(said, "The voice is gone") {
			continue
		}
		promised++
		if !ofHere.MatchString(said) {
			t.Errorf("servers that have stated nothing got every word, and the page said %q", said)
		}
	}
	if promised < 3 {
		t.Errorf("only %d of %d lines were about what is kept: the test looks at the wrong ones", promised, len(lines))
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
	for _, name := range []string{"mayfly_desk_waiting", "mayfly_desk_talks", "mayfly_panics_total"} {
		if got := n.Gateway.Figure(name); got != 0 {
			t.Errorf("after the end %s is %v", name, got)
		}
	}
	// Idle connections to the three servers may stay for a while, two each.
	if !eventually(20*time.Second, func() bool { return n.Gateway.Figure("go_goroutines") <= base+12 }) {
		t.Errorf("after the end there are %v goroutines, before there were %v", n.Gateway.Figure("go_goroutines"), base)
	}
	if read := agent.text("body"); strings.Contains(read, toHuman) || strings.Contains(read, saidAloud) {
		t.Errorf("after the talk its words are still on the agent's page: %q", read)
	}
	kept := 0
	for _, words := range []string{saidAloud, interrupted, toHuman, fromHuman, "wait for the sun", "red above blue", "holiday.jpg", whereTaken} {
		for _, file := range holds(t, n.Gateway.home, words) {
			t.Errorf("%q is in %s", words, file)
		}
		kept++
	}
	if left := eval[int](tab, `localStorage.length + sessionStorage.length`); left != 0 {
		t.Error("something is in the browser's storage")
	}
	for name, one := range map[string]*Tab{"the person's": tab, "the agent's": agent} {
		if wrong := one.Errors(); len(wrong) > 0 {
			t.Errorf("%s browser complained: %q", name, wrong)
		}
	}
	t.Logf("n = %d lines seen, %d about what is kept; %d requests to the model, %d to the voice, %d to the listener; %d phrases looked for; %.0f goroutines before, %.0f after",
		len(lines), promised, len(model.seen()), speech.Asked(), len(ear.Heard()), kept, base, n.Gateway.Figure("go_goroutines"))
}

// deskOf has an admin make a link for an agent, who opens the desk with it and
// is available.
func deskOf(t *testing.T, n *Network) *Tab {
	t.Helper()
	admin := adminOf(t, n.Gateway)
	admin.view("around")
	admin.until(20*time.Second, `document.querySelector('[aria-label="Name of the agent"]')`, "the admin finds no desk")
	eval[any](admin, `document.querySelector('[aria-label="Name of the agent"]').focus()`)
	admin.write("Maya")
	admin.pressed("Make a link for an agent")
	admin.until(20*time.Second, `/agent#link=mfl_/.test(document.querySelector('#view').textContent)`, "no link is shown")
	agent := openWatchedTab(t)
	agent.visit(eval[string](admin, `[...document.querySelectorAll('.command code')].map((c) => c.textContent).find((t) => t.includes('/agent#link='))`))
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in'`, "the link does not sign an agent in; the page says: "+agent.text("body"))
	agent.click("#available")
	agent.until(20*time.Second, `document.querySelector('#available').getAttribute('aria-checked') === 'true'`, "an agent cannot become available")
	admin.visit("about:blank")
	return agent
}
