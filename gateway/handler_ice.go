package gateway

import (
	"net/http"
	"strings"
	"time"

	"mayfly/gateway/realtime"
	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

// iceServers hands out the STUN and TURN servers that are configured for the
// caller's tenant, with credentials that end.
func (s *Server) iceServers(w http.ResponseWriter, r *http.Request) *refusal {
	who, code := s.authenticate(r)
	if code != "" {
		return refuse(code)
	}
	servers, ends := s.relaysOf(who.tenant, time.Now())
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(realtime.AppendICEServers(nil, servers, ends.Unix()))
	return nil
}

// relaysOf makes a set of credentials. Its name is random and of no session:
// the relay sees it, and must not be able to tell who comes back.
func (s *Server) relaysOf(t *tenant.Tenant, now time.Time) (servers []realtime.ICEServer, ends time.Time) {
	life := relayLife(t)
	for _, i := range rtc.Servers(rtc.For(s.options.Relays, t.ID), now, life, newPrefix()) {
		servers = append(servers, realtime.ICEServer{URLs: i.URLs, Username: i.Username, Credential: i.Credential})
	}
	return servers, now.Add(life)
}

// relayLife is how long credentials for a relay last: the tenant's longest
// session and the time in which it can be resumed. A relay may ask for them
// again whenever a call is prolonged, so they must not end sooner, and there
// is no use in their ending later.
func relayLife(t *tenant.Tenant) time.Duration {
	longest := t.Limits.SessionTime
	if longest <= 0 {
		longest = time.Hour
	}
	return longest + time.Minute
}

// iceLinks are the servers as WHIP clients read them (RFC 9725, 4.6), one to
// an address. A credential that is not plain text is not put into a header.
func iceLinks(servers []realtime.ICEServer) (links []string) {
	for _, s := range servers {
		if !isPlain(s.Username) || !isPlain(s.Credential) {
			continue
		}
		for _, u := range s.URLs {
			link := "<" + u + `>; rel="ice-server"`
			if s.Username != "" {
				link += "; username=" + quoted(s.Username) + "; credential=" + quoted(s.Credential) + `; credential-type="password"`
			}
			links = append(links, link)
		}
	}
	return links
}

func isPlain(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e }) < 0
}

// quoted is a quoted-string of RFC 9110, 5.6.4.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
