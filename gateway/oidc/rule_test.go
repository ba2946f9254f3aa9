package oidc

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

func claimsOf(t testing.TB, text string) claims {
	t.Helper()
	var c claims
	require.NoError(t, json.Unmarshal([]byte(text), &c))
	return c
}

func anyTenant(id string) (string, bool) { return id, true }

// What a claim says and what a rule says are the same to the letter, or the
// rule does not hold. // R74
func TestRuleHolds(t *testing.T) {
	for _, c := range []struct {
		claim, value, said string
		holds              bool
	}{
		{"groups", "a", `{"groups":"a"}`, true},
		{"groups", "a", `{"groups":["a"]}`, true},
		{"groups", "a", `{"groups":["b","a","c"]}`, true},
		{"groups", "a", `{"groups":["\u0061"]}`, true},
		{"groups", "a", `{"groups":[1,null,{"a":1},["x"],"a"]}`, true},
		{"groups", "/acme/admins", `{"groups":["/acme/admins"]}`, true},
		{"https://acme.example/roles", "a", `{"https://acme.example/roles":["a"]}`, true},
		{"groups", "Gäste", `{"groups":"Gäste"}`, true},
		{"sub", "248289761001", `{"sub":"248289761001"}`, true},

		{"groups", "a", `{}`, false},
		{"groups", "a", `{"groups":null}`, false},
		{"groups", "a", `{"groups":[]}`, false},
		{"groups", "a", `{"groups":"b"}`, false},
		{"groups", "a", `{"groups":["b"]}`, false},
		{"groups", "a", `{"group":["a"]}`, false},
		{"groups", "a", `{"Groups":["a"]}`, false},
		{"groups", "a", `{"roles":["a"]}`, false},

		// Another case, a part, or more.
		{"groups", "acme-admins", `{"groups":["Acme-Admins","ACME-ADMINS"]}`, false},
		{"groups", "acme-admins", `{"groups":["acme-admin","acme-adminss","x-acme-admins","acme-admins-x"]}`, false},
		{"groups", "acme-admins", `{"groups":["acme-admins "," acme-admins","acme-admins\n","acme-admins\u0000","acme-admins\u200b"]}`, false},
		{"groups", "acme", `{"groups":"acme,beta"}`, false},
		{"groups", "acme", `{"groups":"acme beta"}`, false},
		{"groups", "acme", `{"groups":"[\"acme\"]"}`, false},
		{"groups", "acme", `{"groups":"{\"acme\":1}"}`, false},

		// What looks like a pattern is none, on either side.
		{"groups", "*", `{"groups":["acme-admins"]}`, false},
		{"groups", "acme-*", `{"groups":["acme-admins"]}`, false},
		{"groups", ".*", `{"groups":["acme-admins"]}`, false},
		{"groups", "acme-admin?", `{"groups":["acme-admins"]}`, false},
		{"groups", "%", `{"groups":["acme-admins"]}`, false},
		{"groups", "^acme", `{"groups":["acme-admins"]}`, false},
		{"groups", "acme-admins", `{"groups":["*"]}`, false},
		{"groups", "acme-admins", `{"groups":"*"}`, false},
		{"groups", "acme-admins", `{"groups":["acme-*",".*","%","acme-admin_"]}`, false},
		{"groups", "", `{"groups":""}`, false},
		{"groups", "", `{"groups":[""]}`, false},
		{"", "a", `{"":["b"]}`, false},

		// Letters that look alike, and other forms of the same letter.
		{"groups", "acme-admins", `{"groups":["асme-admins","acme‑admins","acme–admins","ａｃｍｅ-admins","acme-adm\u0131ns"]}`, false},
		{"groups", "Gäste", `{"groups":["Ga\u0308ste"]}`, false},
		{"groups", "K", `{"groups":["\u212a"]}`, false},
		{"groups", "strasse", `{"groups":["straße"]}`, false},

		// What is neither text nor a list of text.
		{"groups", "a", `{"groups":{"a":true}}`, false},
		{"groups", "a", `{"groups":{"a":["a"]}}`, false},
		{"groups", "a", `{"groups":[{"a":"a"}]}`, false},
		{"groups", "a", `{"groups":[{"name":"a"}]}`, false},
		{"groups", "a", `{"groups":[["a"]]}`, false},
		{"groups.0", "a", `{"groups":["a"]}`, false},
		{"realm_access.roles", "a", `{"realm_access":{"roles":["a"]}}`, false},
		{"groups", "true", `{"groups":true}`, false},
		{"groups", "true", `{"groups":[true]}`, false},
		{"groups", "1", `{"groups":1}`, false},
		{"groups", "1", `{"groups":[1,1.0]}`, false},
		{"groups", "null", `{"groups":null}`, false},
		{"groups", "null", `{"groups":[null]}`, false},

		// An address that nobody has looked at can be anybody's.
		{"email", "ada@acme.example", `{"email":"ada@acme.example"}`, false},
		{"email", "ada@acme.example", `{"email":"ada@acme.example","email_verified":false}`, false},
		{"email", "ada@acme.example", `{"email":"ada@acme.example","email_verified":"true"}`, false},
		{"email", "ada@acme.example", `{"email":"ada@acme.example","email_verified":1}`, false},
		{"email", "ada@acme.example", `{"email":"ada@acme.example","Email_Verified":true}`, false},
		{"email", "ada@acme.example", `{"email":"ada@acme.example","email_verified":true}`, true},
		{"email", "ada@acme.example", `{"email":"Ada@acme.example","email_verified":true}`, false},
		{"email", "acme.example", `{"email":"ada@acme.example","email_verified":true}`, false},

		// What stands elsewhere, under a name that says so, is not fetched.
		{"groups", "a", `{"_claim_names":{"groups":"s"},"_claim_sources":{"s":{"endpoint":"https://evil.example"}}}`, false},
	} {
		rule := tenant.OIDCRule{Claim: c.claim, Value: c.value, Tenant: "acme", Role: tenant.Admin}
		got := grants([]tenant.OIDCRule{rule}, claimsOf(t, c.said), anyTenant)
		require.Equal(t, c.holds, len(got) == 1, "%s = %q of %s", c.claim, c.value, c.said)
	}
}

