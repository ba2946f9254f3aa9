package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// oneTenant is the smallest file with a tenant.
const oneTenant = `tenants:
  - id: acme
    name: Acme
    public: true
    avatars: [{id: ada, name: Ada}]
`

// file puts text into a file of its own, for its owner only.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestDefaults(t *testing.T) {
	for _, args := range [][]string{nil, {"serve"}} {
		s, err := parse(args, []string{"HOME=/home/u"}, io.Discard)
		require.NoError(t, err)
		require.Equal(t, &settings{
			Command: "serve", Listen: "127.0.0.1:8080", TLSListen: "127.0.0.1:8443",
			MetricsListen: "off", MediaListen: "127.0.0.1:0",
			Data: "/home/u/.local/share/mayfly", LogLevel: slog.LevelInfo,
		}, s)
		require.True(t, s.demo())
		require.False(t, s.proxied())
	}
}

func TestFlags(t *testing.T) {
	cert, key := file(t, "cert.pem", "x"), file(t, "key.pem", "x")
	config := file(t, "mayfly.yaml", oneTenant)
	flags := []string{
		"--listen", "0.0.0.0:80", "--tls-listen=:443", "--tls-cert", cert, "--tls-key", key, "--behind-tls-proxy",
		"--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "192.0.2.1,::1", "--public-url", "https://Avatars.example.org/",
		"--config", config, "--data", "/var/lib/mayfly", "--log-level", "debug",
		"--metrics-listen", "unix:/run/m.sock", "--media-listen", "0.0.0.0:3478",
		"--public-address", "203.0.113.7", "--public-address", "2001:db8::1",
	}
	// The same by environment, name by name.
	var env []string
	for i := 0; i < len(flags); i++ {
		name, value, joined := strings.Cut(strings.TrimPrefix(flags[i], "--"), "=")
		if name == "behind-tls-proxy" {
			value, joined = "true", true
		}
		if !joined {
			i++
			value = flags[i]
		}
		variable := envName(name) + "="
		if at := len(env) - 1; at >= 0 && strings.HasPrefix(env[at], variable) {
			env[at] += "," + value
		} else {
			env = append(env, variable+value)
		}
	}
	want := &settings{
		Command: "serve", Listen: "0.0.0.0:80", TLSListen: ":443", TLSCert: cert, TLSKey: key, BehindTLSProxy: true,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("::1/128")},
		PublicURL:      "https://avatars.example.org", Config: config, Data: "/var/lib/mayfly", LogLevel: slog.LevelDebug,
		MetricsListen: "unix:/run/m.sock", MediaListen: "0.0.0.0:3478",
		PublicAddresses: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::1")},
	}
	for name, run := range map[string]func() (*settings, error){
		"flags":       func() (*settings, error) { return parse(flags, nil, io.Discard) },
		"environment": func() (*settings, error) { return parse(nil, env, io.Discard) },
		"both":        func() (*settings, error) { return parse(flags, []string{"MAYFLY_LISTEN=127.0.0.1:1"}, io.Discard) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := run()
			require.NoError(t, err)
			require.Len(t, s.Tenants, 1)
			s.Tenants = nil
			require.Equal(t, want, s)
		})
	}
}

