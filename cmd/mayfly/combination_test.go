package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/redact"
	"mayfly/session"
)

// ruleset is one combination of a tenant's switches.
type ruleset struct {
	transcript, avatarOff, minors, forcedOff, contract, hidden, limit, detail bool
}

// person is one way in which somebody behaves.
type person struct {
	stock  bool // their client knows no notice
	answer int  // when asked: yes, no, nothing
	no     int  // when: never, before the first turn, in it, after it
	how    int  // by opting out, by taking back, as a child
}

// outcome is what becomes of two turns, of which the second holds an address.
type outcome struct {
	first, second bool // given to the recorder, and durable
	withheld      bool // the second was not, because of the address
	left          int  // turns that are there in the end
}

// rule is the rule, written by hand from the promises.
func (p person) rule(r ruleset) (o outcome) {
	allowed := r.transcript && !r.avatarOff && !r.minors && !r.forcedOff
	agreed := !p.stock && p.answer == 0
	if !p.stock && r.contract && !r.hidden { // who is told, and was told, need not be asked
		agreed = p.answer != 1
	}
	const never, after, child = 0, 3, 2
	kept := allowed && agreed
	o.first = kept && (p.no == never || p.no == after)
	o.second = kept && p.no == never && !r.limit
	o.withheld = kept && p.no == never && r.limit
	if o.first && !(p.no == after && p.how == child) {
		o.left++
	}
	if o.second {
		o.left++
	}
	return o
}

// slow says a sentence, and a second one when it is let.
type slow struct{ gates sync.Map } // by the first word of a question: what the second sentence waits for

func (s *slow) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	asked := string(q.Items[len(q.Items)-1].Words.AppendTo(nil))
	if err := say(avatar.Sentence{Words: session.NewSpeech([]byte("Well."))}); err != nil {
		return err
	}
	marker, _, _ := strings.Cut(asked, " ")
	if gate, ok := s.gates.Load(marker); ok {
		select {
		case <-gate.(chan struct{}):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return say(avatar.Sentence{Words: session.NewSpeech([]byte("Noted."))})
}

func (s *slow) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: "test", System: "slow", Version: "1"}
}

func (s *slow) Cast(*tenant.Tenant, *tenant.Avatar) *gateway.Cast {
	none := func(string) voice.Voice { return nil }
	return &gateway.Cast{Engine: s, Voice: none, Local: none}
}

// tenantOf is a tenant with the switches.
func (r ruleset) tenant(id string) tenant.Tenant {
	t := tenant.Tenant{
		ID: id, Name: "Acme", Number: 1, ForcedOff: r.forcedOff,
		Policy:  tenant.Policy{Transcript: r.transcript, Retention: 24 * time.Hour, Purposes: []tenant.Purpose{tenant.Audit}, AuditDetail: r.detail},
		Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Voice: "none", Languages: []string{"en"}}},
		Limits:  tenant.Limits{Sessions: 10_000, StartRate: 1000},
	}
	if r.avatarOff {
		t.Avatars[0].Policy = &tenant.Narrowing{Transcript: new(false)}
	}
	if r.minors {
		t.Audience = tenant.Minors
	}
	if r.contract {
		t.Policy.LegalBasis = tenant.Contract
	}
	if r.hidden {
		t.Policy.Hiding = tenant.Hiding{By: "Ada", Reason: "R", LegalBasis: "L", Expires: time.Now().Add(time.Hour)}
	}
	if r.limit {
		t.Policy.Sensitive.Turn = 1
	}
	return t
}

// stage is a gateway with a recorder, and tenants for all combinations.
type stage struct {
	engine    *slow
	recorder  *recorder.Recorder
	ring      *receipt.Keyring
	url       string
	rules     []ruleset
	tenants   []tenant.Tenant
	keys      [][]string // several for each tenant: with one not many sessions begin
	directory *tenant.Directory
}

