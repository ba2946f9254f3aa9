// Package s3 is a bucket of somebody else: objects are put into it, looked at
// and taken away, by the S3 protocol with path-style addresses. It holds what
// it is given in memory only, goes through package egress, never believes a
// server's word for what it holds, and no error of it quotes what a server
// said beyond the name of a fault.
package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/again"
	"mayfly/gateway/egress"
)

// Options say which bucket it is.
type Options struct {
	Endpoint   string // https, or http on this machine; without a path
	Region     string
	Bucket     string
	Prefix     string // before every name; may be empty
	Credential Credential
	// Private permits an endpoint on this machine or in a private network. It
	// is the operator's to say.
	Private bool
	Now     func() time.Time
	// Watch is told of connections. Nil: nobody watches.
	Watch *egress.Watch
	Pause func(context.Context, time.Duration) error // between attempts; nil: waits
}

// Bucket is one place in a bucket. It may be used by any number of goroutines.
type Bucket struct {
	o      Options
	base   *url.URL
	out    *egress.Egress
	client *http.Client
}

const (
	recipient = "bucket"

	attempts = 6 // of one request

	// An attempt lasts this long, and as much longer as its bytes take at
	// slowest bytes a second.
	attemptTime = 30 * time.Second
	slowest     = 32 << 10

	maxAnswer = 64 << 10 // of an answer that is not an object, in bytes
)

// pauses are those between two attempts.
var pauses = again.Pauses{First: 500 * time.Millisecond, Most: 15 * time.Second}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	faultName  = regexp.MustCompile(`<Code>([A-Za-z]{1,64})</Code>`)
	isThere    = regexp.MustCompile(`<Contents[ >/]`)
	isList     = regexp.MustCompile(`<ListBucketResult[ >/]`)
)

// Errors of a bucket. Each says what to do.
var (
	ErrCredential = errors.New("the server does not take the access key or its secret: look at both, and at the clock and the region")
	ErrMayNot     = errors.New("the access key may not do this in the bucket: permit it s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix")
	ErrNoBucket   = errors.New("there is no such bucket at this endpoint: make it, or correct its name or the endpoint")
	ErrElsewhere  = errors.New("the server sends elsewhere: name the endpoint and the region of the bucket itself")
	ErrOther      = errors.New("the server does not hold what it was sent: use another")
	ErrNoServer   = errors.New("the server does not answer as S3 does: look at the endpoint, or say the same again later: it goes on where it was")
	ErrAddress    = errors.New("the endpoint leads to an address that may not be reached: this machine and private networks only with --private, and without encryption only this machine")
)

// Open checks where the bucket is. Nothing is asked of it yet.
func Open(o Options) (*Bucket, error) {
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || u.Host == "" || u.Path != "" && u.Path != "/":
		return nil, errors.New("the endpoint is not an address such as https://s3.eu-central-1.amazonaws.com, without the bucket; correct it")
	case !bucketName.MatchString(o.Bucket):
		return nil, errors.New("a bucket's name has 3 to 63 small letters, digits, dots and hyphens; correct it")
	case !regionName.MatchString(o.Region):
		return nil, errors.New("a region is a word such as eu-central-1; correct it")
	case len(o.Prefix) > 512 || strings.Contains("/"+o.Prefix+"/", "/../") || strings.Contains("/"+o.Prefix+"/", "/./") || strings.Contains(o.Prefix, "//"):
		return nil, errors.New("the prefix is too long, or has empty parts or dots; use another")
	case o.Credential.id == "" || o.Credential.secret == "":
		return nil, ErrCredential
	}
	if o.Pause == nil {
		o.Pause = again.Wait
	}
	b := &Bucket{o: o, base: u}
	sign := func(r *http.Request) error {
		o.Credential.sign(r, o.Region, o.Now())
		return nil
	}
	out, refused := egress.New(egress.Options{Watch: o.Watch, Recipients: []egress.Recipient{{Name: recipient, URL: &url.URL{Scheme: u.Scheme, Host: u.Host, User: u.User, RawQuery: u.RawQuery}, Local: o.Private, Sign: sign}}})
	if refused != nil {
		return nil, fmt.Errorf("%w (%w)", ErrAddress, refused)
	}
	b.out = out
	b.client, err = out.Client(recipient)
	return b, err
}

// Close closes the connections.
func (b *Bucket) Close() { b.out.Close() }

// Empty says that nothing is under the prefix.
func (b *Bucket) Empty(ctx context.Context) (bool, error) {
	prefix := ""
	if b.o.Prefix != "" {
		prefix = b.o.Prefix + "/"
	}
	a, err := b.ask(ctx, request{method: http.MethodGet, query: url.Values{"list-type": {"2"}, "max-keys": {"1"}, "prefix": {prefix}}, most: maxAnswer})
	if err != nil {
		return false, err
	}
	if a.status != http.StatusOK || !isList.Match(a.body) {
		return false, a.fault()
	}
	return !isThere.Match(a.body), nil
}

