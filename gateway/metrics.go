package gateway

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	process "github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what is counted. No label holds anything that a client chose:
// each takes its values from a closed list.
type metrics struct {
	registry *prometheus.Registry

	sessions prometheus.Gauge
	started  prometheus.Counter
	ended    *prometheus.CounterVec // by reason
	turns    *prometheus.CounterVec // by outcome
	refused  *prometheus.CounterVec // by code
	dropped  *prometheus.CounterVec // by what
	panics   prometheus.Counter
	sentence prometheus.Histogram
	requests *prometheus.CounterVec // by route and status class
	told     *prometheus.CounterVec // by outcome
	desk     deskMetrics
	tools    *prometheus.CounterVec // by outcome

	countries *prometheus.CounterVec // by country
	devices   *prometheus.CounterVec // by family and form
	odd       *prometheus.CounterVec // by kind
}

func newMetrics(o *Options) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		desk:     newDeskMetrics(),
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "mayfly_sessions", Help: "Live sessions."}),
		started:  prometheus.NewCounter(prometheus.CounterOpts{Name: "mayfly_sessions_started_total", Help: "Sessions that began."}),
		ended:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_sessions_ended_total", Help: "Sessions that ended."}, []string{"reason"}),
		turns:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_turns_total", Help: "Replies that ended."}, []string{"outcome"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_refused_total", Help: "Requests and events that were refused."}, []string{"code"}),
		dropped:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_dropped_total", Help: "What was thrown away, by why."}, []string{"why"}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "mayfly_panics_total", Help: "Faults that were caught."}),
		sentence: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mayfly_first_sentence_seconds",
			Help:    "From the request of a reply to its first sentence.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_requests_total", Help: "HTTP requests."}, []string{"route", "class"}),
		told:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_webhook_facts_total", Help: "Facts that webhooks were sent."}, []string{"outcome"}),
	}
	m.tools = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_tool_calls_total", Help: "Calls of organisations' tools."}, []string{"outcome"})
	m.odd = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_backend_unexpected_total", Help: "What servers behind avatars said that nobody asked them for, and that was dropped: control (events and settings), biometric (who somebody is, what they feel)."}, []string{"kind"})
	m.countries = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_sessions_by_country_total", Help: "Sessions that began, by the country that a proxy or the database of countries says, or other."}, []string{"country"})
	m.devices = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mayfly_sessions_by_device_total", Help: "Sessions that began, by browser and kind of device, or other."}, []string{"family", "form"})
	m.registry.MustRegister(m.countries, m.devices, m.tools, m.odd, m.sessions, m.started, m.ended, m.turns, m.refused, m.dropped, m.panics, m.sentence, m.requests, m.told,
		newServerMetrics(o.Servers), newCollectorMetrics(o.Collectors), newWitnessMetrics(o.Witnesses), newDiffering(o.Differing), newIncidentMetrics(o.Incidents), newStoreMetrics(o.Trouble), process.NewGoCollector(), process.NewProcessCollector(process.ProcessCollectorOpts{}))
	return m
}

// visited counts a session that began.
func (m *metrics) visited(v visit) {
	m.countries.WithLabelValues(v.country).Inc()
	m.devices.WithLabelValues(v.family, v.form).Inc()
}

// Told counts facts that receivers were told of, by a name from a closed list.
func (s *Server) Told(outcome string, facts int) {
	s.metrics.told.WithLabelValues(outcome).Add(float64(facts))
}

// Metrics serves what is counted, for a listener of its own.
func (s *Server) Metrics() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
}
