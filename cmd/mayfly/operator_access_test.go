package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What each address of the operator's socket needs. A new one is decided here,
// too.
var operatorReaches = map[string]operatorReach{
	"GET /tenants":                                       reachMachine,
	"POST /tenants":                                      reachMachine,
	"POST /tenants/{tenant}/link":                        reachMachine,
	"GET /tenants/{tenant}/termination":                  reachMachine,
	"DELETE /tenants/{tenant}/termination":               reachMachine,
	"/tenants/{tenant}/admin/":                           reachAdmin,
	"GET /tenants/{tenant}/access":                       reachMachine,
	"POST /tenants/{tenant}/access":                      reachMachine,
	"DELETE /tenants/{tenant}/access":                    reachMachine,
	"POST /backup":                                       reachMachine,
	"GET /siem":                                          reachMachine,
	"GET /tombstones":                                    reachMachine,
	"POST /master-key":                                   reachMachine,
	"PUT /recording/off":                                 reachMachine,
	"DELETE /recording/off":                              reachMachine,
	"GET /tenants/{tenant}/statement":                    reachMachine,
	"POST /tenants/{tenant}/export":                      reachStored,
	"POST /tenants/{tenant}/import":                      reachStored,
	"POST /tenants/{tenant}/disclosures/{disclosure}":    reachStored,
	"GET /tenants/{tenant}/evidence":                     reachMachine,
	"POST /tenants/{tenant}/evidence":                    reachMachine,
	"POST /tenants/{tenant}/audit":                       reachMachine,
	"POST /receipt-keys":                                 reachMachine,
	"GET /tenants/{tenant}/likeness":                     reachMachine,
	"PUT /tenants/{tenant}/likeness/{permission}/{kind}": reachMachine,
	"GET /tenants/{tenant}/likeness/{permission}/{kind}": reachStored,
	"DELETE /tenants/{tenant}/likeness/{permission}":     reachStored,
	"POST /drill":                                        reachMachine, // it reads a tenant of its own
	"GET /incidents/{tenant}":                            reachMachine,
	"POST /incidents/{tenant}":                           reachMachine,
	"POST /incidents/{tenant}/{id}/{what}":               reachMachine,
}

// Every address of the socket is classed, and those that get at what is stored
// answer nothing while no access is open.
func TestOperatorRoutes(t *testing.T) { // R63
	data := filepath.Join(t.TempDir(), "data")
	require.NoError(t, openData(data))
	closed, handler, err := openStopped(t.Context(), data)
	require.NoError(t, err)
	defer closed()
	ask := func(method, path, body string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://mayfly"+operatorPath+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		res := inside(handler, r)
		t.Cleanup(func() { _ = res.Body.Close() }) // a handler whose answer nobody reads waits
		return res
	}
	text := func(res *http.Response) string {
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(data)
	}
	added := ask("POST", "/tenants", `{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada"}]}`)
	require.Equal(t, 200, added.StatusCode, text(added))
	stored := 0
	part := regexp.MustCompile(`\{[^}]*\}`)
	for _, r := range (&operator{}).table() {
		want, there := operatorReaches[r.pattern]
		require.True(t, there, "operatorReaches: decide whether %s needs an open access", r.pattern)
		require.Equal(t, want, r.reach, r.pattern)
		if r.reach != reachStored {
			continue
		}
		stored++
		method, path, _ := strings.Cut(r.pattern, " ")
		path = part.ReplaceAllString(strings.ReplaceAll(path, "{tenant}", "acme"), "x")
		got := ask(method, path, `{"folder":"/nowhere"}`)
		require.Equal(t, http.StatusForbidden, got.StatusCode, r.pattern)
		require.Contains(t, text(got), "mayfly access open --tenant", r.pattern)
	}
	require.Len(t, operatorReaches, len((&operator{}).table()))

	opened := ask("POST", "/tenants/acme/access", `{"reason":"security","case":"2026/7","for_s":3600}`)
	require.Equal(t, 200, opened.StatusCode)
	var a accessOpened
	require.NoError(t, json.Unmarshal([]byte(text(opened)), &a))
	require.Contains(t, text(ask("GET", "/tenants/acme/likeness/p/evidence", "")), "nothing of that is stored", "it is let through")
	require.Contains(t, text(ask("GET", "/tenants/acme/admin/transcripts", "")), `"transcripts":[]`)
	require.Equal(t, http.StatusConflict, ask("POST", "/tenants/acme/access", `{"reason":"security","case":"2026/8","for_s":3600}`).StatusCode)
	for _, bad := range []string{`{"reason":"fun","case":"1","for_s":3600}`, `{"reason":"support","case":"a b","for_s":3600}`, `{"reason":"support","case":"1","for_s":28861}`, `{`} {
		require.Equal(t, http.StatusBadRequest, ask("POST", "/tenants/acme/access", bad).StatusCode, bad)
	}
	require.Equal(t, http.StatusNotFound, ask("POST", "/tenants/nobody/access", `{"reason":"support","case":"1","for_s":3600}`).StatusCode)
	// A disclosure that nobody else confirmed hands nothing over.
	proposed := ask("POST", "/tenants/acme/admin/disclosures", `{"basis":"warrant","case":"9/26","from":"2020-01-01","to":"2021-01-01"}`)
	require.Equal(t, 201, proposed.StatusCode)
	var d struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal([]byte(text(proposed)), &d))
	require.Equal(t, http.StatusForbidden, ask("POST", "/tenants/acme/admin/disclosures/"+d.ID+"/confirm", "").StatusCode)
	folder := filepath.Join(t.TempDir(), "handed")
	require.Contains(t, text(ask("POST", "/tenants/acme/disclosures/"+d.ID, `{"folder":"`+folder+`"}`)), "an admin of the tenant who did not propose it has to confirm it")
	require.Contains(t, text(ask("POST", "/tenants/acme/disclosures/x", `{"folder":"`+folder+`"}`)), "there is no such disclosure")
	require.NoDirExists(t, folder)

	require.Contains(t, text(ask("DELETE", "/tenants/acme/access", "")), `"used":4`)
	require.Equal(t, http.StatusNotFound, ask("DELETE", "/tenants/acme/access", "").StatusCode)
	require.Equal(t, http.StatusForbidden, ask("GET", "/tenants/acme/likeness/p/evidence", "").StatusCode)

	seen := text(ask("GET", "/tenants/acme/admin/facts", ""))
	require.Contains(t, seen, `"kind":"operator_access_opened","object":"`+a.ID+`","before":60,"count":2`)
	require.Contains(t, seen, `"kind":"operator_access_ended","object":"`+a.ID+`","count":4`)
	require.Contains(t, seen, `"kind":"transcript_listed","actor":"`+a.ID+`"`)
	require.Contains(t, text(ask("GET", "/tenants/acme/admin/accesses", "")), `"case":"2026/7"`)
	t.Logf("n=%d addresses, %d need an access", len(operatorReaches), stored)
}
