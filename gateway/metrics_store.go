package gateway

import "github.com/prometheus/client_golang/prometheus"

// storeTroubles are why nothing can be stored: no room, a disk that does not
// answer, and all else.
var storeTroubles = []string{"full", "still", "other"}

// storeMetrics say which of them it is now.
type storeMetrics struct {
	trouble *prometheus.Desc
	of      func() string // one of storeTroubles; empty: there is none. Nil: nothing is stored
}

func newStoreMetrics(of func() string) *storeMetrics {
	return &storeMetrics{
		of:      of,
		trouble: prometheus.NewDesc("mayfly_store_trouble", "1 while nothing can be stored: full (there is no room but for what protects people), still (the disk does not answer), other.", []string{"kind"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *storeMetrics) Describe(to chan<- *prometheus.Desc) { to <- m.trouble }

// Collect implements prometheus.Collector.
func (m *storeMetrics) Collect(to chan<- prometheus.Metric) {
	if m.of == nil {
		return
	}
	now := m.of()
	for _, kind := range storeTroubles {
		to <- prometheus.MustNewConstMetric(m.trouble, prometheus.GaugeValue, ifSo(kind == now), kind)
	}
}
