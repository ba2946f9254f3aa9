package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// ask makes a request with the key of "tenant role"; head holds more headers
// as "Name: value".
func (w *world) ask(as, method, path, body string, head ...string) answer {
	// Each from an address of its own: wrong keys are counted by address.
	n := w.asked.Add(1)
	return w.askFrom(fmt.Sprintf("198.18.%d.%d:1000", n/256%256, n%256), w.keys[as], method, path, body, head...)
}

func (w *world) askFrom(from, secret, method, path, body string, head ...string) answer {
	var content *strings.Reader
	if !strings.HasPrefix(path, "/audit/") {
		path = Prefix + path
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, nil)
	if body != "" {
		content = strings.NewReader(body)
		r = httptest.NewRequestWithContext(w.t.Context(), method, path, content)
		r.Header.Set("Content-Type", "application/json")
	}
	r.RemoteAddr = from
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	for _, h := range head {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res := httptest.NewRecorder()
	w.ServeHTTP(res, r)
	got := answer{res.Code, res.Header(), res.Body.String()}
	got.holdBody(w.t)
	d, err := documentOf()
	require.NoError(w.t, err)
	d.hold(w.t, r, got)
	return got
}

// The main path: recording is switched on, and off again.
func TestToggle(t *testing.T) {
	w := newWorld(t)
	w.live.sessions["acme"] = []LiveSession{{ID: newID(), Avatar: "ada", Recording: "off"}, {ID: newID(), Avatar: "bob", Recording: "off"}}

	got := w.ask("acme admin", "GET", "tenant", "")
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, []string{`"1"`}, got.header["Etag"])
	var now tenantAnswer
	got.into(t, &now)
	require.True(t, now.Editable)
	require.EqualValues(t, 1, now.Number)

	got = w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "1"`)
	require.Equal(t, 200, got.status, got.body)
	var did changeAnswer
	got.into(t, &did)
	require.EqualValues(t, 2, did.Number)
	require.Contains(t, did.Changed, changedAnswer{Key: "policy.transcript", After: "true"})
	require.Equal(t, 2, did.Applied.Live)
	require.Equal(t, 2, did.Applied.StayUnrecorded) // R12: who was not asked stays unrecorded
	require.Equal(t, []string{`"2"`}, got.header["Etag"])
	require.Equal(t, map[string]bool{"ada": true, "bob": true}, w.store.of["acme"].recording)
	require.Equal(t, []session.FactKind{session.TenantChanged, session.RecordingAllowed}, w.store.kinds("acme"))
	require.True(t, w.options.Directory.Tenant("acme").Policy.Transcript)

	// The same again changes nothing and makes no version.
	got = w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "2"`)
	got.into(t, &did)
	require.EqualValues(t, 2, did.Number)
	require.Empty(t, did.Changed)

	// R10: by the time that a session hears of it, it is durable and the
	// directory has it.
	heard := 0
	w.live.seen = func() {
		heard++
		require.Len(t, w.store.of["acme"].versions, 3)
		require.False(t, w.options.Directory.Tenant("acme").Policy.Transcript)
	}
	got = w.ask("acme admin", "PATCH", "tenant", `{"policy":{"transcript":false}}`, `If-Match: "2"`)
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, 1, heard)
	w.live.seen = nil
	did = changeAnswer{}
	got.into(t, &did)
	require.EqualValues(t, 3, did.Number)
	require.Equal(t, 2, did.Applied.Narrowed)
	require.Zero(t, did.Applied.StayUnrecorded)
	require.Equal(t, map[string]bool{"ada": false, "bob": false}, w.store.of["acme"].recording)
	kinds := w.store.kinds("acme")
	require.Equal(t, session.RecordingForbidden, kinds[len(kinds)-1])
	require.Equal(t, "beta", w.options.Directory.Tenant("beta").ID)
	require.Len(t, w.store.of["beta"].versions, 1)

	// Roll-back is a new version.
	got = w.ask("acme admin", "POST", "versions/2/restore", "", `If-Match: "3"`)
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &did)
	require.EqualValues(t, 4, did.Number)
	require.Len(t, w.store.of["acme"].versions, 4)
	require.Equal(t, w.store.of["acme"].versions[1].Hash, w.store.of["acme"].versions[3].Hash)
	got = w.ask("acme admin", "GET", "versions?limit=2", "")
	var page versionsAnswer
	got.into(t, &page)
	require.Len(t, page.Versions, 2)
	require.EqualValues(t, 3, page.Next)
	got = w.ask("acme admin", "GET", "versions?before=3", "")
	page = versionsAnswer{}
	got.into(t, &page)
	require.Len(t, page.Versions, 2)
	require.Zero(t, page.Next)
	var one versionAnswer
	w.ask("acme admin", "GET", "versions/2", "").into(t, &one)
	require.Contains(t, one.Changed, changedAnswer{Key: "policy.transcript", After: "true"})
}

