package browser

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	saidAloud   = "What happens to what I say?"
	interrupted = "Please stop now, that is enough."
)

// spokenTo is a tenant whose avatar people may speak to.
func spokenTo(model *Model, ear *Transcriber, more string) string {
	backend := ""
	if model != nil {
		backend = "        backend: {url: " + quote(model.URL) + ", model: m, name: The model}\n"
	}
	return `tenants:
  - id: site
    name: Example Site
    public: true
` + more + `    avatars:
      - id: lumen
        name: Lumen
        languages: [en, he]
        knowledge: demo
        microphone: true
` + backend + `        transcriber: {url: ` + quote(ear.URL) + `, model: t, name: The listener, partials: true}
`
}

// agrees begins a conversation and says yes to the voice.
func (tab *Tab) agrees(yes bool) {
	tab.t.Helper()
	tab.start()
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being heard")
	if asked := eval[int](tab, `window.__devices.asked`); asked != 0 {
		tab.t.Error("the browser was asked for a microphone before the person was")
	}
	if yes {
		tab.click("#ask-consent-yes")
	} else {
		tab.click("#ask-consent-no")
	}
	tab.until(20*time.Second, `!document.querySelector('#mic').hidden`, "there is no microphone to press")
}

// line is the last line of somebody, as an expression.
func line(who string) string {
	return `[...document.querySelectorAll('#lines > li')].filter((l) => l.dataset.who === ` + quote(who) + `).at(-1)`
}

// Somebody speaks, reads what was understood, hears the answer, speaks while
// it is spoken and silences it, stops the microphone, and leaves.
func TestVoice(t *testing.T) { // R3 R25 R41
	for _, over := range []string{"webrtc", "websocket"} {
		t.Run(over, func(t *testing.T) {
			model := startModel(t, func(question string) string {
				if strings.Contains(question, "happens") {
					return endless
				}
				return "All right."
			})
			ear := startTranscriber(t, saidAloud)
			ear.Partial, ear.Until = "What happens", 1.7
			setup := Setup{Config: spokenTo(model, ear, "")}
			if over == "websocket" {
				setup.Args = []string{"--media-listen", "off"}
			}
			n := startNetwork(t, setup)
			mouth := startMouth(t, []Said{{1500 * time.Millisecond, saidAloud}, {9 * time.Second, interrupted}})
			tab := mouth.tab(t, true)
			tab.arrive(n.URL)
			tab.agrees(true)
			if got := tab.data("transport"); got != over {
				t.Fatalf("the conversation runs over %q, want %q", got, over)
			}
			if asked := eval[int](tab, `window.__devices.asked`); asked != 0 {
				t.Error("the microphone was opened by a yes alone; nobody pressed it")
			}
			tab.take()
			eval[any](tab, `(() => { window.__partial = []; new MutationObserver(() => { for (const l of document.querySelectorAll('#lines > li[data-spoken][data-status=open]')) __partial.push(l.querySelector('.words').textContent); })
				.observe(document.querySelector('#lines'), { subtree: true, childList: true, characterData: true }); })()`)
			tab.click("#mic")
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'free'`, "a press does not open the microphone; the page says "+tab.text("#toast"))
			tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'hearing'`, "somebody speaks and the page does not say that it hears them")
			tab.until(15*time.Second, line("you")+`?.dataset.status === 'done'`, "what was said is not written down; the page shows: "+tab.text("#lines"))
			if got := eval[string](tab, line("you")+`.querySelector('.words').textContent`); got != saidAloud {
				t.Errorf("the person said %q and the page shows %q", saidAloud, got)
			}
			if seen := eval[[]string](tab, `window.__partial`); !slices.Contains(seen, "What happens") {
				t.Errorf("while somebody spoke the page showed %q of it", slices.Compact(seen))
			} else if wrong := slices.IndexFunc(seen, func(s string) bool { return !strings.HasPrefix(saidAloud, s) }); wrong >= 0 {
				t.Errorf("while somebody spoke the page showed %q", seen[wrong])
			}
			tab.until(15*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "what was said is not answered aloud")
			said := eval[float64](tab, `window.__devices.opened`)
			// The second thing is said while the avatar speaks.
			tab.until(20*time.Second, line("avatar")+`?.dataset.status === 'stopped'`, "somebody speaks and the avatar goes on")
			time.Sleep(700 * time.Millisecond)
			r := tab.take()
			began := said + float64(mouth.Begins[1].Milliseconds())
			lasted := r.silenceAfter(began, 3000)
			figure(t, "barge-in by voice, from the person's first sound to silence, "+over, "%.0f ms", lasted)
			if lasted == 0 || lasted > 2000 {
				t.Errorf("after somebody began to speak the avatar is heard for %.0f ms more", lasted)
			}
			for _, m := range r.Of("mood") {
				if m.Value == "hearing" && m.At > began {
					late := r.silenceAfter(m.At, 1500)
					figure(t, "barge-in by voice, from the page's word for it to silence, "+over, "%.0f ms", late)
					if late > 150 {
						t.Errorf("after the page said that it hears somebody the avatar is heard for %.0f ms more", late)
					}
					break
				}
			}
			if kept := eval[int](tab, line("avatar")+`.querySelector('.words').textContent.length`); kept >= len(endless) || kept == 0 {
				t.Errorf("an interrupted answer of %d letters shows %d of them", len(endless), kept)
			}
			if heard := ear.Heard(); len(heard) == 0 || heard[0] > 6 {
				t.Errorf("what is written down is %v s of sound: not what was said", heard)
			}
			tab.click("#mic-off")
			tab.until(20*time.Second, live+` === 0`, "Stop listening leaves the microphone open")
			if eval[int](tab, `window.__devices.tracks.length`) == 0 {
				t.Error("rig: no track was ever seen")
			}
			tab.leave()
			n.Gateway.wantNoSessions(t, 5*time.Second)
			if wrong := tab.Errors(); len(wrong) > 0 {
				t.Errorf("the browser complained: %q", wrong)
			}
		})
	}
}

