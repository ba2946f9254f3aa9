package browser

import (
	"strings"
	"testing"
	"time"
)

// pair is a tenant with two avatars, of which nothing is kept.
var pair = strings.Replace(university, `"knowledge":"demo"}]`, `"knowledge":"demo"},{"id":"ben","name":"Ben","languages":["en","de"],"voice":"none"}]`, 1)

// An admin changes an avatar from end to end without ever seeing a document:
// mistakes stand at their fields in the gateway's words, what is not saved
// stays while they look elsewhere, what saving changes is shown first, and one
// press takes it back.
func TestAdminEditsAnAvatar(t *testing.T) { // R29, R57
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: pair})
	admin := adminOf(t, n.Gateway)
	admin.view("avatars")
	admin.pressed("Change")
	admin.until(20*time.Second, `document.documentElement.dataset.view === 'avatar'`, "an avatar cannot be opened")

	admin.fill("avatars.ada.name", "Ada Lovelace")
	admin.pick("avatars-ada-backend-true")
	admin.fill("avatars.ada.backend.url", "http://127.0.0.1:9/v1")
	admin.fill("avatars.ada.backend.model", "small")
	admin.unsaved("to put right")
	// What was wrong while the fields were being filled in may be said for a moment.
	admin.until(20*time.Second, `(() => { const f = document.querySelector('[data-keep="avatars.ada.backend.url"]');
		return f.getAttribute('aria-invalid') === 'true' && f.getAttribute('aria-describedby').split(' ').some((id) => document.getElementById(id)?.textContent.includes('on this machine or a private network')); })()`, "the mistake is not at its field, in the gateway's words")
	admin.fill("avatars.ada.backend.url", "https://models.example/v1")
	admin.fill("avatars.ada.backend.model", "small")
	admin.fill("avatars.ada.backend.region", "eu")
	admin.unsaved("changes not saved")
	admin.until(20*time.Second, `document.querySelector('.screen').textContent.includes('models.example') && document.querySelector('.screen .name').textContent === 'Ada Lovelace'`, "the person's screen beside it does not follow")

	// Elsewhere and back: it is still there, and still not in force.
	admin.view("history")
	admin.unsaved("changes not saved")
	if now := n.Gateway.command(t, "tenant", "show"); strings.Contains(now, "Lovelace") {
		t.Fatal("what nobody saved is in force")
	}
	// Meanwhile somebody else changes something else: both are kept.
	n.Gateway.command(t, "tenant", "set", "contact.dpo=dpo@university.example")
	admin.view("avatar/ada")
	if got := eval[string](admin, `document.querySelector('[data-keep="avatars.ada.name"]').value`); got != "Ada Lovelace" {
		t.Errorf("after leaving and coming back the name is %q", got)
	}
	n.Gateway.command(t, "tenant", "set", "contact.dpo=officer@university.example") // after this page was drawn
	admin.pressed("Look and save…")
	admin.until(20*time.Second, `document.querySelector('dialog .changes')`, "what changes is not shown")
	if shown := admin.text("dialog .changes"); !strings.Contains(shown, "model server region") || !strings.Contains(shown, "Lovelace") {
		t.Errorf("before saving the page shows %q", shown)
	}
	admin.maySend()
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('dialog .wrong').textContent.includes('Somebody else')`, "a change on an old version is not said to be one")
	admin.maySend() // of what is so now
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force') && document.querySelector('#unsaved').hidden`, "it was not saved")
	now := n.Gateway.command(t, "tenant", "show")
	for _, want := range []string{"Ada Lovelace", "https://models.example/v1", "officer@university.example"} {
		if !strings.Contains(now, want) {
			t.Errorf("in force there is no %s", want)
		}
	}
	admin.pressed("Undo")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "it cannot be undone")
	if now = n.Gateway.command(t, "tenant", "show"); strings.Contains(now, "Lovelace") || !strings.Contains(now, "officer@university.example") {
		t.Errorf("after Undo there is %s", now)
	}
	for _, wrong := range admin.Errors() {
		if !strings.Contains(wrong, "412") { // that somebody else was faster
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// Avatars are added, duplicated, put into another order and removed; the first
// is the one that people get.
func TestAdminArrangesAvatars(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: pair})
	admin := adminOf(t, n.Gateway)
	order := func() string {
		return eval[string](admin, `[...document.querySelectorAll('[data-avatar]')].map((c) => c.dataset.avatar).join(' ')`)
	}
	admin.view("avatars")
	admin.pick("ben-forward")
	admin.until(20*time.Second, `document.querySelector('[data-avatar]').dataset.avatar === 'ben'`, "an avatar cannot be moved")
	admin.pressed("Duplicate Ada…")
	admin.pressed("Go on")
	admin.until(20*time.Second, `location.hash === '#/avatar/ada-2'`, "a duplicate does not open")
	admin.fill("avatars.ada-2.persona", "You speak of libraries.")
	admin.view("avatars")
	if got := order(); got != "ben ada ada-2" {
		t.Fatalf("the avatars stand in the order %q", got)
	}
	admin.pressed("Remove Ada…")
	admin.pressed("Remove it")
	admin.until(20*time.Second, `!document.querySelector('[data-avatar=ada]')`, "an avatar cannot be removed")
	admin.unsaved("not saved")
	admin.pressed("Look and save…")
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "it was not saved")
	now := n.Gateway.command(t, "tenant", "show")
	if strings.Contains(now, `"id":"ada"`) || !strings.Contains(now, "You speak of libraries.") {
		t.Errorf("in force is %s", now)
	}
	if strings.Index(now, "Ben") > strings.Index(now, "Ada 2") {
		t.Errorf("the order is not kept: %s", now)
	}
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// The same with a keyboard and nothing else, and what a screen reader is told.
func TestAdminEditKeyboard(t *testing.T) { // R24
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	tab := adminOf(t, n.Gateway)
	tab.view("avatars")
	tab.tabTo(`[data-avatar=ada] h2 a`, 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'avatar'`, "Enter does not open an avatar")
	if at := tab.focused(); at != "H1" {
		t.Errorf("on the avatar's page the keyboard is at %q", at)
	}
	tab.tabTo(`[data-keep="avatars.ada.name"]`, 0)
	tab.write("Ada Lovelace")
	tab.unsaved("not saved")
	if told := tab.tree(); !strings.Contains(told, "radio: Moth") || !strings.Contains(told, "textbox: Name") {
		t.Errorf("a screen reader is told:\n%s", told)
	}
	tab.tabTo(`[data-keep="avatars.ada.microphone"]`, 0)
	tab.press("Space", 0)
	tab.unsaved("to put right")
	tab.tabTo(`[data-keep=unsaved-save]`, 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.activeElement.dataset.keep === 'avatars.ada.microphone' && document.activeElement.ariaInvalid === 'true'`, "Enter does not lead to the mistake")
	b := eval[[]float64](tab, `(() => { const b = document.activeElement.getBoundingClientRect(); return [b.bottom, document.querySelector('#unsaved').getBoundingClientRect().top]; })()`)
	if b[0] > b[1] {
		t.Errorf("the mistake is behind the bar: %v", b)
	}
	tab.press("Space", 0)
	tab.until(20*time.Second, `document.querySelector('[data-keep=unsaved-save]')?.textContent === 'Look and save…'`, "the mistake is put right and still said")
	tab.tabTo(`[data-keep=unsaved-save]`, 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('dialog[open]')?.contains(document.activeElement)`, "the question opens and the keyboard is behind it")
	tab.press("Escape", 0)
	tab.until(20*time.Second, `!document.querySelector('dialog[open]')`, "Escape does not close the question")
	if at := eval[string](tab, `document.activeElement.dataset.keep ?? document.activeElement.tagName`); at != "unsaved-save" {
		t.Errorf("after Escape the keyboard is at %q", at)
	}
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('dialog[open]')?.contains(document.activeElement)`, "the question does not open again")
	tab.tabTo(`dialog button[type=submit]`, 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "nothing says that it took effect")
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
