package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

func texts(lines []Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, string(l.Icon)+": "+l.Text)
	}
	return strings.Join(all, "\n")
}

func TestCompute(t *testing.T) {
	undeclared := " has not stated whether it keeps this, for how long or where, or whether it trains models with it."
	model := tenant.Recipient{Name: "Example model server", Gets: tenant.Words}
	nothing := tenant.Terms{Retention: new(time.Duration(0)), Training: new(false), By: "Ada", On: "2026-11-26"}
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
		{"a model that has not said what it keeps", Facts{Recipients: []tenant.Recipient{model}}, []string{
			"answers: Answers come from Example model server. What you say is sent there. Example model server" + undeclared,
			"unrecorded: Not recorded here. What is sent to Example model server may be kept there.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone from this server.",
		}},
		{"a model that says what it keeps", Facts{Recipients: []tenant.Recipient{{Name: "X", Region: "eu", Terms: tenant.Terms{Retention: new(30 * day), Training: new(false)}}}}, []string{
			"answers: Answers come from X. What you say is sent there. X states that it keeps this up to 30 days in the EU. It states that it trains no models with this.",
			"unrecorded: Not recorded here. What is sent to X may be kept there.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone from this server.",
		}},
		{"one that keeps nothing, on our own machine, and one that steps in and trains", Facts{Recipients: []tenant.Recipient{
			{Name: "Ours", Region: "on-site", Terms: nothing, Gets: tenant.Words | tenant.Pictures},
			{Name: "Second", Terms: tenant.Terms{Training: new(true), Recipients: []string{"A", "B", "C"}}},
		}}, []string{
			"answers: Answers come from Ours. What you say is sent there. Pictures that you show are sent there too. Ours states that it keeps nothing of this. Its server is stated to be in the region “on-site”. It states that it trains no models with this.",
			"answers: If need be, answers come from Second instead. What you say is then sent there. Second has not stated whether it keeps this, or for how long. It has not stated where its server is. It states that it trains models with this. It states that it passes this on to A, B and C.",
			"unrecorded: Not recorded here. What is sent to Second may be kept there.",
			"keyboard: Your microphone is not used. You write, and the avatar answers.",
			"gone: When you leave, what you said is gone from this server.",
		}},
		{"everything elsewhere, recorded, with contacts", Facts{
			Recipients: []tenant.Recipient{
				{Role: tenant.Answering, Name: "Example", Region: "us", Terms: nothing},
				{Role: tenant.Speaking, Name: "Voices"},
				{Role: tenant.Transcribing, Name: "Ears"},
				{Role: tenant.ToolServer, Name: "Timetables"},
			},
			Recorded: true, Days: 30, Microphone: true, Camera: true,
			Contact: "data@example.org", Privacy: "https://example.org/p", Complaint: "https://example.org/c",
		}, []string{
			"answers: Answers come from Example. What you say is sent there. Example states that it keeps nothing of this. Its server is stated to be in the United States. It states that it trains no models with this.",
			"speech: The voice comes from Voices. The answers are sent there to be spoken. Voices" + undeclared,
			"answers: To look something up or to do something for you, the avatar can ask Timetables. What is needed for it from what you say is sent there. Timetables" + undeclared,
			"recorded: If you agree, the conversation is recorded here and kept for 30 days.",
			"microphone: You can speak. Your microphone is used only after you switch it on, and only to understand what you say.",
			"microphone: Your voice is sent to Ears to be written down. Ears" + undeclared,
			"camera: Your camera is used only after you switch it on.",
			"contact: Questions about your data: data@example.org",
			"privacy: The organisation’s own notice: https://example.org/p",
			"complaint: If you want to complain: https://example.org/c",
		}},
		{"a name that plays tricks", Facts{Recipients: []tenant.Recipient{{Name: " Ev\u202eil\n{where} ", Terms: tenant.Terms{Recipients: []string{"{name}\u2066"}}}}}, []string{
			"answers: Answers come from Evil where. What you say is sent there. Evil where has not stated whether it keeps this, or for how long. It has not stated where its server is. It has not stated whether it trains models with this. It states that it passes this on to name.",
			"unrecorded: Not recorded here. What is sent to Evil where may be kept there.",
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
			f.Recipients = append(f.Recipients, tenant.Recipient{Role: tenant.Answering, Name: "Ravel & Söhne"})
			if on(1) {
				f.Recipients[0].Terms.Recipients = []string{"Frisch & Co."}
			}
		}
		if on(2) {
			f.Recipients = append(f.Recipients, tenant.Recipient{Role: tenant.Speaking, Name: "Voices"})
		}
		if on(3) && on(5) {
			f.Recipients = append(f.Recipients, tenant.Recipient{Role: tenant.Transcribing, Name: "Ears"})
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
			require.Equal(t, on(0) && on(1), strings.Contains(all, "Frisch & Co."))
			require.Equal(t, on(2), strings.Contains(all, "Voices"))
			require.Equal(t, on(7), icons[IconDecision] == 2 && strings.Contains(all, "https://l.example") && strings.Contains(all, "Call 7."))
			require.Equal(t, on(3) && f.Microphone, strings.Contains(all, "Ears"))
			n++
		}
	}
	t.Logf("%d combinations", n)
}