func newStage(t *testing.T) *stage {
	ctx := context.Background()
	s := &stage{engine: &slow{}}
	var err error
	s.recorder, err = recorder.Open(ctx, recorder.Options{Folder: t.TempDir()})
	require.NoError(t, err)
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	s.ring, err = receipt.NewKeyring(private)
	require.NoError(t, err)
	for bits := range 1 << 8 {
		on := func(i int) bool { return bits&(1<<i) != 0 }
		r := ruleset{on(0), on(1), on(2), on(3), on(4), on(5), on(6), on(7)}
		if r.minors && r.hidden { // refused when it is saved
			continue
		}
		tn := r.tenant(fmt.Sprintf("t%d", bits))
		var keys []string
		for range 4 {
			key, hash := tenant.NewKey()
			keys, tn.Keys = append(keys, key), append(tn.Keys, tenant.Key{Hash: hash})
		}
		_, err := s.recorder.ChangeTenant(ctx, recorder.Change{Tenant: tn.ID, Source: tenant.SourceFile, Document: []byte(`{}`), Recording: tn.Recording()})
		require.NoError(t, err)
		s.rules, s.tenants, s.keys = append(s.rules, r), append(s.tenants, tn), append(s.keys, keys)
	}
	s.directory, err = tenant.NewDirectory(s.tenants)
	require.NoError(t, err)
	server := gateway.New(gateway.Options{
		Directory: s.directory, Casting: s.engine, Facts: s.recorder, Recorder: keeper{s.recorder}, Keyer: func(string) redact.Keyer { return nil },
		Signer: receipt.NewRotating(s.ring), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	web := httptest.NewServer(server.Handler())
	s.url = strings.Replace(web.URL, "http", "ws", 1) + "/v1/realtime"
	t.Cleanup(func() {
		server.Close()
		web.Close()
		require.NoError(t, s.recorder.Close())
	})
	return s
}

// player is a client that does what a person does.
type player struct {
	person
	ws   *websocket.Conn
	seen map[string]int
	last map[string]map[string]any
}

func (v *player) send(format string, args ...any) {
	_ = v.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...))
}

// await reads until there were n events of the type, and answers what is asked.
func (v *player) await(typ string, n int) error {
	_ = v.ws.SetReadDeadline(time.Now().Add(patience))
	for v.seen[typ] < n {
		var e map[string]any
		if err := v.ws.ReadJSON(&e); err != nil {
			return fmt.Errorf("no %s number %d after %v: %w", typ, n, v.seen, err)
		}
		name := e["type"].(string)
		v.seen[name]++
		v.last[name] = e
		switch name {
		case "avatar.disclosure.presented":
			v.send(`{"type":"avatar.disclosure.acknowledge","disclosure_id":%q}`, e["disclosure_id"])
		case "avatar.consent.requested":
			grants := [...]string{`{"transcript":true}`, `{"transcript":false}`, `{}`}[v.answer]
			v.send(`{"type":"avatar.consent.submit","consent_id":%q,"grants":%s}`, e["consent_id"], grants)
		}
	}
	return nil
}

// refuse says no, and waits until it is acknowledged.
func (v *player) refuse() error {
	answer := "avatar.optout.state"
	switch v.how {
	case 0:
		v.send(`{"type":"avatar.optout.submit","purposes":["transcript"],"erase_stored":false}`)
	case 1:
		answer = "avatar.consent.state"
		v.send(`{"type":"avatar.consent.withdraw","purposes":["transcript"]}`)
	case 2:
		v.send(`{"type":"avatar.minor.declare"}`)
	}
	return v.await(answer, v.seen[answer]+1)
}