// Whom two rules give both roles is an admin, in whatever order they stand; a
// caller nobody is.
func TestRoles(t *testing.T) {
	said := claimsOf(t, `{"groups":["a","b"]}`)
	admin := tenant.OIDCRule{Claim: "groups", Value: "a", Tenant: "acme", Role: tenant.Admin}
	reviewer := tenant.OIDCRule{Claim: "groups", Value: "b", Tenant: "acme", Role: tenant.Reviewer}
	for _, rules := range [][]tenant.OIDCRule{{admin, reviewer}, {reviewer, admin}} {
		require.Equal(t, []grant{{"acme", "acme", tenant.Admin}}, grants(rules, said, anyTenant))
	}
	require.Equal(t, []grant{{"acme", "acme", tenant.Reviewer}}, grants([]tenant.OIDCRule{reviewer}, said, anyTenant))
	caller := tenant.OIDCRule{Claim: "groups", Value: "a", Tenant: "acme", Role: tenant.Caller}
	require.Empty(t, grants([]tenant.OIDCRule{caller}, said, anyTenant))
}

// Many tenants with rules that resemble each other, many people: what opens is
// what a second reading of the rules says, through the whole way. // R74
func TestNobodyOpensAnothersTenant(t *testing.T) {
	values := []string{"a", "A", "a ", "aa", "b", "а", "ａ", "*", "a*", "?", "a,b", "[a]", "á", "a\u0301", "acme", "acme-admins", "admins", "/a", "a/b", "a/*"}
	claimNames := []string{"groups", "roles", "Groups", "email", "sub"}
	tenants := []string{"acme", "beta", "gamma"}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	r := newRig(t)
	n, opened := int(150**scale), 0
	for range n {
		var rules []tenant.OIDCRule
		for range 1 + random.IntN(12) {
			rules = append(rules, tenant.OIDCRule{Claim: pick(claimNames), Value: pick(values), Tenant: pick(tenants), Role: tenant.Admin})
		}
		r.SetRules(rules)
		said := map[string]any{"sub": pick(values), "groups": nil}
		for _, name := range claimNames[:4] {
			var of any
			switch random.IntN(6) {
			case 0:
				of = pick(values)
			case 1:
				of = map[string]any{pick(values): pick(values)}
			case 2:
				of = []any{pick(values), []any{pick(values)}, map[string]any{"name": pick(values)}, 1, true}
			case 3:
				var list []any
				for range 8 {
					list = append(list, pick(values))
				}
				of = list
			case 4:
				of = []any{}
			default:
				continue
			}
			said[name] = of
		}
		said["email_verified"] = random.IntN(2) == 0

		// The second reading: written apart, in terms of Go's own values.
		want := map[string]bool{}
		for _, rule := range rules {
			has := []any{said[rule.Claim]}
			if list, ok := said[rule.Claim].([]any); ok {
				has = list
			}
			if slices.Contains(has, any(rule.Value)) && (rule.Claim != "email" || said["email_verified"] == true) {
				want[rule.Tenant] = true
			}
		}
		for _, id := range tenants {
			b := r.begin()
			before := len(r.links)
			w := b.back(said)
			secret, offers := offered(w)
			require.Len(t, offers, len(want), "%v: %v", rules, said)
			code := r.redeem(secret, b.verifier, id).Code
			require.Equal(t, want[id], code == http.StatusOK, "%s: %v: %v", id, rules, said)
			require.Equal(t, want[id], len(r.links) > before)
			if want[id] {
				require.Equal(t, id, r.links[before].Tenant)
				opened++
			}
		}
		if len(want) == 0 {
			require.NotEmpty(t, r.refused)
		}
	}
	require.Greater(t, opened, n/10)
	require.Less(t, opened, n)
	t.Logf("n = %d sets of rules, each for %d tenants; %d opened", n, len(tenants), opened)
}

// Whom no rule lets in reads neither the name of a tenant nor a rule.
func TestRefusalNamesNobody(t *testing.T) {
	r := newRig(t)
	w := r.begin().back(map[string]any{"groups": []string{"students"}})
	require.Equal(t, http.StatusForbidden, w.Code)
	r.requireNothing(w)
	for _, word := range []string{"acme", "Acme", "groups", "students", "CANARY", "sub-"} {
		require.NotContains(t, w.Body.String(), word)
	}
	require.Len(t, r.refused, 1)
	require.NotContains(t, fmt.Sprint(r.refused), "CANARY")
	require.True(t, strings.Contains(w.Body.String(), "Nothing here is open to you"))
}
