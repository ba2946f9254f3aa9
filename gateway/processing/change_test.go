package processing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Every change of the configuration that changes the record is told as a change
// of it, and one that changes nothing as none. // R67
func TestCompare(t *testing.T) {
	was := Of(tenantOf(t, `{}`), host, now)
	nothing := Change{Activities: []ActivityChange{}, Measures: []MeasureChange{}, Other: []string{}}
	require.Equal(t, nothing, Compare(was, was))
	n := 0
	for key, patch := range tells {
		is := Of(tenantOf(t, patch), host, now)
		require.NotEqual(t, nothing, Compare(was, is), "%s changed, and nothing is told", key)
		require.NotEqual(t, nothing, Compare(is, was), "%s changed back, and nothing is told", key)
		require.Equal(t, nothing, Compare(is, is), key)
		n++
	}
	compared := func(patch string) Change { return Compare(was, Of(tenantOf(t, patch), host, now)) }
	off := compared(tells["policy.transcript"])
	require.Contains(t, off.Activities, ActivityChange{Key: "transcript", Avatars: []string{"mia", "tom"}, What: "removed"})
	require.Contains(t, off.Measures, MeasureChange{"nothing_kept", Absent, Enforced})
	longer := compared(tells["policy.retention.transcript"])
	require.Equal(t, []ActivityChange{{"transcript", []string{"mia", "tom"}, "changed", []string{"retention"}}}, longer.Activities)
	other := compared(tells["avatars[].backend.region"])
	require.Contains(t, other.Activities, ActivityChange{"conversation", []string{"mia"}, "changed", []string{"recipients"}})
	require.Equal(t, []string{"role"}, compared(tells["controller"]).Other)
	first := Compare(Record{}, was)
	require.Len(t, first.Activities, len(was.Activities))
	require.Len(t, first.Measures, len(was.Measures))
	unreadable := Of(&tenant.Tenant{}, host, now)
	require.NotEqual(t, nothing, Compare(unreadable, was), "of a document that cannot be read nothing is known")
	t.Logf("n = %d changes", n)
}

// What an avatar has of a real person is in the record, and so are they.
// // R67
func TestLikenessIsAnActivity(t *testing.T) {
	of := tenantOf(t, `{}`)
	of.Avatars[1].RealLikeness = true
	r := Of(of, host, now)
	require.Contains(t, r.Subjects, "portrayed")
	for _, a := range r.Activities {
		if a.Key == "likeness" {
			require.Equal(t, []string{"tom"}, a.Avatars)
			require.Equal(t, "until_permission_ends", a.Retention)
			return
		}
	}
	t.Fatal("there is no such activity")
}
