package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/redact"
	"mayfly/session"
)

// parrot answers after a moment.
type parrot struct{}

func (parrot) Answer(ctx context.Context, _ avatar.Question, say func(avatar.Sentence) error) error {
	time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
	return say(avatar.Sentence{Words: session.NewSpeech([]byte("Noted."))})
}

func (parrot) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: "test", System: "parrot", Version: "1"}
}

func (parrot) Cast(*tenant.Tenant, *tenant.Avatar) *gateway.Cast {
	none := func(string) voice.Voice { return nil }
	return &gateway.Cast{Engine: parrot{}, Voice: none, Local: none}
}

// lagging is a recorder behind a line that delays what is kept, and what is
// answered, by chance.
type lagging struct{ keeper }

func (l lagging) Keep(ctx context.Context, of gateway.Conversation, t redact.Turn, done func(error)) {
	go func() {
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		l.keeper.Keep(ctx, of, t, func(err error) {
			time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
			done(err)
		})
	}()
}

// oracle is a whole gateway with its recorder and its admin API, and somebody
// who watches it from outside only: what an admin is answered and what clients
// are sent, and afterwards what is in the store.
type oracle struct {
	t        testing.TB
	server   *gateway.Server
	recorder *recorder.Recorder
	http     *httptest.Server
	rows     *sql.DB  // the store, as whoever has its file reads it
	admin    string   // key
	callers  []string // keys: one may not start many sessions

	mu       sync.Mutex
	turns    []*oracleTurn
	switches []oracleSwitch
}

// oracleTurn is one exchange, as its client saw it.
type oracleTurn struct {
	marker      string
	on          bool // the client had been told that it is recorded, and not told otherwise, when it spoke
	asked, done time.Time
	committed   bool
}

// oracleSwitch is one change of the policy, as the admin saw it.
type oracleSwitch struct {
	on             bool
	asked, replied time.Time
}

func newOracle(t testing.TB, cast gateway.Casting) *oracle {
	ctx := context.Background()
	o := &oracle{t: t}
	folder := t.TempDir()
	var err error
	o.recorder, err = recorder.Open(ctx, recorder.Options{Folder: folder})
	require.NoError(t, err)

	tn := tenant.Tenant{
		ID: "acme", Name: "Acme",
		Policy:  tenant.Policy{Transcript: true, Retention: 24 * time.Hour, Purposes: []tenant.Purpose{tenant.Audit}},
		Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Voice: "none", Languages: []string{"en"}}},
		Limits:  tenant.Limits{Sessions: 10_000, StartRate: 1000},
	}
	document, err := tenant.Document(&tn)
	require.NoError(t, err)
	_, err = o.recorder.ChangeTenant(ctx, recorder.Change{
		Tenant: "acme", Source: tenant.SourceStore, Document: document, Hash: tenant.DocumentHash(document),
		Recording: map[string]bool{"lumen": true},
	})
	require.NoError(t, err)
	key := func(role tenant.Role) string {
		key, hash := tenant.NewKey()
		require.NoError(t, o.recorder.AddKey(ctx, recorder.Key{ID: newID(), Tenant: "acme", Hash: hash, Role: role.String(), Made: time.Now()}))
		return key
	}
	o.admin = key(tenant.Admin)
	for range 100 {
		o.callers = append(o.callers, key(tenant.Caller))
	}
	directory, err := tenant.NewDirectory(nil)
	require.NoError(t, err)
	from := source{o.recorder}
	narrow := func(_, now *tenant.Tenant) {
		if now != nil {
			o.server.Narrow(now.ID, nil)
		}
	}
	require.NoError(t, directory.Load(ctx, from, nil))
	o.server = gateway.New(gateway.Options{Directory: directory, Casting: cast, Facts: o.recorder, Recorder: lagging{keeper{o.recorder}},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	api := admin.New(admin.Options{
		Store: adminStore{o.recorder}, Live: adminLive{o.server, directory}, Directory: directory, Links: &admin.Links{},
		Refresh: func(ctx context.Context) error { return directory.Load(ctx, from, narrow) },
		Problem: func(string) (int, bool, string) { return http.StatusConflict, false, "refused" },
	})
	o.server.MountAdmin(api, api.Good)
	follow, stop := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { directory.Follow(follow, from, tenant.PollEvery, narrow, func(error) {}) })
	o.http = httptest.NewServer(o.server.Handler())
	o.rows, err = sql.Open("sqlite", "file:"+filepath.Join(folder, "mayfly.db")+"?mode=ro")
	require.NoError(t, err)
	t.Cleanup(func() {
		o.server.Close()
		api.Close()
		o.http.Close()
		stop()
		following.Wait()
		_ = o.rows.Close()
		require.NoError(t, o.recorder.Close())
	})
	return o
}

