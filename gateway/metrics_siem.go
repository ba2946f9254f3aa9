package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayfly/gateway/siem"
)

// newCollectorMetrics are figures of those who are sent the audit logs.
func newCollectorMetrics(of func() []siem.State) prometheus.Collector {
	m := &receiverMetrics[siem.State]{of: of, name: func(s siem.State) string { return s.Name }}
	m.add("mayfly_siem_waiting", "Entries of audit logs that a collector has not.", prometheus.GaugeValue, func(s siem.State) float64 { return float64(s.Waiting) })
	m.add("mayfly_siem_lag_seconds", "Age of the oldest entry that a collector has not.", prometheus.GaugeValue, func(s siem.State) float64 { return s.Lag(time.Now()).Seconds() })
	m.add("mayfly_siem_failing", "1 while a collector takes nothing.", prometheus.GaugeValue, func(s siem.State) float64 { return ifSo(!s.Failing.IsZero()) })
	m.add("mayfly_siem_entries_total", "Entries of audit logs that a collector took.", prometheus.CounterValue, func(s siem.State) float64 { return float64(s.Taken) })
	m.add("mayfly_siem_summed_total", "Of them those that summaries spared.", prometheus.CounterValue, func(s siem.State) float64 { return float64(s.Summed) })
	m.add("mayfly_siem_refused_total", "Sendings that a collector did not take.", prometheus.CounterValue, func(s siem.State) float64 { return float64(s.Refused) })
	return m
}
