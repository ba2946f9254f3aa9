package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayfly/gateway/siem"
)

// collectorMetrics are figures of those who are sent the audit logs, by the
// names that the operator gave them.
type collectorMetrics struct {
	waiting, lag, failing, taken, summed, refused *prometheus.Desc
	of                                            func() []siem.State // nil: there are none
}

func newCollectorMetrics(of func() []siem.State) *collectorMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("mayfly_siem_"+name, help, []string{"collector"}, nil)
	}
	return &collectorMetrics{
		of:      of,
		waiting: desc("waiting", "Entries of audit logs that a collector has not."),
		lag:     desc("lag_seconds", "Age of the oldest entry that a collector has not."),
		failing: desc("failing", "1 while a collector takes nothing."),
		taken:   desc("entries_total", "Entries of audit logs that a collector took."),
		summed:  desc("summed_total", "Of them those that summaries spared."),
		refused: desc("refused_total", "Sendings that a collector did not take."),
	}
}

// Describe implements prometheus.Collector.
func (m *collectorMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.waiting, m.lag, m.failing, m.taken, m.summed, m.refused} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *collectorMetrics) Collect(to chan<- prometheus.Metric) {
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
			{m.waiting, prometheus.GaugeValue, float64(s.Waiting)}, {m.lag, prometheus.GaugeValue, s.Lag(now).Seconds()}, {m.failing, prometheus.GaugeValue, failing},
			{m.taken, prometheus.CounterValue, float64(s.Taken)}, {m.summed, prometheus.CounterValue, float64(s.Summed)}, {m.refused, prometheus.CounterValue, float64(s.Refused)},
		} {
			to <- prometheus.MustNewConstMetric(one.desc, one.kind, one.v, s.Name)
		}
	}
}
