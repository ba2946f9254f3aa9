package main

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/tool/tooltest"
	"mayfly/gateway/tenant"
)

// leakRun is one run of the whole program, with everybody who talks to it.
type leakRun struct {
	words    *canaries
	evidence *evidence
	program  *running
	metrics  string // socket
	keys     []string
	key      atomic.Int64
	sessions atomic.Int64
	backEnds map[string]*backendtest.Server
	tools    map[string]*tooltest.Server // by avatar
	ear      *leakEar
	counted  string // folder with what the counters of the program say; empty: it has none
	seer     string // a key of the tenant whose people may show things
}

// modes are the avatars whose back ends misbehave; "resident" and "good" do not.
var modes = map[string]backendtest.Mode{
	"good": backendtest.Streams, "slow": backendtest.SpeaksAfterHangup, "silent": backendtest.Silent, "echo": backendtest.EchoesPrompt, "page": backendtest.HTML,
	"fails": backendtest.ErrorInStream, "crash": backendtest.CutInWord, "reset": backendtest.ResetsOnce, "labels": backendtest.Labels, "commands": backendtest.Commands,
	"character": backendtest.CutInCharacter, "unasked": backendtest.SpeaksFirst, "binary": backendtest.Binary, "later": backendtest.GoesOn, "redirect": backendtest.Redirects,
	"busy": backendtest.TooManyAbsurd,
}

func newLeakRun(t *testing.T, p place, counted bool) *leakRun {
	t.Helper()
	r := &leakRun{words: newCanaries(), evidence: &evidence{folders: []string{p.root}}, backEnds: map[string]*backendtest.Server{}, tools: map[string]*tooltest.Server{}, ear: newLeakEar(t)}
	knowledge := filepath.Join(p.scratch, "knowledge")
	require.NoError(t, os.Mkdir(knowledge, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(knowledge, "kept.md"), []byte("# What is kept\n\nNothing of what is said is kept. It is kept in memory while people talk, and is gone when they stop.\n"), 0o600))
	var config strings.Builder
	config.WriteString("tenants:\n")
	write := func(id string, avatars ...string) {
		fmt.Fprintf(&config, "  - id: %s\n    name: Acme\n    public: true\n    origins: [https://page.example]\n    keys:\n", id)
		for range 8 {
			key, hash := tenant.NewKey()
			fmt.Fprintf(&config, "      - hash: sha256:%s\n", hex.EncodeToString(hash[:]))
			r.keys = append(r.keys, key)
		}
		config.WriteString("    avatars:\n      - id: resident\n        name: Ada\n        knowledge: " + knowledge + "\n")
		for _, a := range avatars {
			b := r.backEnds[a]
			fmt.Fprintf(&config, "      - id: %s\n        name: Ada\n        voice: none\n        backend: {url: \"%s\", model: scripted, name: Example}\n", a, b.URL())
			if tool := r.tools[a]; tool != nil {
				fmt.Fprintf(&config, "        tools:\n          - name: look_up\n            description: Looks it up.\n            url: %s\n            timeout: 1s\n            parameters: {type: object, properties: {q: {type: string}}}\n", tool.URL())
			}
		}
		fmt.Fprintf(&config, "      - id: ear\n        name: Ada\n        voice: none\n        languages: [en]\n        microphone: true\n        transcriber: {url: \"%s/v1\", model: scripted, name: Example}\n", r.ear.URL)
	}
	var avatars []string
	for name, mode := range modes {
		canary := r.words.token("backend " + name + "/canary")
		if mode == backendtest.SpeaksFirst {
			canary = "" // what it says unasked may be in time to be its answer
		}
		b, err := backendtest.Start(backendtest.Script{Mode: mode, Pace: 20 * time.Millisecond, Canary: canary})
		require.NoError(t, err)
		t.Cleanup(b.Close)
		r.backEnds[name] = b
		avatars = append(avatars, name)
	}
	avatars = append(avatars, r.equip(t)...)
	write("acme", avatars...)
	config.WriteString(r.withEyes(t))
	file := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config.String()), 0o600))
	cert, key := pair(t, p.scratch, time.Now())
	r.metrics = filepath.Join(p.scratch, "m.sock")
	program, before := theBuild.file(t), []string(nil)
	if counted {
		r.counted = filepath.Join(p.scratch, "counted")
		require.NoError(t, os.Mkdir(r.counted, 0o700))
		program, before = coveredProgram(t), []string{"env", "GOCOVERDIR=" + r.counted}
	}
	r.program = launchFile(t, p, program, before, "--log-level", "debug", "--config", file, "--data", p.data(), "--listen", "127.0.0.1:0",
		"--tls-listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--trusted-proxy", "127.0.0.1", "--metrics-listen", "unix:"+r.metrics)
	return r
}

