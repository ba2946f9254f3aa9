package browser

import (
	"strings"
	"testing"
	"time"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/tool/tooltest"
)

// While the gateway calls a tool of the organisation's the page says where
// something is looked up, also to a screen reader, and then the answer rests on
// it. The page never holds a word of what the tool gave. // R43
func TestPageLooksUp(t *testing.T) {
	t.Parallel()
	model, err := backendtest.Start(backendtest.Script{Steps: [][]string{
		{backendtest.Calls(0, "call_1", "next_train", `{"city":"Vienna"}`)},
		{backendtest.Chunk("The next train leaves at five past twelve.")},
	}})
	must(t, err)
	t.Cleanup(model.Close)
	timetable, err := tooltest.Start(tooltest.Script{Result: `{"secret":"canary-12-05"}`, Wait: 2 * time.Second})
	must(t, err)
	t.Cleanup(timetable.Close)
	n := startNetwork(t, Setup{Voiceless: true, Config: `
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - id: clerk
        name: Clerk
        voice: none
        backend: {url: "` + model.URL().String() + `", model: scripted, name: Example models}
        tools:
          - name: next_train
            description: When the next train leaves a city.
            url: ` + timetable.URL().String() + `
            provider: Example Timetable
            parameters: {type: object, properties: {city: {type: string}}, required: [city]}
`})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.start()
	before := tab.ask("When does the next train leave Vienna?")
	tab.until(20*time.Second, `document.querySelector('#doing').innerText === 'Looking it up at Example Timetable'`, "the page does not say that something is looked up, and where")
	if text := tab.said(before, 10*time.Second); text != "The next train leaves at five past twelve." {
		t.Errorf("the answer is %q", text)
	}
	tab.quiet(5 * time.Second)
	if doing := tab.text("#doing"); strings.Contains(doing, "Timetable") {
		t.Errorf("after the answer the page says %q", doing)
	}
	if told := strings.Join(tab.announced("polite"), " "); !strings.Contains(told, "Looking it up at Example Timetable") {
		t.Errorf("a screen reader is told %q", told)
	}
	if tree := tab.tree(); strings.Contains(tree, "canary-12-05") {
		t.Error("what the tool gave is in the page")
	}
	if asked := timetable.Requests(); len(asked) != 1 || string(asked[0].Body) != `{"city":"Vienna"}` {
		t.Errorf("the tool was asked %d times", len(asked))
	}
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// An admin gives an avatar a tool: what is wrong with it stands beside it, and
// what is saved is what was written. // R43 R44
func TestAdminAddsATool(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: pair})
	admin := adminOf(t, n.Gateway)
	admin.view("avatar/ada")
	admin.pick("avatars-ada-backend-true")
	admin.fill("avatars.ada.backend.url", "https://models.example/v1")
	admin.fill("avatars.ada.backend.model", "small")
	admin.pressed("Add a tool")
	admin.fill("tool-0-name", "next_train")
	admin.fill("tool-0-description", "When the next train leaves a city.")
	admin.fill("tool-0-url", "https://127.0.0.1/next")
	admin.fill("tool-0-parameters", `{"type":"object","properties":{"city":{"type":"string","pattern":"x"}}}`)
	admin.fill("tool-0-provider", "Example Timetable")
	admin.unsaved("to put right")
	admin.until(20*time.Second, `[...document.querySelectorAll('.toollist .mistake')].some((p) => !p.hidden && p.textContent.includes('pattern') && p.textContent.includes('url'))`, "the mistakes are not at the tool")
	admin.fill("tool-0-url", "https://tools.example/next")
	admin.fill("tool-0-parameters", `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)
	admin.fill("tool-0-provider", "Example Timetable")
	admin.unsaved("changes not saved")
	admin.until(20*time.Second, `(() => { document.querySelector('.toollist details').open = true; return document.querySelector('[data-keep="tool-0-sample"]').checkVisibility(); })()`, "it cannot be tried")
	admin.fill("tool-0-sample", `{"town":"Vienna"}`)
	admin.pressed("Call it now")
	admin.until(20*time.Second, `document.querySelector('.toollist .reached').textContent.includes('invalid_arguments')`, "what the model would be given is not shown")
	admin.pressed("Look and save…")
	admin.until(20*time.Second, `document.querySelector('dialog .changes')`, "what changes is not shown")
	admin.maySend()
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force') && document.querySelector('#unsaved').hidden`, "it was not saved")
	now := n.Gateway.command(t, "tenant", "show")
	for _, want := range []string{"next_train", "https://tools.example/next", "Example Timetable", "required"} {
		if !strings.Contains(now, want) {
			t.Errorf("in force there is no %s", want)
		}
	}
	for _, wrong := range admin.Errors() {
		t.Errorf("the browser complained: %q", wrong)
	}
}
