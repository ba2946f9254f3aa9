package fallback

import (
	"context"
	"errors"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Guard keeps a transcriber's server from being sent sound while it rests:
// then an utterance fails at once with the code of the last failure.
func Guard(t avatar.Transcriber, s *Server) avatar.Transcriber { return &guarded{t, s} }

type guarded struct {
	avatar.Transcriber
	server *Server
}

// Hear implements avatar.Transcriber.
func (g *guarded) Hear(ctx context.Context, locale string, partial func(session.Speech)) avatar.Utterance {
	r, code := g.server.ask()
	if code != "" {
		return deaf{code}
	}
	unhook := context.AfterFunc(ctx, r.abandoned)
	return &utterance{Utterance: g.Transcriber.Hear(ctx, locale, partial), request: r, unhook: unhook}
}

// utterance is one that tells how it ended.
type utterance struct {
	avatar.Utterance
	request *request
	unhook  func() bool
}

// Drop implements avatar.Utterance.
func (u *utterance) Drop() {
	u.Utterance.Drop()
	u.unhook()
	u.request.abandoned()
}

// End implements avatar.Utterance.
func (u *utterance) End(ctx context.Context) (session.Speech, error) {
	defer u.request.abandoned()
	defer u.unhook()
	words, err := u.Utterance.End(ctx)
	f, ok := errors.AsType[*avatar.Failure](err)
	switch {
	case err == nil, ok && personal(f):
		u.request.answered()
	case ok && ctx.Err() == nil:
		u.request.failed(f.Code, f.After)
	}
	return words, err
}

// deaf is an utterance that nobody is sent.
type deaf struct{ code string }

// Write implements avatar.Utterance.
func (deaf) Write([]int16) error { return nil }

// End implements avatar.Utterance.
func (d deaf) End(context.Context) (session.Speech, error) {
	return session.Speech{}, &avatar.Failure{Code: d.code, Cause: errRests}
}

// Drop implements avatar.Utterance.
func (deaf) Drop() {}
