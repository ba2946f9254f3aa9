package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
	"mayfly/web"
)

// R66: the page about the audit log lists every fact, and tells apart what
// stays with audit detail off.
func TestAuditPageListsFacts(t *testing.T) {
	page, err := fs.ReadFile(web.Docs(), "audit.md")
	require.NoError(t, err)
	_, list, ok := strings.Cut(string(page), "\n## What is in it\n")
	require.True(t, ok)
	always, detail, ok := strings.Cut(list, "\nWith it on, the course of sessions too:")
	require.True(t, ok)
	detail, _, _ = strings.Cut(detail, "\n")
	names := func(text string) map[string]bool {
		all := map[string]bool{}
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(text, -1) {
			all[m[1]] = true
		}
		return all
	}
	stays, goes := names(always), names(detail)
	for _, k := range session.FactKinds() {
		require.Equal(t, !k.Detail(), stays[k.String()], "%s stays", k)
		require.Equal(t, k.Detail(), goes[k.String()], "%s is detail", k)
	}
}
