package reachtest

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

// talk has a client on the ground ask aloud and hear the answer.
func (s *site) talk(over string) outcome {
	s.t.Helper()
	o, err := json.Marshal(order{Over: over, Key: s.key, Pin: s.pin})
	require.NoError(s.t, err)
	self, err := os.Executable()
	require.NoError(s.t, err)
	cmd := s.command(s.client, self)
	cmd.Env = append(os.Environ(), asClient+"="+string(o), "SSL_CERT_FILE="+s.ca)
	said := &started.Lines{}
	cmd.Stderr = said
	out, err := cmd.Output()
	require.NoError(s.t, err, said.String())
	var got outcome
	require.NoError(s.t, json.Unmarshal(out, &got), string(out))
	s.t.Logf("over %s: %s; connected in %v; understood %q, answered %q; heard %v at %.0f; %s", over, got.Way, got.Took, got.Understood, got.Answer, got.Heard, got.Loud, got.Error)
	return got
}

// spoke says whether sound went both ways.
func (s *site) spoke(got outcome) {
	s.t.Helper()
	require.Empty(s.t, got.Error)
	require.Equal(s.t, "What do you keep?", got.Understood)
	require.NotEmpty(s.t, got.Answer)
	require.Greater(s.t, got.Heard.Seconds(), 1.0)
	require.Greater(s.t, got.Loud, 300.0)
}

// looked is what mayfly doctor finds from the client's place.
type looked struct {
	Rungs []struct {
		Rung, State, At, Found, Missing, Do string
		MS                                  float64
	}
	Verdict string
	Well    bool
	exit    int
	text    string
}