// equip starts models that call a tool, and tools that are well or not.
func (r *leakRun) equip(t *testing.T) (avatars []string) {
	for name, mode := range map[string]tooltest.Mode{"tooled": tooltest.Answers, "tool-forbids": tooltest.Forbids, "tool-page": tooltest.Page, "tool-cut": tooltest.Cut, "tool-resets": tooltest.Resets, "tool-silent": tooltest.Silent} {
		b, err := backendtest.Start(backendtest.Script{Steps: [][]string{
			{backendtest.Calls(0, "c", "look_up", `{"q":"`+r.words.token("backend "+name+"/called with")+`"}`)}, {backendtest.Chunk("I looked.")},
		}})
		require.NoError(t, err)
		t.Cleanup(b.Close)
		server, err := tooltest.Start(tooltest.Script{Mode: mode, Canary: r.words.token("backend " + name + "/canary"), Result: `{"x":"` + r.words.token("backend "+name+"/given") + `"}`})
		require.NoError(t, err)
		t.Cleanup(server.Close)
		r.backEnds[name], r.tools[name] = b, server
		avatars = append(avatars, name)
	}
	return avatars
}

// credential is an API key, each in its turn: a key may not start sessions
// too fast.
func (r *leakRun) credential() string {
	r.sessions.Add(1)
	return r.keys[int(r.key.Add(1))%len(r.keys)]
}

// look takes what anybody can read: metrics and pages.
func (r *leakRun) look(t *testing.T, when string) {
	t.Helper()
	client := over(r.metrics)
	res, err := client.Get("http://metrics/metrics")
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	r.evidence.add("/metrics "+when, "", whole(res))
	for _, path := range []string{"/", "/docs", "/docs/promises", "/v1/avatar/page", "/healthz", "/readyz", "/debug/pprof/heap?debug=1", "/debug/vars"} {
		res, err := http.Get(r.program.url + path)
		require.NoError(t, err)
		r.evidence.add(path+" "+when, "", whole(res))
	}
}

// R1 R2 R7 R8 R34 R81: everything that a client or a back end can say carries a
// canary. However it ends, none of them is afterwards in a file, a log line, a
// metric, a page or what somebody else was sent; nor is an address or a
// device's signature. Leaks that are planted in the same run are found.
// Threats M1 M2 M3 M7 M8.
func TestNothingIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built without the race detector, so there is nothing for it to see")
	}
	p := newPlace(t)
	r := newLeakRun(t, p, true)
	began := time.Now()
	t.Run("sessions", func(t *testing.T) {
		for i := range max(1, int(*scale)) {
			for name, talk := range r.talks() {
				name = fmt.Sprintf("%s %d", name, i)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					talk(t, name)
				})
			}
		}
		t.Run("knocks", func(t *testing.T) {
			t.Parallel()
			r.knock(t)
		})
	})
	if t.Failed() {
		return
	}
	talked := time.Since(began)
	r.look(t, "afterwards")
	r.program.stop()
	r.evidence.add("standard output", "", []byte(r.program.read(r.program.out)))
	r.evidence.add("standard error", "", []byte(r.program.read(r.program.err)))
	controls, plan := control(t, p, r.evidence)

	began = time.Now()
	found, err := r.evidence.leaks(r.words.scanner())
	require.NoError(t, err)
	for _, s := range found {
		t.Errorf("kept: %v", s)
	}
	for _, s := range r.evidence.addresses(ownAddress, proxiedAddress, netip.MustParseAddr("2001:db8:77:7777::77")) {
		t.Errorf("an address is kept: %s", s)
	}
	planted, err := r.evidence.leaks(controls.scanner())
	require.NoError(t, err)
	requireControls(t, plan, planted)
	r.requireBackEndsBlind(t)
	requireFaultPoints(t, r.counted)
	require.Greater(t, r.ear.bytes, 32_000, "nobody was listened to")

	bytes, pieces := r.evidence.size()
	t.Logf("n = %d canaries in %d sessions (%v) and %d knocks: 0 in %d bytes of %d files, streams and answers (%v); n = %d planted leaks in %d sinks, all found",
		len(r.words.words), r.sessions.Load(), talked.Round(time.Millisecond), len(r.knocks()), bytes, pieces, time.Since(began).Round(time.Millisecond), len(plan), len(leakSinks))
	require.Greater(t, r.sessions.Load(), int64(40))
}