// A change without the number of what it changes, or with an old one, changes
// nothing, and says what to do.
func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"PATCH", "PUT"} {
		for _, head := range []string{"X: y", "If-Match: *", "If-Match: 1", `If-Match: "01"`, `If-Match: W/"1"`, `If-Match: "1", "2"`, `If-Match: ""`, `If-Match: "x"`} {
			got := w.ask("acme admin", method, "tenant", recorded, head)
			require.Equal(t, 428, got.status, head)
			require.Equal(t, "version_required", got.code())
		}
	}
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "1"`).status)
	got := w.ask("acme admin", "PATCH", "tenant", `{"policy":{"transcript":false}}`, `If-Match: "1"`)
	require.Equal(t, 412, got.status)
	require.Equal(t, "version_stale", got.code())
	require.Equal(t, []string{`"2"`}, got.header["Etag"])
	require.Contains(t, got.body, "The current version is 2.")
	require.Len(t, w.store.of["acme"].versions, 2)
	require.True(t, w.options.Directory.Tenant("acme").Policy.Transcript)
}

// Whatever is wrong is listed, each with its key and what to do, and nothing
// of it is applied.
func TestBadDocument(t *testing.T) {
	w := newWorld(t)
	before := w.store.of["acme"].versions[0]
	for patch, keys := range map[string][]string{
		`{"policy":{"transcript":"TRUE "}}`:                          {"policy.transcript"},
		`{"policy":{"transcript":1}}`:                                {"policy.transcript"},
		`{"policy":{"transcript":"true"}}`:                           {"policy.transcript"},
		`{"policy":{"transcript":true}}`:                             {"policy"},
		`{"policy":{"retention":{"transcript":"forever"}}}`:          {"policy.retention.transcript"},
		`{"policy":{"recording":true}}`:                              {"policy.recording"},
		`{"role":"superadmin","tenant_id":"beta"}`:                   {"role", "tenant_id"},
		`{"id":"beta"}`:                                              {"id"},
		`{"name":null}`:                                              {"name"},
		`{"avatars":[{"id":"ada","name":"Ada","knowledge":"/etc"}]}`: {"avatars[0].knowledge"},
		`{"avatars":[{"id":"ada","name":"Ada","colour":"red"},{"id":"ada","name":""}]}`:           {"avatars[0].colour", "avatars[1]"},
		`{"keys":[{"hash":"0000000000000000000000000000000000000000000000000000000000000001"}]}`:  {"keys"},
		`{"policy":{"transcript":true,"retention":{"transcript":"30d"},"purposes":["training"]}}`: {"policy.purposes"},
	} {
		got := w.ask("acme admin", "PATCH", "tenant", patch, `If-Match: "1"`)
		require.Equal(t, 400, got.status, "%s: %s", patch, got.body)
		var e errorAnswer
		got.into(t, &e)
		require.Equal(t, "invalid_fields", e.Error.Code, patch)
		for _, key := range keys {
			found := false
			for _, p := range e.Error.Problems {
				found = found || strings.HasPrefix(p.Key, key)
				require.NotEmpty(t, p.Text)
			}
			require.True(t, found, "%s: no problem at %s: %s", patch, key, got.body)
		}
	}
	for _, patch := range []string{`{"name":"x","name":"y"}`, `[]`, `"x"`, `null`, `{"name":"x"} {}`, `{"name":}`, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), "{\"name\":\"\xff\"}"} {
		for _, method := range []string{"PATCH", "PUT"} {
			got := w.ask("acme admin", method, "tenant", patch, `If-Match: "1"`)
			require.Equal(t, 400, got.status, patch)
			require.Equal(t, "invalid_json", got.code(), patch)
		}
	}
	require.Equal(t, 413, w.ask("acme admin", "PATCH", "tenant", `{"name":"`+strings.Repeat("x", documentMost)+`"}`, `If-Match: "1"`).status)
	got := w.ask("acme admin", "PATCH", "tenant", `{}`, `If-Match: "1"`, "Content-Type: text/plain")
	require.Equal(t, "json_required", got.code())
	require.Equal(t, []Version{before}, w.store.of["acme"].versions)
	require.Empty(t, w.store.kinds("acme"))
}

// Fields of small bodies and of queries are read as strictly.
func TestBadFields(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string][]string{
		`{}`: {"role", "name"},
		`{"role":"root","name":"x","expires_in":"forever"}`: {"role", "expires_in"},
		`{"role":"ADMIN ","name":1}`:                        {"role", "name"},
		`{"role":"admin","name":"x","tenant":"beta"}`:       {"tenant"},
		`{"role":"admin","name":null}`:                      {"name"},
		`{"role":"admin","name":"x\u0000"}`:                 {"name"},
		`{"role":"admin","name":"x\u202ey"}`:                {"name"},
		`{"role":"admin","name":"x","expires_in":"20000d"}`: {"expires_in"},
		`{"role":"admin","name":"x","expires_in":86400}`:    {"expires_in"},
		`{"role":"admin","name":"x","reason":"why"}`:        {"reason"},
	} {
		got := w.ask("acme admin", "POST", "keys", body)
		require.Equal(t, 400, got.status, body)
		var e errorAnswer
		got.into(t, &e)
		var keys []string
		for _, p := range e.Error.Problems {
			keys = append(keys, p.Key)
			require.Contains(t, p.Text, ";", "what is wrong, then what to do")
		}
		require.ElementsMatch(t, want, keys, body)
		require.Equal(t, keys[0], *e.Error.Param)
	}
	for query, want := range map[string]string{
		"transcripts?avatr=ada":                            "avatr",
		"transcripts?avatar=ada&avatar=bob":                "avatar",
		"transcripts?limit=0":                              "limit",
		"transcripts?limit=-1":                             "limit",
		"transcripts?limit=1e2":                            "limit",
		"transcripts?from=yesterday":                       "from",
		"transcripts?from=2026-11-26&to=2026-11-25":        "to",
		"transcripts?cursor=x":                             "cursor",
		"transcripts?cursor=%2F..%2F":                      "cursor",
		"usage?from=2020-01-01&to=2026-01-01":              "to",
		"transcripts/" + newID().String():                  "purpose",
		"transcripts/" + newID().String() + "?purpose=fun": "purpose",
	} {
		got := w.ask("acme admin", "GET", query, "")
		require.Equal(t, 400, got.status, query)
		var e errorAnswer
		got.into(t, &e)
		require.Equal(t, want, e.Error.Problems[0].Key, query)
	}
	require.Equal(t, 200, w.ask("acme admin", "GET", "transcripts?avatar=&cursor=", "").status)
	require.Len(t, w.store.of["acme"].keys, 6)
}

// A tenant of the file is read-only here, and its recording can be forced off
// all the same.
func TestFileTenant(t *testing.T) {
	w := newWorld(t)
	var now tenantAnswer
	w.ask("file admin", "GET", "tenant", "").into(t, &now)
	require.False(t, now.Editable)
	for _, c := range [][3]string{{"PATCH", "tenant", recorded}, {"PUT", "tenant", acme}, {"POST", "versions/1/restore", ""}, {"POST", "keys", `{"role":"admin","name":"x"}`}} {
		got := w.ask("file admin", c[0], c[1], c[2], `If-Match: "1"`)
		require.Equal(t, 409, got.status, c)
		require.Equal(t, "managed_by_file", got.code())
	}
	got := w.ask("file admin", "PUT", "recording/off", `{"reason":"an incident"}`)
	require.Equal(t, 200, got.status, got.body)
	require.True(t, w.options.Directory.Tenant("file").ForcedOff)
	require.Equal(t, []bool{false}, w.live.narrowed, "the directory says what is off, and nothing else is")
	var seen overviewAnswer
	w.ask("file admin", "GET", "overview", "").into(t, &seen)
	require.True(t, seen.Recording.Forced)
	require.Equal(t, "an incident", seen.Recording.Reason)
	require.Equal(t, 200, w.ask("file admin", "DELETE", "recording/off", "").status)
	require.False(t, w.options.Directory.Tenant("file").ForcedOff)
}

// What is durable is applied although the directory cannot see it: recording
// is then off everywhere.
func TestChangeSeenByNobody(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", recorded, `If-Match: "1"`).status)
	w.options.Refresh = func(context.Context) error { return http.ErrServerClosed }
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"transcript":false}}`, `If-Match: "2"`).status)
	require.Equal(t, 200, w.ask("acme admin", "PUT", "recording/off", `{"reason":"an incident"}`).status)
	require.Equal(t, []bool{false, true, true}, w.live.narrowed)
}