func (s *site) doctor(at string, more ...string) looked {
	s.t.Helper()
	var l looked
	cmd := s.command(s.client, append([]string{started.Mayfly(), "doctor", at, "--ca", s.ca, "--json"}, more...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.folder}
	out, err := cmd.Output()
	if err != nil {
		l.exit = cmd.ProcessState.ExitCode()
	}
	l.text = string(out)
	require.NoError(s.t, json.Unmarshal(out, &l), l.text)
	require.Equal(s.t, !l.Well, l.exit == 1, "the exit says the same")
	return l
}

// wants holds what was found against a ladder, "name state" a line, from the
// bottom up.
func (l looked) wants(t testing.TB, ladder ...string) {
	t.Helper()
	var got []string
	for _, r := range l.Rungs {
		got = append(got, r.Rung+" "+r.State)
		if r.State == "closed" {
			require.NotEmpty(t, r.Missing, r.Rung)
			require.NotEmpty(t, r.Do, r.Rung)
		}
	}
	require.Equal(t, ladder, got, l.text)
}

// missing is the rule that is said to be missing on a rung.
func (l looked) missing(name string) string {
	for _, r := range l.Rungs {
		if r.Rung == name {
			return r.Missing
		}
	}
	return "no rung " + name
}

var (
	base = []string{"dns open", "tcp open", "tls open", "http open", "websocket open"}
	none = []string{}
)

func ladder(media ...string) []string { return append(append(none, base...), media...) }

// direct are the ways to the gateway itself, and relayed those through a relay.
var (
	direct  = []string{"udp host", "tcp host"}
	relayed = []string{"udp relay udp", "udp relay tcp", "udp relay tls"}
)

// Which of several ways a call takes depends on which answers first, and so on
// how busy the machine is; each is shown where it is the only one.
func onlyUDP(g *ground) {
	g.drop("ipproto tcp dport 3478")
	g.drop("to " + atRelay)
}

func onlyTCP(g *ground) {
	g.drop("ipproto udp")
	g.drop("to " + atRelay)
}

// On every ground sound goes both ways over a way that is left, and the doctor
// says which those are, and which rule is missing. Each way carries it when it
// is the only one left, and the gateway says of its own that UDP is better. // R73
func TestWays(t *testing.T) {
	for name, c := range map[string]struct {
		forbid func(*ground)
		ways   []string // that a call may take; empty: none gets through
		ladder []string
		rules  map[string]string
	}{
		"everything is open": {
			func(*ground) {}, slices.Concat(direct, relayed),
			ladder("udp open", "ice-tcp open", "turn/udp open", "turn/tcp open", "turn/tls open"), nil,
		},
		"no UDP": {
			func(g *ground) { g.drop("ipproto udp") }, []string{"tcp host", "udp relay tcp", "udp relay tls"},
			ladder("udp closed", "ice-tcp open", "turn/udp closed", "turn/tcp open", "turn/tls open"),
			map[string]string{"udp": "UDP to 10.77.2.2 port 3478", "turn/udp": "UDP to turn.test port 3478"},
		},
		"no UDP, and the gateway's TCP port closed": {
			func(g *ground) {
				g.drop("ipproto udp")
				g.drop("ipproto tcp dport 3478")
			}, []string{"udp relay tls"},
			ladder("udp closed", "ice-tcp closed", "turn/udp closed", "turn/tcp closed", "turn/tls open"),
			map[string]string{"ice-tcp": "TCP to 10.77.2.2 port 3478", "turn/tcp": "TCP to turn.test port 3478"},
		},
		"nothing but 443": {
			func(g *ground) { g.only443(atGateway, atRelay) }, []string{"udp relay tls"},
			ladder("udp closed", "ice-tcp closed", "turn/udp closed", "turn/tcp closed", "turn/tls open"), nil,
		},
		"nothing but UDP to the gateway": {
			onlyUDP, []string{"udp host"},
			ladder("udp open", "ice-tcp closed", "turn/udp closed", "turn/tcp closed", "turn/tls closed"), nil,
		},
		"nothing but TCP to the gateway": {
			onlyTCP, []string{"tcp host"},
			ladder("udp closed", "ice-tcp open", "turn/udp closed", "turn/tcp closed", "turn/tls closed"), nil,
		},
		"nothing but UDP to the relay": {
			func(g *ground) {
				g.drop("ipproto udp to " + atGateway)
				g.drop("ipproto tcp dport 3478")
				g.drop("ipproto tcp to " + atRelay)
			}, []string{"udp relay udp"},
			ladder("udp closed", "ice-tcp closed", "turn/udp open", "turn/tcp closed", "turn/tls closed"), nil,
		},
		"nothing but TCP to the relay": {
			func(g *ground) {
				g.drop("ipproto udp")
				g.drop("ipproto tcp dport 3478 to " + atGateway)
				g.drop("ipproto tcp dport 443 to " + atRelay)
			}, []string{"udp relay tcp"},
			ladder("udp closed", "ice-tcp closed", "turn/udp closed", "turn/tcp open", "turn/tls closed"), nil,
		},
		"nothing but HTTPS to the gateway": {
			func(g *ground) { g.only443(atGateway) }, nil,
			ladder("udp closed", "ice-tcp closed", "turn/udp closed", "turn/tcp closed", "turn/tls closed"),
			map[string]string{"turn/tls": "TCP to turn.test port 443"},
		},
		"the gateway's own UDP port": {
			func(g *ground) { g.drop("ipproto udp dport 3478 to " + atGateway) }, append([]string{"tcp host"}, relayed...),
			ladder("udp closed", "ice-tcp open", "turn/udp open", "turn/tcp open", "turn/tls open"),
			map[string]string{"udp": "UDP to 10.77.2.2 port 3478"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, newGround(t), set{})
			c.forbid(s.ground)
			found := s.doctor(origin)
			found.wants(t, c.ladder...)
			for rung, rule := range c.rules {
				require.Equal(t, rule, found.missing(rung), found.text)
			}
			require.Equal(t, len(c.ways) == len(direct)+len(relayed), found.Well)

			got := s.talk("call")
			if len(c.ways) == 0 {
				require.NotEmpty(t, got.Error, "the control: nothing is left for a call")
			} else {
				s.spoke(got)
				require.Contains(t, c.ways, got.Way)
				require.Equal(t, []string{"udp", "tcp"}, got.Offered, "the better first")
			}
			s.spoke(s.talk("websocket"))
			s.silent(got)
		})
	}
}

