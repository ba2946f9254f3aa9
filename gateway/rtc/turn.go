package rtc

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strconv"
	"time"
)

// ICEServer is one entry of a browser's RTCConfiguration.iceServers, and of
// the reply to GET /v1/realtime/ice-servers.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Relay is a STUN or TURN server that clients are told of. The gateway never
// uses one itself: it is reachable, or it is not.
type Relay struct {
	URLs   []string // "stun:host:port", "turn:host:port?transport=tcp"
	Secret []byte   // shared with the TURN server; empty: no credentials that end

	// A fixed credential, for a TURN server without a shared secret.
	Username   string
	Credential []byte

	// Tenants are the ids of those whose people are told of it; none: all.
	Tenants []string
}

// For is the relays that a tenant's people are told of.
func For(relays []Relay, tenant string) []Relay {
	var all []Relay
	for _, r := range relays {
		if len(r.Tenants) == 0 || slices.Contains(r.Tenants, tenant) {
			all = append(all, r)
		}
	}
	return all
}

// Servers gives each relay with credentials that end at now plus life, by the
// scheme that coturn and others know as the TURN REST API (draft-uberti-
// behave-turn-rest-00): the user name is the end in Unix seconds and a name,
// the password the base64 of its HMAC-SHA1 under the shared secret. The name
// should be random: it is seen by the relay, and must not be a person's.
func Servers(relays []Relay, now time.Time, life time.Duration, name string) []ICEServer {
	out := make([]ICEServer, 0, len(relays))
	for _, r := range relays {
		s := ICEServer{URLs: r.URLs, Username: r.Username, Credential: string(r.Credential)}
		if len(r.Secret) > 0 {
			s.Username = strconv.FormatInt(now.Add(life).Unix(), 10) + ":" + name
			mac := hmac.New(sha1.New, r.Secret)
			mac.Write([]byte(s.Username))
			s.Credential = base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
		out = append(out, s)
	}
	return out
}