// stored is how many turns the store has.
func (o *oracle) stored() (n int) {
	require.NoError(o.t, o.rows.QueryRow("SELECT count(*) FROM turn").Scan(&n))
	return n
}

// toggle switches recording over the admin API and waits for the answer.
func (o *oracle) toggle(on bool, number int) (next int) {
	r, err := http.NewRequest(http.MethodPatch, o.http.URL+"/v1/admin/tenant", strings.NewReader(fmt.Sprintf(`{"policy":{"transcript":%v}}`, on)))
	require.NoError(o.t, err)
	r.Header.Set("Authorization", "Bearer "+o.admin)
	r.Header.Set("Content-Type", "application/merge-patch+json")
	r.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(number)))
	s := oracleSwitch{on: on, asked: time.Now()}
	res, err := http.DefaultClient.Do(r)
	require.NoError(o.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(o.t, err)
	s.replied = time.Now()
	_ = res.Body.Close()
	require.Equal(o.t, http.StatusOK, res.StatusCode, string(body))
	var answer struct {
		Number int `json:"number"`
	}
	require.NoError(o.t, json.Unmarshal(body, &answer))
	o.switches = append(o.switches, s)
	return answer.Number
}

// listener is a client that remembers what it was sent.
type listener struct {
	ws        *websocket.Conn
	recording string          // as it was told last
	items     map[string]bool // that it was told are durable
}

func (l *listener) send(format string, args ...any) {
	_ = l.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...))
}

// next reads events until one of the type, and says yes to whatever is asked.
func (l *listener) next(typ string, within time.Duration) (map[string]any, error) {
	_ = l.ws.SetReadDeadline(time.Now().Add(within))
	for {
		var e map[string]any
		if err := l.ws.ReadJSON(&e); err != nil {
			return nil, fmt.Errorf("no %s: %w", typ, err)
		}
		switch e["type"] {
		case "avatar.consent.requested":
			l.send(`{"type":"avatar.consent.submit","consent_id":%q,"grants":{"transcript":true}}`, e["consent_id"])
		case "avatar.recording.state":
			l.recording, _ = e["state"].(string)
		case "avatar.transcript.committed":
			for _, id := range e["item_ids"].([]any) {
				l.items[id.(string)] = true
			}
		}
		if e["type"] == typ {
			return e, nil
		}
	}
}

// write is a person: session after session, a few turns in each.
func (o *oracle) write(writer int, until *atomic.Bool) error {
	for n := 0; !until.Load(); n++ {
		if err := o.talk(fmt.Sprintf("w%ds%d", writer, n)); err != nil {
			return err
		}
	}
	return nil
}

// listen begins a session and goes as far as the first word. It is nil if as many
// sessions began as may for now.
func (o *oracle) listen() (*listener, error) {
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(o.http.URL, "http", "ws", 1)+"/v1/realtime", http.Header{
		"Authorization":   {"Bearer " + o.callers[rand.IntN(len(o.callers))]},
		"X-Forwarded-For": {fmt.Sprintf("10.%d.%d.1", rand.IntN(256), rand.IntN(256))},
	})
	if err != nil {
		return nil, nil
	}
	l := &listener{ws: ws, items: map[string]bool{}}
	l.send(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`)
	notice, err := l.next("avatar.disclosure.presented", patience)
	if err == nil {
		l.send(`{"type":"avatar.disclosure.acknowledge","disclosure_id":%q}`, notice["disclosure_id"])
		_, err = l.next("avatar.state", patience) // it listens
	}
	return l, err
}

// say asks something and reads the answer, and returns the item's id.
func (l *listener) say(text string) (item string, err error) {
	l.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":%q}]}}`, text)
	l.send(`{"type":"response.create"}`)
	added, err := l.next("conversation.item.added", patience)
	if err != nil {
		return "", err
	}
	_, err = l.next("response.done", patience)
	return added["item"].(map[string]any)["id"].(string), err
}

