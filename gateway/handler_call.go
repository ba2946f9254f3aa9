package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"mayfly/gateway/realtime"
	"mayfly/gateway/rtc"
)

// callBody is the most bytes of a body that opens a call: an offer of 16 KB
// and a session, with what a form adds.
const callBody = 128 << 10

// calls is the live calls, by the id in their Location.
type calls struct {
	mu   sync.Mutex
	live map[string]*callEntry // Guarded by mu.
}

type callEntry struct {
	key     [sha256.Size]byte // of the credential that opened it
	carrier *rtcCarrier
}

func (l *calls) put(id string, e *callEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live == nil {
		l.live = make(map[string]*callEntry)
	}
	l.live[id] = e
}

// drop forgets a call, unless another has taken its id.
func (l *calls) drop(id string, k *rtcCarrier) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.live[id]; e != nil && e.carrier == k {
		delete(l.live, id)
	}
}

// all is every live call.
func (l *calls) all() []*rtcCarrier {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*rtcCarrier
	for _, e := range l.live {
		all = append(all, e.carrier)
	}
	return all
}

// find is the call with the id, for whoever holds the credential that opened
// it. Somebody else's looks like none.
func (l *calls) find(id string, key [sha256.Size]byte) *rtcCarrier {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.live[id]
	if e == nil || subtle.ConstantTimeCompare(e.key[:], key[:]) != 1 {
		return nil
	}
	return e.carrier
}

// offered is a body that opens a call.
type offered struct {
	sdp     []byte
	session *realtime.Update // nil: none came
}

// forget clears what the body held.
func (o *offered) forget() {
	clear(o.sdp)
	if o.session != nil {
		o.session.Forget()
	}
}