// requireBackEndsBlind demands that back ends were shown words and nothing
// about who said them.
func (r *leakRun) requireBackEndsBlind(t *testing.T) {
	t.Helper()
	scanner, asked := r.words.scanner(), 0
	for name, b := range r.backEnds {
		for _, q := range b.Requests() {
			asked++
			var head strings.Builder
			require.NoError(t, q.Header.Write(&head))
			for _, s := range append(scanner.blob("a request's head to "+name, []byte(head.String())), scanner.blob("a request to "+name, q.Body)...) {
				_, field, _ := strings.Cut(s.field, "/")
				if s.source != "a request to "+name || !slices.Contains([]string{"prompt", "system", "assistant", "instructions", "turn instructions", "call output", "call arguments", "call name", "call id", "instructions of the call",
					"tool name", "tool description", "tool parameter", "parameter description", "called with", "given", "document"}, field) {
					t.Errorf("a back end learns: %v", s)
				}
			}
		}
	}
	called := 0
	for name, b := range r.tools {
		for _, q := range b.Requests() {
			called++
			var head strings.Builder
			require.NoError(t, q.Header.Write(&head))
			for _, s := range append(scanner.blob("a request's head to the tool of "+name, []byte(head.String())), scanner.blob("a call of the tool of "+name, q.Body)...) {
				if s.source != "a call of the tool of "+name || s.field != "backend "+name+"/called with" {
					t.Errorf("a tool learns: %v", s)
				}
			}
		}
	}
	require.Greater(t, asked, 10)
	require.Equal(t, len(r.tools), called/max(1, int(*scale)))
	t.Logf("n = %d requests came to back ends, and %d calls to tools", asked, called)
}

// ready is a visitor that has acknowledged the notice.
func (r *leakRun) ready(t *testing.T, name, avatar, form string) *visitor {
	t.Helper()
	v := r.visit(t, name, avatar, r.credential())
	v.declare(form)
	v.acknowledge()
	return v
}

// declare configures a session that acknowledges, with a word in every field
// that takes one.
func (v *visitor) declare(form string) {
	v.t.Helper()
	v.say(object{"type": "session.update", "event_id": v.token("update event id"), v.token("member name"): v.word("member value"), "session": object{
		"type": "realtime", "output_modalities": []string{form}, "instructions": v.word("instructions"), "model": v.token("model"),
		"avatar": object{"version": "1", "acknowledges_disclosure": true, "subject": v.word("subject"), "locale": "en-x-" + v.token("locale")[:8]},
		"audio":  object{"input": object{"transcription": object{"model": v.token("transcription model"), "prompt": v.word("transcription prompt")}}},
		"tools": []object{{"type": "function", "name": v.token("tool name"), "description": v.word("tool description"),
			"parameters": object{"type": "object", "properties": object{v.token("tool parameter"): object{"type": "string", "description": v.word("parameter description")}}}}},
		"tracing": object{"metadata": object{v.token("trace key"): v.word("trace value")}},
	}})
	v.await("session.updated", 1)
	v.aware = true
}

func (v *visitor) acknowledge() {
	v.t.Helper()
	v.say(object{"type": "avatar.disclosure.acknowledge", "disclosure_id": v.await("avatar.disclosure.presented", 1)["disclosure_id"]})
}

func (v *visitor) prompt() {
	v.t.Helper()
	v.say(object{"type": "conversation.item.create", "event_id": v.token("item event id"), "item": object{
		"id": v.token("item id"), "type": "message", "role": "user", "content": []object{{"type": "input_text", "text": "Is it kept? " + v.word("prompt")}}}})
}

