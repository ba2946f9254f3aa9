package openai

import (
	"net/http"
	"net/url"
	"time"

	"mayfly/gateway/avatar"
)

// TranscriberOptions make a Transcriber.
type TranscriberOptions struct {
	// Client is as in Options.
	Client   *http.Client
	URL      *url.URL // the base, with its /v1
	Model    string
	Provider string // who runs the server, as people are told
	// Partials is how often the words so far are asked for while somebody
	// speaks; each time all of the sound is sent again. Zero: never, else at
	// least a second.
	Partials time.Duration
	Limits   Limits // of one request; Items and History do not count
}

// Transcriber writes down what people say through a server that speaks
// OpenAI's /audio/transcriptions. It sends the sound, the model's name and the
// language, and nothing about the person or the conversation. It holds nothing
// of any session.
type Transcriber struct {
	options  TranscriberOptions
	limits   Limits
	endpoint string
}

// NewTranscriber makes a transcriber. It connects to nothing.
func NewTranscriber(o TranscriberOptions) *Transcriber {
	if o.Partials > 0 {
		o.Partials = max(o.Partials, time.Second)
	}
	return &Transcriber{options: o, limits: o.Limits.orDefaults(), endpoint: o.URL.JoinPath("audio", "transcriptions").String()}
}

// Label says that a trained model wrote the words down.
func (t *Transcriber) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: t.options.Provider, System: t.options.Model}
}
