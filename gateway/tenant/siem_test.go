package tenant

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// fullSIEM is what testdata/full.yaml says of it.
func fullSIEM(folder, key string) []Collector {
	to := func(scheme, host, path string) *url.URL { return &url.URL{Scheme: scheme, Host: host, Path: path} }
	return []Collector{
		{Name: "disk", To: "file", Format: "ocsf", File: filepath.Join(folder, "audit.jsonl"), FileMiB: 16, Files: 3},
		{Name: "soc", To: "syslog", Format: "cef", FileMiB: 64, Files: 10, URL: to("tls", "logs.example.org:6514", ""), CAFile: key},
		{Name: "splunk", To: "splunk", Format: "ocsf", FileMiB: 64, Files: 10, URL: to("https", "splunk.example.org:8088", "/services/collector/event"), TokenFile: key, Index: "audit"},
		{Name: "elastic", To: "elastic", Format: "ocsf", FileMiB: 64, Files: 10, URL: to("http", "127.0.0.1:9200", ""), TokenFile: key, Index: "logs-mayfly-default"},
	}
}

// Every mistake about collectors is told with its key, line, column and remedy,
// and without the value that stands there.
func TestSIEMMistakes(t *testing.T) {
	const golden = "testdata/siem_mistakes.txtar"
	archive, err := txtar.ParseFile(golden)
	require.NoError(t, err)
	folder := t.TempDir()
	secret(t, folder, "key")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "open"), []byte("x"), 0o644))
	for i := 0; i < len(archive.Files); i += 2 {
		file, want := archive.Files[i], &archive.Files[i+1]
		t.Run(file.Name, func(t *testing.T) {
			_, err := Parse(filepath.Join(folder, "mayfly.yaml"), file.Data)
			require.Error(t, err)
			text := strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "") + "\n"
			require.NotContains(t, strings.ToUpper(text), "CANARY")
			if *update {
				want.Data = []byte(text)
				return
			}
			require.Equal(t, string(want.Data), text)
		})
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, txtar.Format(archive), 0o600))
	}
	t.Logf("n = %d files with mistakes", len(archive.Files)/2)
}
