package rtc

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The answer is complete: label, one certificate, UDP and TCP candidates of
// our port, their end, our limits; nothing to be trickled. // R21
func TestAnswer(t *testing.T) {
	s := newServer(t, Options{})
	_, answer, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.NoError(t, err)
	port := strconv.Itoa(int(s.Port()))
	session, _, _ := strings.Cut(string(answer), "m=")
	require.Contains(t, session, "\r\na=ai-generated\r\n")
	require.Equal(t, 1, strings.Count(string(answer), labelLine))
	require.Regexp(t, `a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 `+port+` typ host`, string(answer))
	require.Regexp(t, `a=candidate:\S+ 1 tcp \d+ 127\.0\.0\.1 `+port+` typ host tcptype passive`, string(answer))
	require.True(t, hasLine(answer, "a=end-of-candidates"))
	require.True(t, hasLine(answer, "a=max-message-size:65536"))
	require.Contains(t, string(answer), "a=msid:"+Stream+" voice")
	require.Contains(t, string(answer), "useinbandfec=1")
	require.NotContains(t, string(answer), ".local")
	require.Len(t, values(strings.Split(string(answer), "\r\n"), "a=candidate:"), 2, "one transport")
	require.Equal(t, 3, strings.Count(string(answer), "\r\nm="))
}

// Public addresses stand in place of the local ones, in order, on UDP and TCP.
func TestPublicAddresses(t *testing.T) {
	s := newServer(t, Options{PublicAddresses: []netip.AddrPort{
		netip.MustParseAddrPort("203.0.113.5:443"), netip.AddrPortFrom(netip.MustParseAddr("2001:db8::1"), 0),
	}})
	_, answer, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.NoError(t, err)
	port := strconv.Itoa(int(s.Port()))
	var got []string
	for _, c := range values(strings.Split(string(answer), "\r\n"), "a=candidate:") {
		f := strings.Fields(c)
		got = append(got, f[2]+" "+f[4]+" "+f[5])
	}
	require.Equal(t, []string{
		"udp 203.0.113.5 443", "tcp 203.0.113.5 443", "udp 2001:db8::1 " + port, "tcp 2001:db8::1 " + port,
	}, got)
	require.NotContains(t, string(answer), "127.0.0.1 "+port)
	last := 1 << 31
	for _, c := range s.public {
		prio, err := strconv.Atoi(strings.Fields(c)[3])
		require.NoError(t, err)
		if strings.Contains(c, "udp") {
			require.Less(t, prio, last)
			last = prio
		}
	}
}

// A client behind a forwarded port connects by the public address.
func TestPublicAddressConnects(t *testing.T) {
	s := newServer(t, Options{})
	r := through(t, s)
	s.public = publicCandidates([]netip.AddrPort{r.Addr()}, s.Port())
	for _, tcp := range []bool{false, true} {
		_, h, c := call(t, s, Permit{}, wish{tcpOnly: tcp})
		require.NoError(t, c.dc.SendText("hello"))
		require.Eventually(t, func() bool { return len(h.said()) == 1 }, 30*time.Second, time.Millisecond)
	}
	require.NotZero(t, r.Bytes())
}

// Listening on every interface leaves out what other machines cannot reach.
func TestListenEverywhere(t *testing.T) {
	s := newServer(t, Options{Listen: ":0"})
	_, answer, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.NoError(t, err)
	require.Contains(t, string(answer), "a=candidate:")
	want, err := localAddresses()
	require.NoError(t, err)
	for _, c := range values(strings.Split(string(answer), "\r\n"), "a=candidate:") {
		require.Contains(t, want, netip.MustParseAddr(strings.Fields(c)[4]))
	}
	for name, bridge := range map[string]bool{
		"eth0": false, "ens3": false, "wlan0": false, "bridge0": false, "en0": false, "bond0": false, "tailscale0": false,
		"docker0": true, "br-12ab": true, "veth1f": true, "cni0": true, "virbr0": true, "podman1": true, "lxcbr0": true,
	} {
		require.Equal(t, bridge, isBridge(name), name)
	}
}

func TestListenRefuses(t *testing.T) {
	for _, listen := range []string{"nowhere", "127.0.0.1:x", "127.0.0.1:70000", "example.com:0", "192.0.2.7:0"} {
		_, err := New(Options{Listen: listen})
		require.Error(t, err, listen)
	}
	s := newServer(t, Options{})
	_, err := New(Options{Listen: netipLoopback(s.Port()).String()})
	require.Error(t, err, "a taken port is said")
	newServer(t, Options{Listen: "localhost:0"})
}

func TestCertificateIsSharedForAWeek(t *testing.T) {
	var c certificates
	now := time.Now()
	a, err := c.at(now)
	require.NoError(t, err)
	b, err := c.at(now.Add(certificateLife - time.Second))
	require.NoError(t, err)
	require.True(t, a.Equals(b))
	d, err := c.at(now.Add(certificateLife))
	require.NoError(t, err)
	require.False(t, a.Equals(d))
	require.Greater(t, a.Expires(), now.Add(certificateLife+20*24*time.Hour), "a peer outlives no certificate")
}

func TestICEServers(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	got := Servers([]Relay{
		{URLs: []string{"stun:stun.example.org:3478"}},
		{URLs: []string{"turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"}, Secret: []byte("north")},
	}, now, 10*time.Minute, "b7f2")
	mac := hmac.New(sha1.New, []byte("north"))
	mac.Write([]byte("1700000600:b7f2"))
	require.Equal(t, []ICEServer{
		{URLs: []string{"stun:stun.example.org:3478"}},
		{
			URLs:     []string{"turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"},
			Username: "1700000600:b7f2", Credential: base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		},
	}, got)
	b, err := json.Marshal(got[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"urls":["stun:stun.example.org:3478"]}`, string(b))
	b, err = json.Marshal(Servers(nil, now, time.Minute, ""))
	require.NoError(t, err)
	require.Equal(t, "[]", string(b))
}

// An offer with nothing but a data channel is a call without sound.
func TestNoAudioLine(t *testing.T) {
	s := newServer(t, Options{})
	p, _, _ := call(t, s, Permit{}, wish{})
	require.False(t, p.Hears())
	require.Empty(t, p.Refused())
	st := p.Stats()
	st.RoundTrip, st.Queued = 0, 0
	require.Equal(t, Stats{Network: "udp"}, st)
}

// Offers of a video codec that we do not know are refused by line, not whole.
func TestUnknownVideoCodec(t *testing.T) {
	s := newServer(t, Options{})
	_, answer, err := s.Answer(context.Background(), text(replace("a=rtpmap:96 VP8/90000", "a=rtpmap:96 H266/90000")), Permit{}, newPerson())
	require.NoError(t, err)
	require.Contains(t, string(answer), "m=video 0 ")
	require.Equal(t, 3, strings.Count(string(answer), "\r\nm="))
}

// Every call shares the one UDP socket and the one TCP port.
func TestOnePortForAll(t *testing.T) {
	s := newServer(t, Options{})
	before := descriptors(t)
	for range 10 {
		p, answer, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
		require.NoError(t, err)
		defer p.Close("done")
		for _, c := range values(strings.Split(string(answer), "\r\n"), "a=candidate:") {
			require.Equal(t, strconv.Itoa(int(s.Port())), strings.Fields(c)[5], c)
		}
	}
	require.Equal(t, before, descriptors(t))
}
