package gateway

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"

	"mayfly/gateway/rtc"
)

// reachable is what a client can try, to find out which ways are open: what
// every visitor of a page is told with a call. Servers of some tenants only
// are theirs to know.
type reachable struct {
	Media  []string `json:"media"`  // "203.0.113.7:3478", UDP and TCP; none: WebSocket only
	Relays []string `json:"relays"` // URLs of STUN and TURN servers, without credentials
}

// reachTime bounds the one exchange of a WebSocket that only tries itself.
const reachTime = 3 * time.Second

// reachMessage is the most that may be said in it, in bytes.
const reachMessage = 64

// reach says what there is to try. Asked for a WebSocket, it takes one
// message, says the same there, and is done: no session, nothing noted. Needs
// no credential, since whoever asks has none yet.
func (s *Server) reach(w http.ResponseWriter, r *http.Request) *refusal {
	if wait, ok := s.edge.reach.allow(time.Now(), s.edge.who(r)); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	all := reachable{Media: []string{}, Relays: []string{}}
	if s.options.Media != nil {
		for _, a := range s.options.Media.Addresses() {
			all.Media = append(all.Media, a.String())
		}
	}
	for _, relay := range rtc.For(s.options.Relays, "") {
		all.Relays = append(all.Relays, relay.URLs...)
	}
	body, err := json.Marshal(&all)
	if err != nil {
		return refuse("internal_error")
	}
	if !slices.ContainsFunc(r.Header.Values("Upgrade"), func(v string) bool { return strings.EqualFold(v, "websocket") }) {
		return sendJSON(w, body, nil)
	}
	if bad := handshake(w, r); bad != nil {
		return bad
	}
	if !s.enter() {
		return refuse("draining")
	}
	defer s.work.Done()
	ws, err := upgrader.Upgrade(w, r, http.Header{"AI-Disclosure": {aiDisclosure}})
	if err != nil {
		return nil // the library has answered
	}
	defer ws.Close()
	end := time.Now().Add(reachTime)
	ws.SetReadLimit(reachMessage)
	_, _ = ws.SetReadDeadline(end), ws.SetWriteDeadline(end)
	if _, _, err := ws.ReadMessage(); err != nil {
		return nil
	}
	if ws.WriteMessage(websocket.TextMessage, body) == nil {
		_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	}
	return nil
}
