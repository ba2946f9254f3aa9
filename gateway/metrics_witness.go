package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayfly/gateway/witness"
)

// newWitnessMetrics are figures of those who are given checkpoints.
func newWitnessMetrics(of func() []witness.State) prometheus.Collector {
	m := &receiverMetrics[witness.State]{of: of, name: func(s witness.State) string { return s.Name }}
	m.add("mayfly_witness_waiting", "Audit logs whose newest checkpoint a witness or webhook has not.", prometheus.GaugeValue, func(s witness.State) float64 { return float64(s.Waiting) })
	m.add("mayfly_witness_lag_seconds", "How long the oldest of them waits.", prometheus.GaugeValue, func(s witness.State) float64 { return s.Lag(time.Now()).Seconds() })
	m.add("mayfly_witness_failing", "1 while it does not take every checkpoint.", prometheus.GaugeValue, func(s witness.State) float64 { return ifSo(!s.Failing.IsZero()) })
	m.add("mayfly_witness_differs", "Audit logs of which it has seen another history.", prometheus.GaugeValue, func(s witness.State) float64 { return float64(s.Differs) })
	m.add("mayfly_witness_checkpoints_total", "Checkpoints that it took.", prometheus.CounterValue, func(s witness.State) float64 { return float64(s.Taken) })
	m.add("mayfly_witness_refused_total", "Sendings that it did not take.", prometheus.CounterValue, func(s witness.State) float64 { return float64(s.Refused) })
	return m
}

// newDiffering counts audit logs that are not what was published of them.
func newDiffering(of func() int64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mayfly_audit_disagrees", Help: "Audit logs that are not what was published of them: they were changed or cut.",
	}, func() float64 {
		if of == nil {
			return 0
		}
		return float64(of())
	})
}
