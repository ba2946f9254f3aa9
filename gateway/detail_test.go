package gateway

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// counted takes facts as the audit log does, and use beside it.
type counted struct {
	CountingFacts
	mu   sync.Mutex
	used []session.FactKind // Guarded by mu.
}

func (s *counted) Use(_ string, f session.Fact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = append(s.used, f.Kind)
}

// The course of a session is in the log where the tenant wants it, and else
// only counted as use; what proves a promise is there either way. The switch
// counts at once. // R66
func TestAuditDetail(t *testing.T) {
	for _, detail := range []bool{false, true} {
		log := &counted{}
		r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, func(o *Options, tn *tenant.Tenant) {
			o.Facts, tn.Policy.AuditDetail = log, detail
		})
		c := r.ready("text")
		c.turn("hello", 1)
		want := int64(0)
		if detail {
			want = 1
		}
		require.Equal(t, want, log.Count(session.EngineAsked))
		require.Equal(t, want, log.Count(session.NoticePresented))
		require.EqualValues(t, 1, log.Count(session.NoticeAcknowledged))
		require.EqualValues(t, 1, log.Count(session.SessionStarted))

		d := r.server.options.Directory
		changed := *d.Tenant("acme")
		changed.Policy.AuditDetail = !detail
		require.NoError(t, d.Replace([]tenant.Tenant{changed}))
		c.turn("hello", 2)
		require.EqualValues(t, 1, log.Count(session.EngineAsked))
		log.mu.Lock()
		require.Contains(t, log.used, session.EngineAsked)
		log.mu.Unlock()
		c.send(event{"type": "avatar.session.end"})
		c.closed()
		require.Eventually(t, func() bool { return log.Count(session.SessionEnded) == 1 }, 30*time.Second, time.Millisecond)
	}
}
