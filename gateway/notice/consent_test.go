package notice

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

const day = 24 * time.Hour

func acme() (*tenant.Tenant, *tenant.Avatar) {
	t := &tenant.Tenant{
		Name:    "Acme University",
		Contact: tenant.Contact{Email: "data@acme.example", DPO: "officer@acme.example"},
		Policy:  tenant.Policy{Transcript: true, Retention: 30 * day, Purposes: []tenant.Purpose{tenant.Audit, tenant.Quality, tenant.Learning}},
		Avatars: []tenant.Avatar{{ID: "ada", Microphone: true}},
	}
	return t, &t.Avatars[0]
}

// What a person is asked says what would be kept, for how long, who reads it
// and what for. R24 R26 R41
func TestConsentSentences(t *testing.T) {
	owner, a := acme()
	f := Of(owner, a, owner.Effective(a))
	require.Equal(t, []Sentence{
		{session.Transcript, "May this conversation be recorded? It is kept here as text for 30 days and then deleted. Acme University can read it, to show later what was said, to check and improve the answers and as a record of your learning. You can take this back at any time."},
		{session.VoiceInput, "May your microphone be used? It serves only to understand what you say, and the sound is not kept here. You can take this back at any time."},
	}, Consent(f, session.Transcript|session.VoiceInput, "en-GB"))

	owner.Policy.Purposes, owner.Policy.Retention, owner.Name = []tenant.Purpose{tenant.Quality}, 13*time.Hour, ""
	f = Of(owner, a, owner.Effective(a))
	f.Recipients = []tenant.Recipient{{Role: tenant.Transcribing, Name: "Ears", Region: "uk", Terms: tenant.Terms{Retention: new(time.Duration(0)), Training: new(false)}}}
	require.Equal(t, []Sentence{
		{session.Transcript, "May this conversation be recorded? It is kept here as text for one day and then deleted. The organisation can read it, to check and improve the answers. You can take this back at any time."},
		{session.VoiceInput, "May your microphone be used? It serves only to understand what you say, and the sound is not kept here. Your voice is sent to Ears to be written down. Ears states that it keeps nothing of this. Its server is stated to be in the United Kingdom. It states that it trains no models with this. You can take this back at any time."},
	}, Consent(f, session.AllPurposes, "en"))
}

// Every purpose that a session can ask for has a sentence, in every language
// and under every policy, and a word goes with it. R24 R26
func TestConsentEverywhere(t *testing.T) {
	n := 0
	for bits := range 1 << 8 {
		on := func(i int) bool { return bits&(1<<i) != 0 }
		owner, a := acme()
		owner.Policy.Purposes = nil
		for i, p := range tenant.Purposes() {
			if on(i) {
				owner.Policy.Purposes = append(owner.Policy.Purposes, p)
			}
		}
		if on(3) {
			owner.Policy.LegalBasis = tenant.PublicTask
		}
		if on(4) {
			owner.Policy.Retention = 20 * time.Hour
		}
		if on(5) {
			owner.Audience, owner.HelpLine = tenant.Minors, "Call 116 111."
		}
		if on(7) {
			owner.Policy.Audio, owner.Policy.AudioRetention = true, 7*day
		}
		if on(6) {
			owner.Name = "{uses} \u202eevil"
		}
		p := owner.Effective(a)
		f := Of(owner, a, p)
		asked := p.Session(owner.Limits, 1)
		live, _ := session.New(time.Time{}, asked, session.Written)
		_, err := live.Apply(time.Time{}, session.Declared{Aware: true})
		require.NoError(t, err)
		effects, err := live.Apply(time.Time{}, session.Acknowledged{Notice: 1})
		require.NoError(t, err)
		var want session.Purposes
		for _, e := range effects {
			if ask, ok := e.(session.ConsentAsk); ok {
				want = ask.Purposes
			}
		}
		for _, l := range Locales() {
			var have session.Purposes
			for _, s := range Consent(f, want, l) {
				requireClean(t, s.Text)
				have |= s.Purpose
			}
			require.Equal(t, want, have)
			lines := texts(Compute(f, l))
			for _, line := range Compute(f, l) {
				requireClean(t, line.Text)
			}
			lang, _ := find(l)
			for i, use := range lang.facts.uses {
				require.Equal(t, p.Transcript && on(i), strings.Contains(lines, use), "%s: %s", l, lines)
			}
			sounds := strings.Contains(lines, strings.ReplaceAll(lang.facts.alsoDays, "{days}", "7")) || strings.Contains(lines, lang.facts.alsoDay)
			require.Equal(t, p.Audio, sounds, "%s: %s", l, lines)
			require.Equal(t, !p.Audio, strings.Contains(lines, lang.facts.microphone), "what the microphone is for: %s", lines)
			require.Equal(t, on(5), strings.Contains(lines, "116 111"))
			require.Contains(t, lines, "officer@acme.example")
			switch w := WordOf(f); {
			case !p.Transcript:
				require.Equal(t, NotRecorded, w)
			case on(3):
				require.Equal(t, UnlessYouSayNo, w)
			default:
				require.Equal(t, IfYouAgree, w)
			}
			n++
		}
	}
	t.Logf("n = %d", n)
}

