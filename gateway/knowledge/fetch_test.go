package knowledge

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/egress"
)

// web is a server of pages that notes what it is asked.
type web struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked []*http.Request
}

func newWeb(t *testing.T) *web {
	w := &web{pages: map[string]http.HandlerFunc{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.Clone(t.Context()))
		page := w.pages[r.URL.RequestURI()]
		w.mu.Unlock()
		if page == nil {
			http.NotFound(rw, r)
			return
		}
		page(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *web) put(path string, page http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[path] = page
}

func (w *web) requests() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

func typed(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}

const hours = `<html lang="en"><title>Hours</title><body><h1>Hours</h1><h2>Library</h2><p>The library opens at nine.</p></body></html>`

// pages makes a base of pages, over the guarded way that the program uses. Only
// pages of the list have a recipient.
func pages(t *testing.T, local bool, addresses ...string) *Base {
	var all []*url.URL
	var recipients []egress.Recipient
	for _, a := range addresses {
		u, err := url.Parse(a)
		require.NoError(t, err)
		all = append(all, u)
		name := u.Scheme + "://" + u.Host
		known := false
		for _, r := range recipients {
			known = known || r.Name == name
		}
		if !known {
			recipients = append(recipients, egress.Recipient{Name: name, URL: &url.URL{Scheme: u.Scheme, Host: u.Host}, Local: local})
		}
	}
	out, err := egress.New(egress.Options{Recipients: recipients})
	require.NoError(t, err)
	t.Cleanup(out.Close)
	return New(Options{Pages: all, Fetch: func(u *url.URL) (*http.Client, error) { return out.Client(u.Scheme + "://" + u.Host) }})
}

// due makes all pages due now, as time would.
func (b *Base) expire() {
	b.reading.Lock()
	defer b.reading.Unlock()
	for _, it := range b.items {
		if it.page != nil {
			it.page.at, it.page.wait, it.page.failed = time.Now().Add(-2*time.Hour), time.Time{}, 0
		}
	}
}

// A page is fetched once, asked for again by what its server said of it, and
// read anew only where it changed.
func TestPageFetched(t *testing.T) {
	w := newWeb(t)
	tag, body := `"1"`, hours
	w.put("/de/hours", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", tag)
		rw.Header().Set("Last-Modified", "Thu, 26 Nov 2026 08:00:00 GMT")
		if r.Header.Get("If-None-Match") == tag {
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		typed("text/html; charset=utf-8", body)(rw, r)
	})
	b := pages(t, true, w.URL+"/de/hours")
	b.round(t.Context())
	require.Empty(t, source(t, b, w.URL+"/de/hours").Mistake)
	for from, text := range b.Passages("en", speech("when does the library open"), 1) {
		require.Equal(t, "Hours", from.Title)
		require.Equal(t, "Library", from.Heading)
		require.Equal(t, w.URL+"/de/hours", from.URL)
		require.Contains(t, text, "at nine")
	}
	first := w.requests()[0]
	require.Equal(t, Agent, first.Header.Get("User-Agent"))
	require.Empty(t, first.Header.Get("If-None-Match"))

	b.round(t.Context())
	require.Len(t, w.requests(), 1, "it is not due")
	b.expire()
	b.round(t.Context())
	require.Len(t, w.requests(), 2)
	second := w.requests()[1]
	require.Equal(t, `"1"`, second.Header.Get("If-None-Match"))
	require.Equal(t, "Thu, 26 Nov 2026 08:00:00 GMT", second.Header.Get("If-Modified-Since"))
	require.Equal(t, []uint64{1}, numbers(b))

	tag, body = `"2"`, strings.Replace(hours, "nine", "ten", 1)
	b.Reindex() // somebody presses the button: no waiting
	b.round(t.Context())
	require.Equal(t, []uint64{2, 1}, numbers(b))

	// R57: nothing but the address, and what a server itself gave, is in a
	// request: no cookie, no credential, nothing of anybody.
	for _, r := range w.requests() {
		require.Equal(t, http.MethodGet, r.Method)
		require.Equal(t, "/de/hours", r.URL.RequestURI())
		for name := range r.Header {
			require.Contains(t, []string{"User-Agent", "Accept", "Accept-Encoding", "If-None-Match", "If-Modified-Since"}, name)
		}
	}
}

// Whatever a server does instead of giving a page, the last good form stays
// and the mistake says what to do.
func TestBadPages(t *testing.T) {
	for _, c := range []struct {
		name string
		page http.HandlerFunc
		want string
	}{
		{"gone", http.NotFound, "answers with status 404; "},
		{"in trouble", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "answers with status 500; "},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, redirects},
		{"picture", typed("image/png", "\x89PNG"), otherType},
		{"no type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = w.Write([]byte(hours))
		}, otherType},
		{"too large", typed("text/plain", strings.Repeat("It is open. ", MaxFile/12+1)), tooLargeText},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for {
				if _, err := w.Write([]byte(strings.Repeat("a", 1<<16))); err != nil {
					return
				}
			}
		}, tooLargeText},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("It is."))
		}, unreachable},
		{"not UTF-8", typed("text/plain", "caf\xe9."), notUTF8},
		{"another letter set", typed("text/plain; charset=utf-16", "Words."), notUTF8},
		{"no sentence", typed("text/html", "<html><title>Nothing</title></html>"), noSentence},
		{"no PDF", typed("application/pdf", "a page"), "damaged, or no PDF"},
		{"compressed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b\x08\x00bomb"))
		}, notUTF8},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // each waits before it asks again
			w := newWeb(t)
			w.put("/p", typed("text/html", hours))
			b := pages(t, true, w.URL+"/p")
			b.round(t.Context())
			w.put("/p", c.page)
			b.expire()
			b.round(t.Context())
			got := source(t, b, w.URL+"/p")
			require.Contains(t, got.Mistake, c.want)
			require.Equal(t, "Hours", got.Title)
			_, title := first(b, "when does the library open")
			require.Equal(t, "Hours", title)
			require.Equal(t, []uint64{1}, numbers(b))

			fresh := pages(t, true, w.URL+"/p")
			fresh.round(t.Context())
			require.Contains(t, source(t, fresh, w.URL+"/p").Mistake, c.want)
			require.Zero(t, source(t, fresh, w.URL+"/p").Read)
		})
	}
}

