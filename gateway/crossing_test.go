package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// tagged is what marks everything that one session says and is told.
var tagged = regexp.MustCompile(`tag-[a-z]+-\d+-end`)

// tags are the different tags in a text.
func tags(text string) map[string]bool {
	all := map[string]bool{}
	for _, tag := range tagged.FindAllString(text, -1) {
		all[tag] = true
	}
	return all
}

// echo is a back end of the chat protocol on a real socket: every chunk of its
// answer carries the tags of the prompt.
type echo struct {
	*httptest.Server
	mu      sync.Mutex
	prompts []string
}

func newEcho() *echo {
	e := new(echo)
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	return e
}

func (e *echo) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	e.prompts = append(e.prompts, string(body))
	e.mu.Unlock()
	tag := tagged.FindString(string(body))
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range 5 {
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Piece %d of %s. \"}}]}\n\n", i, tag)
		w.(http.Flusher).Flush()
		time.Sleep(time.Millisecond)
	}
	fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
}

// houses casts each tenant with its own servers: the avatar "chat" answers over
// the chat protocol, "up" over the Realtime protocol.
type houses map[string]map[string]*Cast

func (h houses) Cast(t *tenant.Tenant, a *tenant.Avatar) *Cast { return h[t.ID][a.ID] }

// 200 sessions of two tenants talk at once, over servers of both protocols, with
// every chunk tagged: no tag ever reaches another session, another tenant's
// server, or a connection or prompt that carries somebody else's. M12
func TestNothingCrosses(t *testing.T) {
	const turns = 3
	n := max(int(200**scale), 4)
	if testing.Short() { // with the race detector so many keep each other waiting beyond the deadlines of a conversation
		n = max(n/5, 4)
	}
	casts := houses{}
	var tenants []tenant.Tenant
	keys := map[string]string{}
	chats, ups := map[string]*echo{}, map[string]*upstreamtest.Server{}
	for _, id := range []string{"acme", "bolt"} {
		key, hash := tenant.NewKey()
		keys[id] = key
		tenants = append(tenants, tenant.Tenant{
			ID: id, Name: id, Keys: []tenant.Key{{Hash: hash}}, Limits: tenant.Limits{Sessions: 10_000},
			Avatars: []tenant.Avatar{{ID: "chat", Name: "Chat", Look: "lantern", Languages: []string{"en"}}, {ID: "up", Name: "Up", Look: "lantern", Languages: []string{"en"}}},
		})
		chats[id] = newEcho()
		defer chats[id].Close()
		up, err := upstreamtest.Start(upstreamtest.Script{Pace: time.Millisecond, Reply: func(_, asked string) (all []string) {
			for i := range 5 {
				all = append(all, fmt.Sprintf("Piece %d of %s. ", i, tagged.FindString(asked)))
			}
			return all
		}})
		require.NoError(t, err)
		defer up.Close()
		ups[id] = up
		base, err := url.Parse(chats[id].URL + "/v1")
		require.NoError(t, err)
		out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "c", URL: &url.URL{Scheme: "http", Host: base.Host}, Local: true}}})
		require.NoError(t, err)
		defer out.Close()
		client, err := out.Client("c")
		require.NoError(t, err)
		none := func(string) voice.Voice { return nil }
		casts[id] = map[string]*Cast{
			"chat": {Engine: candour.Wrap(openai.New(openai.Options{Client: client, URL: base, Model: id, Provider: id})), Voice: none, Local: none},
			"up":   {Engine: candour.Wrap(upstreamOf(t, egress.Recipient{URL: up.URL()}, id)), Voice: none, Local: none},
		}
	}
	r := newRig(t, &scripted{}, nil, func(o *Options, tn *tenant.Tenant) { o.Casting = casts })
	dir, err := tenant.NewDirectory(tenants)
	require.NoError(t, err)
	r.server.options.Directory = dir
	r.unlimited()
	var wg sync.WaitGroup
	for i := range n {
		id := []string{"acme", "bolt"}[i%2]
		model := "chat"
		if i%4 > 1 {
			model = "up"
		}
		tag := fmt.Sprintf("tag-%s-%d-end", id, i)
		wg.Go(func() {
			ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(r.http.URL, "http", "ws", 1)+"/v1/realtime?model="+model, http.Header{"Authorization": {"Bearer " + keys[id]}})
			if err != nil {
				t.Errorf("%s: %v", tag, err)
				return
			}
			defer ws.Close()
			say := func(text string) { _ = ws.WriteMessage(websocket.TextMessage, []byte(text)) }
			say(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`)
			for done := 0; done < turns+1; { // the notice is a reply too
				_ = ws.SetReadDeadline(time.Now().Add(60 * time.Second))
				_, m, err := ws.ReadMessage()
				if err != nil {
					t.Errorf("%s: %v after %d replies", tag, err, done)
					return
				}
				for other := range tags(string(m)) {
					if other != tag {
						t.Errorf("%s was sent %s: %s", tag, other, m)
						return
					}
				}
				var e event
				if err := json.Unmarshal(m, &e); err != nil {
					t.Error(err)
					return
				}
				switch e.typ() {
				case "response.done":
					if e.at("response", "status") != "completed" {
						t.Errorf("%s: %s", tag, m)
						return
					}
					if done++; done <= turns {
						say(fmt.Sprintf(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"Repeat %s please, for the %d time."}]}}`, tag, done))
						say(`{"type":"response.create"}`)
					}
				case "response.output_text.done":
					if text, _ := e["text"].(string); done > 0 && strings.Count(text, tag) != 5 {
						t.Errorf("%s heard %d pieces of five: %s", tag, strings.Count(text, tag), text)
					}
				}
			}
		})
	}
	wg.Wait()
	prompts, links := 0, 0
	for id := range chats {
		for _, p := range chats[id].prompts {
			prompts++
			require.Len(t, tags(p), 1, "a prompt of one session alone")
			require.Contains(t, p, "tag-"+id+"-", "at its own tenant's server")
		}
		for _, x := range ups[id].Sessions() {
			b, err := json.Marshal(x.Events(""))
			require.NoError(t, err)
			links++
			require.Len(t, tags(string(b)), 1, "a connection of one session alone")
			require.Contains(t, string(b), "tag-"+id+"-", "at its own tenant's server")
		}
	}
	require.Equal(t, turns*(n-n/2), prompts)
	t.Logf("n=%d sessions, %d turns each: %d prompts, %d connections", n, turns, prompts, links)
}
