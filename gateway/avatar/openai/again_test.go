package openai

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/egress"
)

// A server that says when to come back is asked once more if that is soon, and
// then no sooner; else it is said how long it wants to be left alone, within
// sense. After a tool call nothing is asked again.
func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		later  string
		step   int
		asked  int
		waits  time.Duration
		after  time.Duration
	}{
		"soon":                  {429, "1", 0, 2, time.Second, 0},
		"soon, unavailable":     {503, "1", 0, 2, time.Second, 0},
		"after a tool call":     {429, "1", 1, 1, 0, time.Second},
		"later":                 {429, "30", 0, 1, 0, 30 * time.Second},
		"says nothing":          {429, "", 0, 1, 0, 0},
		"at once":               {429, "0", 0, 1, 0, 0},
		"negative":              {429, "-5", 0, 1, 0, 0},
		"absurd":                {429, "99999999999999999999", 0, 1, 0, 0},
		"a word":                {429, "tomorrow", 0, 1, 0, 0},
		"a date that has gone":  {429, "Wed, 21 Oct 2015 07:28:00 GMT", 0, 1, 0, 0},
		"not for other answers": {500, "1", 0, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked++; asked == 1 {
					if c.later != "" {
						w.Header().Set("Retry-After", c.later)
					}
					w.WriteHeader(c.status)
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = w.Write([]byte("data: " + backendtest.Chunk("Here.") + "\n\ndata: [DONE]\n\n"))
			}))
			defer server.Close()
			u, err := url.Parse(server.URL + "/v1")
			require.NoError(t, err)
			out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: u, Local: true}}})
			require.NoError(t, err)
			defer out.Close()
			way, err := out.Client("b")
			require.NoError(t, err)
			q := asking("Well?")
			q.Step = c.step
			start := time.Now()
			_, err = collect(t.Context(), New(Options{Client: way, URL: u, Model: "m"}), q)
			require.Equal(t, c.asked, asked)
			require.GreaterOrEqual(t, time.Since(start), c.waits)
			if c.asked == 2 {
				require.NoError(t, err)
				return
			}
			f, ok := errors.AsType[*avatar.Failure](err)
			require.True(t, ok)
			require.Equal(t, c.after, f.After)
		})
	}
}

// A connection that breaks before an answer is tried once more, but not after
// a tool call.
func TestNothingAgainAfterATool(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.ResetsOnce}, patient)
	q := asking("One.")
	q.Step = 1
	_, err := collect(context.Background(), e, q)
	require.Error(t, err)
	require.Len(t, server.Requests(), 1)
}