func TestWords(t *testing.T) {
	f := Facts{Recipients: []tenant.Recipient{{Name: "Ears"}, {Name: "Voices"}, {Name: "Ears"}}}
	for _, l := range Locales() {
		seen := map[string]bool{}
		for w := range words {
			s := inWords(w, f, l)
			requireClean(t, s)
			require.False(t, seen[s], s)
			seen[s] = true
		}
	}
	require.Equal(t, "Not recorded", Before(Facts{}, "it"))
	require.Equal(t, "Not recorded here, sent to Ears and Voices", Off(f, "it"))
	require.Equal(t, "Recorded if you agree", Before(Facts{Recorded: true}, "en-US"))
	require.Equal(t, "Not recorded", Off(Facts{Recorded: true}, "en-US"))
}

// A recording that does not rest on consent is not said to.
func TestToldIsNotAsked(t *testing.T) {
	for _, l := range Locales() {
		owner, a := acme()
		owner.Policy.LegalBasis = tenant.LegalObligation
		lang, _ := find(l)
		lines := texts(Compute(Of(owner, a, owner.Effective(a)), l))
		require.Contains(t, lines, strings.ReplaceAll(lang.facts.toldDays, "{days}", "30"))
		require.NotContains(t, lines, strings.ReplaceAll(lang.facts.recordedDays, "{days}", "30"))
	}
}

// Where sound can be kept it is asked for alone: whose it is, that nothing is
// hidden in it, for how long, who listens to it and what for. The question for
// the microphone promises nothing else. // R24 R26 R41
func TestSoundIsAskedFor(t *testing.T) {
	owner, a := acme()
	owner.Policy.Audio, owner.Policy.AudioRetention = true, 7*day
	f := Of(owner, a, owner.Effective(a))
	all := Consent(f, session.AllPurposes, "en")
	require.Len(t, all, 3)
	require.Equal(t, Sentence{session.AudioRecording, "May the sound be kept as well? That is the avatar’s voice, and yours if you switch your microphone on. It is kept here as it is, with nothing hidden in it, for 7 days and then deleted. Acme University can listen to it, to show later what was said, to check and improve the answers and as a record of your learning. You can take this back at any time."}, all[1])
	require.NotContains(t, all[2].Text, "sound is not kept")
	a.Microphone = false
	f = Of(owner, a, owner.Effective(a))
	require.Contains(t, Consent(f, session.AudioRecording, "en")[0].Text, "That is the avatar’s voice. ")
	owner.Policy.Audio = false
	f = Of(owner, a, owner.Effective(a))
	require.Empty(t, Consent(f, session.AudioRecording, "en"))
}