// Put puts an object, and looks whether it is there.
func (b *Bucket) Put(ctx context.Context, name string, data []byte) error {
	a, err := b.ask(ctx, request{method: http.MethodPut, name: name, body: data, most: maxAnswer})
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return a.fault()
	}
	there, err := b.Has(ctx, name, len(data), sha256.Sum256(data))
	if err == nil && !there {
		err = ErrOther
	}
	return err
}

// Has says that an object of this many bytes and this SHA-256 is there. What
// the server has no checksum of is read.
func (b *Bucket) Has(ctx context.Context, name string, size int, hash [32]byte) (bool, error) {
	a, err := b.ask(ctx, request{method: http.MethodHead, name: name})
	switch {
	case err != nil:
		return false, err
	case a.status == http.StatusNotFound:
		return false, nil
	case a.status != http.StatusOK:
		return false, a.fault()
	case a.length != int64(size):
		return false, nil
	}
	if sum := a.header.Get(checksumHeader); sum != "" {
		return sum == base64.StdEncoding.EncodeToString(hash[:]), nil
	}
	a, err = b.ask(ctx, request{method: http.MethodGet, name: name, most: size})
	switch {
	case err != nil:
		return false, err
	case a.status == http.StatusNotFound:
		return false, nil
	case a.status != http.StatusOK:
		return false, a.fault()
	}
	return len(a.body) == size && sha256.Sum256(a.body) == hash, nil
}

// Delete takes an object away. One that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	a, err := b.ask(ctx, request{method: http.MethodDelete, name: name, most: maxAnswer})
	if err == nil && a.status/100 != 2 && a.status != http.StatusNotFound {
		err = a.fault()
	}
	return err
}

// checksumHeader is the SHA-256 of an object, in base64.
const checksumHeader = "X-Amz-Checksum-Sha256"

// request is what is asked.
type request struct {
	method string
	name   string // of an object; empty: the bucket
	query  url.Values
	body   []byte
	most   int // of the answer, in bytes
}

// answer is what a server said.
type answer struct {
	status int
	length int64
	header http.Header
	body   []byte
}

// aboutTheKey are faults of a credential that come with another status than
// those of refusals.
var aboutTheKey = []string{"AuthorizationHeaderMalformed", "InvalidAccessKeyId", "XAdminUserNotFound"}

// fault is what an answer that is no success means.
func (a *answer) fault() error {
	code := ""
	if m := faultName.FindSubmatch(a.body); m != nil {
		code = string(m[1])
	}
	err := ErrNoServer
	switch {
	case code == "NoSuchBucket":
		err = ErrNoBucket
	case code == "AccessDenied":
		err = ErrMayNot
	case a.status == http.StatusForbidden || a.status == http.StatusUnauthorized || slices.Contains(aboutTheKey, code):
		err = ErrCredential
	}
	if code == "" {
		return fmt.Errorf("%w (status %d)", err, a.status)
	}
	return fmt.Errorf("%w (status %d, %s)", err, a.status, code)
}

// ask asks until there is an answer that stays what it is.
func (b *Bucket) ask(ctx context.Context, q request) (*answer, error) {
	for failed := 0; ; failed++ {
		a, err := b.once(ctx, q)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if refused := (*egress.Refusal)(nil); errors.As(err, &refused) {
			if refused.Reason == egress.Redirected {
				return nil, ErrElsewhere
			}
			return nil, ErrAddress
		}
		if err == nil && !again.Later(a.status) {
			return a, nil
		}
		if failed+1 == attempts {
			if err != nil {
				return nil, ErrNoServer
			}
			return nil, a.fault()
		}
		if err := b.o.Pause(ctx, pauses.Apart(failed)); err != nil {
			return nil, err
		}
	}
}

// once asks once.
func (b *Bucket) once(ctx context.Context, q request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime+time.Duration(max(q.most, len(q.body))/slowest)*time.Second)
	defer cancel()
	path := "/" + b.o.Bucket
	if q.name != "" {
		if b.o.Prefix != "" {
			path += "/" + b.o.Prefix
		}
		path += "/" + q.name
	}
	u := &url.URL{Scheme: b.base.Scheme, Host: b.base.Host, Path: path, RawPath: escape(path), RawQuery: canonicalQuery(q.query)}
	r, err := http.NewRequestWithContext(ctx, q.method, u.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(q.body)
	r.Header.Set(contentHeader, hex.EncodeToString(hash[:]))
	switch q.method {
	case http.MethodPut:
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set(checksumHeader, base64.StdEncoding.EncodeToString(hash[:]))
	case http.MethodHead:
		r.Header.Set("X-Amz-Checksum-Mode", "ENABLED")
	}
	res, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	a := &answer{status: res.StatusCode, length: res.ContentLength, header: res.Header}
	most := q.most
	if a.status != http.StatusOK {
		most = maxAnswer
	}
	// One byte more, so that what is too long is not taken for what fits.
	a.body, err = io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	return a, err
}
