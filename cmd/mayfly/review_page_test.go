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

// R65: the reviewer's page knows every name that an entry of the audit log can
// have, and no other: it refuses what is on no list, as the program does.
func TestReviewPageKnowsTheLists(t *testing.T) {
	page, err := fs.ReadFile(web.Assets(), "review/facts.js")
	require.NoError(t, err)
	table, _, _ := strings.Cut(string(page), "export const KINDS")
	var kinds []string
	for _, m := range regexp.MustCompile(`\['([a-z_]+)', '`).FindAllStringSubmatch(table, -1) {
		kinds = append(kinds, m[1])
	}
	var want []string
	for _, k := range session.FactKinds() {
		want = append(want, k.String())
	}
	require.ElementsMatch(t, want, kinds, "web/review/facts.js: each fact needs a sentence")

	list := func(name, of string) (all []string) {
		_, text, ok := strings.Cut(string(page), name)
		require.True(t, ok)
		text, _, _ = strings.Cut(text, "]")
		for _, m := range regexp.MustCompile(of).FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		return all
	}
	want = nil
	for _, r := range session.Reasons() {
		want = append(want, r.String())
	}
	require.ElementsMatch(t, want, list("REASONS = new Set([", `'([a-z_]*)'`), "web/review/facts.js: REASONS")
	purposes := list("PURPOSES = [", `'([a-z_]+)'`)
	require.Len(t, purposes, 7)
	t.Logf("n=%d facts, %d reasons, %d purposes", len(kinds), len(want), len(purposes))
}
