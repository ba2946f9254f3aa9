package browser

import (
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// university is a tenant in the database whose people carry out their rights
// themselves. Nothing of it is recorded.
const university = `{"id":"university","name":"Example University","public":true,"controller":"controller",
	"contact":{"email":"privacy@university.example","complaint":"https://authority.example/"},
	"avatars":[{"id":"ada","name":"Ada","look":"moth","languages":["en"],"voice":"none","knowledge":"demo"}]}`

var linkOf = regexp.MustCompile(`https?://\S+#link=\S+`)

// adminOf signs an admin in by a one-time link that the host makes.
func adminOf(t *testing.T, g *Gateway) *Tab {
	t.Helper()
	tab := openWatchedTab(t)
	tab.visit(linkOf.FindString(g.command(t, "tenant", "link")))
	tab.until(20*time.Second, `document.documentElement.dataset.view === 'overview'`, "a fresh one-time link does not sign in; the page says: "+tab.text("body"))
	return tab
}

// view shows one of the admin's views.
func (tab *Tab) view(name string) {
	tab.t.Helper()
	eval[any](tab, `(() => { location.hash = '#/`+name+`'; })()`)
	name, _, _ = strings.Cut(name, "/")
	tab.until(20*time.Second, `document.documentElement.dataset.view === `+quote(name), "the view "+name+" does not come up")
}

// pressed presses the button that says so, wherever it is.
func (tab *Tab) pressed(words string) {
	tab.t.Helper()
	const pick = `[...document.querySelectorAll('dialog[open] button, button, a.button')].find((b) => b.checkVisibility() && (b.textContent.trim() === %s || b.ariaLabel === %s))`
	js := strings.ReplaceAll(pick, "%s", quote(words))
	tab.until(20*time.Second, js, "nobody finds the button "+words)
	eval[any](tab, `(() => { for (const e of document.querySelectorAll('[data-pressed]')) delete e.dataset.pressed; `+js+`.dataset.pressed = 'yes'; })()`)
	tab.click(`[data-pressed]`)
}

// switchRecordingOn walks an admin through what is asked before anything is
// recorded.
func (tab *Tab) switchRecordingOn() {
	tab.t.Helper()
	tab.view("policy")
	tab.click(`[data-keep=recording]`)
	tab.until(20*time.Second, `document.querySelector('dialog[open]')`, "recording is switched on without a question")
	tab.click(`dialog input[value=quality]`)
	tab.until(20*time.Second, `document.querySelector('dialog .card').textContent.includes('30 days')`, "the admin is not shown what people will be asked")
	tab.pressed("Switch recording on")
	tab.until(20*time.Second, `document.querySelector('#effect').textContent.includes('In force')`, "the admin is not told that it took effect")
}

// agree starts a conversation and says yes to being recorded.
func (tab *Tab) agree() {
	tab.t.Helper()
	tab.start()
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being recorded")
	tab.settled()
	tab.click("#ask-consent-yes")
	tab.until(20*time.Second, `document.querySelector('#record').textContent === 'Recorded'`, "after a yes the page does not say Recorded")
}

// holds names the files under a folder that hold a text, plain or as programs
// write it down.
func holds(t testing.TB, folder, text string) []string {
	t.Helper()
	wide := make([]byte, 0, 2*len(text))
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	forms := []string{text, string(wide), hex.EncodeToString([]byte(text))}
	for skip := range 3 { // base64 has three alignments
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", skip) + text))
		forms = append(forms, encoded[4:len(encoded)-4])
	}
	var found []string
	must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, form := range forms {
			if strings.Contains(string(data), form) {
				found = append(found, path)
				break
			}
		}
		return err
	}))
	return found
}
