package knowledge

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"mayfly/gateway/again"
	"mayfly/gateway/egress"
)

// fetched is what a server said of a page.
type fetched struct {
	at       time.Time // when it was asked last; zero: never
	etag     string
	modified string
	wait     time.Time // the server wants to be left alone until then
	failed   int       // attempts in a row that brought nothing
}

// most bytes of a validator that a server gives: a longer one is not sent back.
const mostValidator = 512

func (p *fetched) due(now time.Time, every time.Duration) bool {
	if p.failed > 0 {
		every = min(every, retryFirst<<min(p.failed-1, 10))
	}
	return now.After(p.wait) && (p.at.IsZero() || now.Sub(p.at) >= every)
}

// due says whether any page is.
func (b *Base) due(now time.Time) bool {
	b.reading.Lock()
	defer b.reading.Unlock()
	for _, it := range b.items {
		if it.page != nil && it.page.due(now, b.options.Refresh) {
			return true
		}
	}
	return false
}

// Words of mistakes of pages.
const (
	unreachable = "cannot be reached; look whether its server runs and its address is right"
	slow        = "did not answer within 20 seconds; the server is too slow"
	redirects   = "answers with another address; name that one"
	otherType   = "is no page, text or PDF; name one that is"
	noWay       = "may not be fetched from here; only the operator's configuration may name such an address"
)

// fetch asks for a page once and gives what there is of it now. Called with
// reading held.
func (b *Base) fetch(ctx context.Context, it *item) *item {
	page, err := url.Parse(it.source.Name)
	if err != nil {
		return it.with(noWay)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	defer again.Wait(ctx, fetchPause)
	next := *it
	said := *it.page
	said.at = time.Now()
	said.failed++
	next.page = &said
	client, err := b.options.Fetch(page)
	if err != nil {
		return next.with(noWay)
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, page.String(), nil)
	if err != nil {
		return next.with(noWay)
	}
	ask.Header.Set("User-Agent", Agent)
	ask.Header.Set("Accept", "text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf")
	ask.Header.Set("Accept-Encoding", "identity")
	if known(it) {
		if said.etag != "" {
			ask.Header.Set("If-None-Match", said.etag)
		}
		if said.modified != "" {
			ask.Header.Set("If-Modified-Since", said.modified)
		}
	}
	answer, err := client.Do(ask)
	if err != nil {
		return next.with(why(err))
	}
	defer answer.Body.Close()
	said.wait = patience(answer, said.at)
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		if known(it) {
			said.failed = 0
			return next.with("")
		}
		return next.with("answers with status 304 to a first question; its server is not in order")
	default:
		if answer.StatusCode >= 300 && answer.StatusCode < 400 {
			return next.with(redirects)
		}
		return next.with("answers with status " + strconv.Itoa(answer.StatusCode) + "; look at its server, or take it off the list")
	}
	f, charsetName := pageForm(answer.Header.Get("Content-Type"), page.Path)
	if f == unknown {
		return next.with(otherType)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, int64(f.most())+1))
	switch {
	case err != nil:
		return next.with(why(err))
	case len(data) > f.most():
		return next.with(f.tooLarge())
	}
	if f == hypertext {
		if e, name, _ := charset.DetermineEncoding(data[:min(len(data), 1024)], answer.Header.Get("Content-Type")); name != "utf-8" {
			if converted, err := e.NewDecoder().Bytes(data); err == nil && len(converted) <= 2*MaxFile {
				data = converted[:min(len(converted), MaxFile)]
			}
		}
	} else if f != portable && charsetName != "" && !strings.EqualFold(charsetName, "utf-8") && !strings.EqualFold(charsetName, "us-ascii") {
		return next.with(notUTF8)
	}
	said.etag, said.modified = validator(answer.Header.Get("ETag")), validator(answer.Header.Get("Last-Modified"))
	done := next.renew(ctx, f, page.String(), data, said.at)
	if done.source.Mistake != "" {
		// It is read again next time, whatever the server says of it.
		said.etag, said.modified = "", ""
	} else {
		said.failed = 0
	}
	return done
}

// why says in words what kept a page from coming. What the error itself says
// could name places inside.
func why(err error) string {
	var refused *egress.Refusal
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return slow
	case errors.As(err, &refused) && refused.Reason == egress.Redirected:
		return redirects
	}
	return unreachable
}

// pageForm is the form of an answer by the type that its server gives it.
func pageForm(contentType, path string) (f form, charset string) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return unknown, ""
	}
	switch kind {
	case "text/html", "application/xhtml+xml":
		return hypertext, ""
	case "application/pdf":
		return portable, ""
	case "text/markdown", "text/x-markdown":
		return markdown, parameters["charset"]
	case "text/plain":
		if formOf(path) == markdown {
			return markdown, parameters["charset"]
		}
		return plain, parameters["charset"]
	}
	return unknown, ""
}

// patience is until when a server wants to be left alone, at most a day.
func patience(answer *http.Response, now time.Time) time.Time {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return time.Time{}
	}
	after := answer.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds > 0 {
		return now.Add(min(time.Duration(min(seconds, int(retryMost/time.Second)))*time.Second, retryMost))
	}
	if at, err := http.ParseTime(after); err == nil && at.After(now) {
		return now.Add(min(at.Sub(now), retryMost))
	}
	return time.Time{}
}

// validator is what is sent back to a server that gave it, if it is one line of
// reasonable length.
func validator(s string) string {
	if len(s) > mostValidator {
		return ""
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return s
}