// Flag before environment before file before default.
func TestOrder(t *testing.T) {
	config := file(t, "mayfly.yaml", "listen: 127.0.0.1:1\nmedia:\n  listen: 127.0.0.1:2\nmetrics: {listen: \"127.0.0.1:3\"}\n")
	s, err := parse([]string{"--config", config, "--metrics-listen", "127.0.0.1:5", "--metrics-token-file", file(t, "token", "of-the-reader")}, []string{"HOME=/h", "MAYFLY_MEDIA_LISTEN=127.0.0.1:4", "MAYFLY_METRICS_LISTEN=127.0.0.1:6", "MAYFLY_TLS_LISTEN="}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", s.Listen)
	require.Equal(t, "127.0.0.1:4", s.MediaListen)
	require.Equal(t, "127.0.0.1:5", s.MetricsListen)
	require.Equal(t, "127.0.0.1:8443", s.TLSListen, "an empty variable says nothing")
}

func TestDataFolder(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"XDG", []string{"XDG_DATA_HOME=/x", "HOME=/h"}, "/x/mayfly"},
		{"home", []string{"HOME=/h"}, "/h/.local/share/mayfly"},
		{"relative XDG is ignored", []string{"XDG_DATA_HOME=x", "HOME=/h"}, "/h/.local/share/mayfly"},
		{"empty XDG", []string{"XDG_DATA_HOME=", "HOME=/h"}, "/h/.local/share/mayfly"},
		{"neither, and never TMPDIR", []string{"TMPDIR=/tmp"}, ""},
		{"relative home", []string{"HOME=."}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(nil, c.env, io.Discard)
			if c.want == "" {
				require.EqualError(t, err, "--data: neither XDG_DATA_HOME nor HOME says where data belongs; name a folder with --data")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, s.Data)
		})
	}
	here, err := os.Getwd()
	require.NoError(t, err)
	s, err := parse([]string{"--data", "d"}, nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(here, "d"), s.Data)
}

