package browser

import (
	"strings"
	"testing"
	"time"
)

// Where the organisation carries out what people ask for, the page offers no
// button that cannot work: it says who is asked, and leads there. And a switch
// that cannot be set back says so. // R54
func TestInstructed(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{Config: instructed})
	tab := openTab(t)
	tab.size(390, 664)
	tab.arrive(n.URL)
	tab.agree()
	tab.said(tab.ask("What are you?"), 30*time.Second)
	tab.until(20*time.Second, `!document.querySelector('#offer').hidden`, "something is stored and the key to it is not offered")
	const offer = "Your words are now stored. With this key you can ask Example Site to show, correct or erase them. No copy of it is kept here."
	if said := tab.text("#offer-text"); said != offer {
		t.Errorf("the key is offered with %q, want %q", said, offer)
	}
	wantAnnounced(t, tab, "polite", offer)
	tab.settled()
	tab.picture("instructed-offer")

	tab.click("#off")
	tab.until(20*time.Second, `document.querySelector('#ask-erase').open`, "the person is not asked whether to erase what was stored")
	tab.settled()
	tab.click("#ask-erase-no")
	if dead := eval[string](tab, `document.querySelector('#off').ariaDisabled`); dead != "true" {
		t.Errorf("a switch that cannot be set back has aria-disabled=%q", dead)
	}
	tab.click("#off")
	tab.until(20*time.Second, `document.querySelector('#toast').innerText.includes('This stays off until you start again.')`, "who presses it is told nothing")
	wantAnnounced(t, tab, "polite", "This stays off until you start again.")
	tab.picture("off-stays")

	tab.click("#leave")
	tab.until(20*time.Second, `document.querySelector('#ask-leave').open`, "the key would be lost without a word")
	if said := tab.text("#ask-leave-text"); said != "Something of this conversation is stored. Without the key Example Site cannot tell that it is yours." {
		t.Errorf("before leaving is said %q", said)
	}
	tab.settled()
	tab.click("#ask-leave-yes")
	tab.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "the conversation does not end")
	tab.settled()
	tab.picture("instructed-end")
	if shown := tab.text("#yours"); strings.Contains(shown, "Erase") || strings.Contains(shown, "Read it") || !strings.Contains(shown, "Ask Example Site") {
		t.Errorf("the card offers %q", shown)
	}
	if said := tab.text("#left"); !strings.Contains(said, "you can ask Example Site") {
		t.Errorf("the card says %q", said)
	}

	mine := openWatchedTab(t)
	mine.visit(eval[string](tab, `document.querySelector('#read').href`))
	mine.until(20*time.Second, `!document.querySelector('#shown').hidden`, "the link does not open what is kept")
	if facts := mine.text(".facts"); !strings.Contains(facts, "Lumen the Guide") {
		t.Errorf("who they talked with is said as %q", facts)
	}
	if !eval[bool](mine, `document.querySelector('#shown form') !== null`) {
		t.Error("what only the organisation does cannot be asked for")
	}
	mine.picture("instructed-me")
}
