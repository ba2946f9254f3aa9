package browser

import (
	"strings"
	"testing"
	"time"
)

// An agent speaks at the desk's page, and the person reads it: under the
// human's label, beside the voice. The agent was told before, and by whom it
// is written down. // R21 R45
func TestHandoffCaptions(t *testing.T) {
	t.Parallel()
	ear := startTranscriber(t, saidAloud)
	g := startGateway(t, Setup{Config: spokenTo(nil, ear, "    handoff: {name: Student office}\n")})
	mouth := startMouth(t, []Said{{time.Second, saidAloud}, {8 * time.Second, saidAloud}})
	agent := mouth.tab(t, false)
	agent.visit(g.URL + "/agent")
	signedInAt(agent, deskKey(t, g))
	eval[any](agent, `document.querySelector('#name').focus()`)
	agent.write("Maya")
	agent.click("#available")
	person := openWatchedTab(t)
	person.arrive(g.URL + "/")
	person.start()
	person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being heard")
	person.settled()
	person.click("#ask-consent-no")
	person.until(20*time.Second, `!document.querySelector('#ask-consent').open`, "a no does not close the question")
	person.click("#human")
	agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "a talk is not offered to who is available")
	agent.click("#offer-yes")
	person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked about the human")
	person.settled()
	person.click("#ask-consent-yes")
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "the agent is not told that the person agreed")
	if says := agent.text(".pane .voice"); !strings.Contains(says, "written down by The listener") {
		t.Errorf("the agent is not told that what they say is written down: %q", says)
	}
	agent.click(".pane .speak")
	agent.until(20*time.Second, `document.querySelector('.pane .speak').getAttribute('aria-pressed') === 'true'`, "the agent's microphone does not open")
	person.until(25*time.Second, `[...document.querySelectorAll('.line.human .words')].some((w) => w.textContent === `+quote(saidAloud)+`)`, "what a human says aloud has no caption; the page shows "+person.text("#lines"))
	agent.until(20*time.Second, `[...document.querySelectorAll('.line.human .words')].some((w) => w.textContent === `+quote(saidAloud)+`)`, "the agent does not see what the person reads")
	person.picture("handoff-captions")
	if who := person.text(".line.human .who"); !strings.Contains(who, "Maya") || strings.Contains(who, "AI") {
		t.Errorf("what a human said aloud is labelled %q", who)
	}
	for _, tab := range []*Tab{person, agent} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}
