package admin

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Who a provider names is one person, however often they sign in: they are no
// second admin to themselves, and ending one of their sign-ins ends all. What
// came of links that anybody could have used stays apart. // R74
func TestPersonIsOne(t *testing.T) {
	w := newWorld(t)
	ada, bob := Person{ID: newID(), By: "Example SSO"}, Person{ID: newID(), By: "Example SSO"}
	for as, p := range map[string]Person{"ada": ada, "ada again": ada, "bob": bob, "a link": {}, "a link again": {}} {
		secret, err := w.links.NewFor(p, "acme", tenant.Admin, w.at)
		require.NoError(t, err)
		var in signInAnswer
		w.ask("", "POST", "signin", `{"link":"`+secret+`"}`).into(t, &in)
		w.keys[as] = in.Token
		if p.ID.IsZero() {
			require.Equal(t, "one-time link", in.Key.Name)
		} else {
			require.Equal(t, "Example SSO", in.Key.Name)
			require.Equal(t, p.ID.String(), in.Key.ID)
		}
	}
	id := func(as string) string {
		var who WhoAnswer
		w.ask(as, "GET", "whoami", "").into(t, &who)
		return who.Key.ID
	}
	require.Equal(t, id("ada"), id("ada again"))
	require.NotEqual(t, id("ada"), id("bob"))
	require.NotEqual(t, id("a link"), id("a link again"))

	require.Equal(t, 200, w.ask("ada", "PATCH", "tenant", `{"policy":{"second_admin":true}}`, `If-Match: "1"`).status)
	require.Equal(t, 202, w.ask("ada", "PATCH", "tenant", `{"policy":{"second_admin":false}}`, `If-Match: "2"`).status)
	require.Equal(t, "other_admin_required", w.ask("ada again", "POST", "proposals/1/confirm", "").code())
	require.Equal(t, 200, w.ask("bob", "POST", "proposals/1/confirm", "").status)

	require.Equal(t, 204, w.ask("bob", "DELETE", "keys/"+id("ada"), "").status)
	require.Equal(t, 401, w.ask("ada", "GET", "whoami", "").status)
	require.Equal(t, 401, w.ask("ada again", "GET", "whoami", "").status)
	require.Equal(t, 200, w.ask("bob", "GET", "whoami", "").status)
}