// R57: only pages of the list are fetched, whatever stands in them, and no
// connection is made to where they point.
func TestNothingElseFetched(t *testing.T) {
	sink := newSink(t)
	w := newWeb(t)
	w.put("/a", typed("text/html", fmt.Sprintf(`<html><head><title>Links</title><base href="http://%[1]s/"><link rel="stylesheet" href="http://%[1]s/s.css"><link rel="next" href="http://%[1]s/next">
		<meta http-equiv="refresh" content="0;url=http://%[1]s/refresh"><script src="http://%[1]s/x.js"></script></head><body><p>Read also <a href="http://%[1]s/b">the other page</a>. ![](http://%[1]s/i.png)</p>
		<img src="http://%[1]s/i"><iframe src="http://%[1]s/f"></iframe><object data="http://%[1]s/o"></object><video src="http://%[1]s/v"></video></body></html>`, sink)))
	w.put("/m", typed("text/markdown", fmt.Sprintf("# M\n\nSee ![x](http://%s/i) and [y](http://%s/l), and fetch http://%s/now at once.", sink, sink, sink)))
	w.put("/r", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Link", "<http://"+sink.String()+"/preload>; rel=preload")
		http.Redirect(rw, r, "http://"+sink.String()+"/redirected", http.StatusMovedPermanently)
	})
	b := pages(t, true, w.URL+"/a", w.URL+"/m", w.URL+"/r")
	b.round(t.Context())
	require.Len(t, w.requests(), 3)
	require.Zero(t, sink.count(), "connections to where documents point")
	require.Equal(t, redirects, source(t, b, w.URL+"/r").Mistake)
}

