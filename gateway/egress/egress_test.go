package egress

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func parsed(t testing.TB, s string) *url.URL {
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

// open makes an Egress to one recipient named "r" and closes it in the end.
func open(t testing.TB, r Recipient, resolver *net.Resolver) (*Egress, *http.Client) {
	r.Name, r.Connect = "r", 300*time.Millisecond
	e, err := New(Options{Recipients: []Recipient{r}, Resolver: resolver})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	c, err := e.Client("r")
	require.NoError(t, err)
	return e, c
}

func reason(t testing.TB, err error) Reason {
	t.Helper()
	refusal, ok := errors.AsType[*Refusal](err)
	require.True(t, ok, "%v", err)
	return refusal.Reason
}

// table is B4: what an address that a name resolves to, or that is written in
// the URL, is taken for.
var table = []struct {
	address string
	want    class
}{
	{"127.0.0.1", loopback}, {"127.255.255.254", loopback}, {"::1", loopback}, {"::ffff:127.0.0.1", loopback},
	{"10.0.0.1", local}, {"10.255.255.255", local}, {"172.16.0.1", local}, {"172.31.255.255", local}, {"192.168.1.1", local}, {"100.64.0.1", local}, {"fd12::1", local}, {"fc00::1", local}, {"::ffff:10.0.0.1", local},
	{"0.0.0.0", never}, {"0.1.2.3", never}, {"::", never}, {"::ffff:0.0.0.0", never},
	{"169.254.169.254", never}, {"::ffff:169.254.169.254", never}, {"100.100.100.200", never}, {"fd00:ec2::254", never},
	{"fe80::1", never}, {"fe80::1%eth0", never}, {"fec0::1", never},
	{"64:ff9b::7f00:1", never}, {"64:ff9b::a9fe:a9fe", never}, {"64:ff9b::a00:1", never}, {"64:ff9b:1::1", never},
	{"2002:7f00:1::", never}, {"2002:a9fe:a9fe::", never}, {"2001::1", never}, {"::7f00:1", never},
	{"192.0.0.8", never}, {"192.0.2.1", never}, {"198.18.0.1", never}, {"198.51.100.1", never}, {"203.0.113.1", never}, {"224.0.0.1", never}, {"240.0.0.1", never}, {"255.255.255.255", never}, {"ff02::1", never}, {"2001:db8::1", never}, {"100::1", never},
	{"1.1.1.1", public}, {"172.15.0.1", public}, {"172.32.0.1", public}, {"192.169.0.1", public}, {"100.128.0.1", public}, {"2606:4700::1111", public}, {"64:ff9b::101:101", public}, {"::ffff:1.1.1.1", public}, {"2002:101:101::", public},
}

func TestClassify(t *testing.T) {
	for _, c := range table {
		require.Equal(t, c.want, classify(netip.MustParseAddr(c.address)), c.address)
	}
	t.Logf("n = %d", len(table))
}

// A name that resolves to each address of the table, through a real DNS
// server and a real dial: what may not be reached is refused at the socket.
func TestDialTable(t *testing.T) {
	for _, c := range table {
		a := netip.MustParseAddr(c.address)
		if a.Zone() != "" {
			continue // cannot come out of DNS
		}
		for _, permitted := range []bool{false, true} {
			if c.want == public || permitted && c.want != never {
				continue // would be dialled
			}
			resolver := serveDNS(t, func(int) netip.Addr { return a })
			e, client := open(t, Recipient{URL: parsed(t, "https://rebind.test/v1"), Local: permitted}, resolver)
			_, err := client.Get("https://rebind.test/v1")
			require.Equal(t, Address, reason(t, err), "%s", c.address)
			require.Zero(t, e.Opened("r"))
		}
	}
}

// A name that answers with another address the second time gains nothing: the
// check is where the socket connects. R57
func TestRebinding(t *testing.T) {
	reached := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer server.Close()
	port := parsed(t, server.URL).Port()
	resolver := serveDNS(t, func(n int) netip.Addr {
		if n%2 == 0 {
			return netip.MustParseAddr("1.1.1.1")
		}
		return netip.MustParseAddr("127.0.0.1")
	})
	address := "http://flip.test:" + port
	e, client := open(t, Recipient{URL: parsed(t, address), Plaintext: true}, resolver)
	refused := 0
	for range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
		require.NoError(t, err)
		_, err = client.Do(req)
		require.Error(t, err)
		if r, ok := errors.AsType[*Refusal](err); ok {
			require.Equal(t, Address, r.Reason)
			refused++
		}
		cancel()
	}
	require.Positive(t, refused, "the flipped address came up")
	require.Zero(t, reached)
	require.Zero(t, e.Opened("r"))

	// The same name is reached when the operator wrote it: the check does not
	// refuse everything.
	_, client = open(t, Recipient{URL: parsed(t, address), Local: true}, serveDNS(t, func(int) netip.Addr { return netip.MustParseAddr("127.0.0.1") }))
	resp, err := client.Get(address)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 1, reached)
}