func (o *oracle) talk(name string) error {
	l, err := o.listen()
	if l == nil {
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	defer l.ws.Close()
	if err != nil {
		return err
	}
	ids := map[string]*oracleTurn{}
	for k := range 1 + rand.IntN(5) {
		turn := &oracleTurn{marker: fmt.Sprintf("%st%dx", name, k), on: l.recording == "on", asked: time.Now()}
		item, err := l.say(turn.marker)
		if err != nil {
			return err
		}
		ids[item], turn.done = turn, time.Now()
		o.mu.Lock()
		o.turns = append(o.turns, turn)
		o.mu.Unlock()
	}
	_, _ = l.next("nothing", 30*time.Millisecond) // the last turn has a moment to become durable
	for id, turn := range ids {
		turn.committed = l.items[id]
	}
	return nil
}

// patience is how long an event may take on a machine that is busy.
const patience = 20 * time.Second

// pass waits until people have taken some turns more, or it takes too long.
func (o *oracle) pass(turns int) {
	o.mu.Lock()
	until := len(o.turns) + turns
	o.mu.Unlock()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond) {
		o.mu.Lock()
		n := len(o.turns)
		o.mu.Unlock()
		if n >= until {
			return
		}
	}
}

// Recording is switched off and on at random, a thousand times with -scale 20,
// while eight people talk. Nothing is in the store that was said while it was off, or by
// somebody who had not been told that it was on; whatever was said to be
// durable is there; and from the answer "off" until the next "on" is asked for
// the store gets no row at all. // R10 R11 R12
func TestOracle(t *testing.T) {
	o := newOracle(t, parrot{})
	toggles := max(20, int(50**scale))
	var over atomic.Bool
	var writers sync.WaitGroup
	failed := make(chan error, 8)
	for w := range 8 {
		writers.Go(func() {
			if err := o.write(w, &over); err != nil {
				failed <- err
			}
		})
	}
	number, on := 1, true
	for range toggles {
		if on {
			number = o.toggle(false, number)
			before := o.stored()
			o.pass(5 + rand.IntN(20))
			require.Equal(t, before, o.stored(), "stored while it was off")
		} else {
			number = o.toggle(true, number)
			o.pass(20 + rand.IntN(30)) // who talks already stays unrecorded
		}
		on = !on
	}
	over.Store(true)
	writers.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	store := o.open()
	kept, inFlight := 0, 0
	for _, turn := range o.turns {
		there := strings.Contains(store, turn.marker)
		if there {
			kept++
			require.True(t, turn.on, "%s was kept of somebody who was not told", turn.marker)
		}
		if turn.committed {
			require.True(t, there, "%s was said to be durable and is not there", turn.marker)
		}
		for _, s := range o.switches {
			if !s.on && there && !turn.asked.Before(s.replied) {
				// It was said after an answer "off": it is there only if its
				// session began after a later "on".
				require.True(t, o.onSince(s.replied, turn.asked), "%s was said while it was off", turn.marker)
			}
		}
	}
	for _, s := range o.switches {
		for _, turn := range o.turns {
			if turn.asked.Before(s.replied) && s.asked.Before(turn.done) {
				inFlight++
				break
			}
		}
	}
	share := float64(kept) / float64(len(o.turns))
	t.Logf("n = %d toggles, %d turns: %.0f %% kept, %d toggles hit a turn in flight", toggles, len(o.turns), 100*share, inFlight)
	require.Greater(t, share, 0.3, "too few were kept to say anything")
	require.Less(t, share, 0.7, "too few were not kept to say anything")
	require.GreaterOrEqual(t, inFlight, min(50, toggles/2), "too few toggles hit a turn in flight")
}

// onSince says whether recording was asked to be on between two times.
func (o *oracle) onSince(from, to time.Time) bool {
	for _, s := range o.switches {
		if s.on && s.asked.After(from) && s.asked.Before(to) {
			return true
		}
	}
	return false
}

// open is every word that the store has, decrypted.
func (o *oracle) open() string {
	ctx := context.Background()
	who := recorder.Access{Purpose: "audit", Actor: newID()}
	var out bytes.Buffer
	for after := (session.ID{}); ; {
		page, err := o.recorder.List(ctx, recorder.Query{Tenant: "acme", After: after, Limit: 1000}, recorder.Access{})
		require.NoError(o.t, err)
		for _, k := range page {
			require.NoError(o.t, o.recorder.Read(ctx, "acme", k.Session, who, recorder.JSONLines, &out))
			after = k.Session
		}
		if len(page) < 1000 {
			return out.String()
		}
	}
}
