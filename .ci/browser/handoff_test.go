package browser

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// staffed is a tenant in the database with a desk at which humans answer.
const staffed = `{"id":"university","name":"Example University","public":true,"controller":"controller",
	"contact":{"email":"privacy@university.example","complaint":"https://authority.example/"},
	"handoff":{"name":"Student office"},
	"avatars":[{"id":"ada","name":"Ada","look":"lantern","languages":["en","de","he"],"voice":"none","knowledge":"demo"}]}`

var keyLine = regexp.MustCompile(`(?m)^\s+(mf_\S+)$`)

// agentOf signs an agent in with a key that the host issues, and makes them
// available.
func agentOf(t *testing.T, g *Gateway, name string) *Tab {
	t.Helper()
	key := keyLine.FindStringSubmatch(g.command(t, "key", "issue", "--role", "agent", "--reason", "a desk"))
	if key == nil {
		t.Fatal("rig: no key of an agent")
	}
	tab := openWatchedTab(t)
	tab.visit(g.URL + "/agent")
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "the desk does not ask who is there")
	eval[any](tab, `document.querySelector('#signin-key').focus()`)
	tab.write(key[1])
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in'`, "an agent's key does not sign in; the page says: "+tab.text("body"))
	eval[any](tab, `document.querySelector('#name').focus()`)
	tab.write(name)
	tab.click("#available")
	tab.until(20*time.Second, `document.querySelector('#available').ariaChecked === 'true' || document.querySelector('#available').getAttribute('aria-checked') === 'true'`, "an agent cannot become available")
	return tab
}

