package gateway

import "github.com/prometheus/client_golang/prometheus"

// incidentMetrics are how many incidents wait for somebody.
type incidentMetrics struct {
	open, overdue *prometheus.Desc
	of            func() (open, overdue int, ok bool) // nil: nobody counts
}

func newIncidentMetrics(of func() (open, overdue int, ok bool)) *incidentMetrics {
	return &incidentMetrics{
		of:      of,
		open:    prometheus.NewDesc("mayfly_incidents_open", "Incidents that are neither reported nor closed, without drills.", nil, nil),
		overdue: prometheus.NewDesc("mayfly_incidents_overdue", "Of them those that were noticed more than 72 hours ago.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *incidentMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.open
	to <- m.overdue
}

// Collect implements prometheus.Collector. Where the database does not answer
// there are no figures: none is not zero.
func (m *incidentMetrics) Collect(to chan<- prometheus.Metric) {
	if m.of == nil {
		return
	}
	open, overdue, ok := m.of()
	if !ok {
		return
	}
	to <- prometheus.MustNewConstMetric(m.open, prometheus.GaugeValue, float64(open))
	to <- prometheus.MustNewConstMetric(m.overdue, prometheus.GaugeValue, float64(overdue))
}
