package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mayfly/gateway/agent"
)

// deskMetrics is what is counted of hand-offs. No label names a tenant.
type deskMetrics struct {
	wait     prometheus.Histogram
	outcomes *prometheus.CounterVec // by outcome
}

func newDeskMetrics() deskMetrics {
	return deskMetrics{
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mayfly_human_wait_seconds",
			Help:    "From the wish for a human to the moment that one may read and hear the person.",
			Buckets: []float64{1, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600},
		}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_handoffs_total", Help: "Hand-offs to a human that are over, by how."}, []string{"outcome"}),
	}
}

// joined notes how long somebody waited for a human.
func (m *metrics) joined(_ string, wait time.Duration) { m.desk.wait.Observe(wait.Seconds()) }

// handedOff counts a hand-off that is over.
func (m *metrics) handedOff(outcome string) { m.desk.outcomes.WithLabelValues(outcome).Inc() }

// watchDesks shows how the desks of all tenants stand together.
func (m *metrics) watchDesks(d *agent.Desks) {
	gauge := func(name, help string, of func(agent.Figures) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(of(d.Totals())) })
	}
	m.registry.MustRegister(m.desk.wait, m.desk.outcomes,
		gauge("mayfly_desk_waiting", "People who wait for a human.", func(f agent.Figures) int { return f.Waiting }),
		gauge("mayfly_desk_agents", "Agents who are connected.", func(f agent.Figures) int { return f.Agents }),
		gauge("mayfly_desk_talks", "People with a human, or being asked about one.", func(f agent.Figures) int { return f.Talks }))
}
