package rtc

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
)

// A client whose certificate is not the one it announced gets nothing and
// gives nothing. // R73, CVE-2021-28681
func TestWrongFingerprint(t *testing.T) {
	s := newServer(t, Options{})
	h, c := newPerson(), newClient(t, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	offer := regexp.MustCompile(`(?m)^a=fingerprint:.*$`).ReplaceAllString(string(c.offer(t, nil)), "a=fingerprint:"+print256+"\r")
	p, answer, err := s.Answer(context.Background(), []byte(offer), Permit{}, h)
	require.NoError(t, err)
	c.take(t, answer)
	require.Equal(t, HandshakeFailed, within(t, 10*time.Second, h.lost, "loss"))
	require.ErrorIs(t, p.Send([]byte("x")), ErrClosed)
	select {
	case <-h.opened:
		t.Fatal("opened")
	default:
	}
	require.Empty(t, h.said())
	require.Empty(t, c.got())
	require.Empty(t, c.read())
}

// Whatever arrives at the port from strangers gets no answer and does no
// harm: noise, RTP, DTLS, STUN for nobody, STUN for somebody without the
// password, on UDP and on TCP.
func TestStrangersAtThePort(t *testing.T) {
	s := newServer(t, Options{})
	h := newPerson()
	_, answer, err := s.Answer(context.Background(), text(same), Permit{}, h)
	require.NoError(t, err)
	ufrag := regexp.MustCompile(`a=ice-ufrag:(\S+)`).FindStringSubmatch(string(answer))[1]
	packets := strangePackets(t, ufrag)

	c, err := net.Dial("udp", netipLoopback(s.Port()).String())
	require.NoError(t, err)
	defer c.Close()
	n, out, back := int(300**scale), 0, 0
	slowest := time.Duration(0)
	for i := range n {
		for _, p := range packets {
			_, _ = c.Write(p)
			out += len(p)
		}
		if i%100 == 0 {
			start := time.Now()
			call(t, s, Permit{}, wish{})
			slowest = max(slowest, time.Since(start))
		}
	}
	require.NoError(t, c.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	buf := make([]byte, 65536)
	for {
		n, err := c.Read(buf)
		if err != nil {
			break
		}
		back += n
	}
	t.Logf("n=%d packets, %d bytes in, %d bytes out; slowest good call meanwhile %v", n*len(packets), out, back, slowest)
	require.Zero(t, back)

	for _, p := range packets {
		c, err := net.Dial("tcp", netipLoopback(s.Port()).String())
		require.NoError(t, err)
		framed := binary.BigEndian.AppendUint16(nil, uint16(min(len(p), 65535)))
		_, _ = c.Write(append(framed, p...))
		require.NoError(t, c.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		n, _ := c.Read(buf)
		require.Zero(t, n)
		require.NoError(t, c.Close())
	}
	require.Empty(t, h.lost)
	call(t, s, Permit{}, wish{tcpOnly: true})
}

func strangePackets(t *testing.T, ufrag string) [][]byte {
	t.Helper()
	binding := func(user, password string) []byte {
		m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(user),
			stun.NewShortTermIntegrity(password), stun.Fingerprint)
		require.NoError(t, err)
		return m.Raw
	}
	noise := make([]byte, 1200)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	plain := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	broken := bytes.Clone(plain.Raw)
	broken[3] = 200 // longer than it is
	empty := stun.MustBuild(stun.TransactionID, stun.BindingSuccess, stun.RawAttribute{Type: stun.AttrXORMappedAddress})
	return [][]byte{
		noise, {}, {0}, noise[:1], bytes.Repeat([]byte{0x16, 0xfe, 0xfd}, 100),
		append([]byte{0x80, 111}, noise[:60]...), append([]byte{0x80, 200}, noise[:60]...),
		bytes.Repeat([]byte{1}, 60_000), plain.Raw, broken, empty.Raw,
		binding("nobody:abcd", "abcdefghijklmnopqrstuvwx"), binding(ufrag+":abcd", "a password that is wrong"),
		binding(ufrag, "x"), binding(strings.Repeat("u", 500)+":abcd", "x"),
	}
}

// Connections that say nothing are closed, and there are never too many.
func TestSilentTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	limited := &limitListener{Listener: l, free: make(chan struct{}, 2)}
	done := make(chan struct{})
	var accepted []net.Conn
	go func() {
		defer close(done)
		for {
			c, err := limited.Accept()
			if err != nil {
				return
			}
			accepted = append(accepted, c)
		}
	}()
	var conns []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		conns = append(conns, c)
	}
	for i, want := range []bool{true, true, false, false} {
		require.NoError(t, conns[i].SetReadDeadline(time.Now().Add(50*time.Millisecond)))
		_, err := conns[i].Read(make([]byte, 1))
		require.Equal(t, want, os.IsTimeout(err), "connection %d", i)
	}
	require.NoError(t, l.Close())
	<-done
	require.Len(t, accepted, 2)
	for _, c := range accepted {
		require.NoError(t, c.Close())
		_ = c.Close()
	}
	require.Empty(t, limited.free)
}

