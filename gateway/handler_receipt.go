package gateway

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"mayfly/gateway/receipt"
	"mayfly/session"
)

// maxReceipt is the largest receipt that is looked at, in bytes.
const maxReceipt = 1 << 20

// receiptAnswer is what POST /v1/me/receipt answers.
type receiptAnswer struct {
	Valid    bool             `json:"valid"`
	Recorded bool             `json:"recorded"` // something is stored of the session, or was
	Receipt  *receipt.Receipt `json:"receipt"`
	Facts    []factAnswer     `json:"facts"` // of the session, as the log has them
}

type factAnswer struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
}

// myReceipt checks a receipt, for people whose session stored nothing: there
// is no key to that, and nothing that it could open.
func (s *Server) myReceipt(w http.ResponseWriter, r *http.Request) *refusal {
	if wait, ok := s.edge.person.allow(time.Now(), s.edge.who(r)); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	if s.options.Signer == nil {
		return refuse("receipt_not_available")
	}
	body, bad := readBody(w, r, maxReceipt)
	if bad != nil {
		return bad
	}
	defer clear(body)
	got, err := receipt.Verify(string(bytes.TrimSpace(body)), s.options.Signer.Keys())
	switch {
	case errors.Is(err, receipt.ErrUnknownKey):
		return refuse("receipt_key_id_not_known")
	case errors.Is(err, receipt.ErrSignature):
		return refuse("receipt_changed")
	case err != nil:
		return refuse("receipt_invalid")
	}
	a := receiptAnswer{Valid: true, Recorded: len(got.Stored) > 0, Receipt: got}
	if id, ok := session.ParseID(got.Session); ok && s.options.Rights != nil {
		facts, err := s.options.Rights.Happened(r.Context(), got.Organisation.ID, id)
		if err != nil && !errors.Is(err, ErrNothing) {
			return refuse("storage_unavailable")
		}
		for _, f := range facts {
			a.Facts = append(a.Facts, factAnswer{f.Kind, at(f.At)})
		}
	}
	return sendAny(w, http.StatusOK, a)
}

// receiptKeys are the public keys that receipts verify with.
func (s *Server) receiptKeys(w http.ResponseWriter, _ *http.Request) *refusal {
	if s.options.Signer == nil {
		return refuse("receipt_not_available")
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return sendAny(w, http.StatusOK, s.options.Signer.Keys())
}
