package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/reach"
)

// The demonstration is whole, seen from its own machine, over both of its
// addresses, with no credential and no setting but its authority.
func TestDoctorOfTheDemonstration(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--data", p.data())
	for _, args := range [][]string{{r.url}, {r.tls, "--ca", filepath.Join(p.data(), demoCAFile)}} {
		var out, diagnostics bytes.Buffer
		require.Zero(t, start(append([]string{"doctor"}, args...), nil, &out, &diagnostics), out.String()+diagnostics.String())
		require.Contains(t, out.String(), "Calls go over UDP, the best way.")
		require.NotContains(t, out.String(), "CLOSED")
		for _, rung := range []string{"dns", "tcp", "http", "websocket", "udp", "ice-tcp"} {
			require.Regexp(t, `(?m)^  `+rung+` +open `, out.String())
		}
		require.Regexp(t, `(?m)^  turn +not offered `, out.String())
	}

	var out, diagnostics bytes.Buffer
	require.Equal(t, 1, start([]string{"doctor", r.tls, "--json"}, nil, &out, &diagnostics), "its authority is nobody's")
	var found reach.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &found))
	require.False(t, found.Well)
	require.Contains(t, diagnostics.String(), "not every way is open")
}

// What is wrong with the words of the command is said, and nothing is dialled.
func TestDoctorsWords(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for want, args := range map[string][]string{
		"not the address of a gateway":           {"ftp://avatars.example.org"},
		"this is not the address":                {"https://user:secret@avatars.example.org"},
		"is not the address":                     {"https://avatars.example.org:99999"},
		"there is no certificate in the file":    {"https://avatars.example.org", "--ca", write("empty.pem", "")},
		"the file cannot be read":                {"https://avatars.example.org", "--ca", folder + "/none"},
		"the key would leave this machine unenc": {"http://avatars.example.org", "--key-file", write("key", "mf_x")},
		"the key cannot be read":                 {"https://avatars.example.org", "--key-file", folder + "/none"},
	} {
		var out, diagnostics bytes.Buffer
		require.NotZero(t, start(append([]string{"doctor"}, args...), nil, &out, &diagnostics))
		require.Contains(t, diagnostics.String(), want)
		require.Empty(t, out.String())
		require.NotContains(t, diagnostics.String(), "mf_x")
	}
	u, err := doctorURL("avatars.example.org")
	require.NoError(t, err)
	require.Equal(t, "https://avatars.example.org", u.String())
}

// A rung that is closed reads as closed, with what to do.
func TestDoctorPrints(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, printDoctor(&out, reach.Report{URL: "https://a.example", Verdict: "Calls go over TCP.", Rungs: []reach.Rung{
		{Name: "udp", State: reach.Closed, At: "203.0.113.7:3478", Found: "no answer", Missing: "UDP to 203.0.113.7 port 3478", Do: "allow it"},
		{Name: "ice-tcp", State: reach.Open, At: "203.0.113.7:3478", MS: 12.34, Found: "answers\x1b[2J"},
	}}))
	require.Equal(t, `https://a.example, as seen from this machine

  udp        CLOSED                  203.0.113.7:3478: no answer
                                      Missing: UDP to 203.0.113.7 port 3478
                                      To do: allow it
  ice-tcp    open           12.3 ms  203.0.113.7:3478: answers?[2J

Calls go over TCP.
`, out.String())
}

// Credentials of a relay are made for whoever may talk, and neither they nor
// the secret are written down, at any level. // R75
func TestRelayCredentialsAreNotLogged(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	secret := "CANARY-shared-with-the-relay"
	require.NoError(t, os.WriteFile(filepath.Join(p.scratch, "turn.secret"), []byte(secret+"\n"), 0o600))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, []byte(`
media: {listen: "127.0.0.1:0", ice_servers: [{urls: ["turns:turn.example:443?transport=tcp"], secret_file: turn.secret}]}
tenants: [{id: acme, name: Acme, public: true, avatars: [{id: ada, name: Ada}]}]
`), 0o600))
	run := launch(t, p, nil, "--config", config, "--listen", "127.0.0.1:0", "--data", p.data(), "--log-level", "debug")
	url := run.url

	token := asked(t, "POST", url+"/v1/avatar/token", http.Header{"Origin": {url}})["value"].(string)
	made := []string{secret, token}
	for range 3 {
		answer := asked(t, "GET", url+"/v1/realtime/ice-servers", http.Header{"Origin": {url}, "Authorization": {"Bearer " + token}})
		server := answer["ice_servers"].([]any)[0].(map[string]any)
		made = append(made, server["username"].(string), server["credential"].(string))
	}
	run.stop()
	said := run.read(run.out) + run.read(run.err)
	for _, of := range made {
		require.NotContains(t, said, of)
	}
	require.Contains(t, said, "Mayfly is ready", "the control: this is what it says")
	require.Contains(t, said, "stopped", "and this what it logs")
}

func asked(t *testing.T, method, url string, h http.Header) map[string]any {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	for k, v := range h {
		r.Header[k] = v
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode, url)
	var body map[string]any
	require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
	return body
}
