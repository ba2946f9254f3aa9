package gateway

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// secretBody is the most bytes of a body that asks for a secret.
const secretBody = 64 << 10

// clientSecrets makes a short-lived secret for a browser out of an API key.
func (s *Server) clientSecrets(w http.ResponseWriter, r *http.Request) *refusal {
	who, code := s.authenticate(r)
	if code != "" {
		return refuse(code)
	}
	if who.secret || who.resumes {
		return refuse("role_not_allowed") // a secret does not beget secrets
	}
	if s.registry.draining() {
		return refuse("draining") // no session would take it
	}
	now := time.Now()
	if wait, ok := s.edge.tenant.allow(now, who.tenant.ID); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	body, bad := readBody(w, r, secretBody)
	if bad != nil {
		return bad
	}
	defer clear(body)
	key := r.Header.Get("Idempotency-Key")
	if key != "" {
		answer, bad := s.once.recall(now, who.key, key, body)
		if bad != nil || answer != nil {
			return sendJSON(w, answer, bad)
		}
	}
	req, wrong := realtime.DecodeSecret(body)
	if wrong != nil {
		return malformed(wrong)
	}
	for i, o := range req.Origins {
		normal, err := tenant.ParseOrigin(o)
		if err != nil || !who.tenant.AllowsOrigin(o) {
			return &refusal{code: "invalid_value", param: "avatar.origins"}
		}
		req.Origins[i] = normal
	}
	a := who.tenant.Find(req.Session.Avatar.ID)
	if a == nil {
		return &refusal{code: "avatar_not_found", param: "session.avatar.id"}
	}
	answer, bad := s.issue(now, who.tenant, a, req, who.id)
	if bad == nil && key != "" {
		s.once.remember(now, who.key, key, body, answer)
	}
	return sendJSON(w, answer, bad)
}

// issue makes a secret and the answer that carries it.
func (s *Server) issue(now time.Time, t *tenant.Tenant, a *tenant.Avatar, req *realtime.SecretRequest, key session.ID) ([]byte, *refusal) {
	if bad := switchedOff(a); bad != nil {
		return nil, bad
	}
	expires := now.Add(time.Duration(req.Seconds) * time.Second)
	secret, err := s.tokens.Issue(now, Grant{
		Tenant: t.ID, Avatar: a.ID, Origins: req.Origins, Expires: expires, Single: req.SingleUse, Key: key, Session: req.Session,
	})
	if err != nil {
		return nil, refuse("overloaded")
	}
	config := realtime.Defaults()
	config.Model, config.Avatar.ID = a.ID, a.ID
	// The words stay with the grant: only what is plain is said back.
	plain := req.Session
	plain.Instructions, plain.Avatar.Subject = realtime.Maybe[session.Speech]{}, session.Speech{}
	plain.Tools, plain.Choice = realtime.Maybe[[]realtime.Tool]{}, realtime.Maybe[realtime.ToolChoice]{}
	plain.Input.Transcription.Value.Prompt = session.Speech{}
	_, _ = config.Merge(&plain, realtime.Rules{})
	return realtime.NewIDs(newPrefix()).AppendSecret(nil, secret, expires.Unix(), &config), nil
}

func sendJSON(w http.ResponseWriter, body []byte, bad *refusal) *refusal {
	if bad != nil {
		return bad
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
	return nil
}

// once remembers answers under the Idempotency-Key of their request, so that
// a client that tries again gets the same secret and not another.
type once struct {
	mu      sync.Mutex
	answers map[[sha256.Size]byte]answered // Guarded by mu.
}

type answered struct {
	body   [sha256.Size]byte
	answer []byte
	until  time.Time
}

const (
	answersKept = 10_000
	answersFor  = 10 * time.Minute
)

func onceKey(who [sha256.Size]byte, key string) [sha256.Size]byte {
	return sha256.Sum256(append(who[:], key...))
}

// recall finds the answer to a request that was made before.
func (o *once) recall(now time.Time, who [sha256.Size]byte, key string, body []byte) ([]byte, *refusal) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, ok := o.answers[onceKey(who, key)]
	switch {
	case !ok || now.After(a.until):
		return nil, nil
	case a.body != sha256.Sum256(body):
		return nil, refuse("idempotency_key_reused")
	}
	return a.answer, nil
}

func (o *once) remember(now time.Time, who [sha256.Size]byte, key string, body, answer []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.answers) >= answersKept {
		for k, a := range o.answers {
			if now.After(a.until) {
				delete(o.answers, k)
			}
		}
		if len(o.answers) >= answersKept {
			return // a retry then gets a secret of its own, which harms nobody
		}
	}
	if o.answers == nil {
		o.answers = make(map[[sha256.Size]byte]answered)
	}
	o.answers[onceKey(who, key)] = answered{body: sha256.Sum256(body), answer: answer, until: now.Add(answersFor)}
}
