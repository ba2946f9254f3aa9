package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"mayfly/gateway/reach"
	"mayfly/gateway/tenant"
)

// doctorFlags are `mayfly doctor`.
type doctorFlags struct {
	URL     string `arg:"" placeholder:"URL" help:"Address of the gateway, as people open it."`
	KeyFile string `name:"key-file" placeholder:"FILE" shown:"as a visitor of the page" help:"File with an API key, to get a credential for relays where there is no public page. It is sent to URL only."`
	CA      string `name:"ca" placeholder:"FILE" shown:"whom this machine trusts" help:"Authority that signed the gateway's certificate, in PEM: for the demonstration, or one of your own."`
	JSON    bool   `name:"json" shown:"off" help:"Print what was found as JSON."`
}

// apart implements stoppedCommand.
func (c *doctorFlags) apart(ctx context.Context, out io.Writer) error {
	at, err := doctorURL(c.URL)
	if err != nil {
		return err
	}
	o := reach.Options{URL: at, Proxy: func(u *url.URL) (*url.URL, error) {
		return http.ProxyFromEnvironment(&http.Request{URL: u})
	}}
	if c.CA != "" {
		o.Roots = x509.NewCertPool()
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return fmt.Errorf("--ca: the file cannot be read (%w); correct its name", reason(err))
		}
		if !o.Roots.AppendCertsFromPEM(pem) {
			return errors.New("--ca: there is no certificate in the file; give one in PEM")
		}
	}
	if c.KeyFile != "" {
		if at.Scheme == "http" && !tenant.Loopback(at.Hostname()) {
			return errors.New("--key-file: the key would leave this machine unencrypted; give an https address")
		}
		key, err := readKey(c.KeyFile)
		if err != nil {
			return fmt.Errorf("--key-file: the key cannot be read (%w); let this user read the file", reason(err))
		}
		o.Key = strings.TrimSpace(string(key))
	}
	found := reach.Look(ctx, o)
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(found)
	} else {
		err = printDoctor(out, found)
	}
	if err == nil && !found.Well {
		err = errors.New("not every way is open from here")
	}
	return err
}

// doctorURL reads the address; a bare name is taken for https.
func doctorURL(s string) (*url.URL, error) {
	bad := fmt.Errorf("%s: this is not the address of a gateway; write one like https://avatars.example.org", printable(s))
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil, bad
	}
	if _, p, err := net.SplitHostPort(u.Host); err == nil {
		if _, err := netip.ParseAddrPort("127.0.0.1:" + p); err != nil {
			return nil, bad
		}
	}
	return u, nil
}

// printDoctor writes one line to a rung, and under one that is closed what is
// missing.
func printDoctor(out io.Writer, found reach.Report) error {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, as seen from this machine\n\n", found.URL)
	for _, r := range found.Rungs {
		state := string(r.State)
		if r.State == reach.Closed {
			state = "CLOSED"
		}
		ms := ""
		if r.MS > 0 {
			ms = fmt.Sprintf("%.1f ms", r.MS)
		}
		text := r.Found
		if r.At != "" && r.At != found.URL && !strings.Contains(text, r.At) {
			text = r.At + ": " + text
		}
		fmt.Fprintf(&t, "  %-10s %-11s %10s  %s\n", r.Name, state, ms, printable(text))
		if r.State == reach.Closed {
			fmt.Fprintf(&t, "  %-34s  Missing: %s\n", "", printable(r.Missing))
			fmt.Fprintf(&t, "  %-34s  To do: %s\n", "", printable(r.Do))
		}
	}
	fmt.Fprintf(&t, "\n%s\n", found.Verdict)
	_, err := io.WriteString(out, t.String())
	return err
}
