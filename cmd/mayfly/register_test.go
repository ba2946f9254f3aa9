package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// A tenant that objects to somebody has nothing sent to them: a new recipient
// of that name is not taken in, from outside it is not in the list, and it is
// sent nothing. Without the objection the same change makes it one. R59
func TestObjectedRecipientIsInert(t *testing.T) {
	skipUnderRace(t)
	server, err := backendtest.Start(backendtest.Script{})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	const key = "mfk_objects-objects-objects-objects-objects-0"
	hash := tenant.HashKey(key)
	config := func(policy, backend string) []byte {
		return fmt.Appendf(nil, "tenants:\n  - {id: acme, name: Acme, keys: [{hash: %q}], policy: {%s}, avatars: [{id: ada, name: Ada%s}]}\n", "sha256:"+hex.EncodeToString(hash[:]), policy, backend)
	}
	const objects = `objections: ["New Models"]`
	with := fmt.Sprintf(`, backend: {url: %q, model: m, name: New Models}`, server.URL())
	path := file(t, "mayfly.yaml", string(config(objects, "")))
	p := newPlace(t)
	r := launch(t, p, nil, "--config", path, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	listed := func() string {
		res, err := http.Get(r.url + "/subprocessors?tenant=acme")
		require.NoError(t, err)
		return string(whole(res))
	}
	talks := func() {
		t.Helper()
		g := newGuest(t, r.url, key)
		g.say(aware)
		g.acknowledge()
		g.ask("hello")
		g.nth("response.done", 1)
		_ = g.ws.Close()
	}
	require.NoError(t, os.WriteFile(path, config(objects, with), 0o600))
	require.Eventually(t, func() bool { return strings.Contains(r.read(r.err), "the configuration file was not taken in") }, time.Minute, time.Second/4)
	require.Contains(t, r.read(r.out), "the policy objects to this server")
	talks()
	require.NotContains(t, listed(), "New Models")
	require.Zero(t, server.Accepted(), "nobody so much as connects")

	require.NoError(t, os.WriteFile(path, config("", with), 0o600))
	require.Eventually(t, func() bool { return strings.Contains(listed(), "New Models") }, time.Minute, time.Second/4)
	talks()
	require.NotEmpty(t, server.Requests())
	require.NoError(t, os.WriteFile(path, config(objects, ""), 0o600))
	require.Eventually(t, func() bool { return !strings.Contains(listed(), "New Models") }, time.Minute, time.Second/4)
	sent := len(server.Requests())
	talks()
	require.Len(t, server.Requests(), sent)

	// Each of it is a version that anybody may read.
	res, err := http.Get(r.url + "/subprocessors/changes?tenant=acme")
	require.NoError(t, err)
	var feed struct {
		Items []struct {
			Text string `json:"content_text"`
		} `json:"items"`
	}
	defer res.Body.Close()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&feed))
	require.Len(t, feed.Items, 3)
	require.Contains(t, feed.Items[0].Text, "New Models is not sent anything any more")
	require.Contains(t, feed.Items[1].Text, "New Models is new")
}

// A database of a program that kept no versions of the registers has them from
// its first start on: those that the documents tell. A change between is one of
// them, and none is made twice. R59
func TestBeginRegisters(t *testing.T) {
	ctx := context.Background()
	data := t.TempDir()
	open := func() *recorder.Recorder {
		r, err := recorder.Open(ctx, recorder.Options{Folder: data})
		require.NoError(t, err)
		return r
	}
	document := func(region string) *tenant.Tenant {
		of, err := tenant.ParseDocument(fmt.Appendf(nil, `{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://models.example.org/v1","model":"m","name":"Models","region":%q}}]}`, region))
		require.NoError(t, err)
		return of
	}
	r := open()
	for _, region := range []string{"eu", "us", "us-east"} {
		require.NoError(t, storeVersion(ctx, r, document(region), tenant.SourceFile))
	}
	was, err := r.Registers(ctx, "acme", 0, 10)
	require.NoError(t, err)
	require.Len(t, was, 3)
	require.NoError(t, r.Close())
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "mayfly.db"))
	require.NoError(t, err)
	_, err = db.Exec("DELETE FROM register_version")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	r = open()
	defer r.Close()
	for range 2 {
		require.NoError(t, beginRegisters(ctx, r))
		is, err := r.Registers(ctx, "acme", 0, 10)
		require.NoError(t, err)
		require.Equal(t, was, is)
	}
	require.NoError(t, storeVersion(ctx, r, document("us-east"), tenant.SourceFile))
	last, err := r.Registers(ctx, "acme", 0, 1)
	require.NoError(t, err)
	require.EqualValues(t, 3, last[0].Number)
}
