package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// switchAvatar switches the rig's avatar off, or on with no reason.
func (r *rig) switchAvatar(reason string) {
	r.t.Helper()
	d := r.server.options.Directory
	changed := *d.Tenant("acme")
	changed.Avatars = append([]tenant.Avatar{}, changed.Avatars...)
	changed.Avatars[0].Off = nil
	if reason != "" {
		changed.Avatars[0].Off = &tenant.SwitchedOff{Reason: reason}
	}
	require.NoError(r.t, d.Replace([]tenant.Tenant{changed}))
	r.server.Narrow("acme", nil)
}

// An avatar that is switched off: whoever talks with it reads why and the
// session ends; whoever wants to is refused with the reason, over every way
// in; the page says it before anybody tries. On again, all of it works again.
func TestAvatarSwitchedOff(t *testing.T) {
	const why = "Wrong opening hours were said. We are putting it right."
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, func(o *Options, _ *tenant.Tenant) { o.PublicURL = "https://page.example" }).unlimited()
	secret := func() reply {
		return r.ask("POST", "/v1/realtime/client_secrets", http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/json"}}, strings.NewReader(`{"session":{"type":"realtime","model":"lumen"}}`))
	}
	c := r.connect()
	c.await("session.created", 1)
	require.Equal(t, 200, secret().status)

	r.switchAvatar(why)
	require.Equal(t, why, c.await("error", 1).at("error", "message"))
	_, reason := c.closed()
	require.Equal(t, "ended", reason)
	require.Eventually(t, func() bool { return len(r.server.Live("acme")) == 0 }, 30*time.Second, time.Millisecond)

	for name, got := range map[string]reply{
		"secret": secret(),
		"page token": r.ask("POST", "/v1/avatar/token", http.Header{"Origin": {r.origin}, "Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/json"}},
			strings.NewReader(`{"avatar":"lumen","locale":"en"}`)),
		"socket": r.ask("GET", "/v1/realtime?model=lumen", http.Header{
			"Authorization": {"Bearer " + r.key}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}}, nil),
	} {
		require.Equal(t, 403, got.status, name)
		var e struct {
			Error struct{ Code, Message string }
		}
		require.NoError(t, json.Unmarshal([]byte(got.body), &e), name)
		require.Equal(t, "avatar_off", e.Error.Code, name)
		require.Equal(t, why, e.Error.Message, name)
	}
	var page struct{ Avatars []struct{ Off string } }
	require.NoError(t, json.Unmarshal([]byte(r.ask("GET", "/v1/avatar/page", nil, nil).body), &page))
	require.Equal(t, why, page.Avatars[0].Off)

	r.switchAvatar("")
	require.Equal(t, 200, secret().status)
	again := r.connect()
	again.await("session.created", 1)
}

// A session that was let in before its avatar was switched off, and begins
// after it, ends at once.
func TestSwitchedOffAtTheDoor(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	who := &caller{tenant: r.server.options.Directory.Tenant("acme")}
	who.avatar = who.tenant.Find("")
	c, code := r.server.open(who)
	require.Empty(t, code)
	r.switchAvatar("Closed.")
	c.mu.Lock()
	c.session, _ = session.New(time.Now(), c.rules, session.Written)
	over := c.beganSwitchedOff(time.Now())
	c.flush(mine)
	if !over {
		require.NoError(t, c.deliver(session.HungUp{Reason: session.Ended}, mine))
	}
	require.True(t, over)
	require.Zero(t, r.server.Sessions())
}
