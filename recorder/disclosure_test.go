package recorder

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// disclosed is a disclosure of the person p1 that may be proposed.
func disclosed(n int) Disclosure {
	return Disclosure{ID: session.ID{0xd1, byte(n)}, Tenant: "acme", Basis: "warrant", Case: "9/26", Subject: "p1"}
}

// An authority is given what was proposed, after somebody else confirmed it and
// not before; it is counted once, with the count in the log before a byte is
// written, and no more of it than was proposed.
func TestDisclosure(t *testing.T) { // R62
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 3, month)
	folder := filepath.Join(t.TempDir(), "handed")
	hand := func(id session.ID) (Transfer, error) {
		return r.HandDisclosure(ctx, "acme", id, Access{Actor: session.ID{0xac}, Purpose: "export"}, folder, nil)
	}
	d := disclosed(1)
	require.NoError(t, r.ProposeDisclosure(ctx, d))
	_, err := hand(d.ID)
	require.ErrorIs(t, err, ErrUnconfirmed)
	require.NoDirExists(t, folder)
	require.ErrorIs(t, r.ConfirmDisclosure(ctx, "acme", d.ID, session.ID{}), ErrSecond, "the operator is nobody")
	require.ErrorIs(t, r.ConfirmDisclosure(ctx, "other", d.ID, second), ErrUnknown)
	require.NoError(t, r.ConfirmDisclosure(ctx, "acme", d.ID, second))
	require.ErrorIs(t, r.ConfirmDisclosure(ctx, "acme", d.ID, admin), ErrExists)
	years, err := r.DisclosuresByYear(ctx)
	require.NoError(t, err)
	require.Empty(t, years)
	done, err := hand(d.ID)
	require.NoError(t, err)
	require.Equal(t, 1, done.Sessions)
	files, err := os.ReadDir(filepath.Join(folder, "sessions"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		require.Contains(t, f.Name(), idNo(1).String(), "what is another's is not in it")
	}
	_, err = hand(d.ID)
	require.ErrorIs(t, err, ErrExists, "once")
	require.ErrorIs(t, r.EndDisclosure(ctx, "acme", d.ID, admin), ErrExists, "what was handed over stays so")

	all, err := r.Disclosures(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, []int{1, done.Turns}, []int{all[0].Sessions, all[0].Turns})
	require.Equal(t, done.Manifest, all[0].Hash)
	require.Equal(t, Forgotten, all[0].Subject, "whom it was of is in what was handed over, and not here for ever")
	require.Equal(t, []session.Fact{
		{Kind: session.AuthorityDisclosure, Object: d.ID, Before: 1, Turn: 2},
		{Kind: session.AuthorityDisclosure, Object: d.ID, Actor: second, Before: 2, Turn: 2},
		{Kind: session.AuthorityDisclosure, Object: d.ID, Actor: session.ID{0xac}, Before: 3, Turn: 2, Count: 1},
	}, factsOf(t, r, "acme", session.AuthorityDisclosure))
	years, err = r.DisclosuresByYear(ctx)
	require.NoError(t, err)
	require.Equal(t, []DisclosureYear{{c.now().Year(), 1}}, years)

	// What is published outlives the tenant.
	_, err = r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	all, err = r.Disclosures(ctx, "acme")
	require.NoError(t, err)
	require.Empty(t, all)
	years, err = r.DisclosuresByYear(ctx)
	require.NoError(t, err)
	require.Len(t, years, 1)
}

