package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"mayfly/gateway/tenant"
)

// initFlags are `mayfly init`: from nothing to a gateway with one tenant whose
// admin can sign in.
type initFlags struct {
	whereFlags
	Domain         string `required:"" placeholder:"NAME" shown:"none; needed" help:"Under which people reach the gateway: avatars.example.org."`
	TLSCert        string `name:"tls-cert" placeholder:"FILE" shown:"none: a proxy in front speaks TLS" help:"Certificate chain in PEM."`
	TLSKey         string `name:"tls-key" placeholder:"FILE" shown:"none" help:"Private key of the certificate, in PEM."`
	Config         string `default:"mayfly.yaml" placeholder:"FILE" shown:"mayfly.yaml" help:"The configuration to write. One that exists is not touched."`
	Name           string `required:"" placeholder:"TEXT" shown:"none; needed" help:"The organisation, as people read it."`
	Avatar         string `default:"Ada" placeholder:"NAME" shown:"Ada" help:"What its first avatar is called."`
	Language       string `default:"en" placeholder:"TAG" shown:"en" help:"The avatar's first language."`
	ControllerRole string `name:"controller" default:"processor" enum:"controller,processor" placeholder:"ROLE" shown:"processor" help:"Whether whoever runs this gateway decides what the data is for (controller) or acts for the tenant (processor)."`
}

func (c *initFlags) run(ctx context.Context, h *host, out io.Writer) error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together; give both or neither")
	}
	if _, err := tenant.ParseOrigin("https://" + c.Domain); err != nil {
		return fmt.Errorf("--domain: %w", err)
	}
	id := c.Tenant
	if id == "" {
		id = identifierOf(c.Name)
	}
	config, err := filepath.Abs(c.Config)
	if err != nil {
		return errors.New("the current folder is gone; give --config an absolute path")
	}
	if _, err := os.Lstat(config); err == nil {
		return fmt.Errorf("%s is there already and was not touched; move it away, or name another with --config", config)
	}
	document := map[string]any{
		"id": id, "name": c.Name, "public": true, "controller": c.ControllerRole,
		"origins": []string{"https://" + c.Domain},
		"avatars": []any{map[string]any{"id": "first", "name": c.Avatar, "languages": []string{c.Language}, "knowledge": tenant.Documents}},
	}
	var answer struct {
		ID   string `json:"id"`
		Link string `json:"link"`
	}
	if err := h.request(ctx, http.MethodPost, "/tenants", "", document, &answer); err != nil {
		return err
	}
	if err := writeFile(config, []byte(c.configuration()), 0o600); err != nil {
		return fmt.Errorf("%s cannot be written (%w); make room, or name another with --config", config, reason(err))
	}
	link := answer.Link
	if strings.HasPrefix(link, "/") {
		link = "https://" + c.Domain + link
	}
	_, err = fmt.Fprintf(out, `The tenant %s is in the database, and the configuration in %s.

Start the gateway:

  mayfly --config %s

Then sign in as admin, once, within 15 minutes:

  %s

Another link: mayfly tenant link --tenant %s
`, id, config, shellWord(config), link, id)
	return err
}

// identifierOf makes an identifier of a name.
func identifierOf(name string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-' || r == '_' || r == '.':
			return '-'
		}
		return -1
	}, name)
	if id = strings.Trim(id, "-"); id == "" {
		return "tenant"
	}
	return id[:min(len(id), 64)]
}

// configuration is the file, with what else can be said in comments.
func (c *initFlags) configuration() string {
	var t strings.Builder
	fmt.Fprintf(&t, "# Mayfly at %s. Every key is described in the documentation, at /docs/configuration.\n", c.Domain)
	fmt.Fprintf(&t, "# Tenants made with `mayfly init` and `mayfly tenant add` are in the database and\n# are changed on the page at /admin; tenants written here are changed here.\n\n")
	fmt.Fprintf(&t, "public_url: https://%s\n", c.Domain)
	if c.TLSCert != "" {
		cert, key := absolute(c.TLSCert), absolute(c.TLSKey)
		fmt.Fprintf(&t, "listen: \"off\"\ntls_listen: 0.0.0.0:443\ntls_cert: %q\ntls_key: %q\n", cert, key)
	} else {
		t.WriteString("# A proxy in front speaks TLS with the world and passes requests on to:\nlisten: 127.0.0.1:8080\nbehind_tls_proxy: true\n# trusted_proxies: [127.0.0.1]\n")
	}
	t.WriteString(`
media:
  # One UDP and one TCP port for sound over WebRTC; open it in the firewall.
  listen: 0.0.0.0:3478
  # public_addresses: [203.0.113.7]   # where the machine has another address inside

# metrics:
#   listen: 127.0.0.1:9090

# tenants:
#   - id: another
#     name: Another organisation
#     public: true
#     avatars: [{id: first, name: Ada}]
`)
	return t.String()
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
