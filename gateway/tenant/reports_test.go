package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Reports are taken unless somebody says otherwise, for ninety days or as long
// as the tenant says, whether anything is recorded or not; never where minors
// talk or recording is forced off; and an avatar can only narrow. // R5 R12 R71
func TestReports(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Tenant)
		want   time.Duration
	}{
		"as delivered":      {func(*Tenant) {}, 90 * day},
		"a time of its own": {func(t *Tenant) { t.Policy.Reports = 2 * day }, 2 * day},
		"while recorded": {func(t *Tenant) {
			t.Policy.Transcript, t.Policy.Retention, t.Policy.Purposes = true, day, []Purpose{Audit}
		}, 90 * day},
		"none":               {func(t *Tenant) { t.Policy.NoReports = true }, 0},
		"none of the avatar": {func(t *Tenant) { t.Avatars[0].Policy = &Narrowing{Reports: new(false)} }, 0},
		"the avatar widens": {func(t *Tenant) {
			t.Policy.NoReports = true
			t.Avatars[0].Policy = &Narrowing{Reports: new(true)}
		}, 0},
		"minors":     {func(t *Tenant) { t.Audience = Minors }, 0},
		"forced off": {func(t *Tenant) { t.ForcedOff = true }, 0},
	} {
		tn := &Tenant{ID: "acme", Avatars: []Avatar{{ID: "ada"}}}
		c.change(tn)
		p := tn.Effective(&tn.Avatars[0])
		require.Equal(t, c.want, p.Reports, name)
		require.Equal(t, c.want == 0, p.NoReports, name)
		require.Equal(t, c.want, p.Session(tn.Limits, 3).Reports, name)
	}
	none := (&Tenant{}).Effective(nil)
	require.Zero(t, none.Session(Limits{}, 1).Reports, "an avatar that is gone")
}
