package gateway

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Each server that is sent something of a session has one fact with what it had
// declared, which is what its entry in the register and the person's receipt
// say; one that is sent nothing has none.
func TestDeclaredOnce(t *testing.T) { // R58 R60
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	for _, c := range []struct {
		region        string
		keeps         *time.Duration
		count, before uint64
		vision        bool
		where, text   string
	}{
		{"", nil, 0, 0, false, "not declared", "not declared"},
		{"eu", new(time.Duration(0)), 1, 2, true, "eu", "none"},
		{"our-own", new(30 * 24 * time.Hour), 721, 1, false, "our-own", "30d"},
	} {
		t.Run("region "+c.region, func(t *testing.T) { // a rig of its own, closed before the next
			facts := &termsLedger{}
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, func(o *Options, tn *tenant.Tenant) {
				o.Signer, o.Facts = ring, facts
				server := elsewhereServer("Models & Co", "m.example")
				server.Region, server.Vision = c.region, c.vision
				if server.Terms = (tenant.Terms{Retention: c.keeps}); c.keeps != nil {
					server.Terms.By, server.Terms.On = "Ada", "2026-11-26"
				}
				tn.Avatars[0].BackEnd = server
			})
			conn := r.connect()
			conn.acknowledge(conn.aware("text"))
			require.Empty(t, facts.of(session.BackendDeclared), "nothing was sent yet")
			conn.turn("one", 1)
			conn.turn("two", 2)
			conn.send(event{"type": "avatar.receipt.request"})
			got, err := receipt.Verify(conn.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
			require.NoError(t, err)
			require.Len(t, got.Recipients, 1)
			require.Equal(t, []string{c.where, c.text}, []string{got.Recipients[0].Where, got.Recipients[0].Keeps})
			noted := facts.of(session.BackendDeclared)
			require.Len(t, noted, 1, "once for each session")
			f := noted[0]
			require.Equal(t, []uint64{c.count, c.before}, []uint64{f.Count, f.Before})
			register := r.server.options.Directory.Tenant("acme").Register()
			require.Len(t, register, 1)
			require.Equal(t, register[0].Hash(), f.Hash, "as the register has it")
			require.False(t, f.Session.IsZero())
			require.Equal(t, session.NameID("acme", r.server.options.Directory.Tenant("acme").Avatars[0].ID), f.Object)
			require.Equal(t, session.Count, f.Kind.Class())
			require.False(t, f.Kind.Detail(), "it is written whether detail is on or not")
		})
	}
}

// However many servers there are, a session has a bounded number of such facts,
// and the last says how often something was sent to those left out.
func TestDeclaredBounded(t *testing.T) {
	facts := &termsLedger{}
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, func(o *Options, _ *tenant.Tenant) { o.Facts = facts })
	conn := r.connect()
	conn.acknowledge(conn.aware("text"))
	live := r.only()
	live.mu.Lock()
	for range 2 {
		for n := range mostDeclared + 5 {
			live.declared(time.Now(), &tenant.Recipient{Name: fmt.Sprint(n)})
		}
	}
	live.tellUndeclared(time.Now())
	live.tellUndeclared(time.Now())
	live.mu.Unlock()
	noted := facts.of(session.BackendDeclared)
	require.Len(t, noted, mostDeclared+1)
	last := noted[mostDeclared]
	require.Zero(t, last.Hash)
	require.Equal(t, uint64(10), last.Count)
}