// With the space bar alone: what is said while it is down is asked when it is
// let go, and nothing is asked of what Escape threw away.
func TestVoiceHeld(t *testing.T) { // R24
	for _, over := range []string{"webrtc", "websocket"} {
		t.Run(over, func(t *testing.T) {
			ear := startTranscriber(t, saidAloud)
			setup := Setup{Config: spokenTo(nil, ear, "")}
			if over == "websocket" {
				setup.Args = []string{"--media-listen", "off"}
			}
			n := startNetwork(t, setup)
			mouth := startMouth(t, []Said{{300 * time.Millisecond, saidAloud}})
			tab := mouth.tab(t, true)
			tab.arrive(n.URL)
			tab.tabTo("#start", 0)
			tab.press("Enter", 0)
			tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being heard")
			tab.tabTo("#ask-consent-yes", 0)
			tab.press("Enter", 0)
			tab.until(20*time.Second, `!document.querySelector('#mic').hidden && document.activeElement.id === 'field'`, "after the question the keyboard is not where one writes")

			tab.hold("Space")
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'held'`, "the space bar does not open the microphone")
			time.Sleep(600 * time.Millisecond)
			tab.press("Escape", 0)
			tab.letGo("Space")
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'off' && `+live+` === 0`, "Escape does not end what was begun")
			time.Sleep(1500 * time.Millisecond)
			if lines := eval[int](tab, `document.querySelectorAll('#lines > li').length`); lines != 0 {
				t.Errorf("what was thrown away is shown: %q", tab.text("#lines"))
			}

			tab.hold("Space")
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'held'`, "the space bar does not open the microphone again")
			time.Sleep(3 * time.Second)
			tab.picture("voice-held-" + over)
			tab.letGo("Space")
			tab.until(20*time.Second, live+` === 0`, "letting go leaves the microphone open")
			tab.until(15*time.Second, line("you")+`?.dataset.status === 'done'`, "what was held is not written down; the page shows: "+tab.text("#lines")+tab.text("#toast"))
			tab.until(30*time.Second, line("avatar")+`?.dataset.status === 'done'`, "what was held is not answered; the page shows: "+tab.text("#lines"))
			if got := eval[string](tab, line("you")+`.querySelector('.words').textContent`); got != saidAloud {
				t.Errorf("the person said %q and the page shows %q", saidAloud, got)
			}
			told := eval[string](tab, `document.querySelector('#polite').textContent`)
			if !strings.Contains(told, "You said: "+saidAloud) {
				t.Errorf("a screen reader is not told what was understood; it is told %q", told)
			}
			if typed := eval[string](tab, `document.querySelector('#field').value`); typed != "" {
				t.Errorf("holding the space bar wrote %q", typed)
			}
			tab.quiet(60 * time.Second)
			// A short press says nothing and writes nothing.
			tab.press("Space", 0)
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'off' && document.querySelector('#toast p').textContent.includes('hold')`, "who taps the space bar is not told to hold it")
			// Writing goes on as it was.
			eval[any](tab, `document.querySelector('#field').focus()`)
			tab.write("a")
			tab.press("Space", 0)
			if typed := eval[string](tab, `document.querySelector('#field').value`); typed != "a " {
				t.Errorf("a space behind a letter is %q", typed)
			}
			// The microphone's own button by keyboard: Enter keeps it on and ends it.
			eval[any](tab, `(() => { const f = document.querySelector('#field'); f.value = ''; f.focus(); })()`)
			tab.tabTo("#mic", 0)
			tab.press("Enter", 0)
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'free' && document.querySelector('#mic').ariaLabel === 'Stop listening'`, "Enter does not keep the microphone on")
			tab.press("Enter", 0)
			tab.until(20*time.Second, `document.documentElement.dataset.mic === 'off' && `+live+` === 0`, "Enter does not end it")
			tab.leave()
			n.Gateway.wantNoSessions(t, 5*time.Second)
		})
	}
}

// A no is a no until the person presses; a yes is taken back in one press,
// and then nothing is heard any more.
func TestVoiceConsent(t *testing.T) { // R3 R41 R42
	t.Parallel()
	ear := startTranscriber(t, saidAloud)
	n := startNetwork(t, Setup{Config: spokenTo(nil, ear, "")})
	mouth := startMouth(t, []Said{{time.Second, saidAloud}, {3 * time.Second, interrupted}, {time.Second, interrupted}, {time.Second, interrupted}})
	tab := mouth.tab(t, false)
	tab.arrive(n.URL)
	tab.agrees(false)
	if asked := eval[int](tab, `window.__devices.asked`); asked != 0 {
		t.Error("after a no the browser is asked for a microphone")
	}
	before := tab.ask("What are you?")
	tab.said(before, 30*time.Second)
	tab.click("#mic")
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "who said no and presses the microphone is not asked again")
	wantEqualButtons(t, tab)
	tab.click("#ask-consent-no")
	time.Sleep(300 * time.Millisecond)
	if asked := eval[int](tab, `window.__devices.asked`); asked != 0 {
		t.Error("after two times no the browser is asked for a microphone")
	}
	tab.click("#mic")
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "the question does not come back")
	tab.click("#ask-consent-yes")
	tab.until(20*time.Second, `document.documentElement.dataset.mic === 'free'`, "after the yes the microphone does not open; the page says "+tab.text("#toast"))
	tab.until(15*time.Second, line("you")+`?.dataset.spoken && `+line("you")+`.dataset.status === 'done'`, "what is said after the yes is not written down")

	tab.click("#options")
	tab.until(20*time.Second, `document.querySelector('#choices-list button')`, "what was agreed to is not among the options")
	tab.settled()
	tab.picture("voice-agreed")
	tab.click("#choices-list button")
	tab.until(time.Second, live+` === 0 && document.documentElement.dataset.mic === 'off'`, "taken back, and the microphone stays open")
	tab.until(20*time.Second, `document.querySelector('#choices-list .state').textContent.includes('no')`, "the list does not say that it was taken back")
	tab.click("#options-close")
	heard := len(ear.Heard())
	lines := eval[int](tab, `document.querySelectorAll('#lines > li[data-spoken]').length`)
	time.Sleep(4 * time.Second)
	if more := len(ear.Heard()); more > heard {
		t.Errorf("after it was taken back %d more things were sent to the listener", more-heard)
	}
	if now := eval[int](tab, `document.querySelectorAll('#lines > li[data-spoken]').length`); now > lines {
		t.Error("after it was taken back something said is shown")
	}
	tab.click("#mic")
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "after it was taken back the microphone opens without a question")
	tab.click("#ask-consent-no")
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Where there is no microphone, or the browser keeps it, the page says why and
// what helps, and writing works as ever.
func TestVoiceRefused(t *testing.T) {
	t.Parallel()
	ear := startTranscriber(t, saidAloud)
	n := startNetwork(t, Setup{Config: spokenTo(nil, ear, "")})
	says := func(t *testing.T, tab *Tab, trouble, part string) {
		t.Helper()
		tab.click("#mic")
		tab.until(20*time.Second, `document.documentElement.dataset.micTrouble === `+quote(trouble), "a microphone that does not open is not explained")
		if told := tab.text("#toast"); !strings.Contains(told, part) || !strings.Contains(told, "You can always write") {
			t.Errorf("of a microphone that is %s the page says %q", trouble, told)
		}
		if mic := tab.data("mic"); mic != "off" {
			t.Errorf("a microphone that did not open is shown as %q", mic)
		}
	}
	t.Run("by the browser", func(t *testing.T) {
		mouth := startMouth(t, nil, chromedp.Flag("use-fake-ui-for-media-stream", false), chromedp.Flag("deny-permission-prompts", true))
		tab := mouth.tab(t, false)
		tab.arrive(n.URL)
		tab.agrees(true)
		says(t, tab, "denied", "Allow it")
		tab.picture("voice-denied")
		tab.leave()
	})
	t.Run("by the machine", func(t *testing.T) {
		mouth := startMouth(t, nil)
		tab := mouth.tab(t, false)
		tab.arrive(n.URL)
		tab.agrees(true)
		for name, want := range map[string][2]string{"NotFoundError": {"missing", "Connect one"}, "NotReadableError": {"taken", "Another program"}} {
			eval[any](tab, `(() => { window.__refuse = `+quote(name)+`; })()`)
			says(t, tab, want[0], want[1])
		}
		eval[any](tab, `(() => { window.__refuse = ''; })()`)
		before := tab.ask("What are you?")
		tab.said(before, 30*time.Second)
		tab.click("#mic")
		tab.until(20*time.Second, `document.documentElement.dataset.mic === 'free'`, "a microphone that is there now is not opened")
		// A microphone that is pulled out is said, and another takes over.
		eval[any](tab, `(() => { const t = window.__devices.tracks.at(-1); t.stop(); t.dispatchEvent(new Event('ended')); })()`)
		tab.until(20*time.Second, `document.documentElement.dataset.micTrouble === 'lost' && document.documentElement.dataset.mic === 'free' && `+live+` === 1`, "a microphone that went away is not replaced")
		tab.click("#mute")
		tab.until(20*time.Second, `document.documentElement.dataset.mic === 'muted' && window.__devices.tracks.every((t) => t.readyState === 'ended' || !t.enabled)`, "muted, and the microphone hears on")
		tab.leave()
		if open := eval[int](tab, live); open != 0 {
			t.Errorf("after the end %d microphones are open", open)
		}
	})
	n.Gateway.wantNoSessions(t, 5*time.Second)
}

// Pictures of the voice in every look, to be looked at; nothing is wider than
// the window, and every moment passes axe.
func TestVoicePictures(t *testing.T) {
	t.Parallel()
	ear := startTranscriber(t, saidAloud)
	n := startNetwork(t, Setup{Config: spokenTo(nil, ear, "")})
	taken := 0
	for _, l := range []look{{"light-390", 390, 844, 1, nil}, {"dark-390", 390, 844, 1, []string{"prefers-color-scheme", "dark"}}, {"he-320", 320, 568, 1, nil},
		{"light-1280", 1280, 800, 1, nil}, {"dark-1280", 1280, 800, 1, []string{"prefers-color-scheme", "dark"}},
		{"forced-1280", 1280, 800, 1, []string{"forced-colors", "active", "prefers-color-scheme", "dark", "prefers-reduced-motion", "reduce"}}} {
		mouth := startMouth(t, []Said{{700 * time.Millisecond, saidAloud}, {time.Second, saidAloud}, {time.Second, saidAloud}})
		tab := mouth.tab(t, false)
		axe := axeOf(t, tab)
		call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: l.factor})
		tab.media(l.media...)
		at := func(name string) {
			tab.picture("voice-" + name + "-" + l.name)
			taken++
			if over := eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: the page is %d pixels wider than the window", name, l.name, over)
			}
			axe(name + ", " + l.name)
		}
		tab.arrive(n.URL)
		if strings.HasPrefix(l.name, "he") {
			tab.inLanguage("he")
		}
		tab.start()
		tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before being heard")
		tab.settled()
		at("consent")
		tab.click("#ask-consent-yes")
		tab.until(20*time.Second, `!document.querySelector('#mic').hidden`, "there is no microphone to press")
		at("ready")
		tab.click("#mic")
		tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'hearing'`, "somebody speaks and the page does not say that it hears them")
		at("hearing")
		tab.click("#mute")
		at("muted")
		tab.click("#mic-off")
		tab.click("#options")
		tab.settled()
		at("options")
		tab.click("#options-close")
		tab.leave()
	}
	t.Logf("n=%d pictures in %s", taken, *out)
}

