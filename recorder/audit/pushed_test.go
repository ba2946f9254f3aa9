package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner is a witness that signs whatever it is given.
type cosigner struct {
	name string
	key  ed25519.PrivateKey
}

func newCosigner(name string) *cosigner {
	sum := sha256.Sum256([]byte(name))
	return &cosigner{name, ed25519.NewKeyFromSeed(sum[:])}
}

func (c *cosigner) hash() []byte {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key.Public().(ed25519.PublicKey)...))
	return sum[:4]
}

// public is its key as it publishes it.
func (c *cosigner) public() string {
	return fmt.Sprintf("%s+%x+%s", c.name, c.hash(), base64.StdEncoding.EncodeToString(append([]byte{4}, c.key.Public().(ed25519.PublicKey)...)))
}

// line is its signature of a note.
func (c *cosigner) line(signed []byte, at uint64) string {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	said := fmt.Sprintf("cosignature/v1\ntime %d\n%s\n", at, text)
	sig := binary.BigEndian.AppendUint64(c.hash(), at)
	sig = append(sig, ed25519.Sign(c.key, []byte(said))...)
	return "— " + c.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
}

// What a witness took is kept with its signature, and nothing else counts as
// taken; what waits is the newest, and what it took last is known after a
// restart.
func TestPushed(t *testing.T) { // R65
	ctx := context.Background()
	now := november
	secret, err := MakeKey("example.org/audit")
	require.NoError(t, err)
	db := database(t)
	r := rand.New(rand.NewPCG(32, 32))
	p := publisher(t, t.TempDir(), secret, &now)
	publish := func(tenant string, n int) (Checkpoint, []byte) {
		for range n {
			append1(t, db, tenant, november, fact(r))
		}
		l, err := Find(ctx, db, tenant, MonthOf(november))
		require.NoError(t, err)
		c, signed, _, err := p.Publish(ctx, db, l)
		require.NoError(t, err)
		return c, signed
	}
	by, other := newCosigner("witness.example/w"), newCosigner("other.example")
	witness, err := ParseWitness(by.public() + "\n")
	require.NoError(t, err)
	folder := t.TempDir()
	took := OpenPushed(folder, p, witness)
	all, err := took.Waiting()
	require.NoError(t, err)
	require.Empty(t, all)

	first, signed := publish("acme", 3)
	publish("", 2)
	all, err = took.Waiting()
	require.NoError(t, err)
	require.Len(t, all, 2)
	for name, answer := range map[string]string{
		"nothing":            "",
		"another's":          other.line(signed, 5),
		"of another":         by.line([]byte("x\n3\nAAAA\n\n"), 5),
		"under another name": strings.Replace(other.line(signed, 5), other.name, by.name, 1),
		"cut":                strings.TrimSuffix(by.line(signed, 5), "\n"),
	} {
		require.ErrorIs(t, took.Taken("acme/2026-11", signed, []byte(answer)), ErrCosignature, name)
	}
	require.ErrorIs(t, took.Taken("acme/2026-12", signed, []byte(by.line(signed, 5))), ErrCheckpoint)
	all, err = took.Waiting()
	require.NoError(t, err)
	require.Len(t, all, 2, "nothing counts as taken")
	require.Empty(t, took.Cosignatures(first))

	require.NoError(t, took.Taken("acme/2026-11", signed, []byte(other.line(signed, 4)+by.line(signed, 5))))
	require.Equal(t, by.line(signed, 5), string(took.Cosignatures(first)))
	for _, again := range []*Pushed{took, OpenPushed(folder, p, witness)} {
		all, err = again.Waiting()
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.Equal(t, "~gateway/2026-11", all[0].Log)
		require.Equal(t, by.line(signed, 5), string(again.Cosignatures(first)))
	}
	second, newer := publish("acme", 4)
	require.Empty(t, took.Cosignatures(second))
	all, err = took.Waiting()
	require.NoError(t, err)
	require.Len(t, all, 2)
	at := 0
	if all[at].Log != "acme/2026-11" {
		at = 1
	}
	require.Equal(t, int64(3), all[at].Old)
	require.Equal(t, newer, all[at].Signed)
	proof, err := Growth(ctx, db, all[at].Log, all[at].Size, all[at].Old)
	require.NoError(t, err)
	var hashes tlog.TreeProof
	for _, h := range proof {
		hashes = append(hashes, h)
	}
	require.NoError(t, tlog.CheckTree(hashes, second.Size, second.Root, first.Size, first.Root))
	none, err := Growth(ctx, db, all[at].Log, all[at].Size, 0)
	require.NoError(t, err)
	require.Empty(t, none)

	// Whoever keeps what the gateway gives out can ask for the signature.
	kept := append(append([]byte{}, signed...), by.line(signed, 1795683600)...)
	seen, when, err := LastSeen(append(kept, newer...), p.Known(), "acme", witness)
	require.NoError(t, err)
	require.Equal(t, first, seen)
	require.Equal(t, november.Year(), when.Year())
	_, _, err = LastSeen(kept, p.Known(), "beta", witness)
	require.ErrorIs(t, err, ErrCosignature, "another tenant's says nothing")
	_, _, err = LastSeen(newer, p.Known(), "acme", witness)
	require.ErrorIs(t, err, ErrCosignature)
	append1(t, db, "acme", november.AddDate(0, 1, 0), fact(r))
	december, err := Find(ctx, db, "acme", 202612)
	require.NoError(t, err)
	youngest, signed, _, err := p.Publish(ctx, db, december)
	require.NoError(t, err)
	seen, _, err = LastSeen(slices.Concat(signed, []byte(by.line(signed, 1795683601)), kept), p.Known(), "acme", witness)
	require.NoError(t, err)
	require.Equal(t, youngest, seen, "the newest month, though an older one is longer")
	checkpoints, err := ReadCheckpoints(append(kept, newer...), p.Known())
	require.NoError(t, err)
	require.Len(t, checkpoints, 2, "the signature of somebody else is no obstacle")
}

func TestParseWitness(t *testing.T) {
	good := newCosigner("witness.example").public()
	_, err := ParseWitness(good)
	require.NoError(t, err)
	parts := strings.Split(good, "+")
	_, gateways, err := OpenKey(func() string { s, _ := MakeKey("example.org/audit"); return s }())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"empty": "", "no key": parts[0] + "+" + parts[1], "other name": "x" + good, "other hash": parts[0] + "+00000000+" + parts[2],
		"a space": "a b+" + parts[1] + "+" + parts[2], "cut": good[:len(good)-4], "of the gateway": gateways, "no name": "+" + parts[1] + "+" + parts[2],
	} {
		_, err := ParseWitness(text)
		require.ErrorIs(t, err, ErrWitnessKey, name)
	}
}
