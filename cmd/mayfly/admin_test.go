package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// C4: of many who change one version at once, one does; the others are told
// which number is current, and nothing of theirs is applied.
func TestAdminRace(t *testing.T) {
	c := newCampus(t)
	before, err := c.recorder.Tenant(t.Context(), mine)
	require.NoError(t, err)
	var won, stale atomic.Int32
	var wg sync.WaitGroup
	var mu sync.Mutex // ask counts its addresses
	for n := range 50 {
		wg.Go(func() {
			mu.Lock()
			from := c.address()
			mu.Unlock()
			got := c.askFrom(from, mine+" admin", "PATCH", "/v1/admin/tenant", fmt.Sprintf(`{"name":"Name %d"}`, n), fmt.Sprintf("If-Match: %q", fmt.Sprint(before.Number)))
			switch got.status {
			case http.StatusOK:
				won.Add(1)
			case http.StatusPreconditionFailed:
				stale.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.EqualValues(t, 49, stale.Load())
	after, err := c.recorder.Tenant(t.Context(), mine)
	require.NoError(t, err)
	require.Equal(t, before.Number+1, after.Number)
}

// R10: with the switch, over the real recorder: what was stored can be read
// for the purpose that the person was told, once it is erased nobody can, and
// with recording forced off nothing more comes.
func TestAdminStored(t *testing.T) {
	c := newCampus(t)
	at := "/v1/admin/transcripts/" + c.objects[mine]["transcripts"]
	for form, want := range map[string]string{"json": "application/json", "jsonl": "application/jsonl", "text": "text/plain", "vtt": "text/vtt"} {
		got := c.ask(mine+" admin", "GET", at+"?purpose=quality&form="+form, "")
		require.Equal(t, 200, got.status, got.body)
		require.Contains(t, got.body, "ACME-CANARY", form)
		require.Contains(t, got.head, "Content-Type: "+want)
	}
	require.Equal(t, 403, c.ask(mine+" admin", "GET", at+"?purpose=learning", "").status)
	require.Equal(t, 403, c.ask(mine+" reviewer", "GET", at+"?purpose=quality", "").status)

	// A hold is confirmed by another than who placed it, once, and keeps.
	hold := fmt.Sprintf(`{"kind":"session","value":%q,"reason":"legal_claim","case":"7-O-12","review":%q}`, c.objects[mine]["transcripts"], time.Now().Add(72*time.Hour).Format(time.DateOnly))
	placed := c.ask(mine+" admin", "POST", "/v1/admin/holds", hold)
	require.Equal(t, 201, placed.status, placed.body)
	var made struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(placed.body), &made))
	confirm := func(as string) int {
		return c.ask(mine+as, "POST", "/v1/admin/holds/"+made.ID+"/confirm", "").status
	}
	require.Equal(t, 403, confirm(" admin"))
	require.Equal(t, 204, confirm(" spare"))
	require.Equal(t, 409, confirm(" spare"))
	require.Equal(t, 409, c.ask(mine+" admin", "DELETE", at, "").status)
	require.Equal(t, 204, c.ask(mine+" admin", "DELETE", "/v1/admin/holds/"+made.ID, "").status)
	require.Equal(t, 200, c.ask(mine+" admin", "DELETE", at, "").status)
	require.Equal(t, 404, c.ask(mine+" admin", "GET", at+"?purpose=quality", "").status)
	require.Equal(t, 404, c.ask(mine+" admin", "DELETE", at, "").status)

	// Forced off, then a turn that a session still grants.
	require.Equal(t, 200, c.ask(mine+" admin", "PUT", "/v1/admin/recording/off", `{"reason":"an incident"}`).status)
	require.Error(t, c.keep(mine, newID(), oneTurn(t, "late")))
	require.NoError(t, c.keep(theirs, newID(), oneTurn(t, "theirs")), "the other's goes on")
	require.Equal(t, 200, c.ask(mine+" admin", "DELETE", "/v1/admin/recording/off", "").status)
	require.NoError(t, c.keep(mine, newID(), oneTurn(t, "on again")))

	// The last admin key that works has no revocation.
	var keys struct {
		Keys []struct {
			ID, Role, Kind string
			Works, Own     bool
		}
	}
	require.NoError(t, json.Unmarshal([]byte(c.ask(mine+" admin", "GET", "/v1/admin/keys", "").body), &keys))
	var own string
	for _, k := range keys.Keys {
		switch {
		case k.Own:
			own = k.ID
		case k.Works && k.Role == "admin":
			require.Equal(t, 204, c.ask(mine+" admin", "DELETE", "/v1/admin/keys/"+k.ID, "").status)
		}
	}
	require.Equal(t, 409, c.ask(mine+" admin", "DELETE", "/v1/admin/keys/"+own, "").status)
	require.Equal(t, 401, c.ask(mine+" spare", "GET", "/v1/admin/whoami", "").status)
	require.Equal(t, 401, c.ask(mine+" signed in", "GET", "/v1/admin/whoami", "").status)
}

// B4: an admin of a tenant cannot make the gateway speak with what only it can
// reach: its own machine and the networks that are not public.
func TestAdminBackEnd(t *testing.T) {
	c := newCampus(t)
	now, err := c.recorder.Tenant(t.Context(), mine)
	require.NoError(t, err)
	for _, address := range []string{
		"http://127.0.0.1:11434/v1", "https://10.0.0.1/v1", "https://192.168.1.1/v1",
		"https://169.254.169.254/v1", "https://[::1]/v1", "https://[fd00::1]/v1", "https://[::ffff:127.0.0.1]/v1", "https://0.0.0.0/v1",
	} {
		body := fmt.Sprintf(`{"avatars":[{"id":"ada","name":"Ada","backend":{"url":%q,"model":"m"}}]}`, address)
		got := c.ask(mine+" admin", "PATCH", "/v1/admin/tenant", body, fmt.Sprintf("If-Match: %q", fmt.Sprint(now.Number)))
		require.Equal(t, 400, got.status, "%s: %s", address, got.body)
		require.Contains(t, got.body, "invalid_fields")
		after, err := c.recorder.Tenant(t.Context(), mine)
		require.NoError(t, err)
		require.Equal(t, now.Number, after.Number)
	}
	// What a name means is looked at when it is dialled (gateway/egress).
	body := `{"avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://model.example/v1","model":"m"}}]}`
	require.Equal(t, 200, c.ask(mine+" admin", "PATCH", "/v1/admin/tenant", body, fmt.Sprintf("If-Match: %q", fmt.Sprint(now.Number))).status)
}

// A flood without credentials, or with wrong ones, keeps no admin out who is
// behind the same address.
func TestAdminIsNotLockedOut(t *testing.T) {
	c := newCampus(t)
	const from = "192.0.2.9:1000"
	limited := 0
	for range 600 {
		if c.askFrom(from, "", "GET", "/v1/admin/whoami", "").status == http.StatusTooManyRequests {
			limited++
		}
		if c.askFrom(from, "", "GET", "/v1/admin/whoami", "", "Authorization: Bearer mak_"+strings.Repeat("x", 43)).status == http.StatusTooManyRequests {
			limited++
		}
	}
	require.NotZero(t, limited)
	got := c.askFrom(from, mine+" admin", "PUT", "/v1/admin/recording/off", `{"reason":"an incident"}`)
	require.Less(t, got.status, 300, got.body)
}
