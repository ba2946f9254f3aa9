package oidctest

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

func everybody() people {
	return people{
		"CANARY-sub-1": {"ada", []string{"staff", "acme-admins"}},
		"CANARY-sub-2": {"bea", "beta-reviewers"},
		"CANARY-sub-3": {"cleo", []string{"Acme-Admins", "acme-admins-x", "*", "асme-admins", "gamma "}},
		"CANARY-sub-4": {"dora", []string{"gamma", "acme-admins"}},
		"CANARY-sub-6": {"fay", []string{"staff", "acme-desk"}},
		"CANARY-sub-7": {"gil", []string{"acme-desk"}},
		"CANARY-sub-5": {"eve", map[string]any{"acme-admins": true, "gamma": []string{"gamma"}}},
	}
}

// start runs both, each knowing the other.
func start(t *testing.T) (*gateway, *provider) {
	t.Helper()
	g := newGateway(t, started.FreePort(t))
	p := startProvider(t, everybody(), g.url+"/v1/admin/oidc/callback")
	g.write(p.URL, rules)
	g.start()
	return g, p
}

// Each gets in where the rules say, as what they say, and nowhere else; and
// nothing of who they are stays. // R74
func TestSignIn(t *testing.T) {
	g, provider := start(t)
	for name, want := range map[string]map[string]string{
		"ada":  {"acme": "admin"},
		"bea":  {"beta": "reviewer"},
		"cleo": nil,
		"dora": {"acme": "admin", "gamma": "admin"},
		"eve":  nil,
	} {
		for _, chosen := range []string{"acme", "beta", "gamma"} {
			p := g.open()
			back := provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), name)
			require.Equal(t, g.url, back.Scheme+"://"+back.Host)
			status, text := p.window(back.String())
			secret, tenants := offered(text)
			require.Len(t, tenants, len(want), name)
			for _, word := range []string{"CANARY", "canary", name + "@"} {
				require.NotContains(t, text, word)
			}
			if len(want) == 0 {
				require.Equal(t, http.StatusForbidden, status)
				for _, word := range []string{"Acme", "Beta", "Gamma", "acme", "beta", "gamma"} {
					require.NotContains(t, text, word)
				}
				continue
			}
			require.Equal(t, http.StatusOK, status)
			token, who := p.redeem(secret, chosen)
			if want[chosen] == "" {
				require.Empty(t, token, "%s at %s", name, chosen)
				continue
			}
			require.Equal(t, chosen, who["tenant"].(map[string]any)["id"])
			require.Equal(t, want[chosen], who["role"])
			key := who["key"].(map[string]any)
			require.Equal(t, "sign_in", key["kind"])
			require.Equal(t, "Example SSO", key["name"])
			until, err := time.Parse(time.RFC3339, who["expires_at"].(string))
			require.NoError(t, err)
			require.LessOrEqual(t, time.Until(until), 8*time.Hour)

			// The facts say that somebody signed in, and by the same name.
			status, facts := p.ask("GET", "facts", token, nil)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, p.seen.String(), "signed_in")
			require.NotEmpty(t, facts)
			require.Contains(t, p.seen.String(), key["id"])
			require.NotContains(t, strings.ToLower(p.seen.String()), "canary")
			// What it opens is one tenant, whatever is asked for.
			status, _ = p.ask("GET", "tenant", token, nil)
			require.Equal(t, want[chosen] == "admin", status == http.StatusOK)
			require.NotContains(t, p.seen.String(), map[string]string{"acme": "Beta College", "beta": "Acme University", "gamma": "Acme University"}[chosen])

			// Nothing is good for a second time.
			again, _ := p.redeem(secret, chosen)
			require.Empty(t, again)
			status, _ = p.window(back.String())
			require.Equal(t, http.StatusBadRequest, status)
		}
	}

	// Neither the log nor a file in the data folder knows who they are.
	require.NotContains(t, strings.ToLower(g.Said.String()), "canary")
	files := 0
	require.NoError(t, filepath.WalkDir(g.Data(), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, strings.ToLower(string(data)), "canary", path)
		require.NotContains(t, string(data), clientSecret, path)
		files++
		return nil
	}))
	require.Greater(t, files, 1)
}

