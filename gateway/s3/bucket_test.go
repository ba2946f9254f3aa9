package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The example of the published description of Signature Version 4, "GET
// Bucket (List Objects)".
func TestSignature(t *testing.T) {
	u, err := url.Parse("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J")
	require.NoError(t, err)
	r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}
	empty := sha256.Sum256(nil)
	r.Header.Set(contentHeader, hex.EncodeToString(empty[:]))
	r.Header.Set("Content-Type", "text/plain")
	c := NewCredential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	c.sign(r, "us-east-1", time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
	require.Equal(t, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"+
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", r.Header.Get("Authorization"))
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c), "wJal")
}

// scripted is a server that does as it is told. Without a script it is honest.
type scripted struct {
	mu      sync.Mutex
	objects map[string][]byte
	asked   []string
	sums    bool // it tells checksums
	script  func(w http.ResponseWriter, r *http.Request) (done bool)
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method)
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=id/") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if s.script != nil && s.script(w, r) {
		return
	}
	object, ok := s.objects[r.URL.Path]
	switch {
	case r.Method == http.MethodPut:
		s.objects[r.URL.Path] = body
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, md5.Sum(body)))
	case r.Method == http.MethodDelete:
		delete(s.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Path == "/bucket":
		fmt.Fprint(w, `<?xml version="1.0"?><ListBucketResult xmlns="x">`)
		for name := range s.objects {
			if strings.HasPrefix(name, "/bucket/"+r.URL.Query().Get("prefix")) {
				fmt.Fprint(w, "<Contents><Key>x</Key></Contents>")
				break
			}
		}
		fmt.Fprint(w, "</ListBucketResult>")
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		if hash := sha256.Sum256(object); s.sums {
			w.Header().Set(checksumHeader, base64.StdEncoding.EncodeToString(hash[:]))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(object)))
		if r.Method == http.MethodGet {
			_, _ = w.Write(object)
		}
	}
}

func (s *scripted) open(t *testing.T) (b *Bucket, pauses *[]time.Duration) {
	t.Helper()
	s.objects = map[string][]byte{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	pauses = &[]time.Duration{}
	b, err := Open(Options{Endpoint: server.URL, Region: "us-east-1", Bucket: "bucket", Prefix: "a/b", Credential: NewCredential("id", "hush-hush"), Private: true,
		Now: time.Now, Pause: func(_ context.Context, d time.Duration) error { *pauses = append(*pauses, d); return nil }})
	require.NoError(t, err)
	t.Cleanup(b.Close)
	return b, pauses
}

func TestBucket(t *testing.T) {
	for _, sums := range []bool{true, false} {
		s := &scripted{sums: sums}
		b, pauses := s.open(t)
		ctx, data := t.Context(), []byte("sealed")
		s.objects["/bucket/a/bc"] = nil // beside the prefix
		empty, err := b.Empty(ctx)
		require.NoError(t, err)
		require.True(t, empty)
		require.NoError(t, b.Put(ctx, "sessions/x y+z.age", data))
		require.Equal(t, data, s.objects["/bucket/a/b/sessions/x y+z.age"])
		empty, err = b.Empty(ctx)
		require.NoError(t, err)
		require.False(t, empty)
		for name, want := range map[string]bool{"sessions/x y+z.age": true, "none": false} {
			has, err := b.Has(ctx, name, len(data), sha256.Sum256(data))
			require.NoError(t, err)
			require.Equal(t, want, has, name)
		}
		for _, other := range []string{"Sealed", "sealed.", ""} {
			has, err := b.Has(ctx, "sessions/x y+z.age", len(other), sha256.Sum256([]byte(other)))
			require.NoError(t, err)
			require.False(t, has, other)
		}
		require.NoError(t, b.Delete(ctx, "sessions/x y+z.age"))
		require.NoError(t, b.Delete(ctx, "sessions/x y+z.age"))
		require.Len(t, s.objects, 1)
		require.Empty(t, *pauses)
	}
}

// A server that is hostile, broken or busy gets nowhere and takes no memory.
func TestHostile(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		block := bytes.Repeat([]byte("<Code>x"), 1<<14)
		for {
			if _, err := w.Write(block); err != nil || r.Method == http.MethodHead {
				return
			}
		}
	}
	busy := func(n int, status int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if n--; n < 0 {
				return false
			}
			w.WriteHeader(status)
			return true
		}
	}
	fault := func(status int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return true
		}
	}
	for name, c := range map[string]struct {
		script func(http.ResponseWriter, *http.Request) bool
		want   error
		pauses int
		text   string
	}{
		"busy":          {busy(3, 503), nil, 3, ""},
		"too many":      {busy(1, 429), nil, 1, ""},
		"always busy":   {busy(99, 500), ErrNoServer, attempts - 1, ""},
		"endless":       {func(w http.ResponseWriter, r *http.Request) bool { endless(w, r); return true }, nil, 0, "the server"},
		"endless fault": {func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(403); endless(w, r); return true }, ErrCredential, 0, ""},
		"redirect": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(307)
			return true
		}, ErrElsewhere, 0, ""},
		"not there":      {fault(404, "<Error><Code>NoSuchBucket</Code></Error>"), ErrNoBucket, 0, "NoSuchBucket"},
		"may not":        {fault(403, "<Error><Code>AccessDenied</Code></Error>"), ErrMayNot, 0, ""},
		"wrong key":      {fault(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), ErrCredential, 0, ""},
		"a quoted fault": {fault(400, "<Error><Code>secret words</Code>secret words</Error>"), ErrNoServer, 0, ""},
		"another page":   {fault(404, "<html>secret words</html>"), ErrNoServer, 0, ""},
		"forgets":        {func(w http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodPut }, ErrOther, 0, ""},
		"cuts": {func(w http.ResponseWriter, r *http.Request) bool {
			panic(http.ErrAbortHandler)
		}, ErrNoServer, attempts - 1, ""},
		// What it says of a put is not believed: what is there is looked at.
		"wrong ETag": {func(w http.ResponseWriter, r *http.Request) bool { w.Header().Set("ETag", `"0"`); return false }, nil, 0, ""},
		"wrong checksum": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set(checksumHeader, "AAAA")
			return false
		}, ErrOther, 0, ""},
		"longer": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodHead {
				w.Header().Set("Content-Length", "1000000000")
				return true
			}
			return false
		}, ErrOther, 0, ""},
		"other bytes": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				fmt.Fprint(w, "SEALED")
				return true
			}
			return false
		}, ErrOther, 0, ""},
		"endless bytes": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				endless(w, r)
				return true
			}
			return false
		}, ErrOther, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{script: c.script}
			b, waited := s.open(t)
			err := b.Put(t.Context(), "x", []byte("sealed"))
			if c.text == "the server" {
				require.Error(t, err)
			} else {
				require.ErrorIs(t, err, c.want)
			}
			require.Len(t, *waited, c.pauses)
			for i, p := range *waited {
				most := pauses.After(i)
				require.LessOrEqual(t, p, most)
				require.GreaterOrEqual(t, p, most/2)
			}
			if err != nil {
				require.NotContains(t, err.Error(), "secret words")
				require.Contains(t, err.Error(), c.text)
			}
			_, err = b.Empty(t.Context())
			if name == "another page" || name == "endless" {
				require.ErrorIs(t, err, ErrNoServer)
			}
		})
	}
}

