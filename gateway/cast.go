package gateway

import (
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/tool"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
)

// Cast is what stands behind one avatar.
type Cast struct {
	Engine avatar.Engine
	// Voice speaks the engine's replies in a language; nil if nothing does.
	Voice func(locale string) voice.Voice
	// Local speaks the gateway's own words, without dialling anything: the
	// notice is said before the person agreed to anybody being asked.
	Local func(locale string) voice.Voice
	// Own follows the sound of an engine that speaks itself. Nil: it does not.
	Own func(o voice.Options) *voice.Follower
	// Transcriber writes down what people say in a language. It, and what it
	// gives, may be nil: nothing does.
	Transcriber func(locale string) avatar.Transcriber
	// Tools are the tenant's, in the order of its document.
	Tools []*tool.Tool
}

// Casting finds the cast of an avatar.
type Casting interface {
	Cast(t *tenant.Tenant, a *tenant.Avatar) *Cast
}
