package gateway

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/siem"
	"mayfly/gateway/witness"
)

// Of each that is sent something every figure shows under its name, and of
// nobody none.
func TestReceiverMetrics(t *testing.T) {
	scraped := func(all ...prometheus.Collector) string {
		r := prometheus.NewRegistry()
		r.MustRegister(all...)
		w := httptest.NewRecorder()
		promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return w.Body.String()
	}
	require.Empty(t, scraped(newWitnessMetrics(nil), newCollectorMetrics(nil)))
	text := scraped(newWitnessMetrics(func() []witness.State {
		return []witness.State{{Name: "hall", Waiting: 2, Failing: time.Unix(1, 0), Differs: 3, Taken: 4, Refused: 5}, {Name: "town", Taken: 6}}
	}), newCollectorMetrics(func() []siem.State {
		return []siem.State{{Name: "soc", Waiting: 7, Oldest: time.Now().Add(-time.Hour), Taken: 8, Summed: 9, Refused: 10}}
	}))
	for _, line := range []string{
		`mayfly_witness_waiting{collector="hall"} 2`, `mayfly_witness_lag_seconds{collector="hall"} 0`, `mayfly_witness_failing{collector="hall"} 1`,
		`mayfly_witness_differs{collector="hall"} 3`, `mayfly_witness_checkpoints_total{collector="hall"} 4`, `mayfly_witness_refused_total{collector="hall"} 5`,
		`mayfly_witness_failing{collector="town"} 0`, `mayfly_witness_checkpoints_total{collector="town"} 6`,
		`mayfly_siem_waiting{collector="soc"} 7`, `mayfly_siem_failing{collector="soc"} 0`, `mayfly_siem_entries_total{collector="soc"} 8`,
		`mayfly_siem_summed_total{collector="soc"} 9`, `mayfly_siem_refused_total{collector="soc"} 10`,
	} {
		require.Contains(t, text, line+"\n")
	}
	require.Regexp(t, `mayfly_siem_lag_seconds\{collector="soc"\} 36\d\d`, text)
}