func TestBackEndOfTheDemonstration(t *testing.T) {
	key := file(t, "key", "s3cret")
	s, err := parse(nil, []string{"HOME=/h", "MAYFLY_BACKEND=http://localhost:11434/v1/", "MAYFLY_MODEL=llama3:8b", "MAYFLY_BACKEND_KEY_FILE=" + key, "MAYFLY_SPEECH=http://127.0.0.1:8880/v1"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "http://localhost:11434/v1", s.BackEnd.URL.String())
	require.Equal(t, "llama3:8b", s.BackEnd.Model)
	require.Equal(t, key, s.BackEnd.KeyFile)
	require.Equal(t, "http://127.0.0.1:8880/v1", s.Speech.URL.String())
	require.Empty(t, s.Speech.KeyFile, "a key goes to the server it was given for")
	require.Equal(t, "tts-1", s.Speech.Model)
	require.Equal(t, "alloy", s.Speech.Voice)
}

// Everything that is wrong is said at once, under the name by which it was given.
func TestWrongSettings(t *testing.T) {
	cert, key := file(t, "cert.pem", "x"), file(t, "key.pem", "x")
	open := file(t, "open.pem", "x")
	require.NoError(t, os.Chmod(open, 0o644))
	tenants := file(t, "mayfly.yaml", oneTenant)
	wrongFile := file(t, "wrong.yaml", "listen: 1\ntenant: []\n")
	pair := []string{"--tls-cert", cert, "--tls-key", key}
	for _, c := range []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"listen", []string{"--listen", "8080"}, nil, `--listen: this is not an address to listen on; write host:port, as "127.0.0.1:8080", or "off"`},
		{"listen by variable", nil, []string{"MAYFLY_LISTEN=8080"}, `MAYFLY_LISTEN: this is not an address to listen on; write host:port, as "127.0.0.1:8080", or "off"`},
		{"several", []string{"--listen", "x", "--log-level", "loud", "--public-url", "ftp://x"}, nil, `--listen: this is not an address to listen on; write host:port, as "127.0.0.1:8080", or "off"
--public-url: this is not an origin; write scheme://host or scheme://host:port, as "https://www.example.org"
--log-level: there is no such level; use debug, info, warn or error`},
		{"nothing to listen on", []string{"--listen", "off", "--tls-listen", "off"}, nil, "--listen: with --tls-listen off as well, nothing would be listened on; give one of them an address"},
		{"demo on all addresses", []string{"--listen", ":8080"}, nil, "--listen: the demonstration is for this machine only; name your tenants in a file with --config to let others in"},
		{"demo behind a proxy", []string{"--listen", "0.0.0.0:8080", "--behind-tls-proxy"}, nil, "--listen: the demonstration is for this machine only; name your tenants in a file with --config to let others in"},
		{"demo over TLS", append([]string{"--tls-listen", ":8443"}, pair...), nil, "--tls-listen: the demonstration is for this machine only; name your tenants in a file with --config to let others in"},
		{"demo with an address of the world", []string{"--public-url", "https://x.example"}, nil, "--public-url: the demonstration is for this machine only; name your tenants in a file with --config to let others in"},
		{"plaintext off this machine", []string{"--config", tenants, "--listen", "192.0.2.1:80"}, nil, "--listen: plain http is for this machine only; use --tls-listen with --tls-cert and --tls-key, or say --behind-tls-proxy if a proxy in front speaks TLS"},
		{"TLS without certificate", []string{"--config", tenants, "--tls-listen", "127.0.0.1:8443"}, nil, "--tls-listen: this needs a certificate; give --tls-cert and --tls-key"},
		{"half a pair", []string{"--config", tenants, "--tls-cert", cert}, nil, "--tls-cert: certificate and key go together; give both --tls-cert and --tls-key\n--tls-listen: this needs a certificate; give --tls-cert and --tls-key"},
		{"key that all can read", []string{"--config", tenants, "--tls-cert", cert, "--tls-key", open}, nil, "--tls-key: everybody on this machine can reach this file; chmod 600, or 640 for a group"},
		{"proxy", []string{"--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::/0"}, nil, "--trusted-proxy: this is every address there is, so anybody could say where they come from; name the proxy's own network"},
		{"metrics without token", []string{"--metrics-listen", "0.0.0.0:9090"}, nil, "--metrics-listen: figures need a token, on this machine too; give --metrics-token-file, or use unix:/path, which its folder protects"},
		{"metrics without token on this machine", []string{"--metrics-listen", "127.0.0.1:9090"}, nil, "--metrics-listen: figures need a token, on this machine too; give --metrics-token-file, or use unix:/path, which its folder protects"},
		{"metrics in plaintext", []string{"--metrics-listen", "0.0.0.0:9090", "--metrics-token-file", key}, nil, "--metrics-listen: plain http is for this machine only; use --tls-listen with --tls-cert and --tls-key, or say --behind-tls-proxy if a proxy in front speaks TLS"},
		{"token for nobody", nil, []string{"MAYFLY_METRICS_TOKEN_FILE=" + key}, "MAYFLY_METRICS_TOKEN_FILE: nothing reads this without --metrics-listen; give that too, or leave this out"},
		{"media by name", []string{"--media-listen", "gateway.local:3478"}, nil, `--media-listen: this is a host name; write an IP address and a port, as "0.0.0.0:3478", or "off"`},
		{"public address", []string{"--public-address", "0.0.0.0"}, nil, `--public-address: this is not an address that others can reach; write an IP address without a port, as "203.0.113.7"`},
		{"voice model", []string{"--piper-model", key}, nil, "--piper-model: this voice model cannot be found or reached, or its .json is not beside it; name the .onnx file, and put its .onnx.json into the same folder"},
		{"model alone", []string{"--model", "m"}, nil, "--model: nothing uses this without --backend; give that too, or leave this out"},
		{"back end without model", []string{"--backend", "http://localhost:1/v1"}, nil, "--backend: this needs the name of a model; give --model (MAYFLY_MODEL), as the server lists it under /v1/models"},
		{"back end in plaintext", []string{"--backend", "http://models.example/v1", "--model", "m"}, nil, "--backend: plain http is for this machine only; use https"},
		{"voice alone", []string{"--speech-voice", "v"}, nil, "--speech-voice: nothing uses this without --speech; give that too, or leave this out"},
		{"back end beside tenants", []string{"--config", tenants, "--backend", "http://localhost:1/v1", "--model", "m"}, nil, "--backend: this is for the demonstration, and --config names tenants, so it would not be used; write it into the file, under the avatar\n--model: this is for the demonstration, and --config names tenants, so it would not be used; write it into the file, under the avatar"},
		{"no file", []string{"--config", "/nowhere/mayfly.yaml"}, nil, "--config: the file /nowhere/mayfly.yaml cannot be read (no such file or directory); correct its name, or let this user read it"},
		{"folder for a file", []string{"--config", "/"}, nil, "--config: the file / cannot be read (is a directory); name a file"},
		{"file with mistakes, and a flag", []string{"--config", wrongFile, "--log-level", "x", "--listen", "0.0.0.0:1"}, nil, wrongFile + `:1:9: listen: this is read as a number or as true or false; put it in quotes
` + wrongFile + `:2:1: tenant: there is no such key; did you mean "tenants"?
--log-level: there is no such level; use debug, info, warn or error`},
		{"misspelt variables", nil, []string{"MAYFLY_LISTN=x", "MAYFLY_PUBLICURL=x", "MAYFLY_DATE=/x"}, "MAYFLY_DATE: there is no such setting; did you mean MAYFLY_DATA?\nMAYFLY_LISTN: there is no such setting; did you mean MAYFLY_LISTEN?\nMAYFLY_PUBLICURL: there is no such setting; did you mean MAYFLY_PUBLIC_URL?"},
		{"switch by variable", nil, []string{"MAYFLY_BEHIND_TLS_PROXY=yes"}, "MAYFLY_BEHIND_TLS_PROXY: this is not true or false; write true or false"},
		{"unknown flag", []string{"--listne", "x"}, nil, `unknown flag --listne, did you mean "--listen"?; mayfly --help lists what can be said`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse(c.args, append(c.env, "HOME=/h"), io.Discard)
			require.Nil(t, s)
			require.EqualError(t, err, c.want)
		})
	}
}

