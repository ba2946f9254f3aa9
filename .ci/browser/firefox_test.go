package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// talks is what the page shows of a person's conversation in Firefox.
const (
	foxState  = `document.documentElement.dataset.state`
	foxAnswer = `[...document.querySelectorAll('#lines > li')].filter((l) => l.dataset.who !== 'you')`
)

// foxAsk writes a question with the keyboard and returns the whole answer.
func (fox *Fox) ask(t *testing.T, question string) string {
	t.Helper()
	before := number(fox.text(foxAnswer + `.length`))
	fox.text(`document.querySelector('#field').focus()`)
	fox.press(question + "\n")
	fox.until(60*time.Second, foxAnswer+`.length > `+itoa(int(before))+` && `+foxAnswer+`.at(-1).dataset.status === 'done'`,
		"the question got no whole answer; the page shows: "+fox.text(`document.querySelector('#lines').innerText`))
	return fox.text(foxAnswer + `.at(-1).querySelector('.words').textContent`)
}

// The journey in Firefox: with sound over a plain line, and in writing where
// the browser has no sound.
func TestFirefox(t *testing.T) { // R1 R2
	for _, way := range []struct{ name, audio, prelude string }{
		{"websocket", "voice", ""},
		{"text", "text", "delete window.AudioContext;"},
	} {
		t.Run(way.name, func(t *testing.T) {
			if way.audio == "text" {
				t.Parallel() // there is no sound to time
			}
			retried(t, func() {
				n := startNetwork(t, Setup{Args: []string{"--media-listen", "off"}})
				sound := startLoudspeaker(t)
				fox := openFox(t, sound, way.prelude)
				fox.visit(n.URL)
				fox.until(20*time.Second, foxState+` === 'arrive'`, "the page never got past its blank first sight")
				notice := fox.text(`document.querySelector('#arrive').innerText`)
				for _, must := range []string{"This is an AI", "Not recorded here", "When you leave, what you said is gone"} {
					if !strings.Contains(notice, must) {
						t.Errorf("before Start a person does not read %q but:\n%s", must, notice)
					}
				}
				if got := n.Gateway.Figure("mayfly_sessions_started_total"); got != 0 {
					t.Errorf("before Start was pressed the gateway had %v sessions", got)
				}
				fox.click("#start")
				fox.until(20*time.Second, foxState+` === 'talking'`, "Start was pressed and no conversation began; the page says: "+fox.text(`document.querySelector('#trouble').textContent`))
				if got := fox.text(`document.documentElement.dataset.transport + ' ' + document.documentElement.dataset.audio`); got != "websocket "+way.audio {
					t.Errorf("the conversation runs over %q, want %q", got, "websocket "+way.audio)
				}
				answer := fox.ask(t, "What are you?")
				if !strings.Contains(answer, "I am an AI") {
					t.Errorf("asked what it is, it answers %q", answer)
				}
				fox.until(20*time.Second, `document.querySelector('#caption').innerText.trim() !== ''`, "nothing is captioned")
				if way.audio == "voice" {
					fox.until(20*time.Second, `window.__rig.marks.filter((m) => m.kind === 'word').length > 3 && window.__rig.marks.some((m) => m.kind === 'mouth' && m.value !== '0')`,
						"the answer is spoken and neither captions nor mouth move")
				}
				fox.until(60*time.Second, `document.documentElement.dataset.busy === 'false'`, "the avatar never finished speaking")
				time.Sleep(500 * time.Millisecond) // what was played is on its way to the record
				wrong := misheard(t, sound.Take(), answer, way.audio == "voice")
				for range 2 { // a busy machine can make the loudspeaker stutter
					if wrong == "" {
						break
					}
					t.Log(wrong)
					answer = fox.ask(t, "What are you?")
					fox.until(60*time.Second, `document.documentElement.dataset.busy === 'false'`, "the avatar never finished speaking")
					time.Sleep(500 * time.Millisecond)
					wrong = misheard(t, sound.Take(), answer, way.audio == "voice")
				}
				if wrong != "" {
					t.Error(wrong)
				}
				if answer = fox.ask(t, "What happens to what I say?"); !strings.Contains(answer, "kept in memory while we talk") {
					t.Errorf("asked what happens to what is said, it answers %q", answer)
				}
				fox.press("\x1b")
				fox.until(20*time.Second, `document.documentElement.dataset.busy === 'false'`, "Escape did not stop the avatar")
				if kept := fox.text(`document.cookie + localStorage.length + sessionStorage.length`); kept != "00" {
					t.Errorf("the browser keeps something of it: %q", kept)
				}
				fox.picture("firefox-" + way.name)
				fox.click("#leave")
				fox.until(20*time.Second, foxState+` === 'ended'`, "Leave was pressed and the conversation did not end")
				if card := fox.text(`document.querySelector('#ended').innerText + document.querySelector('#lines').innerText`); !strings.Contains(card, "0 bytes kept") || strings.Contains(card, "written to a disk") {
					t.Errorf("after leaving the page says %q", card)
				}
				n.Gateway.wantNoSessions(t, 5*time.Second)
				for _, address := range fox.Asked() {
					if !strings.HasPrefix(address, n.URL) && !strings.HasPrefix(address, "blob:") && !strings.HasPrefix(address, "ws"+strings.TrimPrefix(n.URL, "http")) {
						t.Errorf("the page asked %s, which is not its gateway", address)
					}
				}
				if wrong := fox.Errors(); len(wrong) > 0 {
					t.Errorf("the browser complained: %q", wrong)
				}
			})
		})
	}
}

// misheard says by what the played sound is not the text, read aloud, or
// silence where nothing was to be spoken; empty if all is well.
func misheard(t *testing.T, r *Recording, text string, spoken bool) string {
	t.Helper()
	spans := r.Utterances(1500)
	if len(spans) == 0 || !spoken {
		if spoken != (len(spans) > 0) {
			return fmt.Sprintf("the loudspeaker played %d times, and the answer was to be spoken: %v", len(spans), spoken)
		}
		return ""
	}
	var heard []string
	for _, h := range listen(t, r.Cut(Span{spans[0].From - 100, spans[len(spans)-1].To + 200}), append(sentencesOf(text), decoys...)) {
		heard = append(heard, h.Word)
	}
	if want := plain(text); !slices.Equal(heard, want) {
		return fmt.Sprintf("the answer is written\n  %q\nand what is heard is\n  %q", strings.Join(want, " "), strings.Join(heard, " "))
	}
	return ""
}
