package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An admin opens an incident, notes, reports and closes it; a reviewer sees it
// and changes nothing; nobody else is told that it is there. // R68
func TestIncidents(t *testing.T) {
	w := newWorld(t)
	noticed := w.at.Add(-time.Hour).UTC().Format(time.RFC3339)
	got := w.ask("acme admin", "POST", "incidents", `{"kind":"outside_policy","noticed_at":"`+noticed+`","note":"A laptop was lost."}`)
	require.Equal(t, http.StatusCreated, got.status, got.body)
	var made createdAnswer
	got.into(t, &made)
	path := "incidents/" + made.ID

	see := func(as string) (row incidentRow) {
		t.Helper()
		w.ask(as, "GET", path, "").into(t, &row)
		var all incidentsAnswer
		w.ask(as, "GET", "incidents", "").into(t, &all)
		require.Equal(t, []incidentRow{row}, all.Incidents)
		return row
	}
	row := see("acme reviewer")
	require.Equal(t, []any{"outside_policy", "open", false, w.at.Add(71 * time.Hour).UTC().Truncate(time.Second)}, []any{row.Kind, row.State, row.Drill, row.Due.Truncate(time.Second)})
	require.Equal(t, "A laptop was lost.", row.History[0].Note)

	for _, to := range []string{path, path + "/note", path + "/report", path + "/close"} {
		method, body := "POST", `{"choice":"other"}`
		if to == path {
			method, body = "GET", ""
		}
		if strings.HasSuffix(to, "report") {
			body = `{"choice":"authority"}`
		} else if strings.HasSuffix(to, "close") {
			body = `{"choice":"resolved"}`
		}
		require.Equal(t, "nothing_here", w.ask("beta admin", method, to, body).code(), to)
		require.Equal(t, "role_not_sufficient", w.ask("acme caller", method, to, body).code(), to)
		if method == "POST" {
			require.Equal(t, "role_not_sufficient", w.ask("acme reviewer", method, to, body).code(), to)
		}
	}
	for _, bad := range []string{
		`{"kind":"spilt_milk"}`, `{}`, `{"kind":"other","note":"` + strings.Repeat("x", 501) + `"}`, `{"kind":"other","note":"two\nlines"}`,
		`{"kind":"other","noticed_at":"` + w.at.Add(time.Hour).UTC().Format(time.RFC3339) + `"}`,
		`{"kind":"other","from":"` + w.at.Add(-time.Hour).UTC().Format(time.RFC3339) + `","to":"` + w.at.Add(-2*time.Hour).UTC().Format(time.RFC3339) + `"}`,
	} {
		require.Equal(t, 400, w.ask("acme admin", "POST", "incidents", bad).status, bad)
	}
	require.Equal(t, 400, w.ask("acme admin", "POST", path+"/report", `{"choice":"resolved"}`).status, "of another step")

	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "POST", path+"/note", `{"choice":"contained","note":"The key is revoked."}`).status)
	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "POST", path+"/report", `{"choice":"authority"}`).status)
	require.Equal(t, http.StatusConflict, w.ask("acme admin", "POST", path+"/report", `{"choice":"authority"}`).status)
	require.Equal(t, http.StatusNoContent, w.ask("acme admin", "POST", path+"/close", `{"choice":"resolved"}`).status)
	row = see("acme admin")
	require.Equal(t, "closed", row.State)
	require.Len(t, row.History, 4)
	require.NotEmpty(t, row.History[3].By)
	require.JSONEq(t, `{"incidents":[]}`, w.ask("acme admin", "GET", "incidents?state=open", "").body)
}
