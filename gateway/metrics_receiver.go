package gateway

import "github.com/prometheus/client_golang/prometheus"

// receiverMetrics are figures of those who are sent something, by the names
// that the operator gave them.
type receiverMetrics[State any] struct {
	figures []receiverFigure[State]
	name    func(State) string
	of      func() []State // nil: there are none
}

type receiverFigure[State any] struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(State) float64
}

// add adds a figure.
func (m *receiverMetrics[State]) add(name, help string, kind prometheus.ValueType, of func(State) float64) {
	m.figures = append(m.figures, receiverFigure[State]{prometheus.NewDesc(name, help, []string{"collector"}, nil), kind, of})
}

// Describe implements prometheus.Collector.
func (m *receiverMetrics[State]) Describe(to chan<- *prometheus.Desc) {
	for _, f := range m.figures {
		to <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (m *receiverMetrics[State]) Collect(to chan<- prometheus.Metric) {
	if m.of == nil {
		return
	}
	for _, s := range m.of() {
		for _, f := range m.figures {
			to <- prometheus.MustNewConstMetric(f.desc, f.kind, f.of(s), m.name(s))
		}
	}
}

// ifSo is 1 for what is so.
func ifSo(so bool) float64 {
	if so {
		return 1
	}
	return 0
}
