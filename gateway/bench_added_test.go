package gateway

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/upstream"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/egress"
)

// questioner is the client program whose waiting is measured: the same with the
// gateway between and without.
type questioner struct {
	ws   *websocket.Conn
	form string
}

var askAudio = []byte(`{"type":"response.create","response":{"output_modalities":["audio"]}}`)

func (a *questioner) send(b *testing.B, message []byte) {
	require.NoError(b, a.ws.WriteMessage(websocket.TextMessage, message))
}

// until reads up to the next event of the type.
func (a *questioner) until(b *testing.B, typ string) {
	want := []byte(`"type":"` + typ + `"`)
	for {
		_, m, err := a.ws.ReadMessage()
		require.NoError(b, err)
		if bytes.Contains(m, want) {
			return
		}
		require.False(b, bytes.Contains(m, []byte(`"type":"error"`)), "%s", m)
	}
}

// ask is one turn: how long it was to the first words or sound.
func (a *questioner) ask(b *testing.B) time.Duration {
	start := time.Now()
	a.send(b, itemCreate)
	typ := "response.output_text.delta"
	if a.form == "audio" {
		typ = "response.output_audio.delta"
		a.send(b, askAudio)
	} else {
		a.send(b, responseCreate)
	}
	a.until(b, typ)
	took := time.Since(start)
	if a.form == "audio" {
		a.send(b, responseCancel)
	}
	a.until(b, "response.done")
	if a.form == "audio" {
		time.Sleep(20 * time.Millisecond) // who interrupts does not ask in the same moment
	}
	return took
}

// behindGateway is the questioner with a gateway between.
func behindGateway(b *testing.B, engine avatar.Engine, form string) *questioner {
	s, key := benchCasting(b, ownVoice{engine, tone{}}, false)
	t := dialTalker(b, s.URL, key, form)
	b.Cleanup(func() { t.ws.Close() })
	return &questioner{t.ws, form}
}

// straight is the questioner at the server itself.
func straight(b *testing.B, server *upstreamtest.Server, form string) *questioner {
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL().String(), "http", "ws", 1)+"/realtime", nil)
	require.NoError(b, err)
	b.Cleanup(func() { ws.Close() })
	a := &questioner{ws, form}
	a.send(b, []byte(`{"type":"session.update","session":{"type":"realtime","output_modalities":["`+form+`"]}}`))
	a.until(b, "session.updated")
	return a
}

// added measures with and without, turn by turn, and reports what the gateway
// adds.
func added(b *testing.B, with, without func() time.Duration) {
	for range 3 {
		with()
		without()
	}
	var ours, theirs, more []time.Duration
	for b.Loop() {
		o, t := with(), without()
		ours, theirs, more = append(ours, o), append(theirs, t), append(more, o-t)
	}
	b.ReportMetric(inMS(percentile(theirs, .5)), "without-ms-p50")
	b.ReportMetric(inMS(percentile(ours, .5)), "with-ms-p50")
	b.ReportMetric(inMS(percentile(more, .5)), "added-ms-p50")
	b.ReportMetric(inMS(percentile(more, .99)), "added-ms-p99")
}

func upstreamEngine(b *testing.B, server *upstreamtest.Server) avatar.Engine {
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "u", URL: server.URL(), Local: true}}})
	require.NoError(b, err)
	socket, err := out.Socket("u")
	require.NoError(b, err)
	return upstream.New(upstream.Options{Socket: socket, URL: server.URL(), Model: "scripted", Provider: "Example"})
}

func scriptedUpstream(b *testing.B, script upstreamtest.Script) *upstreamtest.Server {
	server, err := upstreamtest.Start(script)
	require.NoError(b, err)
	b.Cleanup(server.Close)
	return server
}

// BenchmarkAddedUpstream: the time to the first words, or the first sound, of
// a scripted server of the Realtime protocol, with the gateway between and
// without, turn by turn. The first sentence is whole in the first piece, so
// nothing waits for its end. Goal: p50 at most 2 ms, p99 at most 10 ms.
func BenchmarkAddedUpstream(b *testing.B) {
	for _, form := range []string{"text", "audio"} {
		b.Run(form, func(b *testing.B) {
			pieces := []string{"The library opens at nine. It ", "closes at five."}
			if form == "audio" { // sound that comes after a word of the next sentence waits for its end
				pieces = []string{"The library opens at nine.", " It closes at five."}
			}
			server := scriptedUpstream(b, upstreamtest.Script{Pieces: pieces})
			with, without := behindGateway(b, upstreamEngine(b, server), form), straight(b, server, form)
			added(b, func() time.Duration { return with.ask(b) }, func() time.Duration { return without.ask(b) })
		})
	}
}

// BenchmarkAddedChat: the time to the first words of a scripted server of the
// chat protocol, with the gateway between and without.
func BenchmarkAddedChat(b *testing.B) {
	server, err := backendtest.Start(backendtest.Script{Pieces: []string{"The library opens at nine. It ", "closes at five."}})
	require.NoError(b, err)
	b.Cleanup(server.Close)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "c", URL: server.URL(), Local: true}}})
	require.NoError(b, err)
	client, err := out.Client("c")
	require.NoError(b, err)
	with := behindGateway(b, openai.New(openai.Options{Client: client, URL: server.URL(), Model: "scripted", Provider: "Example"}), "text")
	body := `{"model":"scripted","stream":true,"messages":[{"role":"user","content":"What does Mayfly keep of what I say, and for how long?"}]}`
	added(b, func() time.Duration { return with.ask(b) }, func() time.Duration {
		start := time.Now()
		resp, err := http.Post(server.URL().String()+"/chat/completions", "application/json", strings.NewReader(body))
		require.NoError(b, err)
		defer resp.Body.Close()
		in := bufio.NewReader(resp.Body)
		took := time.Duration(0)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return took
			}
			if took == 0 && strings.Contains(line, "library") {
				took = time.Since(start)
			}
		}
	})
}

// BenchmarkHeldForASentence: how long the first words wait for the end of their
// sentence, because nothing is said that was not checked: eight words, 10 ms
// apart.
func BenchmarkHeldForASentence(b *testing.B) {
	server := scriptedUpstream(b, upstreamtest.Script{Pieces: strings.SplitAfter("The library of the town opens at nine. It closes at five.", " "), Pace: 10 * time.Millisecond})
	with, without := behindGateway(b, upstreamEngine(b, server), "text"), straight(b, server, "text")
	added(b, func() time.Duration { return with.ask(b) }, func() time.Duration { return without.ask(b) })
}
