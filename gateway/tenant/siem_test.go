package tenant

import (
	"net/url"
	"path/filepath"
	"testing"
)

// fullSIEM is what testdata/full.yaml says of it.
func fullSIEM(folder, key string) []Collector {
	to := func(scheme, host, path string) *url.URL { return &url.URL{Scheme: scheme, Host: host, Path: path} }
	return []Collector{
		{Name: "disk", To: "file", Format: "ocsf", File: filepath.Join(folder, "audit.jsonl"), FileMiB: 16, Files: 3},
		{Name: "soc", To: "syslog", Format: "cef", FileMiB: 64, Files: 10, URL: to("tls", "logs.example.org:6514", ""), CAFile: key, CertFile: key, KeyFile: key},
		{Name: "splunk", To: "splunk", Format: "ocsf", FileMiB: 64, Files: 10, URL: to("https", "splunk.example.org:8088", "/services/collector/event"), TokenFile: key, Index: "audit"},
		{Name: "elastic", To: "elastic", Format: "ocsf", FileMiB: 64, Files: 10, URL: to("http", "127.0.0.1:9200", ""), TokenFile: key, Index: "logs-mayfly-default"},
	}
}

// Every mistake about collectors is told with its key, line, column and remedy,
// and without the value that stands there.
func TestSIEMMistakes(t *testing.T) {
	mistaken(t, "testdata/siem_mistakes.txtar", keyed(t), func(path string, data []byte) error {
		_, err := Parse(path, data)
		return err
	})
}
