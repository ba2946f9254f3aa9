package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// withServer is a tenant whose avatar is answered for by a server.
func withServer(t *testing.T, url string, source string) *tenant.Tenant {
	t.Helper()
	f, err := tenant.Parse("mayfly.yaml", fmt.Appendf(nil, "tenants:\n- id: acme\n  name: Acme\n  public: true\n  avatars:\n  - id: ada\n    name: Ada\n    knowledge: demo\n    backend: {url: %q, model: small, name: Example models}\n", url))
	require.NoError(t, err)
	f.Tenants[0].Source = source
	return &f.Tenants[0]
}

// A server is asked for its models and for nothing else, and what is wrong with
// it comes back in words of our own. A machine that may not be reached is not. // R57
func TestReach(t *testing.T) {
	c, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(c.close)
	answer := func(http.ResponseWriter) {}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodGet || r.URL.Path != "/v1/models" || r.URL.RawQuery != "" || len(body) > 0 {
			t.Errorf("asked %s %s %q", r.Method, r.URL, body)
		}
		answer(w)
	}))
	t.Cleanup(server.Close)
	of := withServer(t, server.URL+"/v1", tenant.SourceFile)
	for _, one := range []struct {
		status        int
		body          string
		why, declares string
	}{
		{200, `{"data":[{"id":"large"},{"id":"small"}]}`, "", "has the model small"},
		{200, `{"data":[{"id":"large <b>secret</b>"}]}`, "it does not have the model small", ""},
		{200, `{"data":[]}`, "", "does not say which models it has"},
		{200, `<html>`, "", "does not say which models it has"},
		{404, `no`, "", "does not say which models it has"},
		{401, `{"error":"sk-secret"}`, "it refuses the key", ""},
		{503, `down`, "it answers with status 503", ""},
		{302, ``, "it answered with a redirect", ""},
	} {
		answer = func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(one.status)
			_, _ = io.WriteString(w, one.body)
		}
		got := c.Reach(t.Context(), of, &of.Avatars[0])
		require.Len(t, got, 1)
		require.Equal(t, "Example models", got[0].Server)
		require.Equal(t, one.why, got[0].Why, "%+v", one)
		require.True(t, strings.HasPrefix(got[0].Declares, one.declares), "%+v: %s", one, got[0].Declares)
		require.NotContains(t, fmt.Sprint(got), "secret")
	}
	require.EqualValues(t, 8, asked.Load())

	// A tenant of the database may not name a machine on the inside: the test
	// is no way around that.
	inside := withServer(t, server.URL+"/v1", tenant.SourceStore)
	inside.ID = "beta"
	got := c.Reach(t.Context(), inside, &inside.Avatars[0])
	require.NotEmpty(t, got[0].Why)
	// Nor does it say which names there are inside: such a one is told from
	// none by nobody.
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	for i, host := range []string{"localhost:" + u.Port(), "nobody.invalid"} {
		named := withServer(t, "https://"+host+"/v1", tenant.SourceStore)
		named.ID = fmt.Sprint("gamma", i)
		require.Equal(t, "it cannot be reached", c.Reach(t.Context(), named, &named.Avatars[0])[0].Why, host)
	}
	require.EqualValues(t, 8, asked.Load())

	server.Close()
	require.Equal(t, "it cannot be reached", c.Reach(t.Context(), of, &of.Avatars[0])[0].Why)
}

// What an avatar would say comes from its documents, which are named. An
// avatar that a model answers for shows what the model would be given, and no
// server hears of the question.
func TestTryAnswerAsRun(t *testing.T) {
	c := newCampus(t)
	before := c.stored("")
	const document = `{"id":"acme","name":"Acme","avatars":[{"id":"eve","name":"Eve","knowledge":"demo"%s}]}`
	ask := func(more, question string) (out struct {
		Kind      string
		Documents []string
		Said      []struct{ Text, Source string }
	}) {
		body, err := json.Marshal(map[string]any{"document": json.RawMessage(fmt.Sprintf(document, more)), "avatar": "eve", "question": question})
		require.NoError(t, err)
		got := c.ask(mine+" admin", "POST", "/v1/admin/preview/answer", string(body))
		require.Equal(t, 200, got.status, got.body)
		require.NoError(t, json.Unmarshal([]byte(got.body), &out))
		return out
	}
	own := ask("", "Is this recorded?")
	require.Equal(t, "answer", own.Kind)
	require.NotEmpty(t, own.Documents)
	require.NotEmpty(t, own.Said[0].Text)
	unknown := ask("", "zxqv wrtl plmk?")
	require.Empty(t, unknown.Documents)
	require.NotEmpty(t, unknown.Said)
	model := ask(`,"backend":{"url":"https://models.invalid/v1","model":"m"}`, "Is this recorded?")
	require.Equal(t, "passages", model.Kind)
	require.NotEmpty(t, model.Documents)
	require.Equal(t, before, c.stored(""), "something was stored")
}

// The log says in a word what a transcript was read for, by the recorder's own
// numbers.
func TestReadForInWords(t *testing.T) {
	c := newCampus(t)
	for _, use := range []string{"quality", "rights"} {
		got := c.ask(mine+" admin", "GET", "/v1/admin/transcripts/"+c.objects[mine]["transcripts"]+"?purpose="+use, "")
		require.Equal(t, 200, got.status, got.body)
		var log struct{ Facts []struct{ Kind, Use string } }
		require.NoError(t, json.Unmarshal([]byte(c.ask(mine+" reviewer", "GET", "/v1/admin/facts?limit=2", "").body), &log))
		if log.Facts[0].Kind == "audit_read" { // the first time
			log.Facts = log.Facts[1:]
		}
		require.Equal(t, "transcript_read", log.Facts[0].Kind)
		require.Equal(t, use, log.Facts[0].Use)
	}
}