const canary = "CanaryQ7x"

// With pion told to trace everything, no word of an offer, a message or an
// address is printed or gets into an error. The same run finds a leak that is
// planted. // R1
func TestNothingIsLogged(t *testing.T) {
	run := func(leak string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCanaryChild$", "-test.v")
		cmd.Env = append(os.Environ(), "MAYFLY_TEST_CANARY=1", "MAYFLY_TEST_LEAK="+leak,
			"PION_LOG_TRACE=all", "PION_LOG_DEBUG=all", "PION_LOG_INFO=all", "PION_LOG_WARN=all", "PION_LOG_ERROR=all")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	out := run("")
	require.Contains(t, out, "the child is through")
	require.NotContains(t, strings.ToLower(out), strings.ToLower(canary))
	require.NotContains(t, out, "pion")
	require.Contains(t, run("1"), canary, "the positive control")
}

func TestCanaryChild(t *testing.T) {
	if os.Getenv("MAYFLY_TEST_CANARY") == "" {
		t.Skip("runs as a child of TestNothingIsLogged")
	}
	s, err := New(Options{})
	require.NoError(t, err)
	h := newPerson()
	c := newClient(t, wish{audio: webrtc.RTPTransceiverDirectionSendrecv, settings: func(e *webrtc.SettingEngine) {
		e.SetICECredentials(canary, canary+strings.Repeat("p", 22))
	}})
	offer := strings.Replace(string(c.offer(t, nil)), "s=-", "s="+canary, 1)
	p, answer, err := s.Answer(context.Background(), []byte(offer), Permit{}, h)
	require.NoError(t, err)
	c.take(t, answer)
	within(t, 10*time.Second, h.opened, "data channel")
	within(t, 10*time.Second, c.open, "data channel")
	require.NoError(t, c.dc.SendText(canary))
	require.NoError(t, p.Send([]byte(canary)))
	require.Eventually(t, func() bool { return len(h.said()) == 1 && len(c.read()) == 1 }, 30*time.Second, time.Millisecond)
	require.NoError(t, c.dc.Send([]byte(canary)))
	t.Log(within(t, 5*time.Second, h.lost, "loss"))
	for _, change := range []func(string) string{
		replace("a=mid:1", "a=mid:"+canary), replace("VP8/90000", canary+"/90000"), replace("opus/48000/2", canary+"/8000"),
		replace("t=0 0", "t="+canary), replace("a=sctp-port:5000", "a="+canary), replace("m=video 9", "m="+canary+" 9"),
		replace("abcdefghijklmnopqrstuvwx", canary+":"), replace("a=ssrc:77", "a=ssrc:"+canary), replace("9 UDP/TLS", canary+" UDP/TLS"),
		after("a=sctp-port:5000\r\n", "a=candidate:"+canary+" 1 udp x "+canary+".local 1 typ host\r\n"),
		replace(print256, canary), replace("BUNDLE 0 1 2", "BUNDLE 0 1 2 "+canary), replace("v=0", "v="+canary),
	} {
		_, _, err := s.Answer(context.Background(), text(change), Permit{Microphone: true}, newPerson())
		t.Log(err)
	}
	if os.Getenv("MAYFLY_TEST_LEAK") != "" {
		t.Log(canary)
	}
	require.NoError(t, s.Close())
	t.Log("the child is through", s.Counts().PionWarns)
}
