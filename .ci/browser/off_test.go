package browser

import (
	"testing"
	"time"
)

// An admin tries out what an avatar would answer, and then switches it off:
// whoever talks with it reads why, whoever wants to as well, and when it is on
// again it talks. The checklist knows of the answer.
func TestAvatarOff(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	const why = "Closed until the hours are right again."
	admin := openWatchedTab(t)
	admin.visit(linkOf.FindString(n.Gateway.command(t, "tenant", "link")))
	admin.until(20*time.Second, `document.documentElement.dataset.view === 'overview'`, "a fresh link does not sign in")
	admin.until(20*time.Second, `document.querySelectorAll('.checklist li').length === 9`, "there is no checklist")
	admin.until(20*time.Second, `document.querySelector('.checklist .missing') !== null`, "nobody talked yet, and all is done")
	admin.picture("admin-checklist")

	admin.view("avatars")
	admin.pressed("Try a question…")
	admin.until(20*time.Second, `document.querySelector('dialog[open] [name=question]')`, "nothing can be asked")
	eval[any](admin, `document.querySelector('dialog [name=question]').value = 'What are you?'`)
	admin.pressed("Ask")
	admin.until(20*time.Second, `document.querySelector('.tried blockquote')?.textContent.length > 20`, "no answer is shown")
	admin.picture("admin-try")
	admin.pressed("Close")

	person := openTab(t)
	person.arrive(n.URL)
	person.start()
	before := person.ask("What are you?")
	person.said(before, 30*time.Second)

	admin.view("overview")
	admin.pressed("Switch an avatar off…")
	admin.until(20*time.Second, `document.querySelector('dialog[open] [name=reason]')`, "no reason is asked for")
	eval[any](admin, `document.querySelector('dialog [name=reason]').value = `+quote(why))
	admin.picture("admin-off-asked")
	admin.pressed("Switch it off now")
	person.until(20*time.Second, `document.documentElement.dataset.state === 'ended' && document.querySelector('#why').textContent.includes(`+quote(why)+`)`, "the person does not read why it ended")
	person.picture("client-ended-off")
	admin.until(20*time.Second, `document.querySelector('.state.off q')?.textContent === `+quote(why), "the overview does not say that it is off")
	admin.picture("admin-off")

	fresh := openTab(t)
	fresh.visit(n.URL)
	fresh.until(20*time.Second, `document.querySelector('#start').disabled && document.querySelector('#trouble').textContent.includes(`+quote(why)+`)`, "the page does not say that it is off")
	fresh.picture("client-off")

	admin.pressed("Switch on")
	admin.until(20*time.Second, `!document.querySelector('.state.off q')`, "it cannot be switched on")
	again := openTab(t)
	again.arrive(n.URL)
	again.start()
	before = again.ask("What are you?")
	again.said(before, 30*time.Second)
	admin.view("avatars")
	admin.view("overview")
	admin.until(20*time.Second, `document.querySelector('.checklist').textContent.includes('Somebody got an answer')`, "the checklist does not know of the answer")
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
