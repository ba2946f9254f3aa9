package browser

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// tabTo presses Tab until an element has the keyboard. On the way everything
// that has it must show that it has.
func (tab *Tab) tabTo(selector string, modifiers int64) int {
	tab.t.Helper()
	var way []string
	for n := 1; n <= 40; n++ {
		tab.press("Tab", modifiers)
		at := eval[struct {
			There bool   `json:"there"`
			Name  string `json:"name"`
			Shown bool   `json:"shown"`
		}](tab, `(() => {
			const e = document.activeElement, name = e.id || e.tagName + ' ' + e.textContent.slice(0, 30);
			let shown = e === document.body;
			for (let p = e, i = 0; p && i < 4; p = p.parentElement, i++) {
				const s = getComputedStyle(p);
				shown ||= (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || (s.boxShadow !== 'none' && p.matches(':focus-within'));
			}
			return { there: e.matches(`+quote(selector)+`), name, shown };
		})()`)
		way = append(way, at.Name)
		if !at.Shown {
			tab.t.Errorf("who tabs to %q does not see where the keyboard is", at.Name)
		}
		if at.There {
			return n
		}
	}
	tab.t.Fatalf("with Tab nobody gets to %s; the way was %q", selector, way)
	return 0
}

// focused is the element that has the keyboard.
func (tab *Tab) focused() string {
	return eval[string](tab, `document.activeElement.id || document.activeElement.tagName`)
}

// The whole journey with a keyboard and a screen reader, and nothing else.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openTab(t)
	tab.arrive(n.URL)

	steps := tab.tabTo("#more summary", 0)
	tab.press("Enter", 0)
	if !eval[bool](tab, `document.querySelector('#more').open`) {
		t.Error("Enter does not open the notice")
	}
	back := tab.tabTo("#start", shift)
	tab.press("Enter", 0)
	tab.talking()
	if at := tab.focused(); at != "field" {
		t.Errorf("after Start the keyboard is at %q; a person would have to look for the field", at)
	}
	t.Logf("%d steps to the notice, %d back to Start", steps, back)

	tab.write("What happens to what I say?")
	tab.press("Enter", 0)
	before := 1
	text := tab.said(before, 60*time.Second)
	tab.quiet(60 * time.Second)
	wantAnnounced(t, tab, "polite", text)

	tab.write("Who answers my questions?")
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "the avatar never began to speak")
	tab.press("Escape", 0)
	tab.until(2*time.Second, `document.documentElement.dataset.busy === 'false'`, "Escape did not stop the avatar")
	if at := tab.focused(); at != "field" {
		t.Errorf("after Escape the keyboard is at %q", at)
	}

	tab.tabTo("#sound", 0)
	tab.press("Space", 0)
	if pressed := eval[string](tab, `document.querySelector('#sound').ariaPressed`); pressed != "false" {
		t.Errorf("Space on the sound switch leaves it %q", pressed)
	}
	wantAnnounced(t, tab, "polite", "Sound is off")
	tab.press("Space", 0)

	tab.tabTo("#options", 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.querySelector('#options-box').open`, "Enter does not open the options")
	if inside := eval[bool](tab, `document.querySelector('#options-box').contains(document.activeElement)`); !inside {
		t.Error("the options are open and the keyboard is behind them")
	}
	tab.tabTo("#sizes input", 0)
	tab.press("ArrowDown", 0)
	if size := eval[string](tab, `document.querySelector('#caption').dataset.size`); size != "3" {
		t.Errorf("an arrow key in the size of captions gives size %q", size)
	}
	tab.press("Escape", 0)
	tab.until(20*time.Second, `!document.querySelector('#options-box').open`, "Escape does not close the options")
	if at := tab.focused(); at != "options" {
		t.Errorf("after the options the keyboard is at %q", at)
	}

	tab.tabTo("#leave", 0)
	tab.press("Enter", 0)
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "Enter on Leave does not end the conversation")
	if at := tab.focused(); at != "gone" {
		t.Errorf("after leaving the keyboard is at %q and a screen reader says nothing", at)
	}
	if told := tab.tree(); !strings.Contains(told, "heading: Gone.") || !strings.Contains(told, "0 bytes kept") {
		t.Errorf("after leaving a screen reader finds\n%s", told)
	}
	tab.tabTo("#again", 0)
	tab.press("Enter", 0)
	if at := tab.focused(); at != "start" {
		t.Errorf("after Talk again the keyboard is at %q", at)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// wantAnnounced wants every sentence of a text in a live region, once, as the
// accessibility tree has it.
func wantAnnounced(t *testing.T, tab *Tab, live, text string) {
	t.Helper()
	tab.until(20*time.Second, `document.querySelector('#`+live+`').childElementCount > 0`, "a screen reader is told nothing")
	said := strings.Join(tab.announced(live), " ")
	words := plain(said)
	for _, sentence := range sentencesOf(text) {
		want := plain(sentence)
		count := 0
		for i := range words {
			if i+len(want) <= len(words) && slices.Equal(words[i:i+len(want)], want) {
				count++
			}
		}
		if count != 1 {
			t.Errorf("a screen reader is told %q %d times; in all it is told %q", sentence, count, said)
		}
	}
}
