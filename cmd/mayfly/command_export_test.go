package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Progress is a line every five seconds, or on a terminal one that changes.
func TestProgress(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		lines    int
		ends     string
	}{{false, 12, "600 of 601 sessions exported\n"}, {true, 1, "601 of 601 sessions exported\n"}} {
		var out bytes.Buffer
		p := newProgress(&out, "sessions exported")
		require.False(t, p.terminal, "a buffer is none")
		p.terminal = c.terminal
		began := p.last
		for n := range 602 {
			p.show(n, 601, began.Add(time.Duration(n)*100*time.Millisecond))
		}
		p.end()
		require.Equal(t, c.lines, strings.Count(out.String(), "\n"), out.String())
		require.True(t, strings.HasSuffix(out.String(), c.ends), out.String())
		require.Equal(t, c.terminal, strings.Contains(out.String(), "\r"))
	}
}