// URLs that New refuses, each naming the recipient and the remedy.
func TestURLs(t *testing.T) {
	for _, c := range []struct {
		url       string
		local     bool
		plaintext bool
		want      string // empty: accepted
	}{
		{"https://models.example/v1", false, false, ""},
		{"https://models.example:8443/v1", false, false, ""},
		{"http://localhost:11434/v1", true, false, ""},
		{"http://127.0.0.1:11434/v1", true, false, ""},
		{"http://[::1]:11434/v1", true, false, ""},
		{"https://10.1.2.3/v1", true, false, ""},
		{"http://10.1.2.3/v1", true, true, ""},
		{"http://10.1.2.3/v1", true, false, "http to another machine; use https, or permit plaintext"},
		{"http://1.1.1.1/v1", false, false, "http to another machine"},
		{"https://127.0.0.1/v1", false, false, "only the operator's configuration may name it"},
		{"https://10.1.2.3/v1", false, false, "only the operator's configuration may name it"},
		{"https://[::ffff:127.0.0.1]/", false, false, "only the operator's configuration may name it"},
		{"https://169.254.169.254/latest", true, true, "may not be reached"},
		{"https://0.0.0.0/", true, true, "may not be reached"},
		{"https://[64:ff9b::7f00:1]/", true, true, "may not be reached"},
		{"https://[fe80::1%25eth0]/", true, true, "without a zone"},
		{"https://0177.0.0.1/", true, true, "four decimal numbers"},
		{"https://2130706433/", true, true, "four decimal numbers"},
		{"https://0x7f.1/", true, true, "four decimal numbers"},
		{"https://0x7f000001/", true, true, "four decimal numbers"},
		{"https://127.1/", true, true, "four decimal numbers"},
		{"https://localhost./", true, true, "full stop at its end"},
		{"https://user:pw@models.example/", false, false, "use a key file"},
		{"https://models.example/?key=1", false, false, "leave it out"},
		{"https://models.example/#x", false, false, "leave it out"},
		{"gopher://models.example/", false, false, `scheme "gopher"`},
		{"unix:/run/x.sock", false, false, `scheme "unix"`},
		{"file:///etc/passwd", false, false, `scheme "file"`},
		{"//models.example/", false, false, `scheme ""`},
		{"https:///v1", false, false, "no host"},
		{"https:opaque", false, false, "leave it out"},
		{"https://mödels.example/", false, false, "punycode"},
	} {
		_, err := New(Options{Recipients: []Recipient{{Name: "r", URL: parsed(t, c.url), Local: c.local, Plaintext: c.plaintext}}})
		if c.want == "" {
			require.NoError(t, err, c.url)
			continue
		}
		require.ErrorContains(t, err, c.want, c.url)
		require.ErrorContains(t, err, `"r"`, c.url)
		require.NotContains(t, err.Error(), "pw")
	}
	_, err := New(Options{Recipients: []Recipient{{Name: "a"}, {URL: parsed(t, "https://x.example")}, {Name: "b", URL: parsed(t, "https://x.example")}, {Name: "b", URL: parsed(t, "https://y.example")}}})
	require.ErrorContains(t, err, `"a": no URL`)
	require.ErrorContains(t, err, "without a name")
	require.ErrorContains(t, err, "used twice")
}

// Nothing is reached that was not registered. R57
func TestUnregistered(t *testing.T) {
	e, err := New(Options{})
	require.NoError(t, err)
	_, err = e.Client("anything")
	require.Equal(t, Unregistered, reason(t, err))
	require.Zero(t, e.Opened("anything"))
}

// http to another machine is refused at the socket, whatever the name says.
func TestPlaintext(t *testing.T) {
	resolver := serveDNS(t, func(int) netip.Addr { return netip.MustParseAddr("10.9.8.7") })
	_, client := open(t, Recipient{URL: parsed(t, "http://localhost.test:1/"), Local: true}, resolver)
	_, err := client.Get("http://localhost.test:1/")
	require.Equal(t, Unencrypted, reason(t, err))
}

