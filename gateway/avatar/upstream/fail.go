package upstream

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/websocket"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/egress"
)

var (
	errTooMuch   = errors.New("upstream: the reply is larger than permitted")
	errNoWords   = errors.New("upstream: the reply has no words")
	errEvent     = errors.New("upstream: the server does not speak the protocol")
	errSound     = errors.New("upstream: the sound is not what was asked for")
	errBiometric = errors.New("upstream: the reply tells what may not be told about a person")
	errLost      = errors.New("upstream: the connection is lost")
	errUnheard   = errors.New("upstream: nothing was understood")
)

// told is the server saying that it cannot answer.
type told struct{ busy bool }

// Error gives nothing of what it said.
func (told) Error() string { return "upstream: the server reported an error" }

// sayError carries an error of say past the classification of the server's.
type sayError struct{ error }

// lost is the connection having ended: what was read last says why.
func lost(l *link, err error) error {
	select {
	case <-l.done:
		if l.err != nil {
			return l.err
		}
	default:
	}
	if err == nil {
		err = errLost
	}
	return err
}

// fail makes what Answer returns of an error: ctx's own when the turn was
// ended, that of say as it is, a *avatar.Failure otherwise.
func fail(ctx context.Context, w *deadline.Clock, err error) error {
	if err == nil {
		return nil
	}
	if said, ok := errors.AsType[sayError](err); ok {
		return said.error
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := &avatar.Failure{Code: code(w, err), Cause: err}
	if status, ok := errors.AsType[egress.Declined](err); ok {
		f.Shut = status == http.StatusUnauthorized || status == http.StatusForbidden
	}
	return f
}

// code chooses the code for an error.
func code(w *deadline.Clock, err error) string {
	if w.Slow() {
		return avatar.TimedOut
	}
	if status, ok := errors.AsType[egress.Declined](err); ok {
		return avatar.CodeOfStatus(int(status))
	}
	if t, ok := errors.AsType[told](err); ok {
		if t.busy {
			return avatar.Overloaded
		}
		return avatar.Refused
	}
	if ended, ok := errors.AsType[*websocket.CloseError](err); ok {
		switch ended.Code {
		case websocket.CloseTryAgainLater:
			return avatar.Overloaded
		case websocket.ClosePolicyViolation:
			return avatar.Refused
		case websocket.CloseMessageTooBig, websocket.CloseProtocolError, websocket.CloseUnsupportedData, websocket.CloseInvalidFramePayloadData:
			return avatar.Invalid
		}
		return avatar.Unreachable
	}
	for _, e := range []error{errTooMuch, errNoWords, errEvent, errSound, errBiometric, errUnheard, websocket.ErrReadLimit, websocket.ErrBadHandshake} {
		if errors.Is(err, e) {
			return avatar.Invalid
		}
	}
	return avatar.Unreachable
}