// What was cut off goes on in its folder and in no other, and what begins after
// it was proposed is not in it.
func TestDisclosureOnce(t *testing.T) { // R62
	ctx := context.Background()
	r, c := started(t)
	for n := range 2 * exported {
		one := conversation(n + 10)
		one.Subject = "p1"
		require.NoError(t, keep(r, one, newTalker(t, month).say("canary question", "canary answer")))
	}
	for name, to := range map[string]time.Time{"in a year": c.now().AddDate(1, 0, 0), "in an hour": c.now().Add(time.Hour)} {
		d := disclosed(2)
		d.To = to
		require.ErrorIs(t, r.ProposeDisclosure(ctx, d), ErrToCome, name)
	}
	d := disclosed(1)
	require.NoError(t, r.ProposeDisclosure(ctx, d))
	require.NoError(t, r.ConfirmDisclosure(ctx, "acme", d.ID, second))
	c.move(time.Hour)
	late := conversation(2)
	late.Subject, late.Began = "p1", c.now()
	require.NoError(t, keep(r, late, newTalker(t, month).say("canary question", "canary answer")))

	base := t.TempDir()
	cut, stop := context.WithCancel(ctx)
	hand := func(ctx context.Context, name string) (Transfer, error) {
		return r.HandDisclosure(ctx, "acme", d.ID, access("export"), filepath.Join(base, name), func(int, int) { stop() })
	}
	require.NoError(t, os.WriteFile(filepath.Join(base, "no-folder"), nil, 0o600))
	_, err := hand(ctx, "no-folder")
	require.Error(t, err)
	_, err = hand(cut, "first")
	require.ErrorIs(t, err, context.Canceled)
	_, err = hand(ctx, "second")
	require.ErrorIs(t, err, ErrOtherFolder)
	require.NoDirExists(t, filepath.Join(base, "second"))
	done, err := hand(ctx, "./first/../first")
	require.NoError(t, err)
	require.Equal(t, 2*exported, done.Sessions, "what began later is not in it")
	_, err = hand(ctx, "second")
	require.ErrorIs(t, err, ErrExists)
	years, err := r.DisclosuresByYear(ctx)
	require.NoError(t, err)
	require.Equal(t, []DisclosureYear{{c.now().Year(), 1}}, years)
}

// The one who proposes cannot confirm, what was taken back is not handed over,
// and neither is what was confirmed long ago.
func TestDisclosureRefused(t *testing.T) { // R62
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 1, month)
	folder := filepath.Join(t.TempDir(), "handed")
	d := disclosed(1)
	d.By = admin
	require.NoError(t, r.ProposeDisclosure(ctx, d))
	require.ErrorIs(t, r.ConfirmDisclosure(ctx, "acme", d.ID, admin), ErrSecond)
	require.NoError(t, r.ConfirmDisclosure(ctx, "acme", d.ID, second))
	c.move(DisclosureTime + time.Minute)
	_, err := r.HandDisclosure(ctx, "acme", d.ID, access("export"), folder, nil)
	require.ErrorIs(t, err, ErrUnconfirmed, "too long ago")
	require.NoError(t, r.EndDisclosure(ctx, "acme", d.ID, second))
	_, err = r.HandDisclosure(ctx, "acme", d.ID, access("export"), folder, nil)
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorIs(t, r.ConfirmDisclosure(ctx, "acme", d.ID, second), ErrUnknown)
	require.NoDirExists(t, folder)
	for name, change := range map[string]func(*Disclosure){
		"everything":    func(d *Disclosure) { d.Subject = "" },
		"half a time":   func(d *Disclosure) { d.Subject, d.From = "", c.now() },
		"backwards":     func(d *Disclosure) { d.From, d.To = c.now(), c.now().Add(-time.Hour) },
		"no basis":      func(d *Disclosure) { d.Basis = "" },
		"another basis": func(d *Disclosure) { d.Basis = "request" },
		"words":         func(d *Disclosure) { d.Case = "theft by somebody" },
		"no id":         func(d *Disclosure) { d.ID = session.ID{} },
	} {
		d := disclosed(2)
		change(&d)
		require.ErrorIs(t, r.ProposeDisclosure(ctx, d), ErrInvalid, name)
	}
	years, err := r.DisclosuresByYear(ctx)
	require.NoError(t, err)
	require.Empty(t, years)
}
