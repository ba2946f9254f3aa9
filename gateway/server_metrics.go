package gateway

import "github.com/prometheus/client_golang/prometheus"

// ServerState is how one of the servers behind avatars is. Both are from
// closed lists.
type ServerState struct{ Kind, State string }

// serverMetrics counts the servers behind avatars by how they are, whenever
// somebody looks.
type serverMetrics struct {
	desc *prometheus.Desc
	of   func() []ServerState // nil: there are none
}

func newServerMetrics(of func() []ServerState) *serverMetrics {
	return &serverMetrics{of: of, desc: prometheus.NewDesc("mayfly_servers", "Servers behind avatars, by what they are for and whether they are asked: closed (they are), open (they rest), half_open (they are tried).", []string{"kind", "state"}, nil)}
}

// Describe implements prometheus.Collector.
func (m *serverMetrics) Describe(to chan<- *prometheus.Desc) { to <- m.desc }

// Collect implements prometheus.Collector.
func (m *serverMetrics) Collect(to chan<- prometheus.Metric) {
	count := map[ServerState]int{}
	if m.of != nil {
		for _, s := range m.of() {
			count[s]++
		}
	}
	for _, kind := range []string{"model", "speech", "transcriber"} {
		for _, state := range []string{"closed", "open", "half_open"} {
			to <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, float64(count[ServerState{kind, state}]), kind, state)
		}
	}
}
