package gateway

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

// siege is a gateway with good clients on it, on WebSockets and on calls, whose
// echoes are timed before an attack and during it.
type siege struct {
	*rig
	good []*client
}

// goodClients are those that go on while something is attacked.
const goodClients = 5

func newSiege(t *testing.T) *siege {
	t.Helper()
	long := strings.Repeat("a", 2000)
	engine := &scripted{sentences: slices.Repeat([]string{long}, 30)}
	s := &siege{rig: newRig(t, engine, tone{}, withMedia(t), func(_ *Options, tn *tenant.Tenant) { tn.Limits.Sessions = 1e6 })}
	s.unlimited()
	for i := range goodClients {
		if i == 0 {
			p, _ := s.call(listener, "")
			s.good = append(s.good, p.client)
		} else {
			s.good = append(s.good, s.connect())
		}
	}
	for _, c := range s.good {
		c.acknowledge(c.aware("text"))
		c.await("avatar.state", 1)
	}
	return s
}

// echo is how long a good client waits for the answer to an event.
func (c *client) echo(id string) time.Duration {
	start := time.Now()
	c.send(event{"type": "response.cancel", "event_id": id}) // it is input, so nobody is idle
	for {
		for _, e := range slices.Backward(c.all()) {
			if e.at("error", "event_id") == id {
				return time.Since(start)
			}
		}
		select {
		case <-c.more:
		case <-c.done:
			c.t.Errorf("a good client was hung up on: %v", c.err)
			return time.Since(start)
		case <-time.After(10 * time.Second):
			c.t.Error("a good client waits for ten seconds")
			return time.Since(start)
		}
	}
}

// echoes times good clients until stop closes.
func (s *siege) echoes(stop <-chan struct{}) []time.Duration {
	var all []time.Duration
	for i := 0; ; i++ {
		for _, c := range s.good {
			c.mu.Lock()
			c.events = nil
			c.mu.Unlock()
			all = append(all, c.echo(fmt.Sprintf("echo-%d", i)))
		}
		select {
		case <-stop:
			return all
		case <-time.After(20 * time.Millisecond): // below the rate that a client may have
		}
	}
}

// under has the good clients go on while something is attacked n times over,
// prints what they feel of it, and demands that nothing is left: no session,
// no goroutine.
func (s *siege) under(attack func()) {
	s.t.Helper()
	before := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { close(before) })
	calm := s.echoes(before)
	goroutines := runtime.NumGoroutine()
	stop := make(chan struct{})
	var felt []time.Duration
	var wg sync.WaitGroup
	wg.Go(func() { felt = s.echoes(stop) })
	start := time.Now()
	attack()
	took := time.Since(start)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	most := runtime.NumGoroutine()
	close(stop)
	wg.Wait()
	s.t.Logf("good clients' echo p50 %v p99 %v before, %v %v during %v; %d goroutines, %d MB", percentile(calm, .5), percentile(calm, .99),
		percentile(felt, .5), percentile(felt, .99), took.Round(time.Millisecond), most, m.HeapAlloc>>20)
	require.Eventually(s.t, func() bool { return s.server.Sessions() == goodClients }, 25*time.Second, 20*time.Millisecond, "sessions are left: %d", s.server.Sessions())
	require.Eventually(s.t, func() bool { http.DefaultClient.CloseIdleConnections(); return runtime.NumGoroutine() <= goroutines+5 }, 25*time.Second, 20*time.Millisecond)
	for _, c := range s.good {
		c.echo("afterwards")
	}
}

// times is how often an attack is made: n, by the scale.
func times(n int) int { return max(int(float64(n)**scale), 1) }

// rawConn is a TCP connection to the gateway.
func (s *siege) rawConn() net.Conn {
	c, err := net.Dial("tcp", strings.TrimPrefix(s.http.URL, "http://"))
	if err != nil {
		s.t.Error(err)
		return nil
	}
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	return c
}

// A header that comes a byte at a time is hung up on when its time is over,
// however many there are. // R75
func TestAttackSlowHeaders(t *testing.T) {
	s := newSiege(t)
	n := min(times(200), 5000)
	s.under(func() {
		var wg sync.WaitGroup
		for range n {
			c := s.rawConn()
			if c == nil {
				break
			}
			wg.Go(func() {
				defer c.Close()
				_, _ = io.WriteString(c, "GET /v1/realtime HTTP/1.1\r\nHost: x\r\nX: ")
				for range 100 {
					if _, err := c.Write([]byte("a")); err != nil {
						return
					}
					time.Sleep(50 * time.Millisecond)
				}
				t.Error("a slow header was waited for")
			})
		}
		wg.Wait()
	})
	t.Logf("n = %d connections", n)
}