// call answers an offer: raw SDP, a form with the parts sdp and session, or
// JSON with both.
func (s *Server) call(w http.ResponseWriter, r *http.Request) *refusal {
	who, code := s.authenticate(r)
	if code != "" {
		return refuse(code)
	}
	if s.options.Media == nil {
		return refuse("media_not_available")
	}
	from := s.edge.who(r)
	who.visit = s.edge.visit(r)
	if wait, ok := s.edge.admit(time.Now(), who, from); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	offer, bad := readOffer(w, r)
	if bad != nil {
		return bad
	}
	defer offer.forget()
	if err := rtc.CheckOffer(offer.sdp); err != nil {
		return refuseOffer(err)
	}
	if !s.enter() {
		return refuse("draining")
	}
	c, begin, bad := s.callSession(who, offer)
	if bad != nil {
		s.work.Done()
		return bad
	}
	id := uuid.Must(uuid.NewV7()).String()
	var k *rtcCarrier
	k = newRTCCarrier(c, begin, func() {
		if !c.awaits(k) { // else its client may still say that it is over
			k.unlist()
		}
		s.work.Done()
	})
	k.unlist = func() { s.live.drop(id, k) }
	permit := rtc.Permit{Microphone: c.permitsMicrophone(offer.session)}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	answer, err := k.answer(ctx, s.options.Media, offer.sdp, permit)
	if err != nil {
		s.work.Done()
		c.abandon()
		return refuseOffer(err)
	}
	s.live.put(id, &callEntry{key: who.key, carrier: k})
	h := w.Header()
	h.Set("Content-Type", "application/sdp")
	h.Set("Location", "/v1/realtime/calls/"+id)
	for _, code := range k.peer.Load().Refused() {
		h.Add("Mayfly-Refused", code)
	}
	servers, _ := s.relaysOf(who.tenant, time.Now())
	for _, link := range iceLinks(servers) {
		h.Add("Link", link)
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(answer)
	return nil
}

// callSession is the session of a call: a new one, or the one that a resume
// token stands for.
func (s *Server) callSession(who *caller, offer *offered) (*conn, func(*rtcCarrier), *refusal) {
	if o := offer.session; o != nil && len(o.Avatar.ResumeToken) > 0 {
		// The token is used when the call connects: one that does not leaves
		// it for another try, or for a WebSocket.
		hash := sha256.Sum256(o.Avatar.ResumeToken)
		c := s.registry.look(hash)
		if c == nil || c.tenant.ID != who.tenant.ID {
			return nil, nil, &refusal{code: "invalid_credential", param: "session.avatar.resume_token"}
		}
		return c, func(k *rtcCarrier) {
			if !c.reattach(hash, k) {
				k.close(lookupProblem("invalid_credential"))
				return
			}
			c.resumedWith(who)
		}, nil
	}
	if who.resumes {
		return nil, nil, refuse("invalid_credential")
	}
	id := ""
	if offer.session != nil {
		id = offer.session.Avatar.ID
	}
	if who.avatar == nil {
		who.avatar = who.tenant.Find(id)
	}
	if who.avatar == nil || id != "" && id != who.avatar.ID {
		return nil, nil, &refusal{code: "avatar_not_found", param: "session.avatar.id"}
	}
	if bad := switchedOff(who.avatar); bad != nil {
		return nil, nil, bad
	}
	if !s.redeem(who) {
		return nil, nil, refuse("invalid_credential")
	}
	c, code := s.open(who)
	if code != "" {
		return nil, nil, refuse(code)
	}
	var own *realtime.Update
	if offer.session != nil {
		own = offer.session.Copy()
	}
	return c, func(k *rtcCarrier) { c.start(k, who.grant, own) }, nil
}

// refuseOffer is the refusal for what is wrong with an offer. The code of the
// media package is the field to blame.
func refuseOffer(err error) *refusal {
	var e rtc.Error
	if !errors.As(err, &e) {
		return refuse("internal_error")
	}
	switch e {
	case rtc.ErrFull:
		return refuse("overloaded")
	case rtc.ErrClosed:
		return refuse("draining")
	case rtc.ErrInternal:
		return refuse("internal_error")
	}
	return &refusal{code: "invalid_sdp", param: e.Code()}
}

// readOffer reads the body in whichever of its three forms it came.
func readOffer(w http.ResponseWriter, r *http.Request) (*offered, *refusal) {
	body, bad := readBody(w, r, callBody)
	if bad != nil {
		return nil, bad
	}
	switch mediaType(r) {
	case "application/sdp":
		return &offered{sdp: body}, nil
	case "application/json":
		defer clear(body)
		sdp, update, wrong := realtime.DecodeCall(body)
		if wrong != nil {
			return nil, malformed(wrong)
		}
		return &offered{sdp: sdp, session: update}, nil
	case "multipart/form-data":
		defer clear(body)
		return readForm(r, body)
	}
	clear(body)
	return nil, refuse("unsupported_media_type")
}

// readForm reads the parts in memory: the form reader of net/http would write
// large ones to a temporary file.
func readForm(r *http.Request, body []byte) (*offered, *refusal) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return nil, refuse("invalid_multipart")
	}
	o := &offered{}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range 3 {
		part, err := form.NextRawPart()
		if err == io.EOF {
			if o.sdp == nil {
				return nil, &refusal{code: "missing_required_parameter", param: "sdp"}
			}
			return o, nil
		}
		if err != nil {
			o.forget()
			return nil, refuse("invalid_multipart")
		}
		b, err := io.ReadAll(part)
		if err != nil {
			o.forget()
			return nil, refuse("invalid_multipart")
		}
		switch name := part.FormName(); {
		case name == "sdp" && o.sdp == nil:
			o.sdp = b
		case name == "session" && o.session == nil:
			update, wrong := realtime.DecodeCallSession(b)
			clear(b)
			if wrong != nil {
				o.forget()
				return nil, malformed(wrong)
			}
			o.session = update
		default:
			clear(b)
			o.forget()
			return nil, refuse("invalid_multipart")
		}
	}
	o.forget()
	return nil, refuse("invalid_multipart")
}

// callOf finds the call of a request, by the credential that opened it.
func (s *Server) callOf(r *http.Request) (*rtcCarrier, *refusal) {
	secret, _ := credential(r)
	if secret == "" {
		return nil, refuse("missing_credential")
	}
	k := s.live.find(r.PathValue("id"), sha256.Sum256([]byte(secret)))
	if k == nil {
		return nil, refuse("call_not_found")
	}
	return k, nil
}

// restartCall answers an ICE restart: the same call on a new path.
func (s *Server) restartCall(w http.ResponseWriter, r *http.Request) *refusal {
	k, bad := s.callOf(r)
	if bad != nil {
		return bad
	}
	if k.lost.Load() {
		return refuse("call_not_found") // the session may be there still, its path is not
	}
	if mediaType(r) != "application/sdp" {
		return refuse("unsupported_media_type")
	}
	offer, bad := readBody(w, r, rtc.MaxOffer)
	if bad != nil {
		return bad
	}
	defer clear(offer)
	if err := rtc.CheckOffer(offer); err != nil {
		return refuseOffer(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	answer, err := k.peer.Load().Restart(ctx, offer)
	if err != nil {
		return refuseOffer(err)
	}
	w.Header().Set("Content-Type", "application/sdp")
	_, _ = w.Write(answer)
	return nil
}

// endCall hangs up.
func (s *Server) endCall(w http.ResponseWriter, r *http.Request) *refusal {
	k, bad := s.callOf(r)
	if bad != nil {
		return bad
	}
	k.conn.leave(k)
	k.close(lookupProblem("person_left")) // also when the session had not begun
	w.WriteHeader(http.StatusOK)
	return nil
}
