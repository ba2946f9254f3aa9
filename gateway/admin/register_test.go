package admin

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
)

// Admins and reviewers see each change of who gets something, with what it did,
// page after page; and each version of the document says what it did to the
// record of processing. R59 R67
func TestRegisters(t *testing.T) {
	w := newWorld(t)
	var all registersAnswer
	page := func(who, query string) {
		all = registersAnswer{}
		got := w.ask(who, "GET", "recipients/changes"+query, "")
		require.Equal(t, 200, got.status, got.body)
		got.into(t, &all)
	}
	page("acme reviewer", "")
	began := len(all.Changes)
	require.Equal(t, 1, began)
	require.Equal(t, []string{"The list begins with nobody."}, all.Changes[0].Text)

	number := 1
	with := func(region string) {
		got := w.ask("acme admin", "PATCH", "tenant", fmt.Sprintf(`{"avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://models.example.org/v1","model":"m","name":"Models","region":%q}}]}`, region), fmt.Sprintf(`If-Match: "%d"`, number))
		require.Equal(t, 200, got.status, got.body)
		number++
	}
	for _, region := range []string{"eu", "us"} {
		with(region)
	}
	got := w.ask("acme admin", "PATCH", "tenant", `{"policy":{"audit_detail":true}}`, fmt.Sprintf(`If-Match: "%d"`, number))
	require.Equal(t, 200, got.status, got.body)
	number++
	page("acme reviewer", "")
	require.Len(t, all.Changes, 3, "what changes nobody is no version")
	require.Zero(t, all.Next)
	require.Equal(t, []tenant.RegisteredRecipient{{Role: "backend", Name: "Models", Host: "models.example.org", Gets: []string{"words"}, Region: "eu"}}, all.Changes[1].Added)
	require.Equal(t, []string{"region"}, all.Changes[0].Changed[0].Keys)
	require.EqualValues(t, 3, all.Changes[0].Policy)

	var seen []uint64
	for query := "?limit=1"; ; query = fmt.Sprintf("?limit=1&before=%d", all.Next) {
		page("acme admin", query)
		require.Len(t, all.Changes, 1)
		seen = append(seen, all.Changes[0].Number)
		if all.Next == 0 {
			break
		}
	}
	require.Equal(t, []uint64{3, 2, 1}, seen)
	require.Equal(t, 403, w.ask("acme caller", "GET", "recipients/changes", "").status)

	record := func(n int) processing.Change {
		var v versionAnswer
		got := w.ask("acme admin", "GET", fmt.Sprint("versions/", n), "")
		require.Equal(t, 200, got.status, got.body)
		got.into(t, &v)
		return v.Record
	}
	require.Contains(t, record(3).Activities, processing.ActivityChange{Key: "conversation", Avatars: []string{"ada"}, What: "changed", Fields: []string{"recipients"}})
	detail := record(4)
	require.Empty(t, detail.Activities)
	require.Equal(t, []processing.MeasureChange{{Key: "audit_detail", Before: processing.Absent, After: processing.Enforced}}, detail.Measures)
	first := record(1)
	require.NotEmpty(t, first.Activities)
	require.Equal(t, "added", first.Activities[0].What)
}
