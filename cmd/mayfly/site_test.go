package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// breaks is a function whose arguments and whose panic are words.
//
//go:noinline
func breaks(words string, more []byte, v any) { panic(errors.New(words)) }

// stackOf is the stack of a panic that was caught.
func stackOf() (stack []byte) {
	defer func() {
		_ = recover()
		stack = debug.Stack()
	}()
	breaks("CANARY", []byte("CANARY"), "CANARY")
	return nil
}

// A fault is told by its place in the program: no values, no text of the
// panic, no folder of the machine that it was built on. // R1 R19
func TestFaultIsAPlace(t *testing.T) {
	stack := stackOf()
	site := siteOf(stack)
	require.Regexp(t, `^cmd/mayfly\.breaks:\d+<cmd/mayfly\.stackOf:\d+<cmd/mayfly\.TestFaultIsAPlace:\d+$`, site)
	require.Equal(t, "session.(*Session).Handle:12<gateway.(*conn).deliver:7", siteOf([]byte("goroutine 9 [running]:\nruntime/debug.Stack()\n\t/go/src/runtime/debug/stack.go:26 +0x5e\n"+
		"mayfly/gateway.(*Server).caught({0x1, 0x2})\n\t/home/somebody/gateway/turn.go:3 +0x1\npanic({0x43415252?, 0x59})\n\t/go/src/runtime/panic.go:787 +0x132\n"+
		"mayfly/session.(*Session).Handle(0xc0, {0x43, 0x41})\n\t/home/somebody/session/session.go:12 +0x1d\nencoding/json.x(...)\n\t/go/src/x.go:9\n"+
		"mayfly/gateway.(*conn).deliver(...)\n\t/home/somebody/gateway/conn.go:7\ncreated by mayfly/gateway.(*Server).open in goroutine 1\n\t/home/somebody/gateway/gateway.go:9\n")))
	require.Equal(t, "main.(*app).cast:12<gateway.(*conn).deliver:7", siteOf([]byte("panic({0x1, 0x2})\n\t/go/src/runtime/panic.go:787\n"+
		"main.(*app).cast(...)\n\t/home/somebody/cmd/mayfly/cast.go:12 +0x1d\nmayfly/gateway.(*conn).deliver(...)\n\t/home/somebody/gateway/conn.go:7\n")), "package main is called so in the program")
	for _, odd := range []string{"", "panic(", "mayfly/x(", "mayfly/x()\n\t/x.go:", "mayfly/x\nmayfly/y()\n"} {
		require.NotPanics(t, func() { siteOf([]byte(odd)) })
	}

	var out bytes.Buffer
	a := &app{log: newLogger(&out, 0, false)}
	a.panicked(stack)
	var told map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &told))
	require.Equal(t, site, told["at"], "the whole of it")
	require.NotContains(t, out.String(), "CANARY")
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
}