// The credential is sent to its own host, and neither it nor anything else to
// another, whatever URL a request has. B5
func TestCredentialStaysWithItsHost(t *testing.T) {
	var got []string
	record := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Host+" "+r.Header.Get("Authorization"))
	})
	own, other := httptest.NewServer(record), httptest.NewServer(record)
	defer own.Close()
	defer other.Close()
	secret := "sk-one\n"
	e, client := open(t, Recipient{URL: parsed(t, own.URL), Local: true, Key: func() ([]byte, error) { return []byte(secret), nil }}, nil)

	resp, err := client.Get(own.URL + "/chat")
	require.NoError(t, err)
	resp.Body.Close()
	secret = "sk-two"
	req, err := http.NewRequest("GET", own.URL+"/chat", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer of somebody else")
	resp, err = client.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	host := parsed(t, own.URL).Host
	require.Equal(t, []string{host + " Bearer sk-one", host + " Bearer sk-two"}, got)

	for _, to := range []string{other.URL, strings.Replace(own.URL, "http://", "http://u@", 1), strings.Replace(own.URL, "http", "https", 1), strings.Replace(own.URL, "127.0.0.1", "localhost", 1)} {
		_, err = client.Get(to)
		require.Equal(t, OtherHost, reason(t, err), to)
	}
	req, err = http.NewRequest("GET", own.URL, nil)
	require.NoError(t, err)
	req.Host = "metadata.internal"
	_, err = client.Do(req)
	require.Equal(t, OtherHost, reason(t, err))
	require.Len(t, got, 2, "nothing more was sent")
	require.EqualValues(t, 1, e.Opened("r"), "one connection served both")

	for _, bad := range []string{"", "two\nlines", "spa ce", "ключ"} {
		secret = bad
		_, err = client.Get(own.URL)
		require.Equal(t, NoCredential, reason(t, err))
	}
	require.Len(t, got, 2)
}

// Without a credential of its own a recipient gets none at all.
func TestNoForeignCredential(t *testing.T) {
	got := "nothing came"
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer server.Close()
	_, client := open(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
	req, err := http.NewRequest("GET", server.URL, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer of somebody else")
	resp, err := client.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Empty(t, got)
}

// The dialler itself knows one address, whatever asks it.
func TestDialsOneAddress(t *testing.T) {
	e, _ := open(t, Recipient{URL: parsed(t, "http://127.0.0.1:9"), Local: true}, nil)
	_, err := e.gates["r"].transport.DialContext(t.Context(), "tcp", "127.0.0.1:10")
	require.Equal(t, OtherHost, reason(t, err))
}

func TestRedirect(t *testing.T) {
	reached := 0
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer target.Close()
	for _, code := range []int{300, 301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", target.URL+"/canary")
			w.WriteHeader(code)
		}))
		_, client := open(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
		_, err := client.Post(server.URL, "text/plain", strings.NewReader("words"))
		require.Equal(t, Redirected, reason(t, err), "%d", code)
		require.NotContains(t, err.Error(), "canary")
		server.Close()
	}
	require.Zero(t, reached)
}

// A proxy in the environment is not used.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:9")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:9")
	e, _ := open(t, Recipient{URL: parsed(t, "https://models.example")}, nil)
	require.Nil(t, e.gates["r"].transport.Proxy)
}

// Cancelling a request closes its connection at once.
func TestCancelCloses(t *testing.T) {
	closed := make(chan struct{})
	started := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		close(started)
		<-r.Context().Done()
		close(closed)
	}))
	defer server.Close()
	_, client := open(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	<-started
	cancel()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Fatal("the connection stayed open")
	}
}

// A back end that speaks when it was not asked is hung up on, and what it said
// is not in the log, where net/http would print it.
func TestUnasked(t *testing.T) {
	var printed strings.Builder
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	ended := make(chan error, 1)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			ended <- err
			return
		}
		defer c.Close()
		in := bufio.NewReader(c)
		if _, err := http.ReadRequest(in); err != nil {
			ended <- err
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		time.Sleep(50 * time.Millisecond) // the client has read it and waits
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary")
		_, err = in.ReadByte()
		ended <- err
	}()
	address := "http://" + listener.Addr().String()
	e, client := open(t, Recipient{URL: parsed(t, address), Local: true}, nil)
	resp, err := client.Get(address)
	require.NoError(t, err)
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "ok", string(got))
	resp.Body.Close()
	require.Error(t, <-ended, "the connection is closed")
	e.Close()
	time.Sleep(10 * time.Millisecond)
	require.Empty(t, printed.String())
}

// Connections are used again, and by many at once.
func TestReuse(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	defer server.Close()
	e, client := open(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				resp, err := client.Post(server.URL, "text/plain", strings.NewReader("words"))
				if err != nil {
					t.Error(err)
					return
				}
				got, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if string(got) != "words" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
	require.Less(t, e.Opened("r"), int64(40), "of 400 requests")
}