// A body that does not come costs its sender a connection, and nobody else. // R75
func TestAttackSlowBodies(t *testing.T) {
	s := newSiege(t)
	n := min(times(200), 5000)
	s.under(func() {
		var open []net.Conn
		for i := range n {
			c := s.rawConn()
			if c == nil {
				break
			}
			auth := "Authorization: Bearer " + s.key + "\r\n"
			if i%2 == 0 {
				auth = ""
			}
			_, _ = io.WriteString(c, "POST "+callsPath+" HTTP/1.1\r\nHost: x\r\n"+auth+"Content-Type: application/sdp\r\nContent-Length: 1000\r\n\r\nv=0")
			open = append(open, c)
		}
		time.Sleep(300 * time.Millisecond)
		for _, c := range open {
			_ = c.Close()
		}
	})
	t.Logf("n = %d connections", n)
}

// Clients that ask for floods and read none are hung up on. // R75
func TestAttackSlowReaders(t *testing.T) {
	s := newSiege(t)
	n := min(times(20), 500)
	s.under(func() {
		var open []net.Conn
		for range n {
			c := s.connectDead()
			open = append(open, c)
			_, _ = c.Write(rawFrame{op: opPing, payload: []byte("x")}.bytes())
		}
		require.Eventually(t, func() bool { return s.server.Sessions() <= goodClients }, 30*time.Second, 20*time.Millisecond)
		for _, c := range open {
			_ = c.Close()
		}
	})
	t.Logf("n = %d clients", n)
}

// Connections by the thousand, that say nothing, rubbish, half a handshake, or
// open a session and vanish. // R75
func TestAttackConnectionStorm(t *testing.T) {
	s := newSiege(t)
	n := times(300)
	noise := make([]byte, 512)
	_, _ = rand.Read(noise)
	openings := [][]byte{
		nil, noise, []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
		[]byte("GET /v1/realtime HTTP/1.1\r\nHost: x\r\n"), s.handshakeOf(header("Authorization", "-")), s.handshakeOf(header("Authorization", "Bearer ek_x")),
		s.handshakeOf(unchanged), s.handshakeOf(unchanged),
		append(s.handshakeOf(unchanged), textFrame(`{"type":"response.create"}`).bytes()...),
		append(s.handshakeOf(unchanged), rawFrame{op: opText, declared: 1000, payload: []byte(`{"type":`)}.bytes()...),
		[]byte("GET " + strings.Repeat("/", 100_000) + " HTTP/1.1\r\n\r\n"),
		[]byte("GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 20_000) + "\r\n"),
		[]byte("POST " + callsPath + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzzz\r\n"),
	}
	s.under(func() {
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := worker; i < n; i += 4 {
					c := s.rawConn()
					if c == nil {
						return
					}
					_, _ = c.Write(openings[i%len(openings)])
					if i%3 == 0 {
						_ = c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
						_, _ = c.Read(make([]byte, 100))
					}
					_ = c.Close()
				}
			})
		}
		wg.Wait()
	})
	t.Logf("n = %d connections of %d kinds", n, len(openings))
}

// Frames as fast as they go: pings, pongs, messages, long messages, empty
// parts of a message without end. // R75
func TestAttackFrameFlood(t *testing.T) {
	s := newSiege(t)
	n := times(20_000)
	ended := "message_rate_exceeded"
	for name, c := range map[string]struct {
		head, frame rawFrame
		reason      string // of the close; empty: the attacker is only let be
	}{
		"pings":       {frame: rawFrame{op: opPing, payload: make([]byte, 125)}, reason: ended},
		"pongs":       {frame: rawFrame{op: opPong}, reason: ended},
		"messages":    {frame: textFrame(`{"type":"response.cancel"}`), reason: ended},
		"rubbish":     {frame: textFrame(`{`), reason: ended},
		"long ones":   {frame: textFrame(`{"type":"x","x":"` + strings.Repeat("a", 100_000) + `"}`), reason: ended},
		"empty parts": {head: rawFrame{op: opText, more: true}, frame: rawFrame{more: true}},
		"tiny parts":  {head: rawFrame{op: opText, more: true, payload: []byte(`{"x":"`)}, frame: rawFrame{more: true, payload: []byte("a")}},
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.under(func() {
				w := s.open()
				defer w.Close()
				if c.head.op != 0 {
					w.put(c.head)
				}
				batch := bytes.Repeat(c.frame.bytes(), max(1, 16<<10/len(c.frame.bytes())))
				per := len(batch) / len(c.frame.bytes())
				got := make(chan string, 1)
				go func() {
					for {
						op, payload, err := w.next()
						if err != nil {
							got <- ""
							return
						}
						if op == opClose && len(payload) > 2 {
							got <- string(payload[2:])
							return
						}
					}
				}()
				for sent := 0; sent < n; sent += per {
					if _, err := w.Write(batch); err != nil {
						break
					}
				}
				if c.reason == "" {
					_ = w.Close()
				}
				require.Equal(t, c.reason, <-got)
			})
			t.Logf("n = %d frames", n)
		})
	}
}