// The store's errors become rows of the table, and what is none of them says
// nothing of itself.
func TestStoreErrors(t *testing.T) {
	w := newWorld(t)
	w.store.down = ErrNotReady
	for _, r := range routeTable() {
		if r.method == "GET" && r.roles != anybody && !strings.Contains(r.path, "{") && r.path != "overview" && r.path != "whoami" && r.path != "webhook" && r.path != "desk" && r.path != "processing" && r.path != "posture" && r.path != "access" && r.path != "checkpoints" { // no receiver: nothing is asked; the last four are of the configuration and of files alone
			got := w.ask("acme admin", "GET", r.path, "")
			require.Equal(t, 503, got.status, r.path)
			require.NotEmpty(t, got.header["Retry-After"])
		}
	}
	var seen overviewAnswer
	w.ask("acme admin", "GET", "overview", "").into(t, &seen)
	require.Equal(t, ErrNotReady.Error(), seen.Recording.Recorder)
	var who WhoAnswer
	w.ask("acme admin", "GET", "whoami", "").into(t, &who)
	require.Equal(t, "store_not_ready", who.Alerts[0].Kind, "who is signed in can find out that nothing works")
	w.store.down = http.ErrBodyNotAllowed
	got := w.ask("acme admin", "GET", "tenant", "")
	require.Equal(t, 500, got.status)
	require.NotContains(t, got.body, "http")
}
