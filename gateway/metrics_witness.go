package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayfly/gateway/witness"
)

// witnessMetrics are figures of those who are given checkpoints, by the names
// that the operator gave them.
type witnessMetrics struct {
	waiting, lag, failing, differs, taken, refused *prometheus.Desc
	of                                             func() []witness.State // nil: there are none
}

func newWitnessMetrics(of func() []witness.State) *witnessMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("mayfly_witness_"+name, help, []string{"collector"}, nil)
	}
	return &witnessMetrics{
		of:      of,
		waiting: desc("waiting", "Audit logs whose newest checkpoint a witness or webhook has not."),
		lag:     desc("lag_seconds", "How long the oldest of them waits."),
		failing: desc("failing", "1 while it does not take every checkpoint."),
		differs: desc("differs", "Audit logs of which it has seen another history."),
		taken:   desc("checkpoints_total", "Checkpoints that it took."),
		refused: desc("refused_total", "Sendings that it did not take."),
	}
}

// Describe implements prometheus.Collector.
func (m *witnessMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.waiting, m.lag, m.failing, m.differs, m.taken, m.refused} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *witnessMetrics) Collect(to chan<- prometheus.Metric) {
	if m.of == nil {
		return
	}
	now := time.Now()
	for _, s := range m.of() {
		failing := 0.0
		if !s.Failing.IsZero() {
			failing = 1
		}
		for _, one := range []struct {
			desc *prometheus.Desc
			kind prometheus.ValueType
			v    float64
		}{
			{m.waiting, prometheus.GaugeValue, float64(s.Waiting)}, {m.lag, prometheus.GaugeValue, s.Lag(now).Seconds()},
			{m.failing, prometheus.GaugeValue, failing}, {m.differs, prometheus.GaugeValue, float64(s.Differs)},
			{m.taken, prometheus.CounterValue, float64(s.Taken)}, {m.refused, prometheus.CounterValue, float64(s.Refused)},
		} {
			to <- prometheus.MustNewConstMetric(one.desc, one.kind, one.v, s.Name)
		}
	}
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
