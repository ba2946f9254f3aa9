package oidc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/egress"
)

const (
	answerMost = 256 << 10        // bytes of one answer of the provider
	answerTime = 10 * time.Second // for one answer, whole
)

// errAnswer says that an answer is none that is read any further.
var errAnswer = errors.New("oidc: the answer is too large, or is not JSON without duplicate names")

// transport is the way to the provider: by the recipients that were
// registered, with answers that are small, whole and unambiguous JSON. What
// reads them after it takes the last of two members of one name.
type transport struct {
	egress *egress.Egress
	within time.Duration
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	client, err := t.egress.Client(req.URL.Scheme + "://" + req.URL.Host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), t.within)
	defer cancel()
	resp, err := client.Transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerMost+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > answerMost, !jsontext.Value(body).IsValid():
		return nil, errAnswer
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
