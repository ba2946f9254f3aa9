package browser

import (
	"strings"
	"testing"
	"time"
)

// The sound of a conversation is kept only after the admin switched it on and
// the person agreed to it apart from the words; then an admin can listen to
// it, and each listening is in the log.
func TestAdminListens(t *testing.T) { // R13, R41
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: strings.Replace(university, `"voice":"none"`, `"voice":"builtin"`, 1)})
	admin := adminOf(t, n.Gateway)
	admin.switchRecordingOn()
	admin.until(20*time.Second, `document.querySelector('[data-keep=sound]')`, "sound has no switch of its own")
	admin.click(`[data-keep=sound]`)
	admin.until(20*time.Second, `document.querySelector('dialog .card')?.textContent.length > 20`, "the sound is kept without a question")
	admin.pressed("Keep the sound")
	admin.until(20*time.Second, `document.querySelector('[data-keep=sound]').ariaChecked === 'true'`, "the sound cannot be switched on")

	person := openTab(t)
	person.arrive(n.URL)
	person.start()
	for range 2 { // the words, and the sound apart from them
		person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked for words and sound apart")
		person.settled()
		person.click("#ask-consent-yes")
		person.settled()
	}
	before := person.ask("What are you?")
	person.said(before, 30*time.Second)
	person.quiet(60 * time.Second)

	admin.view("stored")
	admin.until(20*time.Second, `document.querySelector('.goes')?.textContent.includes('sound')`, "the page does not say when the sound goes")
	admin.click(`table a.button`)
	admin.until(20*time.Second, `document.querySelector('input[value=quality]')`, "nothing is asked before reading")
	admin.click(`input[value=quality]`)
	admin.pressed("Read")
	admin.until(20*time.Second, `document.querySelector('.sound button')`, "there is no sound to listen to")
	admin.click(`.sound button`)
	admin.until(20*time.Second, `document.querySelector('.sound audio')?.duration > 0.5`, "the sound cannot be listened to")
	admin.view("log")
	if got := eval[int](admin, `[...document.querySelectorAll('#view tr')].filter((r) => r.textContent.includes('transcript read') && r.textContent.includes('audio_recording')).length`); got != 1 {
		t.Errorf("listening once is %d lines of the log", got)
	}
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