// Offers that are bombs, and offers that are good and never connect. // R75
func TestAttackOffers(t *testing.T) {
	s := newSiege(t)
	offer := newPhone(t, listener).offer()
	bombs := []string{
		offer + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 2000),
		offer + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 400),
		offer + strings.Repeat("a=candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host\r\n", 20_000),
		offer + strings.Repeat("a=candidate:1 1 udp 2113937151 x.local 5000 typ host\r\n", 200),
		strings.Repeat("\n", rtc.MaxOffer), strings.Repeat("a=\r\n", rtc.MaxOffer/4), "v=0\r\n" + strings.Repeat("a=group:BUNDLE "+strings.Repeat("0 ", 900)+"\r\n", 8),
		strings.ReplaceAll(offer, "a=mid:0", "a=mid:0\r\na=mid:0"), strings.ReplaceAll(offer, "sha-256", "md5"),
		strings.ReplaceAll(offer, "UDP/TLS/RTP/SAVPF", "RTP/AVP"), string(make([]byte, 1000)), "",
	}
	n := times(300)
	h := http.Header{"Authorization": {"Bearer " + s.key}, "Content-Type": {"application/sdp"}}
	s.under(func() {
		for i := range n {
			answer := s.ask("POST", callsPath, h, strings.NewReader(bombs[i%len(bombs)]))
			if answer.status != 400 && answer.status != 413 {
				t.Fatalf("bomb %d: %d", i%len(bombs), answer.status)
			}
		}
	})
	t.Logf("n = %d bombs of %d kinds", n, len(bombs))

	// One token gets as far as its limit with offers that are good.
	s.server.edge = newEdge(nil)
	answered := 0
	for range 3 * startsTokenBurst {
		if s.ask("POST", callsPath, h, strings.NewReader(offer)).status == 201 {
			answered++
		}
	}
	t.Logf("%d of %d good offers of one token were answered", answered, 3*startsTokenBurst)
	require.LessOrEqual(t, answered, startsTokenBurst+5)
}

// Data channels: more than two, too many messages, too large, not text; and
// whole calls that open and are cut. Each ends its own call. // R75
func TestAttackChannels(t *testing.T) {
	s := newSiege(t)
	n := times(4)
	// What is sent fast enough to be there within the time that is waited weighs
	// more than may come in that time: a flood goes on only if it is slower.
	const within, messages = 20 * time.Second, 2400
	require.Greater(t, messages, messageBurst+int(within/time.Second)*messagesPerSecond)
	long := `{"type":"x","x":"` + strings.Repeat("a", 60_000) + `"}`
	floods := map[string]func(*phone){
		"channels": func(p *phone) {
			for range 100 {
				if _, err := p.pc.CreateDataChannel("flood", nil); err != nil {
					return
				}
			}
		},
		"messages": func(p *phone) {
			for range messages {
				if p.dc.SendText(`{"type":"response.cancel"}`) != nil {
					return
				}
			}
		},
		"long messages": func(p *phone) {
			for range messages / weight([]byte(long)) {
				if p.dc.SendText(long) != nil {
					return
				}
			}
		},
		"bytes": func(p *phone) { _ = p.dc.Send([]byte{0}) },
		"gone":  func(p *phone) { _ = p.pc.Close() },
	}
	for name, flood := range floods {
		t.Run(name, func(t *testing.T) {
			s.t = t
			n := n
			if name == "long messages" && testing.Short() { // under the race detector each may take all of its time
				n = 1
			}
			s.under(func() {
				for range n {
					p, _ := s.call(line{audio: webrtc.RTPTransceiverDirectionRecvonly}, "")
					flood(p)
					select {
					case <-p.done:
					case <-time.After(within):
						switch {
						case name == "gone":
						case p.dc.BufferedAmount() > 0:
							t.Log("the channel is slower than what may come")
						default:
							t.Error("the flood goes on")
						}
					}
					_ = p.pc.GracefulClose()
				}
			})
			t.Logf("n = %d calls", n)
		})
	}
}

// Credentials and resume tokens by the thousand, none of them good: nothing is
// opened, and nothing remembers them. // R74 R75
func TestAttackGuesses(t *testing.T) {
	s := newSiege(t)
	n := times(1000)
	s.under(func() {
		for i := range n {
			h := http.Header{"Authorization": {"Bearer " + newSecret([]string{"ek_", "rt_", "mf_", "sk-"}[i%4])}}
			if i%2 == 0 {
				h["Sec-Websocket-Protocol"] = []string{resumeProtocol + newSecret(resumePrefix)}
			}
			if status, code := s.knock(h); status != 401 || code != "invalid_credential" {
				t.Fatalf("%d %s", status, code)
			}
		}
	})
	s.server.registry.mu.Lock()
	defer s.server.registry.mu.Unlock()
	require.LessOrEqual(t, len(s.server.registry.resumes), goodClients)
	t.Logf("n = %d guesses", n)
}
