package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
)

// These tests run the program as people run it: a process of its own, with
// nothing but its arguments, its environment and signals.

// guest is a plain Realtime client over a WebSocket.
type guest struct {
	t  *testing.T
	ws *websocket.Conn

	mu     sync.Mutex
	events []object      // Guarded by mu.
	err    error         // Guarded by mu. How the connection ended.
	more   chan struct{} // something came
}

func newGuest(t *testing.T, url, key string) *guest {
	t.Helper()
	return newGuestOf(t, url, key, "")
}

// newGuestOf is a guest of an avatar by its id; empty: the first.
func newGuestOf(t *testing.T, url, key, avatar string) *guest {
	t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial(strings.Replace(url, "http", "ws", 1)+"/v1/realtime?model="+avatar, http.Header{"Authorization": {"Bearer " + key}})
	if err != nil && res != nil {
		require.FailNow(t, "no session", "%s", whole(res))
	}
	require.NoError(t, err)
	g := &guest{t: t, ws: ws, more: make(chan struct{}, 1)}
	t.Cleanup(func() { _ = ws.Close() })
	go func() {
		for {
			_, b, err := ws.ReadMessage()
			g.mu.Lock()
			var e object
			if err == nil {
				_ = json.Unmarshal(b, &e)
				g.events = append(g.events, e)
			}
			g.err = err
			g.mu.Unlock()
			select {
			case g.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return g
}

func (g *guest) say(events ...string) {
	g.t.Helper()
	for _, e := range events {
		require.NoError(g.t, g.ws.WriteMessage(websocket.TextMessage, []byte(e)))
	}
}

// ask says words and wants them answered.
func (g *guest) ask(words string) {
	g.t.Helper()
	g.say(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"`+words+`"}]}}`, `{"type":"response.create"}`)
}

// until waits until found says so, of all events so far and how the
// connection ended.
func (g *guest) until(what string, found func(all []object, err error) bool) {
	g.t.Helper()
	for deadline := time.After(30 * time.Second); ; {
		g.mu.Lock()
		ok, types := found(g.events, g.err), typesOf(g.events)
		g.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-g.more:
		case <-deadline:
			require.FailNow(g.t, "in vain: "+what, "%v", types)
		}
	}
}

func typesOf(all []object) (types []string) {
	for _, e := range all {
		types = append(types, fmt.Sprint(e["type"]))
	}
	return types
}

// nth waits for the nth event of a type, counted from 1.
func (g *guest) nth(typ string, n int) (found object) {
	g.t.Helper()
	g.until(fmt.Sprintf("%s %d", typ, n), func(all []object, _ error) bool {
		left := n
		for _, e := range all {
			if e["type"] == typ {
				if left--; left == 0 {
					found = e
					return true
				}
			}
		}
		return false
	})
	return found
}

// ended waits until the connection is closed and says how.
func (g *guest) ended() (code int, reason string) {
	g.t.Helper()
	g.until("the end", func(_ []object, err error) bool { return err != nil })
	var closed *websocket.CloseError
	require.ErrorAs(g.t, g.err, &closed)
	return closed.Code, closed.Text
}

// text makes it a conversation in writing.
const text = `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`

// demoOf reads demo.json.
func demoOf(t *testing.T, folder string) demoAddress {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, demoFile))
	require.NoError(t, err)
	var d demoAddress
	require.NoError(t, json.Unmarshal(b, &d))
	return d
}

// secretFrom asks for a client secret and gives the status.
func secretFrom(t *testing.T, client *http.Client, url, key string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url+"/v1/realtime/client_secrets", strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func skipUnderRace(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the program is built without the race detector, so there is nothing for it to see")
	}
	t.Parallel()
}

// With nothing configured the demonstration keeps its files in the XDG data
// folder, its keys work until it ends, and its files go with it. Where a
// tenant is configured there is no demonstration: what a killed one left is
// removed, and its keys open nothing.
func TestDemonstrationAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	folder := filepath.Join(p.root, "home", ".local", "share", "mayfly")
	r := launch(t, p, nil, "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0")
	info, err := os.Stat(filepath.Join(folder, demoFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	demo := demoOf(t, folder)
	require.Equal(t, r.url, demo.URL)
	require.Equal(t, r.tls, demo.TLSURL)
	require.Equal(t, 200, secretFrom(t, http.DefaultClient, demo.URL, demo.APIKey))
	require.Equal(t, 403, secretFrom(t, http.DefaultClient, demo.URL, demo.ReviewerKey), "a reviewer's key opens no session")
	pem, err := os.ReadFile(demo.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	require.Equal(t, 200, secretFrom(t, secure, demo.TLSURL, demo.APIKey))
	said := r.read(r.out)
	require.Contains(t, said, "export NODE_EXTRA_CA_CERTS="+demo.CA)
	require.NotContains(t, said+r.read(r.err), "mf_", "no key is printed")
	left, err := os.ReadDir(p.tmp())
	require.NoError(t, err)
	require.Empty(t, left, "nothing goes into a temporary folder")

	// Killed, it could not clean up.
	require.NoError(t, syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL))
	<-r.done
	require.Equal(t, demo, demoOf(t, folder))
	key, hash := tenant.NewKey()
	file := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(file, []byte("tenants:\n  - id: acme\n    name: Acme\n    keys:\n      - hash: sha256:"+hex.EncodeToString(hash[:])+"\n    avatars:\n      - id: ada\n        name: Ada\n"), 0o600))
	r = launch(t, p, nil, "--listen", "127.0.0.1:0", "--config", file)
	require.Equal(t, 200, secretFrom(t, http.DefaultClient, r.url, key))
	for _, dead := range []string{demo.APIKey, demo.AdminKey, demo.ReviewerKey} {
		require.Equal(t, 401, secretFrom(t, http.DefaultClient, r.url, dead))
	}
	require.NoFileExists(t, filepath.Join(folder, demoFile))
	require.NoFileExists(t, filepath.Join(folder, demoCAFile))
	r.stop()

	// The next demonstration has other keys, and takes its files away.
	r = launch(t, p, nil, "--listen", "127.0.0.1:0", "--tls-listen", "off")
	again := demoOf(t, folder)
	require.NotEqual(t, demo.APIKey, again.APIKey)
	require.Empty(t, again.TLSURL+again.CA)
	require.Equal(t, 401, secretFrom(t, http.DefaultClient, r.url, demo.APIKey))
	r.stop()
	require.NoFileExists(t, filepath.Join(folder, demoFile))
}

// SIGTERM: people are told, nobody new is let in, who is there can go on and
// end in peace, and the process ends with the last of them, or when the time
// is up, or at once when it is told again. Each end has its reason.
func TestDrainAsRun(t *testing.T) {
	skipUnderRace(t)
	start := func(t *testing.T) (*running, *guest, demoAddress) {
		t.Parallel()
		p := newPlace(t)
		r := launch(t, p, nil, "--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", p.data())
		demo := demoOf(t, p.data())
		g := newGuest(t, r.url, demo.APIKey)
		g.say(text)
		g.nth("response.done", 1) // the notice
		r.signal()
		require.Equal(t, "draining", g.nth("avatar.session.expiring", 1)["reason"])
		return r, g, demo
	}
	t.Run("the last one leaves", func(t *testing.T) {
		r, g, demo := start(t)
		_, res, err := websocket.DefaultDialer.Dial(strings.Replace(r.url, "http", "ws", 1)+"/v1/realtime", http.Header{"Authorization": {"Bearer " + demo.APIKey}})
		require.ErrorIs(t, err, websocket.ErrBadHandshake, "nobody new")
		require.Equal(t, 503, res.StatusCode)
		require.Contains(t, string(whole(res)), `"draining"`)
		res, err = http.Get(r.url + "/readyz")
		require.NoError(t, err)
		require.Equal(t, 503, res.StatusCode)
		_ = res.Body.Close()
		g.ask("Is this conversation recorded?")
		require.Equal(t, "completed", g.nth("response.done", 2)["response"].(map[string]any)["status"], "who is there can go on")
		began := time.Now()
		require.NoError(t, g.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second)))
		r.ended(20 * time.Second)
		require.Less(t, time.Since(began), drainTime, "it waits for nobody")
	})
	t.Run("a second signal", func(t *testing.T) {
		r, g, _ := start(t)
		began := time.Now()
		r.signal()
		code, reason := g.ended()
		require.Equal(t, websocket.CloseServiceRestart, code)
		require.Equal(t, "draining", reason)
		r.ended(20 * time.Second)
		require.Less(t, time.Since(began), drainTime/2)
		require.NoFileExists(t, filepath.Join(r.place.data(), demoFile), "also in a hurry its files go")
	})
	t.Run("time is up", func(t *testing.T) {
		r, g, _ := start(t)
		code, reason := g.ended()
		require.Equal(t, websocket.CloseServiceRestart, code)
		require.Equal(t, "draining", reason)
		r.ended(20 * time.Second)
	})
}

// MAYFLY_BACKEND and MAYFLY_SPEECH: the demonstration's avatar answers through
// a model server and speaks through a speech server, sentence by sentence: the
// first is heard while the second is not yet written. The prompt rests on the
// documents, and the key goes to its server only.
func TestBackEndAsRun(t *testing.T) {
	skipUnderRace(t)
	model, err := backendtest.Start(backendtest.Script{
		Pieces: []string{"The first sentence is here. ", "The second", " one took its", " time."},
		Pace:   time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(model.Close)
	var mu sync.Mutex
	var spoken []map[string]any
	var credentials []string
	speech := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked map[string]any
		_ = json.NewDecoder(r.Body).Decode(&asked)
		mu.Lock()
		spoken, credentials = append(spoken, asked), append(credentials, r.Header.Get("Authorization"))
		mu.Unlock()
		w.Header().Set("Content-Type", "audio/pcm")
		_, _ = w.Write(bytes.Repeat([]byte{0, 16, 0, 240}, 24000*3/10/2)) // 300 ms
	}))
	t.Cleanup(speech.Close)
	p := newPlace(t)
	key := filepath.Join(p.scratch, "key")
	require.NoError(t, os.WriteFile(key, []byte("sk-of-the-model\n"), 0o600))
	r := launch(t, p, []string{"env", "MAYFLY_BACKEND=" + model.URL().String(), "MAYFLY_MODEL=scripted", "MAYFLY_BACKEND_KEY_FILE=" + key, "MAYFLY_SPEECH=" + speech.URL + "/v1"},
		"--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", p.data())
	require.Contains(t, row(r.read(r.out), "Answers"), "the model scripted at "+model.URL().Host)
	g := newGuest(t, r.url, demoOf(t, p.data()).APIKey)
	g.say(`{"type":"session.update","session":{"type":"realtime","avatar":{"version":"1","acknowledges_disclosure":true}}}`)
	id := g.nth("avatar.disclosure.presented", 1)["disclosure_id"]
	g.ask("How long do you keep my data?")
	g.nth("conversation.item.done", 1)
	require.Zero(t, model.Accepted(), "nothing is dialled before the notice is acknowledged")
	g.say(fmt.Sprintf(`{"type":"avatar.disclosure.acknowledge","disclosure_id":%q}`, id))
	done := g.nth("response.done", 1)["response"].(map[string]any)
	require.Equal(t, "completed", done["status"])
	require.Contains(t, fmt.Sprint(done["output"]), "The first sentence is here. The second one took its time.")

	var order []string
	g.mu.Lock()
	for _, e := range g.events {
		if e["response_id"] != done["id"] {
			continue
		}
		switch e["type"] {
		case "response.output_audio.delta":
			order = append(order, "sound")
		case "response.output_audio_transcript.delta":
			order = append(order, strings.TrimSpace(fmt.Sprint(e["delta"])))
		}
	}
	g.mu.Unlock()
	order = slices.Compact(order)
	require.Equal(t, []string{"The first sentence is here.", "sound", "The second one took its time.", "sound"}, order)

	// A stock client, whose question comes before the notice.
	stock := newGuest(t, r.url, demoOf(t, p.data()).APIKey)
	stock.say(text)
	stock.ask("How long do you keep my data?")
	stock.nth("response.done", 2)
	asked := model.Requests()
	require.Len(t, asked, 2)
	require.Equal(t, "/v1/chat/completions", asked[0].Path)
	require.Equal(t, "Bearer sk-of-the-model", asked[0].Header.Get("Authorization"))
	for _, a := range asked {
		var prompt struct {
			Model    string
			Stream   bool
			Messages []struct{ Role, Content string }
		}
		require.NoError(t, json.Unmarshal(a.Body, &prompt))
		require.Equal(t, "scripted", prompt.Model)
		require.True(t, prompt.Stream)
		require.Len(t, prompt.Messages, 2)
		require.Equal(t, "system", prompt.Messages[0].Role)
		require.Contains(t, prompt.Messages[0].Content, "You are Lumen")
		require.Contains(t, prompt.Messages[0].Content, "Your data is kept for as long as the conversation lasts", "the documents")
		require.Equal(t, "user", prompt.Messages[1].Role)
		require.Equal(t, "How long do you keep my data?", prompt.Messages[1].Content)
	}

	// R23: who asks what it is, even before the notice was given, is not
	// answered by the model.
	curious := newGuest(t, r.url, demoOf(t, p.data()).APIKey)
	curious.say(text)
	curious.ask("Are you human?")
	truth := curious.nth("response.done", 2)["response"].(map[string]any)
	require.Contains(t, fmt.Sprint(truth["output"]), notice.Say(notice.WhatIAm, "en"))
	require.Len(t, model.Requests(), 2)

	mu.Lock()
	defer mu.Unlock()
	require.Len(t, spoken, 2)
	require.Equal(t, "The first sentence is here.", spoken[0]["input"])
	require.Equal(t, "The second one took its time.", spoken[1]["input"])
	for _, c := range credentials {
		require.Empty(t, c)
	}
}

// Figures: with the token, on this machine too, and never on the listener that
// the world sees. R31
func TestMetricsAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	token := filepath.Join(p.scratch, "token")
	require.NoError(t, os.WriteFile(token, []byte("of-the-reader\n"), 0o600))
	port := freePort(t)
	r := launch(t, p, nil, "--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", p.data(), "--metrics-listen", port, "--metrics-token-file", token)
	get := func(url, token string) (int, string) {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		require.NoError(t, err)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		return res.StatusCode, string(whole(res))
	}
	for _, wrong := range []string{"", "of-the-reade", "of-the-reader2", "OF-THE-READER"} {
		status, _ := get("http://"+port+"/metrics", wrong)
		require.Equal(t, 401, status, wrong)
	}
	status, body := get("http://"+port+"/metrics", "of-the-reader")
	require.Equal(t, 200, status)
	require.Contains(t, body, "mayfly_")
	status, _ = get(r.url+"/metrics", "of-the-reader")
	require.Equal(t, 404, status)
	r.stop()
}

// freePort is an address of this machine on which nothing listens. It is below
// those that the kernel hands out by itself, so that nothing that runs
// meanwhile is given it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		if l, err := listen("metrics-listen", "127.0.0.1:"+strconv.Itoa(20_000+rand.IntN(12_000))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("rig: no port is free")
	return ""
}