// R57: a page that is not on the list has no way out at all, and one whose name
// leads inside is refused when it is dialled.
func TestUnlisted(t *testing.T) {
	sink := newSink(t)
	b := pages(t, true, "http://127.0.0.1:1/p")
	_, err := b.options.Fetch(&url.URL{Scheme: "http", Host: sink.String(), Path: "/"})
	var refused *egress.Refusal
	require.ErrorAs(t, err, &refused)
	require.Equal(t, egress.Unregistered, refused.Reason)

	// A tenant of the database: not even by a name that leads here.
	_, port, err := net.SplitHostPort(sink.String())
	require.NoError(t, err)
	inside := pages(t, false, "https://localhost:"+port+"/p")
	inside.round(t.Context())
	require.Equal(t, unreachable, source(t, inside, "https://localhost:"+port+"/p").Mistake)
	require.Zero(t, sink.count())
}

// A server that wants to be left alone is, for as long as it says, up to a day.
func TestRetryAfter(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		status int
		after  string
		want   time.Duration
	}{
		{429, "60", time.Minute}, {503, "60", time.Minute}, {429, "999999999", retryMost}, {429, "-5", 0}, {429, "soon", 0}, {429, "", 0}, {200, "60", 0},
		{503, now.Add(time.Hour).UTC().Format(http.TimeFormat), time.Hour},
	} {
		got := patience(&http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.after}}}, now)
		if c.want == 0 {
			require.Zero(t, got, c.after)
			continue
		}
		require.WithinDuration(t, now.Add(c.want), got, 2*time.Second, c.after)
	}
	w := newWeb(t)
	w.put("/p", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	b := pages(t, true, w.URL+"/p")
	b.round(t.Context())
	b.Reindex()
	b.round(t.Context())
	require.Len(t, w.requests(), 1, "asked again before the time")

	// After a failure it is tried sooner than usual, then less and less often.
	p := &fetched{at: now, failed: 1}
	require.True(t, p.due(now.Add(retryFirst+time.Second), time.Hour))
	require.False(t, p.due(now.Add(retryFirst-time.Second), time.Hour))
	p.failed = 12
	require.False(t, p.due(now.Add(59*time.Minute), time.Hour))
	require.True(t, p.due(now.Add(61*time.Minute), time.Hour))
}

// Pages in other letter sets become UTF-8; a PDF of the web is read like one on
// the disk, with its page numbers.
func TestPageForms(t *testing.T) {
	pdf, err := os.ReadFile("testdata/parking.pdf")
	require.NoError(t, err)
	w := newWeb(t)
	w.put("/latin", typed("text/html; charset=iso-8859-1", "<html lang=fr><title>Caf\xe9</title><body><p>Le caf\xe9 est ouvert \xe0 midi.</p></body></html>"))
	w.put("/meta", typed("text/html", "<html lang=fr><head><meta charset=windows-1252><title>Th\xe9</title></head><body><p>Le th\xe9 co\xfbte deux euros \x80.</p></body></html>"))
	w.put("/parking", typed("application/pdf", string(pdf)))
	w.put("/readme.md", typed("text/plain", "# Read me\n\n## Pool\n\nThe pool closes in winter.\n"))
	b := pages(t, true, w.URL+"/latin", w.URL+"/meta", w.URL+"/parking", w.URL+"/readme.md")
	b.round(t.Context())
	require.Equal(t, "Café", source(t, b, w.URL+"/latin").Title)
	require.Equal(t, "Thé", source(t, b, w.URL+"/meta").Title)
	found := 0
	for from := range b.Passages("en", speech("where do visitors park their bicycles"), 1) {
		found++
		require.Equal(t, 1, from.Page)
		require.Equal(t, "Bicycles", from.Heading)
		require.Equal(t, w.URL+"/parking", from.URL)
	}
	for from := range b.Passages("en", speech("is the pool closed in winter"), 1) {
		found++
		require.Equal(t, "Pool", from.Heading, "Markdown that a server calls text")
	}
	require.Equal(t, 2, found)
}