// A person asks for a human, an agent takes the talk, the person is asked and
// agrees, they write to each other, the label is another at once, and after the
// agent hands back the notice is there before the avatar says anything.
// R20 R21 R45
func TestHandoff(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{Tenant: staffed})
	person := openWatchedTab(t)
	person.arrive(g.URL + "/")
	person.start()
	person.said(person.ask("What are you?"), 10*time.Second)
	person.picture("handoff-person-before")

	person.click("#human")
	person.until(20*time.Second, `document.querySelector('#desk').checkVisibility() && document.querySelector('#desk-text').textContent.includes('number 1')`, "who asked for a human is not told where they wait; the page says: "+person.text("#desk"))
	person.picture("handoff-person-waits")

	agent := agentOf(t, g, "Maya")
	agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "a talk is not offered to who is available")
	agent.picture("handoff-agent-offer")
	agent.click("#offer-yes")
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'asking'`, "a taken talk does not open")
	if read := agent.text(".lines"); strings.Contains(read, "What are you?") {
		t.Fatalf("before the person agreed an agent reads %q", read)
	}

	person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked about the human")
	person.settled()
	person.picture("handoff-person-asked")
	if asked := person.text("#ask-consent-text"); !strings.Contains(asked, "Maya, Student office") || !strings.Contains(asked, "human") {
		t.Errorf("about a human is asked: %q", asked)
	}
	widths := eval[[]float64](person, `['no', 'yes'].map((w) => document.querySelector('#ask-consent-' + w).getBoundingClientRect().width)`)
	if widths[0] != widths[1] {
		t.Errorf("yes and no do not weigh the same: %v", widths)
	}
	person.click("#ask-consent-yes")
	person.until(20*time.Second, `document.querySelector('#ask-consent').open && document.querySelector('#ask-consent-step').textContent === '2/2'`, "what was said before is not asked for by itself")
	person.settled()
	eval[any](person, `(() => {
		// What a screen reader is told, each time that it is told.
		window.told = [];
		for (const r of document.querySelectorAll('[aria-live], [role=status], [role=alert]')) {
			let was = '';
			new MutationObserver(() => {
				const now = r.checkVisibility() ? r.textContent : '';
				if (now !== was && now.includes('This is a human')) window.told.push(r.id);
				was = now;
			}).observe(r, { subtree: true, childList: true, characterData: true, attributes: true });
		}
	})()`)
	person.click("#ask-consent-no")

	person.until(20*time.Second, `document.documentElement.dataset.human === 'true'`, "the label does not change when a human answers")
	person.until(20*time.Second, `window.told.length > 0`, "a screen reader is not told that a human answers")
	if told := eval[[]string](person, `window.told`); len(told) != 1 {
		t.Errorf("that a human answers is announced in %q", told)
	}
	if n := eval[int](person, `[...document.querySelectorAll('p, span')].filter((e) => e.childElementCount === 0 && e.checkVisibility() && e.textContent.includes('This is a human') && !e.closest('#polite, #urgent')).length`); n != 1 {
		t.Errorf("that a human answers is read in %d places", n)
	}
	if says := person.text("#desk"); !strings.Contains(says, "Maya, Student office") || !strings.Contains(says, "human") {
		t.Errorf("while a human answers the page says %q", says)
	}
	agent.until(20*time.Second, `document.querySelector('.pane')?.dataset.state === 'joined'`, "the agent is not told that the person agreed")
	if read := agent.text(".lines"); strings.Contains(read, "What are you?") || !strings.Contains(read, "start from nothing") {
		t.Errorf("context was refused and the agent reads %q", read)
	}
	before := person.ask("Hello, can you help me?")
	agent.until(20*time.Second, `document.querySelector('.lines').textContent.includes('Hello, can you help me?')`, "what a person writes does not reach the human")
	eval[any](agent, `document.querySelector('.pane textarea').focus()`)
	agent.write("Hello, this is Maya. Of course.")
	agent.press("Enter", 0)
	person.until(20*time.Second, `document.querySelector('.line.human .words')?.textContent === 'Hello, this is Maya. Of course.'`, "what a human writes does not reach the person")
	if who := person.text(".line.human .who"); !strings.Contains(who, "Maya") || strings.Contains(who, "AI") {
		t.Errorf("a human's line is labelled %q", who)
	}
	if n := eval[int](person, `document.querySelectorAll('.line.human[data-source]').length`); n != 0 {
		t.Error("a human's line says that it was generated")
	}
	if n := eval[int](person, `document.querySelectorAll('#lines > li').length`); n != before+2 {
		t.Errorf("somebody else answered too: %d lines after %d", n, before)
	}
	person.picture("handoff-person-human")
	agent.picture("handoff-agent-talk")
	person.size(390, 844)
	person.media("prefers-color-scheme", "dark")
	person.picture("handoff-person-human-phone-dark")
	person.size(1280, 800)
	person.media("prefers-color-scheme", "light")
	agent.size(390, 844)
	agent.media("prefers-color-scheme", "dark")
	agent.picture("handoff-agent-talk-phone-dark")
	agent.size(1280, 800)
	agent.media("prefers-color-scheme", "light")

	agent.click(".pane .back")
	agent.until(20*time.Second, `document.querySelector('.pane').dataset.state === 'over'`, "hand back does nothing")
	if left := agent.text(".lines"); strings.Contains(left, "can you help me") {
		t.Errorf("after a talk its words are still on the agent's page: %q", left)
	}
	person.until(20*time.Second, `document.querySelector('#ask-notice').open`, "after a human the person is not told again that an AI answers")
	person.settled()
	person.picture("handoff-person-notice")
	if n := eval[int](person, `document.querySelectorAll('#lines > li').length`); n != before+2 {
		t.Errorf("the avatar said something before the person was told again: %d lines", n)
	}
	person.click("#ask-notice-yes")
	if answer := person.said(person.ask("What are you?"), 10*time.Second); !strings.Contains(answer, "AI") {
		t.Errorf("back at the avatar it says %q", answer)
	}
	if person.data("human") != "false" {
		t.Error("the label of the human stays")
	}
	for _, tab := range []*Tab{person, agent} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// The desk passes every rule of axe-core, by day and by night, on a desk and on
// a phone, and works with the keyboard alone.
func TestDesk(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t, Setup{Tenant: staffed})
			agent := agentOf(t, g, "Maya")
			agent.media("prefers-color-scheme", scheme, "prefers-reduced-motion", "reduce")
			check := axeOf(t, agent)
			check("desk, nobody waits")
			agent.picture("desk-empty-" + scheme)
			var people []*Tab
			for range 3 {
				p := openWatchedTab(t)
				p.arrive(g.URL + "/")
				p.start()
				people = append(people, p)
			}
			for i := range 2 {
				people[i].click("#human")
				agent.until(20*time.Second, `document.querySelector('#offer').checkVisibility()`, "a talk is not offered")
				check("desk, an offer")
				eval[any](agent, `document.querySelector('#offer-yes').focus()`)
				agent.press("Enter", 0)
				agent.until(20*time.Second, fmt.Sprintf(`document.querySelectorAll('.pane').length === %d`, i+1), "the keyboard does not take a talk")
				people[i].until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked about the human")
				people[i].settled()
				people[i].click("#ask-consent-yes")
			}
			people[2].click("#human")
			agent.until(20*time.Second, `document.querySelectorAll('#queue li').length === 1 && !document.querySelector('#offer').checkVisibility()`, "a third talk is offered to who has two")
			agent.until(20*time.Second, `document.querySelectorAll('.pane[data-state=joined]').length === 2`, "there are not two talks side by side")
			for i, p := range people[:2] {
				p.ask(fmt.Sprintf("I am person number %d.", i+1))
			}
			agent.until(20*time.Second, `[...document.querySelectorAll('.pane .line.person')].length === 2`, "what two people write does not reach the agent")
			check("desk, two talks")
			agent.picture("desk-two-" + scheme)
			agent.size(390, 844)
			check("desk, two talks on a phone")
			agent.picture("desk-two-phone-" + scheme)
			if wide := eval[float64](agent, `document.documentElement.scrollWidth`); wide > 390 {
				t.Errorf("on a phone the desk is %v wide", wide)
			}
			agent.size(320, 640)
			agent.picture("desk-two-320-" + scheme)
			if out := eval[[]string](agent, `[...document.querySelectorAll('.pane *')].filter((e) => e.checkVisibility() && !e.closest('.quiet') && e.getBoundingClientRect().right > e.closest('.pane').getBoundingClientRect().right).map((e) => e.className || e.tagName)`); len(out) > 0 {
				t.Errorf("at 320 this sticks out of a talk: %q", out)
			}
			if wide := eval[float64](agent, `document.documentElement.scrollWidth`); wide > 320 {
				t.Errorf("at 320 the desk is %v wide", wide)
			}
			if wrong := agent.Errors(); len(wrong) > 0 {
				t.Errorf("the browser complained: %q", wrong)
			}
		})
	}
}

// An admin opens a desk, and gives an agent a link that works once. // R45
func TestAdminDesk(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{Tenant: university})
	tab := adminOf(t, g)
	tab.view("around")
	tab.pressed("Open a desk")
	tab.until(20*time.Second, `document.activeElement?.closest('.fields') && document.activeElement.tagName === 'INPUT'`, "the desk that was opened has nothing to fill in")
	tab.write("Student office")
	tab.pressed("Look and save…")
	tab.until(20*time.Second, `document.querySelector('dialog[open]')`, "what changes is not shown before it is saved")
	tab.pressed("Save")
	tab.until(20*time.Second, `[...document.querySelectorAll('button')].some((b) => b.textContent.includes('Make a link for an agent') && b.checkVisibility())`, "a saved desk makes no links; the page says: "+tab.text("#view"))
	eval[any](tab, `document.querySelector('[aria-label="Name of the agent"]').focus()`)
	tab.write("Maya")
	tab.pressed("Make a link for an agent")
	tab.until(20*time.Second, `/agent#link=mfl_/.test(document.querySelector('#view').textContent)`, "no link is shown")
	tab.picture("admin-desk")
	link := eval[string](tab, `[...document.querySelectorAll('.command code')].map((c) => c.textContent).find((t) => t.includes('/agent#link='))`)
	agent := openWatchedTab(t)
	agent.visit(link)
	agent.until(20*time.Second, `document.documentElement.dataset.state === 'signed-in'`, "the link does not sign an agent in; the page says: "+agent.text("body"))
	if name := eval[string](agent, `document.querySelector('#name').value`); name != "Maya" {
		t.Errorf("the agent is called %q", name)
	}
	again := openWatchedTab(t)
	again.visit(link)
	again.until(20*time.Second, `document.querySelector('#signin-wrong').textContent.includes('has been used')`, "a used link signs in again")
}