func (v *visitor) respond() {
	v.t.Helper()
	v.say(object{"type": "response.create", "event_id": v.token("response event id"), "response": object{
		"instructions": v.word("turn instructions"), "metadata": object{v.token("metadata key"): v.word("metadata value")}}})
}

// chatter is every other event, right and wrong, each with words of its own.
func (v *visitor) chatter() {
	v.t.Helper()
	text := func(role, typ, field string) {
		v.say(object{"type": "conversation.item.create", "item": object{"type": "message", "role": role, "content": []object{{"type": typ, "text": v.word(field)}}}})
	}
	text("system", "input_text", "system")
	text("assistant", "output_text", "assistant")
	v.say(object{"type": "conversation.item.create", "item": object{"type": "function_call", "call_id": v.token("call id"), "name": v.token("call name"), "arguments": `{"q":"` + v.token("call arguments") + `"}`}})
	v.say(object{"type": "conversation.item.create", "item": object{"type": "function_call_output", "call_id": v.token("call id"), "output": v.word("call output")}})
	v.say(object{"type": "conversation.item.create", "previous_item_id": v.token("previous item id"), "item": object{"type": "message", "role": "user", "content": []object{{"type": "input_text", "text": v.word("misplaced prompt")}}}})
	v.say(object{"type": "conversation.item.create", "item": object{"type": "message", "role": v.word("role"), "content": []object{{"type": v.word("content type"), "text": v.word("text of nobody")}}}})
	v.say(object{"type": "conversation.item.create", "item": object{"type": "message", "role": "user", "content": []object{{"type": "input_audio", "audio": []byte(v.word("voice")), "transcript": v.word("transcript")}}}})
	v.say(object{"type": "input_audio_buffer.append", "audio": []byte(strings.Repeat(v.word("microphone"), 20))})
	v.say(object{"type": "input_audio_buffer.append", "audio": "!" + v.word("bad base64")})
	for _, typ := range []string{"conversation.item.retrieve", "conversation.item.delete"} {
		v.say(object{"type": typ, "item_id": v.token(typ)})
	}
	v.say(object{"type": "conversation.item.truncate", "item_id": v.token("truncate"), "content_index": 0, "audio_end_ms": 10})
	v.say(object{"type": "response.cancel", "response_id": v.token("response id")})
	v.say(object{"type": "avatar.disclosure.acknowledge", "disclosure_id": v.token("disclosure id")})
	v.say(object{"type": "avatar.consent.submit", "consent_id": v.token("consent id"), "grants": object{v.token("purpose"): true}, "method": v.word("method")})
	v.say(object{"type": "avatar.consent.withdraw", "purposes": []string{v.token("withdrawn purpose")}})
	v.say(object{"type": "avatar.optout.submit", "purposes": []string{v.token("opted purpose")}, "erase_stored": true})
	v.say(object{"type": "avatar.optout.submit", "purposes": []string{"transcript"}, "erase_stored": true})
	v.say(object{"type": "avatar.handoff.request", "reason": v.word("handoff reason"), "queue": v.word("handoff queue"), "share_context": true})
	v.say(object{"type": "session.update", "session": object{"type": "realtime", "avatar": object{"locale": v.word("bad locale")}}})
	v.say(object{"type": "session.update", "session": object{"type": "realtime", "avatar": object{v.token("unknown setting"): v.word("its value")}}})
	v.say(object{"type": "session.update", "session": object{"type": "realtime", "audio": object{"output": object{"voice": v.token("voice name")}}}})
	v.say(object{"type": "session.update", "session": object{"type": "realtime", "prompt": object{"id": v.word("prompt template")}}})
	v.say(object{"type": v.word("type"), "event_id": v.token("event id of no event")})
	for _, bad := range []string{
		`{"type":"conversation.item.create","item":{"text":"` + v.token("unfinished JSON"),
		`{"type":"response.create","` + v.token("name twice") + `":1,"` + v.token("name twice") + `":2}`,
		`{"type":"response.create","x":` + strings.Repeat(`{"`+v.token("deep name")+`":`, 20) + "1" + strings.Repeat("}", 20) + "}",
		`["` + v.token("array") + `"]`, `"` + v.token("string") + `"`, v.token("bare word"),
		`{"type":"response.create","response":{"max_output_tokens":1e999,"metadata":{"x":"` + v.token("big number") + `"}}}`,
		`{"type":"response.create"} ` + v.token("trailing"),
		`{"type":"response.create","metadata":"\ud800` + v.token("half a character") + `"}`,
		`{"` + strings.Repeat(v.token("long name"), 20) + `":1}`,
	} {
		require.NoError(v.t, v.send([]byte(bad)))
	}
}

