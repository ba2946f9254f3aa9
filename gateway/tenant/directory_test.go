package tenant

import (
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNewKey(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		key, hash := NewKey()
		require.Regexp(t, `^mf_[A-Za-z0-9_-]{43}$`, key)
		require.Equal(t, sha256.Sum256([]byte(key)), hash)
		require.False(t, seen[key])
		seen[key] = true
	}
}

// R74
func TestLookup(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a, hashA := NewKey()
	admin, hashAdmin := NewKey()
	old, hashOld := NewKey()
	b, hashB := NewKey()
	d, err := NewDirectory([]Tenant{
		{ID: "a", Keys: []Key{{Hash: hashA}, {Hash: hashAdmin, Role: Admin}, {Hash: hashOld, Expires: now}}},
		{ID: "b", Keys: []Key{{Hash: hashB, Role: Reviewer, Expires: now.Add(time.Second)}}},
	})
	require.NoError(t, err)
	require.False(t, d.Demo())

	for _, c := range []struct {
		name, key, tenant string
		role              Role
	}{
		{"caller", a, "a", Caller},
		{"admin", admin, "a", Admin},
		{"reviewer of another tenant, not yet ended", b, "b", Reviewer},
		{"ended this moment", old, "", 0},
		{"empty", "", "", 0},
		{"one character short", a[:len(a)-1], "", 0},
		{"one character more", a + "x", "", 0},
		{"capital letters", strings.ToUpper(a), "", 0},
		{"the hash itself", string(hashA[:]), "", 0},
		{"with space", " " + a, "", 0},
		{"very long", strings.Repeat("x", 1<<20), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := d.Lookup(c.key, now)
			require.Equal(t, c.tenant != "", ok)
			if !ok {
				require.Equal(t, Access{}, got)
				return
			}
			require.Equal(t, c.tenant, got.Tenant.ID)
			require.Equal(t, c.role, got.Role)
			require.Equal(t, HashKey(c.key), got.Key)
		})
	}
	_, ok := d.Lookup(b, now.Add(time.Second))
	require.False(t, ok, "an ended key is refused without a reload")
	require.Equal(t, "b", d.Tenant("b").ID)
	require.Nil(t, d.Tenant("c"))
	require.Nil(t, d.Tenant(""))
}

func TestDemoEndsWithTheFirstTenant(t *testing.T) {
	key, hash := NewKey()
	demo := Tenant{ID: "demo", Demo: true, Keys: []Key{{Hash: hash}}}
	d, err := NewDirectory([]Tenant{demo})
	require.NoError(t, err)
	require.True(t, d.Demo())
	_, ok := d.Lookup(key, time.Now())
	require.True(t, ok)

	require.NoError(t, d.Replace([]Tenant{demo, {ID: "real"}}))
	require.False(t, d.Demo())
	_, ok = d.Lookup(key, time.Now())
	require.False(t, ok, "the demonstration's keys are dead")
	require.Nil(t, d.Tenant("demo"))
	require.Len(t, d.Tenants(), 1)
}

func TestReplaceIsWholeOrNothing(t *testing.T) {
	key, hash := NewKey()
	d, err := NewDirectory([]Tenant{{ID: "a", Keys: []Key{{Hash: hash}}}})
	require.NoError(t, err)
	for name, bad := range map[string][]Tenant{
		"same id":        {{ID: "x"}, {ID: "x"}},
		"no id":          {{ID: "x"}, {}},
		"same key":       {{ID: "x", Keys: []Key{{Hash: hash}}}, {ID: "y", Keys: []Key{{Hash: hash}}}},
		"empty hash":     {{ID: "x", Keys: []Key{{}}}},
		"origin is none": {{ID: "x"}, {ID: "y", Origins: []string{"*"}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, d.Replace(bad))
			got, ok := d.Lookup(key, time.Now())
			require.True(t, ok)
			require.Equal(t, "a", got.Tenant.ID)
			require.Nil(t, d.Tenant("x"))
		})
	}
}

// A reader during a swap sees one of the two directories, whole.
func TestReplaceUnderReaders(t *testing.T) {
	first, hashFirst := NewKey()
	second, hashSecond := NewKey()
	one := []Tenant{{ID: "one", Keys: []Key{{Hash: hashFirst}, {Hash: hashSecond}}}}
	two := []Tenant{{ID: "two", Keys: []Key{{Hash: hashFirst}, {Hash: hashSecond}}}}
	d, err := NewDirectory(one)
	require.NoError(t, err)
	n := int(2000 * *scale)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range n {
				for _, key := range []string{first, second} {
					got, ok := d.Lookup(key, time.Now())
					if !ok || (got.Tenant.ID != "one" && got.Tenant.ID != "two") {
						t.Errorf("lookup during a swap: %v %v", got.Tenant, ok)
						return
					}
				}
			}
		})
	}
	for i := range n {
		if i%2 == 0 {
			require.NoError(t, d.Replace(two))
		} else {
			require.NoError(t, d.Replace(one))
		}
	}
	readers.Wait()
	t.Logf("n = %d swaps under 4 readers", n)
}

// What the caller does with its slices afterwards changes nothing here.
func TestDirectoryKeepsItsOwnCopy(t *testing.T) {
	in := []Tenant{{ID: "a", Origins: []string{"https://a.example:443"}, Avatars: []Avatar{{ID: "x"}}}}
	d, err := NewDirectory(in)
	require.NoError(t, err)
	in[0].Origins[0], in[0].Avatars[0].ID = "https://evil.test", "y"
	got := d.Tenant("a")
	require.True(t, got.AllowsOrigin("https://a.example"))
	require.False(t, got.AllowsOrigin("https://evil.test"))
	require.NotNil(t, got.Find("x"))
}

func BenchmarkLookup(b *testing.B) {
	key, hash := NewKey()
	tenants := []Tenant{{ID: "a", Keys: []Key{{Hash: hash}}}}
	d, err := NewDirectory(tenants)
	require.NoError(b, err)
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		d.Lookup(key, now)
	}
}
