package gateway

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/agent"
	list "mayfly/gateway/line"
	"mayfly/gateway/realtime"
)

var variable = regexp.MustCompile(`variableLabels: \{([^}]*)\}`)
var constant = regexp.MustCompile(`constLabels: \{([^}]*)\}`)

// unlisted are the labels of a registry that have no class among the figures.
func unlisted(r *prometheus.Registry) (labels int, bad []string) {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		r.Describe(descriptions)
		close(descriptions)
	}()
	for d := range descriptions {
		for _, m := range append(variable.FindAllStringSubmatch(d.String(), -1), constant.FindAllStringSubmatch(d.String(), -1)...) {
			for name := range strings.SplitSeq(m[1], ",") {
				if name, _, _ = strings.Cut(name, "="); name == "" {
					continue
				}
				labels++
				if list.Of(list.Metric, name).Class == list.Unlisted {
					bad = append(bad, name)
				}
			}
		}
	}
	return labels, bad
}

// Every label of a figure is on the list with a class that has no room for
// words, for who somebody is or for where they are. // R6 R30 R34
func TestLabelsAreClassified(t *testing.T) {
	m := newMetrics(&Options{})
	m.watchDesks(&agent.Desks{})
	labels, bad := unlisted(m.registry)
	require.Empty(t, bad)
	require.Greater(t, labels, 8)
	for _, k := range list.Keys() {
		if k.Place == list.Metric {
			if k.Name == "collector" { // as many as the operator wrote down
				require.Equal(t, list.ID, k.Class)
				continue
			}
			require.Contains(t, []list.Class{list.Enum, list.Count}, k.Class, k.Name)
		}
	}
	t.Logf("n = %d labels", labels)

	m.registry.MustRegister(prometheus.NewCounterVec(prometheus.CounterOpts{Name: "x"}, []string{"address"}))
	_, bad = unlisted(m.registry)
	require.Equal(t, []string{"address"}, bad, "it is seen")
}

// bodyKeys are the names in an error's body, at every depth, but for the name
// of the whole.
func bodyKeys(t *testing.T, body string) (keys []string) {
	t.Helper()
	var whole struct{ Error json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(body), &whole))
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				keys = append(keys, name)
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	var inside any
	require.NoError(t, json.Unmarshal(whole.Error, &inside))
	walk(inside)
	return keys
}

// The body of every refusal, over HTTP and as an event, holds what is on the
// list and nothing else: its words are those of the table. // R6
func TestErrorBodiesAreClassified(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	n := 0
	check := func(body string) {
		for _, key := range bodyKeys(t, body) {
			n++
			require.NotEqual(t, list.Unlisted, list.Of(list.Body, key).Class, key)
		}
	}
	for code, p := range problems {
		w := httptest.NewRecorder()
		s.fail(w, &refusal{code: code, param: "session.type", until: time.Now()})
		require.Contains(t, w.Body.String(), p.code)
		check(w.Body.String())

		f := realtime.NewFrames(realtime.NewIDs("x"))
		f.Error(realtime.Problem{Code: p.code, Message: p.sentence, Param: "session.type", EventID: []byte("e")})
		require.NoError(t, f.Each(func(text []byte) error {
			check(string(text))
			return nil
		}))
	}
	require.Greater(t, n, 4*len(problems))
	t.Logf("n = %d keys in the bodies of %d problems", n, len(problems))
}

// The page about lines has every key. // R6
func TestGeneratedKeys(t *testing.T) {
	places := map[list.Place]string{list.Log: "line", list.Metric: "figure", list.Body: "error"}
	var b strings.Builder
	b.WriteString("| where | key | class | |\n|---|---|---|---|\n")
	for _, k := range list.Keys() {
		what := k.What
		if len(k.Words) > 0 {
			what += ": `" + strings.Join(k.Words, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", places[k.Place], k.Name, k.Class, what)
	}
	generated(t, "logs.md", "keys", b.String())
}
