package gateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

// A benchmark that counts memory or CPU has its server in a process of its
// own, so that the clients are not counted with it. That process is this test
// program again, with its part in childEnv: it prints a ready line, answers
// each line on its standard input with a look, and ends with its input.
const childEnv = "MAYFLY_BENCH_CHILD"

// ready is the child's first line.
type ready struct{ Address, Key string }

// look is what a process has used up to now.
type look struct {
	CPU time.Duration // user and system, of the whole process
	RSS int64         // bytes
}

// TestBenchChild is that process. It is no test.
func TestBenchChild(t *testing.T) {
	part := os.Getenv(childEnv)
	if part == "" {
		t.Skip("the server process of the benchmarks")
	}
	name, size, _ := strings.Cut(part, " ")
	var at ready
	switch name {
	case "gateway":
		s, key := benchGateway(t, &scripted{sentences: deltas(40)}, nil, false)
		at = ready{s.URL, key}
	case "gorilla":
		at = ready{bareGorilla(t).URL, ""}
	case "raw":
		var in, out int
		_, err := fmt.Sscan(size, &in, &out)
		require.NoError(t, err)
		at = ready{rawEcho(t, in, out), ""}
	}
	write := json.NewEncoder(os.Stdout)
	require.NoError(t, write.Encode(at))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "gc" {
			debug.FreeOSMemory()
		}
		require.NoError(t, write.Encode(lookAtMyself(t)))
	}
}

// child is such a process, from outside.
type child struct {
	ready
	in  io.Writer
	out *json.Decoder
}

func startChild(b *testing.B, part string) *child {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchChild$", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), childEnv+"="+part)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	c := &child{in: in, out: json.NewDecoder(out)}
	require.NoError(b, c.out.Decode(&c.ready))
	return c
}

// look asks the process what it has used; how "gc" collects garbage first.
func (c *child) look(b *testing.B, how string) look {
	b.Helper()
	_, err := fmt.Fprintln(c.in, how)
	require.NoError(b, err)
	var l look
	require.NoError(b, c.out.Decode(&l))
	return l
}

func lookAtMyself(t testing.TB) look {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	statm, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	require.NoError(t, err)
	return look{time.Duration(u.Utime.Nano() + u.Stime.Nano()), pages * int64(os.Getpagesize())}
}

// benchGateway is a gateway on a real socket without limits on how often one
// client may begin.
func benchGateway(t testing.TB, engine avatar.Engine, v voice.Voice, media bool) (*httptest.Server, string) {
	return benchCasting(t, stageHand{engine, v}, media)
}

func benchCasting(t testing.TB, cast Casting, media bool) (*httptest.Server, string) {
	t.Helper()
	key, hash := tenant.NewKey()
	dir, err := tenant.NewDirectory([]tenant.Tenant{{
		ID: "acme", Name: "Acme", Keys: []tenant.Key{{Hash: hash}},
		Limits:  tenant.Limits{Sessions: 1_000_000},
		Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Languages: []string{"en"}}},
	}})
	require.NoError(t, err)
	o := Options{Directory: dir, Casting: cast, Sessions: 1_000_000}
	if media {
		o.Media, err = rtc.New(rtc.Options{NewEncoder: func(mime string) (rtc.Encoder, error) { return audio.NewEncoder(audio.Codec(mime)) }})
		require.NoError(t, err)
	}
	s := New(o)
	s.edge.token = newKeyedLimiter[[32]byte](1e6, 1e6, 10)
	s.edge.tenant = newKeyedLimiter[string](1e6, 1e6, 10)
	s.edge.address.every, s.edge.address.burst = 1e6, 1e6
	unlimited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Handler().ServeHTTP(w, r)
		for _, c := range s.registry.all() { // a benchmark talks faster than a person may
			if s.registry.count() < 100 {
				c.inlet.SetLimit(rate.Inf)
			}
		}
	})
	h := httptest.NewServer(unlimited)
	t.Cleanup(func() {
		s.Close()
		h.Close()
		if o.Media != nil {
			_ = o.Media.Close()
		}
	})
	return h, key
}

// demoEngine is what answers in the demonstration.
func demoEngine(t testing.TB) avatar.Engine {
	k, err := resident.Demo()
	require.NoError(t, err)
	return candour.Wrap(resident.New(k))
}

// deltas are n sentences that a burst of a model would bring.
func deltas(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "six or seven words at a time,"
	}
	return all
}

// bareGorilla is the floor for a session at rest: gorilla's own server with
// the buffers that ours has, one reader on its own goroutine, and no state.
func bareGorilla(t testing.TB) *httptest.Server {
	up := websocket.Upgrader{ReadBufferSize: 256, WriteBufferPool: &sync.Pool{}, CheckOrigin: func(*http.Request) bool { return true }}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		go func() {
			defer ws.Close()
			for {
				if _, _, err := ws.NextReader(); err != nil {
					return
				}
			}
		}()
	}))
	t.Cleanup(func() { h.CloseClientConnections(); h.Close() })
	return h
}

// rawEcho is the limit of everything that answers over TCP: it reads in bytes
// and writes out bytes, in one write, and knows nothing else.
func rawEcho(t testing.TB, in, out int) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				ask, answer := make([]byte, in), make([]byte, out)
				for {
					if _, err := io.ReadFull(c, ask); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// echoer is a client of rawEcho.
type echoer struct {
	c           net.Conn
	ask, answer []byte
}

func dialEcho(b *testing.B, address string, in, out int) *echoer {
	c, err := net.Dial("tcp", address)
	require.NoError(b, err)
	b.Cleanup(func() { _ = c.Close() })
	return &echoer{c, make([]byte, in), make([]byte, out)}
}

// turn sends, waits for all of the answer and says how long that took.
func (e *echoer) turn(b *testing.B) time.Duration {
	start := time.Now()
	_, err := e.c.Write(e.ask)
	require.NoError(b, err)
	_, err = io.ReadFull(e.c, e.answer)
	require.NoError(b, err)
	return time.Since(start)
}

// percentile of what was measured; p is 0 to 1.
func percentile(d []time.Duration, p float64) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[min(int(float64(len(d))*p), len(d)-1)]
}

func inMS(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