// turn asks something and reads the answer to its end. middle happens in
// between, if it is not nil.
func (v *player) turn(s *stage, marker, text string, middle func() error) error {
	before := v.seen["response.done"]
	first := v.seen["response.output_text.done"]
	gate := make(chan struct{})
	if middle != nil {
		s.engine.gates.Store(marker, gate)
	}
	v.send(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":%q}]}}`, marker+" "+text)
	v.send(`{"type":"response.create"}`)
	if middle != nil {
		if err := v.await("response.output_text.delta", v.seen["response.output_text.delta"]+1); err != nil {
			return err
		}
		if err := middle(); err != nil {
			return err
		}
		close(gate)
	}
	replies := 1
	if v.stock && first == 0 { // the notice comes first
		replies = 2
	}
	return v.await("response.done", before+replies)
}

// play is a session from beginning to end. It returns the receipt, nil for a
// client that would not understand one.
func (s *stage) play(n int, at int, p person) (*receipt.Receipt, error) {
	r, want := s.rules[at], p.rule(s.rules[at])
	ws, _, err := websocket.DefaultDialer.Dial(s.url, http.Header{
		"Authorization": {"Bearer " + s.keys[at][n%len(s.keys[at])]}, "X-Forwarded-For": {fmt.Sprintf("10.%d.%d.1", n/250%250, n%250)},
	})
	if err != nil {
		return nil, err
	}
	defer ws.Close()
	v := &player{person: p, ws: ws, seen: map[string]int{}, last: map[string]map[string]any{}}
	if p.stock {
		p.stock = !r.hidden // else nothing is recited to them
		v.stock = p.stock
		v.send(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`)
		err = v.await("session.updated", 1)
	} else {
		v.send(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`)
		err = v.await("avatar.state", 1) // it listens
		if err == nil && p.answer == 1 && v.seen["avatar.consent.requested"] == 0 {
			v.send(`{"type":"avatar.consent.withdraw","purposes":["transcript"]}`) // a no that nobody asked for
			err = v.await("avatar.consent.state", 1)
		}
	}
	if err != nil {
		return nil, err
	}
	committed := 0
	durable := func(kept bool) error {
		if !kept {
			return nil
		}
		committed++
		return v.await("avatar.transcript.committed", committed)
	}
	steps := []func() error{
		func() error { return v.unless(1) },
		func() error {
			var middle func() error
			if p.no == 2 {
				middle = v.refuse
			}
			return v.turn(s, fmt.Sprintf("m%da", n), "is the question", middle)
		},
		func() error { return durable(want.first) },
		func() error { return v.unless(3) },
		func() error { return v.turn(s, fmt.Sprintf("m%db", n), "write to ada@example.org", nil) },
		func() error { return durable(want.second) },
		func() error {
			if want.withheld {
				return v.await("avatar.transcript.withheld", 1)
			}
			return nil
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if want.withheld != (v.seen["avatar.transcript.withheld"] > 0) {
		return nil, fmt.Errorf("withheld: %v", v.seen)
	}
	v.send(`{"type":"avatar.session.end"}`)
	if v.seen["avatar.session.ready"] == 0 {
		return nil, v.await("nothing", 1)
	}
	if err := v.await("avatar.receipt", 1); err != nil {
		return nil, err
	}
	return receipt.Verify(v.last["avatar.receipt"]["jws"].(string), s.ring.Keys())
}

// unless says no if this is when the person does.
func (v *player) unless(at int) error {
	if v.no != at {
		return nil
	}
	return v.refuse()
}

// Every combination of a tenant's switches, with everything that a person can
// say and when: run as a session over the wire with the real recorder, each
// agrees with the rule, written by hand, in what is in the store, in what the
// person's receipt says of it, and in what the log holds. All where something
// may be kept, and a part of the others, all with -scale 8. // R10 R11 R12 R52 R66
func TestEveryCombinationStored(t *testing.T) {
	skipUnderRace(t)
	s := newStage(t)
	var people []person
	for answer := range 3 {
		people = append(people, person{answer: answer})
		for no := 1; no < 4; no++ {
			for how := range 3 {
				people = append(people, person{answer: answer, no: no, how: how})
			}
		}
	}
	people = append(people, person{stock: true})
	type job struct{ n, at, who int }
	var jobs []job
	random := rand.New(rand.NewPCG(12, 41))
	for at, r := range s.rules {
		records := r.transcript && !r.avatarOff && !r.minors && !r.forcedOff
		for who := range people {
			if records || random.Float64() < *scale/8 {
				jobs = append(jobs, job{len(jobs), at, who})
			}
		}
	}
	receipts := make([]*receipt.Receipt, len(jobs))
	work := make(chan job)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for j := range work {
				got, err := s.play(j.n, j.at, people[j.who])
				if err != nil && !(people[j.who].stock && websocket.IsCloseError(errors.Unwrap(err), websocket.CloseNormalClosure)) {
					t.Errorf("%+v, %+v: %v", s.rules[j.at], people[j.who], err)
				}
				receipts[j.n] = got
			}
		})
	}
	for _, j := range jobs {
		work <- j
	}
	close(work)
	workers.Wait()
	if t.Failed() {
		return
	}

	ctx := context.Background()
	stored := map[string]string{} // by tenant: the words of all
	for _, tn := range s.tenants {
		_, err := s.recorder.State(ctx, tn.ID, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), true) // writes what waits
		require.NoError(t, err)
		all, err := s.recorder.List(ctx, recorder.Query{Tenant: tn.ID, Limit: 1000}, own)
		require.NoError(t, err)
		var words bytes.Buffer
		for _, k := range all {
			require.NoError(t, s.recorder.Read(ctx, tn.ID, k.Session, own, recorder.Text, &words))
		}
		stored[tn.ID] = words.String()
		require.NotContains(t, words.String(), "ada@example.org")
	}
	keeps, withheld := 0, 0
	for _, j := range jobs {
		r, p, got := s.rules[j.at], people[j.who], receipts[j.n]
		tn, want := &s.tenants[j.at], p.rule(r)
		say := fmt.Sprintf("%+v, %+v", r, p)
		left := 0
		for _, marker := range []string{fmt.Sprintf("m%da ", j.n), fmt.Sprintf("m%db ", j.n)} {
			left += strings.Count(stored[tn.ID], marker)
		}
		require.Equal(t, want.left, left, say)
		if left > 0 {
			keeps++
		}
		if want.withheld {
			withheld++
		}
		if p.stock {
			continue
		}
		require.NotNil(t, got, say)
		require.Equal(t, tn.ID, got.Organisation.ID)
		hash := tn.Effective(&tn.Avatars[0]).Hash()
		require.Equal(t, hex.EncodeToString(hash[:]), got.Policies[0].SHA256, say)
		turns, erased := 0, 0
		for _, st := range got.Stored {
			if st.What == "transcript" {
				turns, erased = turns+st.Turns, erased+st.Erased
			}
			require.Zero(t, st.Unsettled, say)
		}
		require.Equal(t, left, turns, "the receipt of %s: %+v", say, got.Stored)
		require.Equal(t, want.first && left == 0, erased > 0, "the receipt of %s: %+v", say, got.Stored)
		require.Equal(t, p.no > 0 && p.how != 1, len(got.OptOuts) > 0, "the receipt of %s: %+v", say, got.OptOuts)
		if p.no > 0 && p.how == 1 {
			require.True(t, slices.ContainsFunc(got.Consents, func(c receipt.Consent) bool { return c.Answer == "withdrawn" }), "the receipt of %s: %+v", say, got.Consents)
		}

		id, ok := session.ParseID(got.Session)
		require.True(t, ok)
		facts, err := s.recorder.SessionFacts(ctx, tn.ID, id)
		require.NoError(t, err)
		n := map[session.FactKind]int{}
		for _, f := range facts {
			n[f.Fact.Kind]++
		}
		require.Equal(t, 1, n[session.SessionStarted], say)
		require.Equal(t, r.detail, n[session.EngineAsked] > 0, "%s: %v", say, n)
		require.Equal(t, want.withheld, n[session.TurnWasWithheld] == 1, "%s: %v", say, n)
		kept := 0
		if want.first {
			kept++
		}
		if want.second {
			kept++
		}
		require.Equal(t, kept, n[session.TurnKept], "%s: %v", say, n)
	}
	require.NotZero(t, keeps)
	require.NotZero(t, withheld)
	t.Logf("n = %d sessions of %d combinations, %d of which left something, %d had a turn withheld", len(jobs), len(s.rules)*len(people), keeps, withheld)
}
