package browser

import (
	"time"
)

// fill writes into the field of the document that has the key.
func (tab *Tab) fill(key, text string) {
	tab.t.Helper()
	field := `document.querySelector('#view [data-keep="` + key + `"]')`
	tab.until(20*time.Second, field, "there is no field for "+key)
	eval[any](tab, `(() => { const f = `+field+`; f.focus(); f.value = `+quote(text)+`; f.dispatchEvent(new Event('input', { bubbles: true })); f.dispatchEvent(new Event('change', { bubbles: true })); f.blur(); })()`)
}

// pick presses one of several, or a tick, by what it is kept under.
func (tab *Tab) pick(keep string) {
	tab.t.Helper()
	tab.click(`#view [data-keep="` + keep + `"]`)
}

// unsaved waits until the bar says so.
func (tab *Tab) unsaved(words string) {
	tab.t.Helper()
	tab.until(20*time.Second, `document.querySelector('#unsaved').textContent.includes(`+quote(words)+`)`, "the bar of what is not saved does not say "+words)
}

// maySend says yes to what a change sends to somebody new.
func (tab *Tab) maySend() {
	tab.t.Helper()
	tab.click(`dialog input[name=recipients]`)
	tab.until(20*time.Second, `document.querySelector('dialog input[name=recipients]').checked`, "the yes is not taken")
}

// edits leads an admin through everything that is written into fields, with
// what is wrong at some of them, and leaves nothing changed.
func edits(admin *Tab, at func(tab *Tab, name string)) {
	admin.t.Helper()
	admin.view("avatar/ada")
	at(admin, "admin-avatar")
	admin.fill("avatars.ada.name", "Ada Lovelace")
	admin.pick("avatars-ada-backend-true")
	admin.fill("avatars.ada.backend.url", "http://127.0.0.1/v1")
	admin.fill("avatars.ada.backend.model", "small")
	admin.unsaved("to put right")
	at(admin, "admin-avatar-mistake")
	admin.fill("avatars.ada.backend.url", "https://models.example/v1")
	admin.unsaved("not saved")
	admin.until(20*time.Second, `!document.querySelector('#unsaved').textContent.includes('mistake')`, "the mistake is put right and still said")
	admin.pick("likeness")
	eval[any](admin, `(() => { const s = document.querySelector('[data-keep=likeness]'); s.value = 'real'; s.dispatchEvent(new Event('change')); })()`)
	at(admin, "admin-avatar-likeness")
	eval[any](admin, `(() => { const s = document.querySelector('[data-keep=likeness]'); s.value = 'none'; s.dispatchEvent(new Event('change')); })()`)
	admin.unsaved("changes not saved")
	admin.view("avatars")
	at(admin, "admin-avatars-unsaved")
	admin.pressed("Look and save…")
	admin.until(20*time.Second, `document.querySelector('dialog .changes')`, "what changes is not shown")
	at(admin, "admin-save")
	admin.pressed("Go on changing")
	admin.pressed("Discard…")
	admin.pressed("Discard it")
	admin.until(20*time.Second, `document.querySelector('#unsaved').hidden`, "what was discarded is still there")
	admin.view("around")
	admin.pressed("Add a receiver")
	admin.fill("webhook.url", "http://127.0.0.1/in")
	admin.unsaved("to put right")
	at(admin, "admin-around-mistake")
	admin.pressed("Discard…")
	admin.pressed("Discard it")
	admin.view("policy")
	admin.click(`[aria-label="The visible notice"]`)
	admin.until(20*time.Second, `document.querySelector('dialog .danger-note')`, "the notice is switched off without a question")
	at(admin, "admin-hide")
	admin.pressed("Leave it on")
	admin.click(`[aria-label="Audience: minors"]`)
	admin.until(20*time.Second, `document.querySelector('dialog input[name=help]')`, "nobody asks for the help line")
	at(admin, "admin-minors")
	admin.pressed("No")
}
