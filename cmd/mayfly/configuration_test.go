package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

var updateConfiguration = flag.Bool("update-configuration", false, "writes the tables of web/docs/configuration.md")

const configurationDoc = "../../web/docs/configuration.md"

// The document's tables are those of the code: every flag and every key with
// its type, default and meaning, and no other.
func TestConfigurationDocument(t *testing.T) {
	raw, err := os.ReadFile(configurationDoc)
	require.NoError(t, err)
	doc := string(raw)

	var line commandLine
	parser, err := kong.New(&line)
	require.NoError(t, err)
	flags := "| flag | environment | default | |\n|---|---|---|---|\n"
	for _, f := range flagsOf(parser.Model) {
		if f.Name != "help" {
			require.NotEmpty(t, f.Tag.Get("shown"), f.Name)
			flags += fmt.Sprintf("| `--%s` | `%s` | %s | %s |\n", f.Name, envName(f.Name), shownDefault(f.Value), f.Help)
		}
	}
	keys := "| key | type | default | |\n|---|---|---|---|\n"
	for _, s := range tenant.Settings() {
		keys += fmt.Sprintf("| `%s` | %s | %s | %s |\n", s.Key, s.Type, s.Default, s.About)
	}
	want := section(section(doc, "flags", flags), "keys", keys)
	if *updateConfiguration {
		require.NoError(t, os.WriteFile(configurationDoc, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, doc, "run go test ./cmd/mayfly -run TestConfigurationDocument -update-configuration")
	t.Logf("n = %d flags, %d keys", strings.Count(flags, "\n")-2, strings.Count(keys, "\n")-2)

	// What the text names besides the tables exists.
	known := map[string]bool{"--config": true}
	for _, f := range flagsOf(parser.Model) {
		known["--"+f.Name], known[envName(f.Name)] = true, true
	}
	for _, named := range regexp.MustCompile(`--[a-z][a-z-]+|MAYFLY_[A-Z_]+`).FindAllString(doc, -1) {
		require.True(t, known[named], named)
	}
}

// section puts text between a section's marks.
func section(doc, name, text string) string {
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	head, rest, _ := strings.Cut(doc, begin)
	_, tail, _ := strings.Cut(rest, end)
	return head + begin + text + end + tail
}

// The document's example is a file that is read without a mistake.
func TestConfigurationExample(t *testing.T) {
	raw, err := os.ReadFile(configurationDoc)
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(raw), "```yaml\n")
	require.True(t, ok)
	example, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "documents/first-year"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "documents/first-year/a.md"), []byte("x"), 0o600))
	for _, name := range []string{"cert.pem", "key.pem", "model.key"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600))
	}
	example = strings.ReplaceAll(example, "/etc/mayfly/", folder+"/")
	config := filepath.Join(folder, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, []byte(example), 0o600))
	s, err := parse([]string{"--config", config}, []string{"HOME=/h"}, os.Stderr)
	require.NoError(t, err)
	require.Equal(t, ":443", s.TLSListen)
	require.Len(t, s.Tenants, 1)
}
