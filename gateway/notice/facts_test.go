package notice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func texts(lines []Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, string(l.Icon)+": "+l.Text)
	}
	return strings.Join(all, "\n")
}

func TestCompute(t *testing.T) {
	model := Recipient{Name: "Example model server"}
	for _, c := range []struct {
		name  string
		facts Facts
		want  []string
	}{
		{"nothing configured", Facts{}, []string{
			"answers: Answers come from Mayfly itself, on this server.",
			"unrecorded: Not recorded here.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone.",
		}},
		{"a model that has not said what it keeps", Facts{Answers: model}, []string{
			"answers: Answers come from Example model server. What you say is sent there. Example model server has not stated how long it keeps what it is sent.",
			"unrecorded: Not recorded here.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone from this server.",
		}},
		{"everything elsewhere, recorded, with contacts", Facts{
			Answers:       Recipient{Name: "Example", Statement: "We keep nothing."},
			Speech:        Recipient{Name: "Voices"},
			Transcription: Recipient{Name: "Ears"},
			Recorded:      true, Days: 30, Microphone: true, Camera: true,
			Contact: "data@example.org", Privacy: "https://example.org/p", Complaint: "https://example.org/c",
		}, []string{
			"answers: Answers come from Example. What you say is sent there. Example states: “We keep nothing.”",
			"speech: The voice comes from Voices. The answers are sent there to be spoken. Voices has not stated how long it keeps what it is sent.",
			"recorded: If you agree, the conversation is recorded here and kept for 30 days.",
			"microphone: You can speak. Your microphone is used only after you switch it on, and only to understand what you say.",
			"microphone: Your voice is sent to Ears to be written down. Ears has not stated how long it keeps what it is sent.",
			"camera: Your camera is used only after you switch it on.",
			"contact: Questions about your data: data@example.org",
			"privacy: The organisation’s own notice: https://example.org/p",
			"complaint: If you want to complain: https://example.org/c",
		}},
		{"transcription without a microphone is nothing", Facts{Transcription: model}, []string{
			"answers: Answers come from Mayfly itself, on this server.",
			"unrecorded: Not recorded here.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone.",
		}},
		{"a name that plays tricks", Facts{Answers: Recipient{Name: " Ev\u202eil\n{statement} ", Statement: "{name}\u2066"}}, []string{
			"answers: Answers come from Evil statement. What you say is sent there. Evil statement states: “name”",
			"unrecorded: Not recorded here.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone from this server.",
		}},
		{"one day", Facts{Recorded: true, Days: 1}, []string{
			"answers: Answers come from Mayfly itself, on this server.",
			"recorded: If you agree, the conversation is recorded here and kept for one day.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, strings.Join(c.want, "\n"), texts(Compute(c.facts, "en")))
		})
	}
}

// Every combination in every language: never "gone" where something is kept
// or was sent elsewhere without saying so, and nothing left to fill in.
func TestComputeEverywhere(t *testing.T) {
	n := 0
	for bits := range 1 << 8 {
		on := func(i int) bool { return bits&(1<<i) != 0 }
		var f Facts
		if on(0) {
			f.Answers.Name = "Ravel & Söhne"
		}
		if on(1) {
			f.Answers.Statement = "Deleted at once."
		}
		if on(2) {
			f.Speech.Name = "Voices"
		}
		if on(3) {
			f.Transcription.Name = "Ears"
		}
		f.Recorded, f.Microphone, f.Camera = on(4), on(5), on(6)
		if on(7) {
			f.Days, f.Contact, f.Privacy, f.Complaint = 7, "a@b.example", "https://p.example", "https://c.example"
			f.Logic, f.Human = "https://l.example", "Call 7."
		}
		for _, l := range Locales() {
			lang, _ := find(l)
			lines := Compute(f, l)
			require.NotEmpty(t, lines)
			icons := map[Icon]int{}
			for _, line := range lines {
				requireClean(t, line.Text)
				icons[line.Icon]++
			}
			all := texts(lines)
			require.Equal(t, !f.Recorded, strings.Contains(all, lang.facts.unrecorded))
			require.Equal(t, f.Recorded, icons[IconRecorded] == 1)
			require.Equal(t, !f.Recorded, icons[IconForgotten] == 1)
			sent := on(0) || on(2) || on(3) && f.Microphone
			require.Equal(t, !f.Recorded && !sent, strings.Contains(all, lang.facts.gone))
			require.Equal(t, on(0), strings.Contains(all, "Ravel & Söhne"))
			require.Equal(t, on(0) && on(1), strings.Contains(all, "Deleted at once."))
			require.Equal(t, on(2), strings.Contains(all, "Voices"))
			require.Equal(t, on(7), icons[IconDecision] == 2 && strings.Contains(all, "https://l.example") && strings.Contains(all, "Call 7."))
			require.Equal(t, on(3) && f.Microphone, strings.Contains(all, "Ears"))
			n++
		}
	}
	t.Logf("%d combinations", n)
}
