package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// The notice is switched off only with everything that it takes, waits for a
// second admin where the policy asks for one, and stays for machines.
func TestAdminHidesTheNotice(t *testing.T) { // R22
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: strings.Replace(university, `"avatars"`, `"policy":{"second_admin":true},"avatars"`, 1)})
	admin := adminOf(t, n.Gateway)
	admin.view("policy")
	admin.click(`[aria-label="The visible notice"]`)
	admin.until(20*time.Second, `document.querySelector('dialog .danger-note')`, "the notice is switched off without a question")
	admin.pressed("Propose it to a second admin")
	if !eval[bool](admin, `document.querySelector('dialog[open]') !== null`) {
		t.Fatal("the notice is switched off and nobody said who answers for it")
	}
	for name, words := range map[string]string{"by": "N. Example", "reason": "People are told at the door.", "legal_basis": "Article 50(1), obvious from the circumstances"} {
		eval[any](admin, `(() => { document.querySelector('dialog [name=`+name+`]').value = `+quote(words)+`; })()`)
	}
	admin.pressed("Propose it to a second admin")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('waits for a second admin')`, "the notice is switched off by one alone")
	if now := n.Gateway.command(t, "tenant", "show"); strings.Contains(now, "disclosure_hidden") {
		t.Fatalf("one admin alone switched the notice off: %s", now)
	}
	// Who proposed it signs out; another confirms.
	other := adminOf(t, n.Gateway)
	other.view("history")
	other.pressed("Confirm…")
	other.until(20*time.Second, `document.querySelector('dialog .changes')`, "what is confirmed is not shown")
	other.pressed("Confirm")
	other.until(20*time.Second, `!document.querySelector('dialog[open]')`, "nobody can confirm it")
	other.view("policy")
	other.until(20*time.Second, `document.querySelector('[aria-label="The visible notice"]').ariaChecked === 'false' && document.querySelector('.danger-note').textContent.includes('N. Example')`, "the page does not say that the notice is hidden, and who answers for it")
	other.until(20*time.Second, `document.querySelector('.screen').textContent.includes('not on this screen')`, "the person's screen still has the notice")
	other.click(`[aria-label="The visible notice"]`)
	other.until(20*time.Second, `document.querySelector('[aria-label="The visible notice"]').ariaChecked === 'true'`, "the notice cannot be shown again at once")
	for _, tab := range []*Tab{admin, other} {
		if wrong := tab.Errors(); len(wrong) > 0 {
			t.Errorf("the browser complained: %q", wrong)
		}
	}
}

// With minors the help line is asked for first, and what was recorded is off.
func TestAdminForMinors(t *testing.T) { // R71
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	admin := adminOf(t, n.Gateway)
	admin.switchRecordingOn()
	admin.click(`[aria-label="Audience: minors"]`)
	admin.until(20*time.Second, `document.querySelector('dialog input[name=help]')`, "nobody asks for the help line")
	eval[any](admin, `(() => { document.querySelector('dialog [name=help]').value = 'Call 116 111'; })()`)
	admin.pressed("Yes, with minors")
	admin.until(20*time.Second, `document.querySelector('[aria-label="Audience: minors"]').ariaChecked === 'true' && document.querySelector('[data-keep=recording]').ariaChecked === 'false' && document.querySelector('[data-keep=recording]').disabled`, "with minors something can be recorded")
	admin.pressed("Undo")
	admin.until(20*time.Second, `document.querySelector('[data-keep=recording]').ariaChecked === 'true'`, "it cannot be undone")
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// The hash of a signed permission is made in the page: nothing of the paper
// leaves it.
func TestAdminKeepsThePaper(t *testing.T) { // R36
	t.Parallel()
	const paper = "PAPER-CANARY: I permit my voice to be used."
	n := startNetwork(t, Setup{Tenant: university})
	admin := adminOf(t, n.Gateway)
	admin.view("avatar/ada")
	eval[any](admin, `(() => { window.__sent = []; const real = window.fetch; window.fetch = (at, how) => { window.__sent.push(String(how?.body ?? '')); return real(at, how); };
		const s = document.querySelector('[data-keep=likeness]'); s.value = 'real'; s.dispatchEvent(new Event('change')); })()`)
	admin.until(20*time.Second, `document.querySelector('input[type=file]:not(.documents input)')`, "no file can be chosen")
	eval[any](admin, `(() => { const d = new DataTransfer(); d.items.add(new File([`+quote(paper)+`], 'paper.txt')); const f = document.querySelector('input[type=file]:not(.documents input)'); f.files = d.files; f.dispatchEvent(new Event('change')); })()`)
	sum := sha256.Sum256([]byte(paper))
	admin.until(20*time.Second, `document.querySelector('[data-keep="avatars.ada.permission.evidence_sha256"]').value === `+quote(hex.EncodeToString(sum[:])), "the page makes another hash of the paper")
	admin.fill("avatars.ada.permission.id", "voice-2026")
	admin.fill("avatars.ada.permission.subject", "p-17")
	admin.fill("avatars.ada.permission.territory", "de, fr")
	admin.fill("avatars.ada.permission.expires", time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	admin.click(`#view input[value=voice]`)
	admin.until(20*time.Second, `document.querySelector('#unsaved').textContent.includes('changes not saved')`, "a whole permission has a mistake")
	admin.pressed("Look and save…")
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "it was not saved")
	if now := n.Gateway.command(t, "tenant", "show"); !strings.Contains(now, hex.EncodeToString(sum[:])) || !strings.Contains(now, "voice-2026") {
		t.Errorf("in force is %s", now)
	}
	if sent := eval[[]string](admin, `window.__sent`); strings.Contains(strings.Join(sent, ""), "CANARY") {
		t.Error("the page sent the paper")
	}
	if kept := holds(t, n.Gateway.home, "PAPER-CANARY"); len(kept) > 0 {
		t.Errorf("the paper is in %q", kept)
	}
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// What is written and not saved is asked about before it is lost, and is kept
// by nothing but the page.
func TestAdminAsksBeforeItIsLost(t *testing.T) { // R74
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	admin := adminOf(t, n.Gateway)
	admin.view("around")
	admin.fill("origins", "https://www.university.example")
	admin.unsaved("not saved")
	admin.view("overview")
	admin.click("#signout")
	admin.until(20*time.Second, `document.querySelector('dialog[open]')`, "signing out loses what is not saved without a word")
	admin.pressed("Stay")
	admin.view("around")
	if got := eval[string](admin, `document.querySelector('[data-keep=origins]').value`); got != "https://www.university.example" {
		t.Errorf("after staying the field holds %q", got)
	}
	kept := eval[[]string](admin, `(async () => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map((d) => d.name)].filter(Boolean))()`)
	if len(kept) > 0 {
		t.Errorf("the browser keeps %q", kept)
	}
	admin.click("#signout")
	admin.pressed("Lose it and sign out")
	admin.until(20*time.Second, `document.documentElement.dataset.state === 'signin'`, "nobody can sign out")
	admin.visit(linkOf.FindString(n.Gateway.command(t, "tenant", "link")))
	admin.until(20*time.Second, `document.documentElement.dataset.view === 'overview'`, "nobody can sign in again")
	if !eval[bool](admin, `document.querySelector('#unsaved').hidden`) {
		t.Error("who signs in next gets what the one before had not saved")
	}
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// Quotas are bars with their end in sight, and are changed where they are
// seen.
func TestAdminQuotas(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: university})
	admin := adminOf(t, n.Gateway)
	admin.view("usage")
	eval[any](admin, `(() => { for (const d of document.querySelectorAll('#view details')) d.open = true; })()`)
	admin.fill("limits.sessions_per_day", "many")
	admin.until(20*time.Second, `document.querySelector('[data-keep="limits.sessions_per_day"]').getAttribute('aria-invalid') === 'true'`, "the mistake is not at its field")
	admin.fill("limits.sessions_per_day", "10")
	admin.unsaved("1 change not saved")
	admin.pressed("Look and save…")
	admin.pressed("Save")
	admin.until(20*time.Second, `document.querySelector('[role=meter]')?.ariaValueText === '0 of 10 sessions'`, "the quota is not shown")
	if wrong := admin.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
