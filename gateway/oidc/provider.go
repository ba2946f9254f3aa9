package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// algorithms are those that a token may be signed by: with a key that only the
// provider has. None and HMAC are not among them.
var algorithms = []string{
	coreos.RS256, coreos.RS384, coreos.RS512, coreos.PS256, coreos.PS384, coreos.PS512,
	coreos.ES256, coreos.ES384, coreos.ES512, coreos.EdDSA,
}

// provider knows what the provider says of itself.
type provider struct {
	config  *tenant.OIDC
	client  *http.Client
	origins []string // that may be dialled, and that people may be sent to
	now     func() time.Time

	mu     sync.Mutex
	found  *description // Guarded by mu.
	at     time.Time    // when it was found, or when there was none. Guarded by mu.
	failed error        // Guarded by mu.
}

// description is what the provider says of itself, and its keys.
type description struct {
	endpoint oauth2.Endpoint
	verifier *coreos.IDTokenVerifier
}

const (
	knownFor  = time.Hour       // after it the provider and its keys are asked for again
	failedFor = 5 * time.Second // within it a provider that failed is not asked again
)

func newProvider(config *tenant.OIDC, out *egress.Egress, origins []string, now func() time.Time) *provider {
	return &provider{config: config, client: &http.Client{Transport: transport{out, answerTime}}, origins: origins, now: now}
}

// describe asks the provider, if it was not asked lately.
func (p *provider) describe() (*description, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	age := now.Sub(p.at)
	switch {
	case p.found != nil && age >= 0 && age < knownFor:
		return p.found, nil
	case p.failed != nil && age >= 0 && age < failedFor:
		return nil, p.failed
	}
	// Whoever waits for the lock wants the same: it does not end with the
	// request that came first. The transport ends it.
	p.found, p.failed = p.ask(context.Background())
	p.at = now
	return p.found, p.failed
}

func (p *provider) ask(ctx context.Context) (*description, error) {
	ctx = coreos.ClientContext(ctx, p.client)
	said, err := coreos.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		return nil, failure(atDescription, err)
	}
	var more struct {
		Keys string `json:"jwks_uri"`
	}
	if said.Claims(&more) != nil {
		return nil, &Failure{Stage: atDescription}
	}
	endpoint := said.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, more.Keys} {
		u, err := url.Parse(address)
		if err != nil || u.User != nil || u.Fragment != "" || !slices.Contains(p.origins, u.Scheme+"://"+u.Host) {
			return nil, &Failure{Stage: atEndpoint}
		}
	}
	// In the body: egress puts no header of ours on a request.
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	keys := keySet{coreos.NewRemoteKeySet(ctx, more.Keys)}
	config := &coreos.Config{ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms, Now: p.now}
	return &description{endpoint, coreos.NewVerifier(p.config.Issuer, keys, config)}, nil
}

// exchange makes an ID token of a code.
func (p *provider) exchange(ctx context.Context, to *description, config oauth2.Config, code, verifier string) (string, error) {
	token, err := config.Exchange(coreos.ClientContext(ctx, p.client), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", failure(atExchange, err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", &Failure{Stage: atExchange}
	}
	return raw, nil
}

// keySet are the provider's keys. That they cannot be had it says by the
// context: the verifier passes on the text only.
type keySet struct{ remote *coreos.RemoteKeySet }

type keysErrorKey struct{}

// VerifySignature implements go-oidc's KeySet.
func (k keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, jwt)
	if to, ok := ctx.Value(keysErrorKey{}).(*error); ok {
		*to = err
	}
	return payload, err
}

// failure is an error of the provider without what it says.
func failure(stage Stage, err error) error {
	var refusal *egress.Refusal
	var said *oauth2.RetrieveError
	var other *coreos.IssuerMismatchError
	wrong := errors.As(err, &refusal) || errors.As(err, &said) || errors.As(err, &other) || errors.Is(err, errAnswer)
	var answer *url.Error
	return &Failure{Stage: stage, Down: !wrong && errors.As(err, &answer)}
}
