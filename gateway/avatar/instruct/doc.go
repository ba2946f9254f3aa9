// Package instruct builds what an engine's model is told before the
// conversation: the one place where persona, a page's instructions and
// documents meet the gateway's own rules.
//
// The rules stand last, so that nothing before them, persona or document, has
// the last word. The gateway does not rely on them: it checks what is said.
package instruct
