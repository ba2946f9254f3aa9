package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/tool/tooltest"
)

// served is a tenant in the database whose avatar has all that can stand
// behind one, with long names.
const served = `{"id":"university","name":"Example University","public":true,"controller":"controller",
	"contact":{"email":"privacy@university.example","complaint":"https://authority.example/"},
	"handoff":{"name":"Student office","hours":["mon-fri 09:00-12:30"],"time_zone":"Europe/Berlin"},
	"avatars":[{"id":"ada","name":"Ada","look":"moth","languages":["en","de","he"],"voice":"none","knowledge":"demo","microphone":true,
	"backend":{"url":"https://models.example/v1","model":"small","name":"Verantwortungsgemeinschaft Sprachmodelle","region":"eu",
		"terms":{"retention":"30d","training":false,"declared_by":"Ada Lovelace","declared_on":"2026-11-26"},
		"fallback":[{"url":"https://second.example/v1","model":"large","name":"Second models"}]},
	"transcriber":{"url":"https://listener.example/v1","model":"t","name":"The listener"},
	"tools":[{"name":"next_train","description":"When the next train leaves a city.","url":"https://tools.example/next","provider":"Example Timetable",
		"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]}]}`

// The editor of all that stands behind an avatar, and of the desk: nothing is
// wider than the window, every rule of axe-core holds, and what is pressed with
// a finger on a phone is high enough for one.
func TestSectionPictures(t *testing.T) {
	t.Parallel()
	g := startGateway(t, Setup{Tenant: served})
	tab := adminOf(t, g)
	check := axeOf(t, tab)
	for _, l := range []look{{"light-1280", 1280, 3600, 1, nil}, {"dark-1280", 1280, 3600, 1, []string{"prefers-color-scheme", "dark"}},
		{"light-390", 390, 6000, 1, nil}, {"dark-390", 390, 6000, 1, []string{"prefers-color-scheme", "dark"}}} {
		tab.size(l.width, l.height)
		tab.media(l.media...)
		for _, view := range []string{"avatar/ada", "around"} {
			tab.view(view)
			tab.until(20*time.Second, `document.querySelectorAll('#view .part').length > 2`, "the sections do not come up")
			eval[any](tab, `(() => { for (const d of document.querySelectorAll('#view details')) d.open = true; })()`)
			if said := tab.text("#view"); view == "around" && !strings.Contains(said, "second.example") {
				t.Error("a server that answers when the first does not is not among those that words may go to")
			}
			tab.settled()
			place := view[:4] + "-" + l.name
			tab.picture("sections-" + place)
			if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s: the page is %d pixels wider than the window", place, over)
			}
			check(place)
			if l.width > 400 {
				continue
			}
			if low := eval[[]string](tab, `[...document.querySelectorAll('#view button, #view select, #view input:not([type=checkbox], [type=radio], [type=color])')].filter((b) => b.checkVisibility() && b.getBoundingClientRect().height < 43.5)
				.map((b) => (b.textContent || b.ariaLabel || b.id) + ' ' + b.getBoundingClientRect().height)`); len(low) > 0 {
				t.Errorf("%s: too low for a finger: %q", place, low)
			}
		}
	}
}

// What is new under an answer and above the conversation, in languages with
// long words and from right to left: who is asked for, where something is
// looked up, what an answer rests on.
func TestConversationPictures(t *testing.T) {
	t.Parallel()
	for _, l := range []struct {
		look
		locale string
	}{{look{"light-1280", 1280, 800, 1, nil}, "en"}, {look{"dark-390", 390, 844, 1, []string{"prefers-color-scheme", "dark"}}, "de"}, {look{"light-320", 320, 640, 1, nil}, "he"}} {
		t.Run(l.name, func(t *testing.T) {
			model, err := backendtest.Start(backendtest.Script{Steps: [][]string{
				{backendtest.Calls(0, "call_1", "next_train", `{"city":"Vienna"}`)},
				{backendtest.Chunk("The next train leaves at five past twelve.")},
			}})
			must(t, err)
			t.Cleanup(model.Close)
			timetable, err := tooltest.Start(tooltest.Script{Result: `{"at":"12:05"}`, Wait: 3 * time.Second})
			must(t, err)
			t.Cleanup(timetable.Close)
			n := startNetwork(t, Setup{Voiceless: true, Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    handoff: {name: Studierendenverwaltungsgeschäftsstelle}
    avatars:
      - id: clerk
        name: Clerk
        voice: none
        languages: [en, de, he]
        knowledge: demo
        backend: {url: %q, model: scripted, name: Verantwortungsgemeinschaft Sprachmodelle}
        tools:
          - name: next_train
            description: When the next train leaves a city.
            url: %q
            provider: Straßenbahnfahrplanauskunftsdienst
            parameters: {type: object, properties: {city: {type: string}}, required: [city]}
`, model.URL(), timetable.URL())})
			tab := openTab(t)
			tab.size(l.width, l.height)
			tab.media(l.media...)
			tab.arrive(n.URL)
			tab.inLanguage(l.locale)
			check := axeOf(t, tab)
			at := func(name string) {
				tab.settled()
				tab.picture("talk-" + name + "-" + l.name)
				if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
					t.Errorf("%s: the page is %d pixels wider than the window", name, over)
				}
				check(name + ", " + l.name)
			}
			at("arrive")
			tab.start()
			before := tab.ask("What is kept of what I say?")
			tab.until(20*time.Second, `document.querySelector('#doing').innerText.includes('Straßenbahn')`, "the page does not say that something is looked up; it says "+tab.text("#doing"))
			at("looks-up")
			tab.said(before, 20*time.Second)
			at("answer")
			tab.click("#human")
			tab.until(20*time.Second, `document.querySelector('#desk').checkVisibility()`, "who asked for a human is not told that they wait")
			at("waits")
			tab.leave()
			at("gone")
		})
	}
}