// talks are the sessions, by what happens in them. The abort points are those
// of the threat model that exist so far: consent is asked for when there is
// something to record.
func (r *leakRun) talks() map[string]func(*testing.T, string) {
	type scene = func(*testing.T, string)
	all := map[string]scene{}
	for _, avatar := range append([]string{"resident"}, "good", "echo", "page", "fails", "crash", "reset", "labels", "commands", "character", "unasked", "binary", "later", "redirect", "busy") {
		all["asks "+avatar] = func(t *testing.T, name string) {
			v := r.ready(t, name, avatar, "text")
			v.chatter()
			v.prompt()
			v.respond()
			v.await("response.done", 1)
			v.prompt() // the same id again: refused
			v.respond()
			v.await("response.done", 2)
			v.leave(true)
		}
	}
	for avatar := range r.tools {
		all["has "+avatar+" look it up"] = func(t *testing.T, name string) {
			v := r.ready(t, name, avatar, "text")
			v.prompt()
			v.respond()
			v.await("avatar.tool.state", 2)
			v.await("response.done", 1)
			v.leave(true)
		}
	}
	for _, avatar := range []string{"resident", "echo", "crash"} {
		all["stock client of "+avatar] = func(t *testing.T, name string) {
			v := r.visit(t, name, avatar, r.credential())
			v.say(object{"type": "session.update", "session": object{"type": "realtime", "output_modalities": []string{"text"}, "instructions": v.word("instructions")}})
			v.prompt()
			v.respond()
			v.await("response.done", 2)
			v.leave(true)
		}
	}
	all["speaks"], all["shows"] = r.speaks, r.shows
	all["cancels"] = func(t *testing.T, name string) {
		v := r.ready(t, name, "slow", "text")
		v.prompt()
		v.respond()
		v.await("response.created", 1)
		v.say(object{"type": "response.cancel", "event_id": v.token("cancel event id")})
		v.await("response.done", 1)
		v.say(object{"type": "avatar.session.end", "event_id": v.token("end event id")})
		v.leave(true)
	}
	all["resumes"] = func(t *testing.T, name string) {
		v := r.ready(t, name, "resident", "text")
		v.prompt()
		v.respond()
		v.await("response.done", 1)
		token := v.await("avatar.session.ready", 1)["avatar"].(map[string]any)["resume_token"].(string)
		v.leave(false)
		d := websocket.Dialer{Subprotocols: []string{"realtime", "mayfly-resume." + token}}
		ws, _, err := d.Dial(strings.Replace(r.program.url, "http", "ws", 1)+"/v1/realtime", r.header(name, r.keys[0]))
		require.NoError(t, err)
		_, message, err := ws.ReadMessage()
		require.NoError(t, err)
		r.evidence.add("resumed "+name, name, message)
		require.NoError(t, ws.Close())
	}
	all["spends a secret"] = func(t *testing.T, name string) {
		status, body := r.secret(t, name)
		require.Equal(t, 200, status)
		v := r.visit(t, name, "resident", body)
		v.await("session.created", 1)
		v.leave(false)
		d := websocket.Dialer{}
		_, res, err := d.Dial(strings.Replace(r.program.url, "http", "ws", 1)+"/v1/realtime", r.header(name, body))
		require.Error(t, err)
		require.Equal(t, 401, res.StatusCode, "it was for one session")
		r.evidence.add("a spent secret", "", whole(res))
	}
	for name, leave := range map[string]func(*visitor){
		"after the upgrade":        func(*visitor) {},
		"before the first message": func(v *visitor) { v.await("session.created", 1) },
		"disclosing":               func(v *visitor) { v.declare("text"); v.prompt(); v.respond(); v.await("conversation.item.done", 1) },
		"listening":                func(v *visitor) { v.declare("text"); v.acknowledge(); v.prompt(); v.await("conversation.item.done", 1) },
		"thinking": func(v *visitor) {
			v.declare("text")
			v.acknowledge()
			v.prompt()
			v.respond()
			v.await("avatar.state", 2)
		},
		"tool call": func(v *visitor) { v.declare("text"); v.acknowledge(); v.chatter(); v.await("error", 5) },
		"hand-off": func(v *visitor) {
			v.declare("text")
			v.acknowledge()
			v.say(object{"type": "avatar.handoff.request", "reason": v.word("handoff reason")})
			v.await("avatar.handoff.state", 1)
		},
		"mid upload": func(v *visitor) {
			v.declare("text")
			v.acknowledge()
			message := append([]byte{0x81, 0xFE, 0x10, 0x00, 0, 0, 0, 0}, `{"type":"conversation.item.create","item":{"text":"`+v.token("half a frame")...)
			_, err := v.ws.NetConn().Write(message)
			require.NoError(v.t, err)
		},
	} {
		all["leaves "+name] = func(t *testing.T, id string) {
			avatar := "resident"
			if name == "thinking" {
				avatar = "silent"
			}
			v := r.visit(t, id, avatar, r.credential())
			leave(v)
			v.leave(false)
		}
	}
	all["leaves speaking"] = func(t *testing.T, name string) {
		v := r.ready(t, name, "resident", "audio")
		v.prompt()
		v.respond()
		v.await("response.output_audio.delta", 3)
		r.look(t, "while somebody speaks")
		v.leave(false)
	}
	for name, bad := range map[string]func(*visitor) error{
		"binary":   func(v *visitor) error { return v.ws.WriteMessage(websocket.BinaryMessage, []byte(v.word("binary"))) },
		"bad text": func(v *visitor) error { return v.send([]byte(`{"type":"` + v.token("bad text") + "\xff\xfe\"}")) },
		"oversize": func(v *visitor) error { return v.send([]byte(strings.Repeat(v.word("oversize"), 40_000))) },
		"flood": func(v *visitor) error {
			for range 300 {
				if v.send([]byte(`{"type":"`+v.token("flood")+`"}`)) != nil {
					break
				}
			}
			return nil
		},
		"bad frame": func(v *visitor) error {
			_, err := v.ws.NetConn().Write(append([]byte{0xF3, 0x85, 1, 2, 3, 4}, v.token("bad frame")...))
			return err
		},
		"bad close": func(v *visitor) error {
			return v.ws.WriteControl(websocket.CloseMessage, append([]byte{0x00, 0x01}, v.token("bad close")...), time.Now().Add(time.Second))
		},
		"ping": func(v *visitor) error {
			_ = v.ws.WriteControl(websocket.PingMessage, []byte(v.token("ping")), time.Now().Add(time.Second))
			return v.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4321, v.token("own close")), time.Now().Add(time.Second))
		},
	} {
		all["breaks the protocol: "+name] = func(t *testing.T, id string) {
			v := r.ready(t, id, "resident", "text")
			v.prompt()
			_ = bad(v) // the gateway may hang up before all is written
			select {
			case <-v.gone:
			case <-time.After(10 * time.Second):
				require.FailNow(t, "it is still connected")
			}
			v.leave(false)
		}
	}
	for _, name := range []string{"resident", "echo", "crash"} {
		all["calls "+name] = func(t *testing.T, id string) {
			v, c := r.call(t, id, name, r.credential())
			sent := c.speak(50)
			require.Greater(t, sent, uint64(50*30), "the microphone's packets left the client")
			v.declare("text")
			v.acknowledge()
			v.chatter()
			v.prompt()
			v.respond()
			v.await("response.done", 1)
			v.leave(name != "echo")
		}
	}
	all["calls aloud"] = func(t *testing.T, id string) {
		v, c := r.call(t, id, "resident", r.credential())
		v.declare("audio")
		v.acknowledge()
		v.prompt()
		v.respond()
		v.await("output_audio_buffer.started", 1)
		c.speak(20)
		v.leave(false)
	}
	return all
}
