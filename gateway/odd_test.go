package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// What a server says that nobody asked it for is dropped, and written down: one
// fact of each kind for a session, however often, with how often, and nothing
// of what it said. B7 R35 R66
func TestOddServers(t *testing.T) {
	chat := func(mode backendtest.Mode) func(*testing.T, rigOption) *rig {
		return func(t *testing.T, with rigOption) *rig {
			s, err := backendtest.Start(backendtest.Script{Mode: mode})
			require.NoError(t, err)
			return overChat(t, s.URL(), s.Close, with)
		}
	}
	realtime := func(mode upstreamtest.Mode) func(*testing.T, rigOption) *rig {
		return func(t *testing.T, with rigOption) *rig {
			r, _ := overUpstream(t, upstreamtest.Script{Mode: mode}, with)
			return r
		}
	}
	measures := func(t *testing.T, with rigOption) *rig {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"I know you.\"},\"speaker_embedding\":[0.1]}]}\n\ndata: [DONE]\n\n"))
		}))
		u, err := url.Parse(s.URL + "/v1")
		require.NoError(t, err)
		return overChat(t, u, s.Close, with)
	}
	for name, c := range map[string]struct {
		rig   func(*testing.T, rigOption) *rig
		turns int
		kinds map[session.Reason]uint64
	}{
		"chat, well":         {chat(backendtest.Streams), 2, nil},
		"chat, bare":         {chat(backendtest.Bare), 2, nil},
		"chat, orders":       {chat(backendtest.Commands), 3, map[session.Reason]uint64{session.GaveOrders: 6}},
		"chat, measures":     {measures, 2, map[session.Reason]uint64{session.MeasuredPerson: 2}},
		"realtime, well":     {realtime(upstreamtest.Answers), 2, nil},
		"realtime, orders":   {realtime(upstreamtest.Commands), 2, map[session.Reason]uint64{session.GaveOrders: 2 * 7}},
		"realtime, measures": {realtime(upstreamtest.Vectors), 3, map[session.Reason]uint64{session.MeasuredPerson: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			facts := &termsLedger{}
			r := c.rig(t, func(o *Options, _ *tenant.Tenant) { o.Facts = facts })
			cl := r.connect()
			cl.acknowledge(cl.aware("text"))
			for n := range c.turns {
				cl.turn("Hello?", n+1)
			}
			require.Empty(t, facts.of(session.UnexpectedControl), "it is written once, at the end")
			cl.send(event{"type": "avatar.session.end"})
			<-cl.done
			require.Eventually(t, func() bool { return len(facts.of(session.SessionEnded)) == 1 }, 30*time.Second, time.Millisecond)
			got := map[session.Reason]uint64{}
			for _, f := range facts.of(session.UnexpectedControl) {
				require.Zero(t, got[f.Reason], "one of each kind")
				got[f.Reason] = f.Count
				require.False(t, f.Object.IsZero())
				require.False(t, f.Session.IsZero())
			}
			if c.kinds == nil {
				c.kinds = got
				require.Empty(t, got)
			}
			require.Equal(t, c.kinds, got)
		})
	}
}

// overChat is a gateway whose engine asks a server of the chat protocol, reached
// as the program reaches one.
func overChat(t *testing.T, u *url.URL, end func(), with rigOption) *rig {
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: u, Local: true}}})
	require.NoError(t, err)
	way, err := out.Client("b")
	require.NoError(t, err)
	r := newRig(t, openai.New(openai.Options{Client: way, URL: u, Model: "m", Provider: "P"}), nil, with)
	t.Cleanup(func() { out.Close(); end() })
	return r
}