// A cluster sets variables that begin like ours. They are not ours.
func TestForeignVariables(t *testing.T) {
	_, err := parse(nil, []string{"HOME=/h", "MAYFLY_SERVICE_HOST=10.0.0.1", "MAYFLY_PORT=tcp://10.0.0.1:80", "MAYFLY_PORT_80_TCP_ADDR=10.0.0.1", "MAYFLY_HELP=true"}, io.Discard)
	require.NoError(t, err)
}

// No flag takes a secret, and what looks like one on the command line is not
// printed. K2
func TestNoSecretOnTheCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{"--backend-key=sk-CANARY"}, {"--backend-key", "sk-CANARY"}, {"--backend", "https://u:CANARY@x.example/v1", "--model", "m"},
		{"--backend-key-file", "sk-CANARY", "--backend", "https://x.example/v1", "--model", "m"},
		{"--listen", "CANARY"}, {"--trusted-proxy", "CANARY"}, {"--log-level", "CANARY"}, {"--public-url", "CANARY"},
	} {
		_, err := parse(args, []string{"HOME=/h"}, io.Discard)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "CANARY")
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	_, err := parse([]string{"--help"}, nil, &out)
	require.ErrorIs(t, err, errHelp)
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"--listen=ADDR", "Default: 127.0.0.1:8080. [MAYFLY_LISTEN]", "Default: $XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly. [MAYFLY_DATA]", "MAYFLY_BACKEND"} {
		require.Contains(t, text, want)
	}
	for _, args := range [][]string{{"-h"}, {"help"}, {"serve", "--help"}} {
		var same bytes.Buffer
		_, err = parse(args, nil, &same)
		require.ErrorIs(t, err, errHelp)
		require.Equal(t, out.String(), same.String())
	}
	out.Reset()
	_, err = parse([]string{"key", "-h"}, nil, &out)
	require.ErrorIs(t, err, errHelp)
	require.NotContains(t, out.String(), "--listen=ADDR")
}

func TestKeyCommand(t *testing.T) {
	s, err := parse([]string{"key"}, []string{"MAYFLY_LISTEN=nonsense"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "key make", s.Command)
	var out bytes.Buffer
	require.NoError(t, printKey(&out))
	fields := strings.Fields(out.String())
	at := strings.Index(out.String(), "    keys:")
	lines := out.String()[at:]
	config := strings.Replace(oneTenant, "    public: true\n", lines, 1)
	f, err := tenant.Parse("mayfly.yaml", []byte(config))
	require.NoError(t, err)
	d, err := tenant.NewDirectory(f.Tenants)
	require.NoError(t, err)
	found := 0
	for _, word := range fields {
		if _, ok := d.Lookup(word, testTime); ok {
			found++
		}
	}
	require.Equal(t, 1, found, "the key that was printed opens what the hash that was printed closes")
}
