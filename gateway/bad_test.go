package gateway

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// canary is in everything that is sent here, and in nothing that comes back.
const canary = "CanaryOfTheClient"

// badEvents is what a client can get wrong about an event, with the code that
// it must be answered with. ID is where its event_id goes.
var badEvents = []struct{ name, event, code string }{
	{"nothing", ``, "invalid_json"},
	{"words", canary, "invalid_json"},
	{"an array", `["` + canary + `"]`, "invalid_json"},
	{"a string", `"` + canary + `"`, "invalid_json"},
	{"null", `null`, "invalid_json"},
	{"half an object", `{"type":"response.create"`, "invalid_json"},
	{"two objects", `{"type":"response.cancel"}{"type":"response.cancel"}`, "invalid_json"},
	{"a comma too many", `{"type":"response.cancel",}`, "invalid_json"},
	{"a comment", `{"type":"response.cancel"/*` + canary + `*/}`, "invalid_json"},
	{"a byte order mark", "\ufeff" + `{"type":"response.cancel"}`, "invalid_json"},
	{"a name twice", `{"type":"response.cancel","type":"response.create"}`, "invalid_json"},
	{"a name twice, inside", `{"type":"session.update","session":{"model":"a","model":"` + canary + `"}}`, "invalid_json"},
	{"a name twice, written in two ways", `{"type":"response.cancel","\u0074ype":"response.create"}`, "invalid_json"},
	{"half a letter", `{"type":"response.cancel","x":"\ud800"}`, "invalid_json"},
	{"not a number", `{"type":"response.cancel","x":NaN}`, "invalid_json"},
	{"no type", `{"event_id":"ID"}`, "missing_required_parameter"},
	{"a type that is none", `{"event_id":"ID","type":"` + canary + `"}`, "invalid_value"},
	{"a type in capitals", `{"event_id":"ID","type":"RESPONSE.CREATE"}`, "invalid_value"},
	{"the name of the type in capitals", `{"event_id":"ID","Type":"response.create"}`, "missing_required_parameter"},
	{"a type that is a number", `{"event_id":"ID","type":7}`, "invalid_type"},
	{"an event of the server", `{"event_id":"ID","type":"response.done"}`, "invalid_value"},
	{"16 levels and one", `{"event_id":"ID","type":"response.cancel","x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "json_limit_exceeded"},
	{"65 fields", `{"event_id":"ID","type":"response.cancel"` + manyFields(63) + `}`, "json_limit_exceeded"},
	{"a long name", `{"event_id":"ID","type":"response.cancel","` + strings.Repeat("n", 257) + `":1}`, "json_limit_exceeded"},
	{"an update of nothing", `{"event_id":"ID","type":"session.update"}`, "missing_required_parameter"},
	{"an update that is a word", `{"event_id":"ID","type":"session.update","session":"` + canary + `"}`, "invalid_type"},
	{"a setting of ours that is none", `{"event_id":"ID","type":"session.update","session":{"avatar":{"` + canary + `":true}}}`, "unknown_parameter"},
	{"a subject of 129 bytes", `{"event_id":"ID","type":"session.update","session":{"avatar":{"subject":"` + strings.Repeat("s", 129) + `"}}}`, "string_above_max_length"},
	{"a speed of nine", `{"event_id":"ID","type":"session.update","session":{"audio":{"output":{"speed":9}}}}`, "number_out_of_range"},
	{"an item that is none", `{"event_id":"ID","type":"conversation.item.create","item":{"type":"` + canary + `"}}`, "invalid_value"},
	{"an item of another's voice", `{"event_id":"ID","type":"conversation.item.create","item":{"type":"message","role":"avatar","content":[]}}`, "invalid_value"},
	{"an item after one that is not there", `{"event_id":"ID","type":"conversation.item.create","previous_item_id":"` + canary + `","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}}`, "item_not_found"},
	{"a picture", `{"event_id":"ID","type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_image","image_url":"` + canary + `"}]}}`, "image_url_not_fetched"},
	{"retrieve of nothing", `{"event_id":"ID","type":"conversation.item.retrieve","item_id":"` + canary + `"}`, "item_not_found"},
	{"delete of nothing", `{"event_id":"ID","type":"conversation.item.delete","item_id":"` + canary + `"}`, "item_not_found"},
	{"truncate of nothing", `{"event_id":"ID","type":"conversation.item.truncate","item_id":"` + canary + `","content_index":0,"audio_end_ms":1}`, "item_not_found"},
	{"cancel of nothing", `{"event_id":"ID","type":"response.cancel"}`, "response_cancel_not_active"},
	{"a reply out of band", `{"event_id":"ID","type":"response.create","response":{"conversation":"none"}}`, "unsupported_value"},
	{"sound that is no base64", `{"event_id":"ID","type":"input_audio_buffer.append","audio":"` + canary + `!"}`, "invalid_base64"},
	{"sound, and no microphone", `{"event_id":"ID","type":"input_audio_buffer.append","audio":"AAAA"}`, "microphone_not_enabled"},
	{"a notice that was not given", `{"event_id":"ID","type":"avatar.disclosure.acknowledge","disclosure_id":"` + canary + `"}`, "disclosure_not_current"},
	{"a consent that was not asked for", `{"event_id":"ID","type":"avatar.consent.submit","consent_id":"` + canary + `","grants":{"transcript":true}}`, "consent_not_asked"},
	{"a purpose that is none", `{"event_id":"ID","type":"avatar.consent.withdraw","purposes":["training"]}`, "invalid_value"},
	{"a receipt", `{"event_id":"ID","type":"avatar.receipt.request"}`, "receipt_not_available"},
	{"another version too late", `{"event_id":"ID","type":"session.update","session":{"avatar":{"version":null,"acknowledges_disclosure":false}}}`, "cannot_update_avatar_notice"},
	{"another avatar", `{"event_id":"ID","type":"session.update","session":{"avatar":{"id":"somebody-else"}}}`, "cannot_update_avatar"},
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"f` + strings.Repeat("x", i) + `":1`)
	}
	return b.String()
}

// Every bad event, over a WebSocket and over a call, is answered with one
// typed error that carries its event_id and no other word of it, and the
// session goes on. // R1 R75
func TestBadEvents(t *testing.T) {
	r := newRig(t, &scripted{}, nil, withMedia(t))
	for _, over := range []string{"WebSocket", "call"} {
		t.Run(over, func(t *testing.T) {
			var c *client
			if over == "call" {
				p, _ := r.call(line{}, "")
				c = p.client
			} else {
				c = r.connect()
			}
			c.acknowledge(c.aware("text"))
			for i, b := range badEvents {
				id := "id-" + strings.Repeat("i", i)
				require.NoError(t, c.write([]byte(strings.Replace(b.event, "ID", id, 1))))
				e := c.await("error", i+1)
				require.Equal(t, b.code, e.at("error", "code"), b.name)
				if strings.Contains(b.event, "ID") {
					require.Equal(t, id, e.at("error", "event_id"), b.name)
				}
				require.True(t, strings.HasPrefix(e.at("error", "message").(string), lookupProblem(b.code).sentence))
				for _, v := range []any{e.at("error", "message"), e.at("error", "param")} {
					s, _ := v.(string)
					require.NotContains(t, s, canary, b.name)
				}
			}
			c.send(event{"type": "response.create"})
			require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
			require.Equal(t, len(badEvents), c.count("error"))
			t.Logf("n = %d bad events", len(badEvents))
		})
	}
	w := httptest.NewRecorder()
	r.server.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.NotContains(t, w.Body.String(), canary)
	require.Contains(t, w.Body.String(), `mayfly_refused_total{code="invalid_json"}`)
}

// At its border, an event passes: 16 levels, 64 fields, names of 256 bytes, a
// subject of 128; unknown fields of elsewhere are let be. // R75
func TestEventsAtTheirBorders(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	c := r.connect()
	c.acknowledge(c.aware("text"))
	for name, e := range map[string]string{
		"16 levels":          `{"type":"session.update","session":{},"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `}`,
		"64 fields":          `{"type":"session.update","session":{}` + manyFields(62) + `}`,
		"a name of 256":      `{"type":"session.update","session":{},"` + strings.Repeat("n", 256) + `":1}`,
		"a subject of 128":   `{"type":"session.update","session":{"avatar":{"subject":"` + strings.Repeat("s", 128) + `"}}}`,
		"fields of others":   `{"type":"session.update","session":{"type":"realtime","foo":{"bar":[1]},"audio":{"baz":1}},"trace":{"a":1}}`,
		"white space around": " \r\n\t{\"type\" : \"session.update\", \"session\" : { } } \n",
	} {
		n := c.count("session.updated")
		require.NoError(t, c.write([]byte(e)))
		c.await("session.updated", n+1)
		require.Zero(t, c.count("error"), name)
	}
}

// The largest message of the default passes and so does the largest that can
// be configured; one byte more ends the session. // R75
func TestMessagesAtTheirBorders(t *testing.T) {
	for name, c := range map[string]struct{ configured, limit int }{
		"by default":         {0, 1 << 20},
		"as configured":      {4096, 4096},
		"as large as may be": {20 << 20, 20 << 20},
		"larger than may be": {40 << 20, 20 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) { tn.Limits.Message = c.configured })
			pad := func(n int) []byte {
				const head = `{"type":"avatar.unknown","event_id":"big","x":"`
				return []byte(head + strings.Repeat("a", n-len(head)-2) + `"}`)
			}
			cl := r.connect()
			cl.acknowledge(cl.aware("text"))
			require.NoError(t, cl.write(pad(c.limit)))
			require.Equal(t, "big", cl.await("error", 1).at("error", "event_id"))
			_ = cl.write(pad(c.limit + 1))
			code, reason := cl.closed()
			require.Equal(t, 1009, code, reason)
		})
	}
}
