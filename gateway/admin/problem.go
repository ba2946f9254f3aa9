package admin

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"mayfly/gateway/tenant"
)

// refusal is why a request was refused: a row of the gateway's table, and what
// belongs to it.
type refusal struct {
	code     string
	problems []Problem     // what is wrong with what was sent
	current  uint64        // the version that is current, where the one named is not
	wait     time.Duration // for Retry-After
	allow    string        // the methods that the address takes
}

func refuse(code string) *refusal { return &refusal{code: code} }

// Problem is one mistake in what was sent, and what to do about it. It never
// holds the value.
type Problem struct {
	Key    string `json:"key" doc:"Where: policy.retention.transcript; empty for the whole."`
	Line   int    `json:"line,omitempty" doc:"Of a document, from 1."`
	Column int    `json:"column,omitempty" doc:"Of a document, in characters, from 1."`
	Text   string `json:"text" doc:"What is wrong, then what to do."`
}

// wrongFields is a refusal for mistakes in what was sent.
func wrongFields(problems ...Problem) *refusal {
	return &refusal{code: "invalid_fields", problems: problems}
}

// problemsOf are the mistakes of a document, or nil for another error.
func problemsOf(err error) []Problem {
	var m *tenant.Mistakes
	if !errors.As(err, &m) {
		return nil
	}
	var all []Problem
	for _, at := range m.List {
		all = append(all, Problem{at.Key, at.Line, at.Column, at.Problem + "; " + at.Remedy})
	}
	if m.More > 0 {
		all = append(all, Problem{Text: "there are " + strconv.Itoa(m.More) + " mistakes more; correct these first"})
	}
	return all
}

// refusalOf is what an error of the Store becomes. What is not one of its
// errors is a fault, and says nothing of itself.
func refusalOf(err error) *refusal {
	var stale *StaleError
	if errors.As(err, &stale) {
		return &refusal{code: "version_stale", current: stale.Have}
	}
	for _, k := range []struct {
		err  error
		code string
	}{
		{ErrUnknown, "nothing_here"},
		{ErrLastKey, "last_admin_key"},
		{ErrHeld, "transcript_held"},
		{ErrPurpose, "purpose_not_consented"},
		{ErrRestricted, "transcript_restricted"},
		{ErrSameAdmin, "other_admin_required"},
		{ErrDone, "done_before"},
		{ErrDisagrees, "audit_log_disagrees"},
		{ErrNoAccess, "operator_access_required"},
		{ErrNotReady, "store_not_ready"},
	} {
		if errors.Is(err, k.err) {
			return refuse(k.code)
		}
	}
	return refuse("internal_error")
}

// Errors as they are sent.
type (
	errorAnswer struct {
		Error errorBody `json:"error"`
	}
	errorBody struct {
		Message  string    `json:"message" doc:"For a person who writes a client."`
		Type     string    `json:"type" enum:"invalid_request_error,server_error"`
		Code     string    `json:"code" doc:"Stable; see the table of errors."`
		Param    *string   `json:"param" doc:"The first field that is wrong." nullable:"true"`
		Problems []Problem `json:"problems,omitempty" doc:"All that is wrong with what was sent."`
		Current  uint64    `json:"current,omitempty" doc:"The number of the current version, where another was named."`
	}
)

// fail writes a refusal.
func (a *API) fail(w http.ResponseWriter, bad *refusal) {
	status, again, sentence := a.options.Problem(bad.code)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	body := errorBody{Message: sentence, Type: "invalid_request_error", Code: bad.code, Problems: bad.problems, Current: bad.current}
	if status >= 500 {
		body.Type = "server_error"
	}
	if len(bad.problems) > 0 && bad.problems[0].Key != "" {
		body.Param = &bad.problems[0].Key
	}
	if bad.current > 0 {
		h.Set("ETag", etag(bad.current))
		body.Message += " The current version is " + strconv.FormatUint(bad.current, 10) + "."
	}
	if bad.allow != "" {
		h.Set("Allow", bad.allow)
	}
	if again && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(bad.wait.Seconds())))))
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mayfly"`)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(errorAnswer{body})
}

// etag is a version's number as a header has it.
func etag(number uint64) string { return `"` + strconv.FormatUint(number, 10) + `"` }
