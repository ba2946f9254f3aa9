package realtime

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mayfly/gateway/realtime/realtimetest"

	"github.com/stretchr/testify/require"
)

// vector is one message and what it must lead to.
type vector struct {
	Name    string   `json:"name"`
	Expect  string   `json:"expect"`
	Code    Code     `json:"code"`
	Param   string   `json:"param"`
	EventID string   `json:"event_id"`
	Text    string   `json:"text"`
	Fill    [][2]any `json:"fill"`
	Base64  string   `json:"base64"`
}

// message is the vector's bytes.
func (v vector) message(t testing.TB) []byte {
	if v.Base64 != "" {
		b, err := base64.StdEncoding.DecodeString(v.Base64)
		require.NoError(t, err)
		return b
	}
	text := v.Text
	for i, f := range v.Fill {
		mark := "<<" + string(rune('0'+i)) + ">>"
		text = strings.Replace(text, mark, strings.Repeat(f[0].(string), int(f[1].(float64))), 1)
	}
	return []byte(text)
}

func vectors(t testing.TB) map[string][]vector {
	files, err := filepath.Glob("testdata/vectors/*.json")
	require.NoError(t, err)
	out := make(map[string][]vector)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		var file struct{ Vectors []vector }
		require.NoError(t, json.Unmarshal(b, &file))
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = file.Vectors
	}
	return out
}

func TestVectors(t *testing.T) {
	schema := realtimetest.Open(t)
	n, decoded := 0, make(map[string]bool)
	for group, list := range vectors(t) {
		for _, v := range list {
			n++
			t.Run(group+"/"+v.Name, func(t *testing.T) {
				text := v.message(t)
				before := string(text)
				ev, e := Decode(text)
				require.Equal(t, before, string(text), "the message is the caller's and was changed")
				if v.Expect == "invalid" {
					require.NotNil(t, e, "decoded")
					require.Nil(t, ev)
					require.Equal(t, v.Code, e.Code)
					require.Equal(t, v.Param, e.Param)
					require.Equal(t, v.EventID, string(e.EventID))
					return
				}
				require.Equal(t, "valid", v.Expect)
				require.Nil(t, e, "%v", e)
				typ := typeOf(ev)
				decoded[typ] = true
				require.NoError(t, schema.Check(realtimetest.FromClient, text))
				again := encode(ev)
				require.NoError(t, schema.Check(realtimetest.FromClient, again))
				ev2, e := Decode(again)
				require.Nil(t, e, "%v", e)
				require.Equal(t, string(again), string(encode(ev2)))
				ev.Forget()
				ev2.Forget()
			})
		}
	}
	t.Logf("n=%d", n)
	for _, typ := range schema.Events(realtimetest.FromClient) {
		require.True(t, decoded[typ], "no valid vector for %s", typ)
	}
	for typ := range decoded {
		require.Contains(t, schema.Events(realtimetest.FromClient), typ)
	}
}