// A real voice into a real microphone, written down by a real recogniser that
// is a program on the gateway's machine: nothing in between is scripted.
func TestVoiceForReal(t *testing.T) { // R3
	t.Parallel()
	const words = "I can listen to you and speak back to you in real time."
	n := startNetwork(t, Setup{Args: []string{"--microphone"}})
	mouth := startMouth(t, []Said{{1500 * time.Millisecond, words}})
	tab := mouth.tab(t, false)
	tab.arrive(n.URL)
	tab.agrees(true)
	tab.click("#mic")
	tab.until(60*time.Second, line("you")+`?.dataset.status === 'done'`, "a real voice is not written down; the page shows: "+tab.text("#lines")+tab.text("#toast"))
	got := plain(eval[string](tab, line("you")+`.querySelector('.words').textContent`))
	right := 0
	for _, w := range plain(words) {
		if slices.Contains(got, w) {
			right++
		}
	}
	figure(t, "words of a real voice that a real recogniser wrote down", "%d of %d: %q", right, len(plain(words)), strings.Join(got, " "))
	if right < 7 {
		t.Errorf("of %q only %d words are in %q", words, right, got)
	}
	tab.until(30*time.Second, line("avatar")+`?.dataset.status === 'done' || `+line("avatar")+`?.dataset.status === 'stopped'`, "what a real voice asked is not answered")
	tab.leave()
	n.Gateway.wantNoSessions(t, 5*time.Second)
}
