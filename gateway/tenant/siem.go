package tenant

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Collector is where the operator is sent the audit logs of all tenants. It
// belongs to the process: what a tenant may write does not reach it.
type Collector struct {
	Name      string
	To        string   // "file", "syslog", "splunk" or "elastic"
	Format    string   // "ocsf" or "cef"
	File      string   // path; of a file
	FileMiB   int      // size of one file
	Files     int      // beside the one that is written to
	URL       *url.URL // https, or http on this machine; of the others
	TokenFile string   // file; of splunk and elastic
	Index     string   // empty: that of the token
	CAFile    string   // file, PEM; empty: the system's authorities
	CertFile  string   // file, PEM; empty: the gateway shows none
	KeyFile   string   // file, PEM; of CertFile
}

// collectors bounds the list.
const collectors = 8

func newCollector() Collector { return Collector{Format: "ocsf", FileMiB: 64, Files: 10} }

func siemTable() table[Collector] {
	return table[Collector]{
		one("name", identifier(), required, "Names it in metrics, log lines and records; unique in the list. How far it was sent is kept under this name.", func(c *Collector) *string { return &c.Name }),
		one("to", oneOf("file", "syslog", "splunk", "elastic"), required, "A `file` on this machine, `syslog` (RFC 5424 over TLS), `splunk` (HTTP Event Collector) or `elastic` (bulk).", func(c *Collector) *string { return &c.To }),
		one("format", oneOf("ocsf", "cef"), "ocsf", "OCSF 1.9 in JSON, or CEF.", func(c *Collector) *string { return &c.Format }),
		one("file", line(1000), "none; required for `file`", "Where records are appended, a line each. Its folder must exist and be writable.", func(c *Collector) *string { return &c.File }),
		one("file_mib", whole("MiB", 1, 4096), "64", "From this size on a new file is begun.", func(c *Collector) *int { return &c.FileMiB }),
		one("files", whole("files", 1, 1000), "10", "Full files that are kept: `.1` is the newest.", func(c *Collector) *int { return &c.Files }),
		one("url", text("URL, https; tls://host:port for `syslog`", func(_ *reader, s string) (*url.URL, error) { return readCollector(s) }), "none; required but for `file`", "The collector. It may be on a private network; plain http is for this machine only.", func(c *Collector) **url.URL { return &c.URL }),
		one("token_file", secretFile(), "none; required for `splunk`", "Holds the token of Splunk's collector, or Elastic's API key. Read at each sending.", func(c *Collector) *string { return &c.TokenFile }),
		one("index", indexName(), "none: the token's; required for `elastic`", "Splunk's index, or Elastic's index or data stream.", func(c *Collector) *string { return &c.Index }),
		one("ca_file", anyFile(), "the system's authorities", "Certificates in PEM that may vouch for the collector, in their place.", func(c *Collector) *string { return &c.CAFile }),
		one("cert_file", anyFile(), "none", "Certificate chain in PEM that the gateway shows to a collector that asks who it is (mutual TLS). Read for each connection.", func(c *Collector) *string { return &c.CertFile }),
		one("key_file", secretFile(), "none; required with `cert_file`", "Private key of that certificate in PEM.", func(c *Collector) *string { return &c.KeyFile }),
	}
}

// syslogPort is that of RFC 5425.
const syslogPort = "6514"

func readCollector(s string) (*url.URL, error) {
	host, plainTLS := strings.CutPrefix(s, "tls://")
	if !plainTLS {
		u, err := webURL(s)
		if err == nil && (u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
			err = fault("this has ? or # in it", "leave them out and what follows")
		}
		return u, err
	}
	u, err := webURL("https://" + host)
	if err != nil {
		return nil, err
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fault("syslog has a host and a port, and no more", "write it as tls://logs.example.org:6514")
	}
	if u.Port() == "" {
		u.Host += ":" + syslogPort
	}
	u.Scheme, u.Path = "tls", ""
	return u, nil
}

func indexName() kind[string] {
	return text("1 to 100 of a-z 0-9 . _ -", func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 100 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" || strings.Trim(s[:1], "._-") == "" {
			return "", fault("this is not the name of an index", "use 1 to 100 of the characters a-z 0-9 . _ and -, and begin with a letter or a digit")
		}
		return s, nil
	})
}

// ofCollectors are the keys that not every collector has: what each must have,
// and what it may.
var ofCollectors = map[string]struct{ must, may []string }{
	"file":    {must: []string{"file"}, may: []string{"file_mib", "files"}},
	"syslog":  {must: []string{"url"}, may: []string{"ca_file", "cert_file", "key_file"}},
	"splunk":  {must: []string{"url", "token_file"}, may: []string{"index", "ca_file", "cert_file", "key_file"}},
	"elastic": {must: []string{"url", "index"}, may: []string{"token_file", "ca_file", "cert_file", "key_file"}},
}

// checkCollector looks at what no single key shows.
func checkCollector(r *reader, path string, c *Collector) {
	if c.File != "" {
		c.File = r.path(c.File)
	}
	of, known := ofCollectors[c.To]
	if !known {
		return
	}
	for _, key := range []string{"file", "file_mib", "files", "url", "token_file", "index", "ca_file", "cert_file", "key_file"} {
		at := under(path, key)
		_, there := r.at[at]
		must, may := slices.Contains(of.must, key), slices.Contains(of.may, key)
		switch {
		case must && !there:
			r.mistakeAt(at, r.at[path], fault("this key is missing", "add it: to: "+c.To+" needs it"))
		case there && !must && !may:
			r.mistake(at, fault("this means nothing for to: "+c.To, "leave it out"))
		}
	}
	for _, pair := range [][2]string{{"cert_file", "key_file"}, {"key_file", "cert_file"}} {
		_, one := r.at[under(path, pair[0])]
		if _, other := r.at[under(path, pair[1])]; one && !other {
			r.mistakeOnce(under(path, pair[0]), fault("this is half of a pair", "add "+pair[1]))
		}
	}
	if c.URL != nil && (c.URL.Scheme == "tls") != (c.To == "syslog") && (of.must[0] == "url") {
		how := "write an https URL"
		if c.To == "syslog" {
			how = "write it as tls://logs.example.org:6514"
		}
		r.mistakeOnce(under(path, "url"), fault("this is not the address of such a collector", how))
	}
}

// checkCollectors looks at the list.
func checkCollectors(r *reader, all []Collector) {
	names, files := map[string]bool{}, map[string]bool{}
	for i, c := range all {
		path := fmt.Sprintf("siem[%d]", i)
		if names[c.Name] && c.Name != "" {
			r.mistakeOnce(under(path, "name"), fault("another collector has this name", "give each its own: how far it was sent is kept under it"))
		}
		if files[c.File] && c.File != "" {
			r.mistakeOnce(under(path, "file"), fault("another collector writes this file", "give each its own"))
		}
		names[c.Name], files[c.File] = true, true
	}
}
