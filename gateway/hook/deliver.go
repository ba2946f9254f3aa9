package hook

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// SignatureHeader holds a detached JWS over the body of a delivery, made with
// the key that signs receipts.
const SignatureHeader = "Mayfly-Signature"

// SignatureType is the header "typ" of that JWS: so a delivery is no receipt.
const SignatureType = "mayfly-webhook+jws"

// deliver sends facts once, and says whether they were taken: any 2xx is a
// taking. What else the receiver answers is not looked at.
func (t *Teller) deliver(ctx context.Context, of *tenant.Tenant, entries []Entry) bool {
	status, err := t.send(ctx, of, entries)
	return err == nil && status >= 200 && status < 300
}

// send sends facts once and gives the status of the answer.
func (t *Teller) send(ctx context.Context, of *tenant.Tenant, entries []Entry) (status int, err error) {
	body, err := bodyOf(of.ID, entries)
	if err != nil {
		return 0, err
	}
	return t.post(ctx, of, body, SignatureType, t.answer)
}

// post sends JSON once, signed, and gives the status of the answer, for which
// there is so much time.
func (t *Teller) post(ctx context.Context, of *tenant.Tenant, body []byte, typ string, within time.Duration) (status int, err error) {
	signature, err := receipt.SignDetached(body, typ, t.options.Signer)
	if err != nil {
		return 0, err
	}
	to := of.Webhook.URL
	out, err := egress.New(egress.Options{Watch: t.options.Watch, Resolver: t.options.Resolver, Hosts: t.options.Hosts, Recipients: []egress.Recipient{{
		Name: "webhook",
		URL:  &url.URL{Scheme: to.Scheme, Host: to.Host},
		// Only the operator's file may name a machine inside.
		Local: of.Source == tenant.SourceFile,
		Roots: t.options.Roots,
	}}})
	if err != nil {
		return 0, noWay{err}
	}
	defer out.Close()
	client, err := out.Client("webhook")
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Mayfly-Webhook/1")
	req.Header.Set(SignatureHeader, signature)
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_ = res.Body.Close() // unread: it may have no end
	return res.StatusCode, nil
}

// noWay is that a receiver's address may not be asked at all.
type noWay struct{ error }

// Unwrap gives the reason.
func (n noWay) Unwrap() error { return n.error }