// silent looks whether a server has written down what opens the relay, or who
// it was for. // R75
func (s *site) silent(got outcome) {
	s.t.Helper()
	require.Len(s.t, got.Relays, 1, "another tenant's relay is nobody else's")
	said := s.gateway.String()
	require.Contains(s.t, said, "Mayfly is ready")
	for _, secret := range []string{s.secret, s.key, got.Relays[0].Username, got.Relays[0].Credential.(string)} {
		require.NotEmpty(s.t, secret)
		require.NotContains(s.t, said, secret)
	}
	require.NotContains(s.t, s.relay.String(), got.Relays[0].Credential.(string))
	if strings.Contains(got.Way, "relay") {
		require.Contains(s.t, s.relay.String(), got.Relays[0].Username, "the control: the relay writes names down")
	}
}

// What is wrong below the ways is named, and nothing above it is called open.
func TestGroundBelow(t *testing.T) {
	beyond := []string{"tls not tried", "http not tried", "websocket not tried", "udp not tried", "ice-tcp not tried", "turn not tried"}
	s := newSite(t, newGround(t), set{})

	found := s.doctor("https://nowhere.test") // and there is no name server
	found.wants(t, append([]string{"dns closed", "tcp not tried"}, beyond...)...)
	require.Equal(t, "DNS", found.missing("dns"))
	require.Equal(t, "Nobody gets through from here.", found.Verdict)

	found = s.doctor("https://" + atGateway)
	found.wants(t, append([]string{"dns open", "tcp open", "tls closed"}, beyond[1:]...)...)
	require.Equal(t, "a certificate that browsers take", found.missing("tls"))

	found = s.doctor(origin + ":444")
	found.wants(t, append([]string{"dns open", "tcp closed"}, beyond...)...)
	require.Contains(t, found.text, "refused")

	s.drop("ipproto tcp dport 443 to " + atGateway)
	found = s.doctor(origin)
	found.wants(t, append([]string{"dns open", "tcp closed"}, beyond...)...)
	require.Equal(t, "TCP to "+atGateway+" port 443", found.missing("tcp"))
	require.Contains(t, found.text, "no answer")
}

// A relay that is set up wrong is not called open, though its port is.
func TestRelaySetUpWrong(t *testing.T) {
	for name, c := range map[string]struct {
		set     set
		missing string
	}{
		"it may not send to the gateway": {set{peers: "denied-peer-ip=0.0.0.0-255.255.255.255"}, "allowed-peer-ip=" + atGateway},
		"it has another secret":          {set{secret: secret("")}, "the same secret at both"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, newGround(t), c.set)
			found := s.doctor(origin)
			found.wants(t, ladder("udp open", "ice-tcp open", "turn/udp closed", "turn/tcp closed", "turn/tls closed")...)
			for _, rung := range []string{"turn/udp", "turn/tcp", "turn/tls"} {
				require.Equal(t, c.missing, found.missing(rung), found.text)
			}
			s.drop("ipproto udp")
			s.drop("ipproto tcp dport 3478")
			require.NotEmpty(t, s.talk("call").Error, "the doctor is right: no call gets through")
		})
	}
}

// The page in Chromium finds the same ways by itself, and sound goes both
// ways over each.
func TestPage(t *testing.T) {
	for name, c := range map[string]struct {
		forbid func(*ground)
		ways   []string // Chromium takes the first of several that works
	}{
		"everything is open":               {func(*ground) {}, slices.Concat(direct, relayed)},
		"nothing but UDP to the gateway":   {onlyUDP, []string{"udp host"}},
		"nothing but TCP to the gateway":   {onlyTCP, []string{"tcp host"}},
		"nothing but 443":                  {func(g *ground) { g.only443(atGateway, atRelay) }, []string{"udp relay tls"}},
		"nothing but HTTPS to the gateway": {func(g *ground) { g.only443(atGateway) }, []string{"websocket"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, newGround(t), set{})
			c.forbid(s.ground)
			got := s.talk("page")
			require.Empty(t, got.Error)
			require.Contains(t, c.ways, got.Way)
			require.Equal(t, "What do you keep?", got.Understood)
			require.NotEmpty(t, got.Answer)
			if got.Way != "websocket" { // there the page plays it, and no line has it
				require.Greater(t, got.Heard.Seconds(), 1.0)
				require.Greater(t, got.Loud, 300.0)
			}
		})
	}
}
