package s3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Credential is who asks a server for something. It does not print.
type Credential struct {
	id     string
	secret string
}

// NewCredential is a credential of an access key id and its secret.
func NewCredential(id, secret string) Credential { return Credential{id, secret} }

// String implements fmt.Stringer.
func (Credential) String() string { return "(credential)" }

// GoString implements fmt.GoStringer.
func (Credential) GoString() string { return "(credential)" }

// The headers of a signature.
const (
	dateHeader    = "X-Amz-Date"
	contentHeader = "X-Amz-Content-Sha256"
)

// sign puts an AWS Signature Version 4 on a request: over the method, the path,
// the query, and all headers that begin with X-Amz, among them the SHA-256 of
// the body, which is there already.
func (c Credential) sign(r *http.Request, region string, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	r.Header.Set(dateHeader, stamp)
	scope := stamp[:8] + "/" + region + "/s3/aws4_request"
	signed, headers := signedHeaders(r)
	hash := sha256.Sum256([]byte(strings.Join([]string{
		r.Method, r.URL.EscapedPath(), canonicalQuery(r.URL.Query()), headers, signed, r.Header.Get(contentHeader),
	}, "\n")))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hex.EncodeToString(hash[:])}, "\n")
	key := []byte("AWS4" + c.secret)
	for _, part := range []string{stamp[:8], region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+c.id+"/"+scope+",SignedHeaders="+signed+",Signature="+hex.EncodeToString(mac(key, text)))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func signedHeaders(r *http.Request) (names, lines string) {
	all := []string{"host"}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") {
			all = append(all, strings.ToLower(name))
		}
	}
	slices.Sort(all)
	var b strings.Builder
	for _, name := range all {
		value := r.URL.Host
		if name != "host" {
			value = strings.TrimSpace(r.Header.Get(name))
		}
		b.WriteString(name + ":" + value + "\n")
	}
	return strings.Join(all, ";"), b.String()
}

// canonicalQuery is a query in the order of its keys. url.Values.Encode is
// that, but for spaces.
func canonicalQuery(q url.Values) string {
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}

// escape writes a path as a signature wants it: all but the unreserved
// characters and the slash as their bytes.
func escape(path string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
	}
	return b.String()
}