// Whoever stops waiting waits no longer.
func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &scripted{script: func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); cancel(); return true }}
	b, _ := s.open(t)
	b.o.Pause = nil
	require.ErrorIs(t, b.Put(ctx, "x", nil), context.Canceled)
}

// A private address is reached only if the operator says so, whatever
// name leads there.
func TestWhere(t *testing.T) {
	s := &scripted{}
	good, _ := s.open(t)
	for name, change := range map[string]func(*Options){
		"this machine": func(o *Options) { o.Private = false },
		"by name": func(o *Options) {
			o.Private, o.Endpoint = false, strings.Replace(o.Endpoint, "127.0.0.1", "localhost", 1)
		},
		"private":         func(o *Options) { o.Private, o.Endpoint = false, "https://10.1.2.3" },
		"not encrypted":   func(o *Options) { o.Endpoint = "http://10.1.2.3" },
		"metadata":        func(o *Options) { o.Endpoint = "http://169.254.169.254" },
		"a path":          func(o *Options) { o.Endpoint += "/bucket" },
		"a password":      func(o *Options) { o.Endpoint = strings.Replace(o.Endpoint, "://", "://u:p@", 1) },
		"another scheme":  func(o *Options) { o.Endpoint = "ftp://example.org" },
		"no address":      func(o *Options) { o.Endpoint = "s3" },
		"bucket":          func(o *Options) { o.Bucket = "Bucket/../x" },
		"prefix":          func(o *Options) { o.Prefix = "a/../b" },
		"region":          func(o *Options) { o.Region = "eu/x" },
		"no key":          func(o *Options) { o.Credential = Credential{} },
		"a query":         func(o *Options) { o.Endpoint += "?x=y" },
		"nothing between": func(o *Options) { o.Prefix = "a//b" },
	} {
		t.Run(name, func(t *testing.T) {
			o := good.o
			change(&o)
			b, err := Open(o)
			if err == nil {
				_, err = b.Empty(t.Context())
			}
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hush-hush")
		})
	}
	require.Empty(t, s.asked)
}