// A code is good for the sign-in that it was given for, once.
func TestCodes(t *testing.T) {
	g, provider := start(t)
	victim, attacker := g.open(), g.open()
	back := provider.signIn(t, victim.browser, follow(t, victim.browser, victim.startURL()).String(), "ada")
	own := follow(t, attacker.browser, attacker.startURL())

	// Into the attacker's own sign-in: the provider refuses the verifier.
	injected := *back
	query := injected.Query()
	query.Set("state", own.Query().Get("state"))
	injected.RawQuery = query.Encode()
	status, text := attacker.window(injected.String())
	require.Equal(t, http.StatusBadGateway, status)
	secret, _ := offered(text)
	require.Empty(t, secret)

	// The attacker's address, opened by the victim: the victim's page shows
	// another verifier.
	back = provider.signIn(t, attacker.browser, follow(t, attacker.browser, attacker.startURL()).String(), "ada")
	_, text = victim.window(back.String())
	secret, _ = offered(text)
	require.NotEmpty(t, secret)
	token, _ := victim.redeem(secret, "acme")
	require.Empty(t, token)
	token, _ = attacker.redeem(secret, "acme")
	require.Empty(t, token)
}

// While the provider is down keys work, and the page says that they do; a rule
// that is taken out of the file opens nothing any more.
func TestProviderDownAndRuleTakenOut(t *testing.T) {
	g, provider := start(t)
	p := g.open()
	back := provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), "ada")
	_, text := p.window(back.String())
	secret, _ := offered(text)
	token, _ := p.redeem(secret, "acme")
	require.NotEmpty(t, token)

	g.write(provider.URL, rules[1:])
	g.Signal(syscall.SIGHUP)
	require.Eventually(t, func() bool {
		p := g.open()
		back := provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), "ada")
		status, _ := p.window(back.String())
		return status == http.StatusForbidden
	}, 30*time.Second, 100*time.Millisecond)

	// A rule for a tenant that is none is a mistake: the former rules stay.
	g.write(provider.URL, append(rules[:1:1], "{claim: groups, value: staff, tenant: delta, role: admin}"))
	g.Signal(syscall.SIGHUP)
	require.Eventually(t, func() bool {
		return strings.Contains(g.Said.String(), "oidc.rules[1].tenant: there is no such tenant")
	}, 30*time.Second, 100*time.Millisecond)
	p = g.open()
	back = provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), "ada")
	status, _ := p.window(back.String())
	require.Equal(t, http.StatusForbidden, status)

	// Down while somebody is there, and before anybody is.
	p = g.open()
	back = provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), "dora")
	provider.Close()
	status, text = p.window(back.String())
	require.Equal(t, http.StatusBadGateway, status)
	require.Contains(t, text, "Keys and one-time links still work")
	status, _ = p.ask("GET", "whoami", g.key, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, g.Said.String(), "the sign-in provider does not answer")
}

// What cannot be meant keeps the gateway from starting, with where it stands
// and what to do.
func TestDoesNotStart(t *testing.T) {
	for name, c := range map[string]struct {
		change func(string) string
		says   string
	}{
		"no such tenant": {func(s string) string { return strings.Replace(s, "tenant: gamma", "tenant: delta", 1) }, "mayfly.yaml:16:45: oidc.rules[2].tenant: there is no such tenant; correct the name"},
		"no address":     {func(s string) string { return strings.Replace(s, "public_url", "# public_url", 1) }, "give public_url (--public-url)"},
		"no secret":      {func(s string) string { return strings.Replace(s, "client.secret", "missing.secret", 1) }, "oidc.client_secret_file: this file cannot be found"},
		"a cloud": {func(s string) string {
			return strings.Replace(s, "https://login.example", "https://169.254.169.254", 1)
		}, "may not be reached"},
	} {
		g := newGateway(t, started.FreePort(t))
		g.write("https://login.example", rules)
		text, err := os.ReadFile(g.Config())
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(g.Config(), []byte(c.change(string(text))), 0o600))
		said, err := g.Serving("127.0.0.1:0").CombinedOutput()
		require.Error(t, err, name)
		require.Contains(t, string(said), c.says, name)
	}
}
