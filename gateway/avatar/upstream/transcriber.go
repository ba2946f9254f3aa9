package upstream

import (
	"net/url"
	"sync/atomic"

	"mayfly/gateway/avatar"
	"mayfly/gateway/egress"
)

// TranscriberOptions make a Transcriber.
type TranscriberOptions struct {
	Socket   *egress.Socket // the way to the server; it holds the credential
	URL      *url.URL       // the base, with its /v1
	Model    string         // that a session is opened with
	Writer   string         // the model that writes down; empty: Model
	Provider string         // who runs the server, as people are told
	Limits   Limits         // of one utterance; Items and History do not count
}

// Transcriber writes down what people say through a server that speaks the
// Realtime protocol. Where an utterance begins and ends is decided here: the
// server's own detection of turns is off, and it is never asked to answer. It
// is sent the sound while somebody speaks, the models' names and the language.
//
// Each utterance has a connection of its own, which is opened when it begins:
// nothing joins two of them. A Transcriber holds nothing of any session.
type Transcriber struct {
	options  TranscriberOptions
	limits   Limits
	endpoint *url.URL
	ignored  atomic.Uint64
	dropped  atomic.Uint64
}

// NewTranscriber makes a transcriber. It connects to nothing.
func NewTranscriber(o TranscriberOptions) *Transcriber {
	if o.Writer == "" {
		o.Writer = o.Model
	}
	endpoint := o.URL.JoinPath("realtime")
	endpoint.RawQuery = url.Values{"model": {o.Model}}.Encode()
	return &Transcriber{options: o, limits: o.Limits.orDefaults(), endpoint: endpoint}
}

// Label says that a trained model wrote the words down.
func (t *Transcriber) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: t.options.Provider, System: t.options.Writer}
}

// Counts says how often what happened. Renewed is always zero.
func (t *Transcriber) Counts() Counts {
	return Counts{Ignored: t.ignored.Load(), Dropped: t.dropped.Load()}
}
