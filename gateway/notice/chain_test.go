package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// stated is each way in which a recipient can state something, in each role.
func stated() []tenant.Recipient {
	var all []tenant.Recipient
	for _, role := range []tenant.RecipientRole{tenant.Answering, tenant.Speaking, tenant.Transcribing, tenant.ToolServer} {
		for _, kept := range []*time.Duration{nil, new(time.Duration(0)), new(time.Hour), new(30 * day)} {
			for _, trains := range []*bool{nil, new(false), new(true)} {
				for _, region := range []string{"", "eu", "on-site"} {
					for _, on := range [][]string{nil, {"Hosting Ltd"}} {
						all = append(all, tenant.Recipient{
							Role: role, Name: fmt.Sprintf("Recipient %d of us", len(all)), Region: region,
							Terms: tenant.Terms{Retention: kept, Training: trains, Recipients: on, By: "Ada", On: "2026-11-26"},
						})
					}
				}
			}
		}
	}
	return all
}

// told is everything that a person is told of storage in a language, by where
// they are told it.
func told(f Facts, n Notice, locale string) map[string]string {
	all := map[string]string{
		"before": Before(f, locale), "off": Off(f, locale), "notice": n.Text, "spoken": n.Spoken,
		"end": strings.Join(Elsewhere(f, locale), "\n"),
	}
	for i, l := range Compute(f, locale) {
		all[fmt.Sprintf("line %d %s", i, l.Icon)] = l.Text
	}
	for _, s := range Consent(f, session.AllPurposes, locale) {
		all[fmt.Sprintf("question %d", s.Purpose)] = s.Text
	}
	return all
}

// mayKeep are those who have not stated all of it: that they keep nothing, train
// nothing and pass nothing on.
func mayKeep(f Facts) []string {
	var all []string
	for _, r := range f.Recipients {
		t := r.Terms
		if t.Retention == nil || *t.Retention > 0 || t.Training == nil || *t.Training || len(t.Recipients) > 0 {
			all = append(all, r.Name)
		}
	}
	return all
}

// requireHonest fails if anything that a person is told of storage leaves out
// somebody who may keep something.
func requireHonest(t *testing.T, f Facts, n Notice, locale string) {
	t.Helper()
	l, _ := find(locale)
	keepers := mayKeep(f)
	all := told(f, n, locale)
	for where, text := range all {
		if where != "notice" && text != "" {
			for _, one := range strings.Split(text, "\n") {
				requireClean(t, one)
			}
		}
		// Where it is said that nothing is recorded here, in the same breath it
		// is said who else may keep something.
		says := strings.Contains(text, l.facts.unrecorded) || where == "notice" || where == "spoken" || where == "off" ||
			where == "before" && !f.Recorded || strings.HasPrefix(where, "question 1 ")
		for _, name := range keepers {
			require.True(t, !says || strings.Contains(text, name), "%s, %s: %q does not name %s", locale, where, text, name)
		}
		if len(keepers) > 0 {
			require.NotEqual(t, l.words[NotRecorded], text, "%s, %s", locale, where)
		} else {
			require.NotContains(t, text, strings.TrimSuffix(strings.SplitN(l.facts.elsewhere, "{names}", 2)[1], "."), "%s, %s: nobody keeps anything", locale, where)
		}
		if len(f.Recipients) > 0 {
			require.NotEqual(t, l.facts.gone, text, "%s, %s", locale, where)
		}
	}
	// What each of them states is said where they are named, and once more at
	// the end.
	lines := ""
	for where, text := range all {
		if strings.HasPrefix(where, "line ") {
			lines += text + "\n"
		}
	}
	for _, r := range f.Recipients {
		statement := l.facts.stated(r)
		if r.Role != tenant.Transcribing || f.Microphone {
			require.Contains(t, lines, statement, locale)
		}
		require.Contains(t, all["end"], statement, locale)
		require.Equal(t, strings.Contains(statement, strings.ReplaceAll(l.facts.keepsNone, "{name}", r.Name)), r.Terms.Retention != nil && *r.Terms.Retention == 0)
		require.Equal(t, strings.Contains(statement, l.facts.trainsNot), r.Terms.Training != nil && !*r.Terms.Training)
		require.Equal(t, strings.Contains(statement, "30"), r.Terms.Retention != nil && *r.Terms.Retention == 30*day && !strings.Contains(r.Name, "30"))
		require.Equal(t, strings.Contains(statement, "Hosting Ltd"), r.Terms.Recipients != nil)
		require.Equal(t, strings.Contains(statement, l.facts.where("eu")), r.Region == "eu")
	}
	sum := sha256.Sum256([]byte(n.Text))
	require.Equal(t, hex.EncodeToString(sum[:]), n.SHA256)
}

// What people are told of storage is the worst of the whole chain: no
// combination of what its links state lets any text say flatly that nothing is
// kept. In every language, each link alone and chains of up to five. R18 R28
// R58
func TestWorstOfTheChain(t *testing.T) {
	links := stated()
	random := rand.New(rand.NewPCG(1, 2))
	chains := make([][]tenant.Recipient, 0, len(links)+int(*scale*200))
	for _, r := range links {
		r.Name = strings.ReplaceAll(r.Name, "30", "x")
		chains = append(chains, []tenant.Recipient{r})
	}
	for range int(*scale * 200) {
		var chain []tenant.Recipient
		for range 2 + random.IntN(4) {
			r := links[random.IntN(len(links))]
			r.Name = strings.ReplaceAll(r.Name, "30", "x")
			chain = append(chain, r)
		}
		chains = append(chains, chain)
	}
	clean := 0
	for i, chain := range chains {
		f := Facts{Recipients: chain, Microphone: i%2 == 0, Recorded: i%3 == 0, Days: 7, Told: i%5 == 0, Sound: i%7 == 0, SoundDays: 7}
		if len(mayKeep(f)) == 0 {
			clean++
		}
		for _, locale := range Locales() {
			n, _ := For(locale)
			requireHonest(t, f, f.tell(n), locale)
		}
	}
	require.Greater(t, clean, 10)
	t.Logf("n = %d chains, %d of them of those who keep nothing", len(chains), clean)
}

// An avatar's servers are the chain: each of them, and none that is not asked.
func TestChainOfAnAvatar(t *testing.T) {
	owner := &tenant.Tenant{Name: "Acme", Avatars: []tenant.Avatar{{ID: "ada"}}}
	a := &owner.Avatars[0]
	plain, _ := For("de")
	require.Equal(t, plain, ForAvatar(owner, a, "de"))
	a.BackEnd, a.Speech, a.Transcriber = &tenant.BackEnd{Name: "Antworten"}, &tenant.BackEnd{Name: "Stimmen"}, &tenant.BackEnd{Name: "Ohren"}
	n := ForAvatar(owner, a, "de-CH")
	require.Equal(t, plain.Text+" Was an Antworten und Stimmen geschickt wird, kann dort aufbewahrt werden.", n.Text)
	require.NotEqual(t, plain.SHA256, n.SHA256)
	a.Microphone = true
	requireHonest(t, Of(owner, a, owner.Effective(a)), ForAvatar(owner, a, "de"), "de")
	require.Contains(t, ForAvatar(owner, a, "de").Spoken, "Ohren")
	nothing := tenant.Terms{Retention: new(time.Duration(0)), Training: new(false), By: "Ada", On: "2026-11-26"}
	a.BackEnd.Terms, a.Speech.Terms, a.Transcriber.Terms = nothing, nothing, nothing
	require.Equal(t, plain, ForAvatar(owner, a, "de"))
}
