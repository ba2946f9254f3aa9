package browser

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// decoys are sentences that could have been said and were not.
var decoys = []string{
	"It is not a video call",
	"No film of a person is shown",
	"The avatar is set up by an organisation",
	"Any organisation can run it on its own machine",
	"Nobody reads along",
	"There is no screen on which staff could read them",
	"What you say is written to a disk and kept for a year",
	"When the conversation ends the words are sent to a person",
	"The answers come from a language model in the cloud",
}

// The main job: a person opens the page, is told that this is an AI, asks
// three questions, hears the answers, reads along and leaves.
func TestJourneyOverWebRTC(t *testing.T) { // R1 R2
	n := startNetwork(t, Setup{})
	tab := openTab(t)
	tab.arrive(n.URL)
	figure(t, "first paint on loopback", "%.0f ms", eval[float64](tab, `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1`))
	told := tab.tree()
	for _, must := range []string{"This is an AI", "Not recorded here", "When you leave, what you said is gone"} {
		if !strings.Contains(told, must) {
			t.Errorf("before Start a screen reader is not told %q; it is told:\n%s", must, told)
		}
	}
	if got := n.Gateway.Figure("mayfly_sessions_started_total"); got != 0 {
		t.Errorf("before Start was pressed the gateway had %v sessions", got)
	}
	tab.start()
	if got := tab.data("transport"); got != "webrtc" {
		t.Fatalf("the conversation runs over %q, want a call", got)
	}
	hearing := &journey{tab: tab}
	for _, q := range []string{"What are you?", "What happens to what I say?", "Who answers my questions?"} {
		hearing.ask(t, q)
	}
	hearing.judge(t)
	tab.leave()
	if card := tab.text("#ended"); !strings.Contains(card, "Gone.") || !strings.Contains(card, "0 bytes kept") {
		t.Errorf("after leaving the card says %q", card)
	}
	if left := tab.text("#lines"); left != "" {
		t.Errorf("after leaving the page still holds %q", left)
	}
	n.Gateway.wantNoSessions(t, 5*time.Second)
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}

// journey gathers what is measured over some questions.
type journey struct {
	tab      *Tab
	captions []float64 // underline after word, ms
	missed   int       // words that were heard and never underlined
	words    int       // words that were heard
	mouth    []float64 // mouth after sound, ms
	moved    float64   // ms of a moving mouth in silence
	silence  float64   // ms of silence
	first    []float64 // from the key to the first sound, ms
}

// ask asks one question and judges what is played against what is written.
func (j *journey) ask(t *testing.T, question string) {
	t.Helper()
	j.tab.take()
	before := j.tab.ask(question)
	text := j.tab.said(before, 60*time.Second)
	j.tab.quiet(60 * time.Second)
	time.Sleep(600 * time.Millisecond) // silence, in which the mouth must rest
	r := j.tab.take()
	for _, m := range r.Of("untapped") {
		t.Fatalf("rig: something plays past the tap: %s", m.Value)
	}
	spans := r.Utterances(1500)
	if len(spans) == 0 {
		t.Fatalf("%q was answered in writing and nothing was heard", question)
	}
	span := Span{spans[0].From - 100, spans[len(spans)-1].To + 200}
	said := sentencesOf(text)
	heard := listen(t, r.Cut(span), slices.Concat(said, decoys))
	var got []string
	for _, h := range heard {
		got = append(got, h.Word)
	}
	if want := plain(text); !slices.Equal(got, want) {
		t.Errorf("the answer to %q is written\n  %q\nand what is heard is\n  %q", question, strings.Join(want, " "), strings.Join(got, " "))
	}
	errors, missed := r.captionErrors(heard, span.From)
	j.captions = append(j.captions, errors...)
	j.missed += len(missed)
	j.words += len(heard)
	j.mouth = append(j.mouth, r.mouthDelays(150)...)
	moved, silence := r.mouthInSilence(450)
	j.moved, j.silence = j.moved+moved, j.silence+silence
	if keys := r.Of("key"); len(keys) > 0 {
		j.first = append(j.first, spans[0].From-keys[len(keys)-1].At)
	}
	t.Logf("%q: %d words heard, captions off by %s, mouth %s, never underlined: %q", question, len(heard), spread(absolute(errors)), spread(r.mouthDelays(150)), missed)
}

// judge says whether it was good enough.
func (j *journey) judge(t *testing.T) {
	t.Helper()
	off := absolute(j.captions)
	over := j.tab.data("transport")
	figure(t, "captions against heard words, "+over, "%s, %.1f %% within 200 ms, %d of %d words never underlined", spread(off), 100*within(off, 200), j.missed, j.words)
	figure(t, "mouth against sound, "+over, "%s", spread(absolute(j.mouth)))
	figure(t, "mouth in silence, "+over, "moved %.0f ms of %.0f ms", j.moved, j.silence)
	figure(t, "from Enter to the first sound, "+over, "%s", spread(j.first))
	if p50, share := quantile(off, .5), within(off, 200); p50 > 200 || share < .9 {
		t.Errorf("the words are underlined %.0f ms from when they are heard (median), %.1f %% within 200 ms: who reads along is lost", p50, 100*share)
	}
	if j.missed*10 > j.words {
		t.Errorf("%d of %d words were heard and never underlined", j.missed, j.words)
	}
	if p50 := quantile(absolute(j.mouth), .5); p50 > 80 {
		t.Errorf("the mouth begins %.0f ms away from the sound (median of %d), want at most 80 ms", p50, len(j.mouth))
	}
	if j.moved > .01*j.silence {
		t.Errorf("the mouth moved for %.0f ms while nothing was heard", j.moved)
	}
}
