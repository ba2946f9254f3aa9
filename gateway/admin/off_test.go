package admin

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// An avatar is switched off and on again: each a version that history shows
// and that can be undone, durable before any session hears of it.
func TestSwitchAvatarOff(t *testing.T) {
	w := newWorld(t)
	w.live.sessions["acme"] = []LiveSession{{ID: newID(), Avatar: "ada"}, {ID: newID(), Avatar: "bob"}, {ID: newID(), Avatar: "ada"}}
	const why = `{"reason":"It told people the wrong hours."}`
	heard := 0
	w.live.seen = func() {
		heard++
		require.Len(t, w.store.of["acme"].versions, 2, "told before it was durable")
		require.Equal(t, "It told people the wrong hours.", w.options.Directory.Tenant("acme").Find("ada").Off.Reason)
	}
	got := w.ask("acme admin", "PUT", "avatars/ada/off", why)
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, 1, heard)
	w.live.seen = nil
	var did changeAnswer
	got.into(t, &did)
	require.EqualValues(t, 2, did.Number)
	require.Equal(t, 2, did.Applied.Ended)
	require.Equal(t, []changedAnswer{{Key: "avatars[ada].off.reason", After: "It told people the wrong hours."}}, did.Changed)
	require.Equal(t, []session.FactKind{session.TenantChanged}, w.store.kinds("acme"))
	require.Nil(t, w.options.Directory.Tenant("acme").Find("bob").Off)

	// The same again changes nothing; another reason is another version.
	require.Equal(t, 200, w.ask("acme admin", "PUT", "avatars/ada/off", why).status)
	require.Len(t, w.store.of["acme"].versions, 2)

	got = w.ask("acme admin", "DELETE", "avatars/ada/off", "")
	require.Equal(t, 200, got.status, got.body)
	require.Nil(t, w.options.Directory.Tenant("acme").Find("ada").Off)
	require.Equal(t, w.store.of["acme"].versions[0].Hash, w.store.of["acme"].versions[2].Hash, "nothing else was changed")

	// Undone by history like anything else.
	require.Equal(t, 200, w.ask("acme admin", "POST", "versions/2/restore", "", `If-Match: "3"`).status)
	require.NotNil(t, w.options.Directory.Tenant("acme").Find("ada").Off)
	require.Equal(t, 200, w.ask("acme admin", "POST", "versions/1/restore", "", `If-Match: "4"`).status)
	require.Nil(t, w.options.Directory.Tenant("acme").Find("ada").Off)
}

// Who may not, what is not there, and a reason that is none.
func TestSwitchAvatarOffRefused(t *testing.T) {
	w := newWorld(t)
	const why = `{"reason":"x"}`
	for _, one := range []struct {
		as, method, path, body string
		status                 int
		code                   string
	}{
		{"acme reviewer", "PUT", "avatars/ada/off", why, 403, "role_not_sufficient"},
		{"acme caller", "PUT", "avatars/ada/off", why, 403, "role_not_sufficient"},
		{"acme admin", "PUT", "avatars/nobody/off", why, 404, "nothing_here"},
		{"acme admin", "DELETE", "avatars/nobody/off", "", 404, "nothing_here"},
		{"acme admin", "PUT", "avatars/ada/off", `{}`, 400, "invalid_fields"},
		{"acme admin", "PUT", "avatars/ada/off", `{"reason":" "}`, 400, "invalid_fields"},
		{"acme admin", "PUT", "avatars/ada/off", `{"reason":1}`, 400, "invalid_fields"},
		{"file admin", "PUT", "avatars/ada/off", why, 409, "managed_by_file"},
	} {
		got := w.ask(one.as, one.method, one.path, one.body)
		require.Equal(t, one.status, got.status, "%+v %s", one, got.body)
		require.Equal(t, one.code, got.code(), "%+v", one)
	}
	require.Len(t, w.store.of["acme"].versions, 1)

	w.store.down = errors.New("the disk is gone")
	require.GreaterOrEqual(t, w.ask("acme admin", "PUT", "avatars/ada/off", why).status, 500)
}
