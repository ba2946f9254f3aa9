package browser

import (
	"strings"
	"testing"
	"time"
)

// An admin writes down what a server's operator states, and which servers are
// asked in its place: all in fields, with mistakes where they are; what is
// saved is what was written, and the page says what people will read of it.
// R57 R60
func TestAdminWritesBackEndsDown(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: pair})
	admin := adminOf(t, n.Gateway)
	const server, at = "avatars.ada.backend.", "avatars.ada.backend.terms."
	admin.view("avatar/ada")
	admin.pick("avatars-ada-backend-true")
	admin.fill(server+"url", "https://models.example/v1")
	admin.fill(server+"model", "small")
	admin.fill(server+"name", "Example models")
	admin.fill(server+"region", "eu")
	admin.pick("avatars-ada-backend-terms-on")
	admin.fill(at+"retention", "forever")
	admin.fill(at+"training", "false")
	admin.fill(at+"transfer", "scc")
	admin.fill(at+"recipients", "Example Hosting\nExample Archive")
	admin.fill(at+"declared_by", "Data protection office")
	admin.fill(at+"declared_on", "2026-11-25")
	admin.fill(at+"evidence_sha256", "abc")
	admin.unsaved("to put right")
	for _, key := range []string{"retention", "evidence_sha256"} {
		admin.until(20*time.Second, `document.querySelector('[data-keep="`+at+key+`"]').getAttribute('aria-invalid') === 'true'`, "the mistake is not at "+key)
	}
	admin.fill(at+"retention", "30d")
	admin.fill(at+"evidence_sha256", strings.Repeat("ab", 32))
	admin.unsaved("changes not saved")

	// Two more in its place: one wrong at first, then exchanged, one removed.
	eval[any](admin, `(() => { for (const d of document.querySelectorAll('.server details')) d.open = true; })()`)
	admin.pressed("Add a server in its place")
	first := server + "fallback.0."
	admin.fill(first+"model", "other")
	admin.fill(first+"url", "http://127.0.0.1/v1")
	admin.until(20*time.Second, `document.querySelector('[data-keep="`+first+`url"]').getAttribute('aria-invalid') === 'true'`, "the mistake is not at the other server")
	admin.fill(first+"url", "")
	admin.fill(first+"model", "") // nothing stands there any more, and the server stays
	admin.fill(first+"url", "https://other.example/v1")
	admin.fill(first+"model", "other")
	admin.pick("avatars-ada-backend-fallback-0-terms-on")
	admin.fill(first+"terms.retention", "none")
	admin.fill(first+"terms.declared_by", "Data protection office")
	admin.pressed("Add a server in its place")
	second := server + "fallback.1."
	admin.fill(second+"url", "https://third.example/v1")
	admin.fill(second+"model", "third")
	admin.pressed("Add a server in its place")
	admin.fill(server+"fallback.2.url", "https://fourth.example/v1")
	admin.fill(server+"fallback.2.model", "fourth")
	admin.until(20*time.Second, `![...document.querySelectorAll('button')].some((b) => b.checkVisibility() && b.textContent === 'Add a server in its place')`, "more than three can be added")
	admin.pressed("Remove: Asked at last")
	admin.pressed("Ask it earlier: Asked when that does not answer either")
	admin.until(20*time.Second, `document.querySelector('[data-keep="`+first+`model"]').value === 'third'`, "their order did not change")
	admin.unsaved("changes not saved")
	for _, size := range [][2]int64{{1280, 900}, {390, 844}} {
		admin.size(size[0], size[1])
		for _, scheme := range []string{"light", "dark"} {
			admin.media("prefers-color-scheme", scheme)
			if wide := eval[float64](admin, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
				t.Errorf("at %d px the page is %v px wider than the window", size[0], wide)
			}
			eval[any](admin, `document.querySelector('[data-keep="`+at+`retention"]').scrollIntoView({ block: 'start' })`)
			admin.picture("admin-backend-terms-" + itoa(int(size[0])) + "-" + scheme)
			eval[any](admin, `document.querySelector('[data-keep="`+first+`url"]').closest('fieldset').scrollIntoView({ block: 'start' })`)
			admin.picture("admin-backend-fallback-" + itoa(int(size[0])) + "-" + scheme)
		}
	}
	admin.size(1280, 900)
	admin.pressed("Look and save…")
	admin.until(20*time.Second, `document.querySelector('dialog .changes')`, "what changes is not shown")
	admin.until(20*time.Second, `/Ada/.test(document.querySelector('dialog .newcomers')?.textContent) && document.querySelector('dialog .newcomers').textContent.includes('(models.example) answers for') && document.querySelector('dialog .newcomers q').textContent.includes('30 days')`, "who would be sent what people say is not said in words")
	admin.pressed("Save")
	if eval[bool](admin, `document.querySelector('dialog form').checkValidity()`) || strings.Contains(n.Gateway.command(t, "tenant", "show"), "models.example") {
		t.Error("words go to somebody new without a yes")
	}
	admin.maySend()
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force') && document.querySelector('#unsaved').hidden`, "it was not saved")
	now := strings.Join(strings.Fields(n.Gateway.command(t, "tenant", "show")), " ")
	for _, want := range []string{
		"https://models.example/v1", "30d", "scc", "Example Hosting", "Example Archive", "Data protection office", "2026-11-25", strings.Repeat("ab", 32),
		"https://third.example/v1", "https://other.example/v1",
	} {
		if !strings.Contains(now, want) {
			t.Errorf("in force there is no %s", want)
		}
	}
	if strings.Contains(now, "fourth.example") {
		t.Error("what was removed is in force")
	}
	if a, b := strings.Index(now, "third.example"), strings.Index(now, "other.example"); a > b {
		t.Error("they are asked in another order than was written")
	}
	admin.view("around")
	admin.until(20*time.Second, `document.querySelector('#view').textContent.includes('third.example') && document.querySelector('#view').textContent.includes('keeps 30d')`, "what goes where is not said")
	for _, wrong := range admin.Errors() {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// A transcriber that hears while somebody speaks, and one in its place, are
// written in fields too. // R3
func TestAdminWritesTranscribersDown(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: pair})
	admin := adminOf(t, n.Gateway)
	const server = "avatars.ada.transcriber."
	admin.view("avatar/ada")
	admin.pick("avatars.ada.microphone")
	admin.pick("avatars-ada-transcriber-true")
	admin.fill(server+"url", "https://ears.example/v1")
	admin.fill(server+"model", "whole")
	admin.pick(server + "partials")
	admin.fill(server+"protocol", "realtime")
	admin.fill(server+"transcription_model", "writer")
	admin.until(20*time.Second, `!document.querySelector('[data-keep="`+server+`partials"]')`, "it is still asked for what it would refuse")
	eval[any](admin, `(() => { for (const d of document.querySelectorAll('.server details')) d.open = true; })()`)
	admin.pressed("Add a server in its place")
	admin.fill(server+"fallback.0.url", "https://others.example/v1")
	admin.fill(server+"fallback.0.model", "whisper-1")
	admin.unsaved("changes not saved")
	admin.pressed("Look and save…")
	admin.until(20*time.Second, `document.querySelector('dialog .changes')`, "what changes is not shown")
	admin.until(20*time.Second, `document.querySelector('dialog .newcomers')?.textContent.includes('the sound of people’s voices')`, "who would hear people is not said")
	admin.maySend()
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force') && document.querySelector('#unsaved').hidden`, "it was not saved")
	now := n.Gateway.command(t, "tenant", "show")
	for _, want := range []string{"https://ears.example/v1", "realtime", "writer", "https://others.example/v1", "whisper-1"} {
		if !strings.Contains(now, want) {
			t.Errorf("in force there is no %s", want)
		}
	}
	if strings.Contains(now, "partials") {
		t.Error("what has no meaning by this protocol was saved")
	}
	for _, wrong := range admin.Errors() {
		t.Errorf("the browser complained: %q", wrong)
	}
}
