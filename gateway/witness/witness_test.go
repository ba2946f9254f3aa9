package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ledger is a Log whose notes are "log size".
type ledger struct {
	mu       sync.Mutex
	newest   map[string]int64
	taken    map[string]int64
	answered map[string]string
	deaf     bool            // what is answered does not count
	broken   map[string]bool // logs of which nothing can be proven
}

func newLedger() *ledger {
	return &ledger{newest: map[string]int64{}, taken: map[string]int64{}, answered: map[string]string{}}
}

func (l *ledger) grow(log string, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newest[log] = size
}

func (l *ledger) Waiting() (all []Checkpoint, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for log, size := range l.newest {
		if size > l.taken[log] {
			all = append(all, Checkpoint{log, size, fmt.Appendf(nil, "%s %d", log, size), l.taken[log]})
		}
	}
	return all, nil
}

// Proof is a hash of both sizes.
func (l *ledger) Proof(_ context.Context, c Checkpoint, old int64) ([][32]byte, error) {
	if l.broken[c.Log] {
		return nil, errors.New("it was cut")
	}
	if old == 0 {
		return nil, nil
	}
	return [][32]byte{{byte(old), byte(c.Size)}}, nil
}

func (l *ledger) Taken(c Checkpoint, answered []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deaf {
		return errors.New("no signature")
	}
	l.taken[c.Log], l.answered[c.Log] = c.Size, string(answered)
	return nil
}

// outside is a witness, as the specification has it.
type outside struct {
	mu      sync.Mutex
	sizes   map[string]int64
	answer  map[string]int // status for a log; none: as it should be
	silent  bool
	asked   int
	rewrote bool // proofs are wrong
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked++
	if o.silent {
		panic(http.ErrAbortHandler)
	}
	body, _ := io.ReadAll(r.Body)
	if r.Method != http.MethodPost || r.URL.Path != "/w/add-checkpoint" {
		http.Error(w, "", http.StatusNotFound)
		return
	}
	head, note, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	first, isOld := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(first, 10, 64)
	log, size, _ := strings.Cut(string(note), " ")
	n, err2 := strconv.ParseInt(size, 10, 64)
	if !ok || !isOld || err != nil || err2 != nil || old > n {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	if status := o.answer[log]; status != 0 {
		http.Error(w, "", status)
		return
	}
	if has := o.sizes[log]; has != old {
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, "%d\n", has)
		return
	}
	want := ""
	if old > 0 {
		h := [32]byte{byte(old), byte(n)}
		want = base64.StdEncoding.EncodeToString(h[:])
	}
	if strings.Join(lines[1:], "") != want || o.rewrote {
		http.Error(w, "", http.StatusUnprocessableEntity)
		return
	}
	o.sizes[log] = n
	fmt.Fprintf(w, "— w %s\n", note)
}

type told struct {
	turned  []bool // whether it fails
	differs []string
}

func receiver(t *testing.T, l *ledger, h http.Handler, webhook bool) (*Receiver, *told) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL + "/w")
	require.NoError(t, err)
	said := &told{}
	var sink Sink = Witness{server.Client(), at}
	if webhook {
		sink = Webhook{server.Client(), at}
	}
	return New(Options{Name: "w", Log: l, Sink: sink,
		Turned: func(s State) { said.turned = append(said.turned, !s.Failing.IsZero()) }, Differs: func(log string) { said.differs = append(said.differs, log) },
	}), said
}

var began = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// A witness is given the newest of each log with the proof that it grew, and
// what it answers is kept. One that forgot what it had is given all again.
func TestWitness(t *testing.T) { // R65
	l, w := newLedger(), &outside{sizes: map[string]int64{}}
	r, said := receiver(t, l, w, false)
	l.grow("acme/2026-11", 3)
	l.grow("beta/2026-11", 7)
	r.round(t.Context(), began)
	require.Equal(t, map[string]int64{"acme/2026-11": 3, "beta/2026-11": 7}, l.taken)
	require.Equal(t, "— w acme/2026-11 3\n", l.answered["acme/2026-11"])
	l.grow("acme/2026-11", 5)
	l.grow("acme/2026-11", 9)
	r.round(t.Context(), began)
	require.Equal(t, int64(9), w.sizes["acme/2026-11"])
	require.Equal(t, 3, w.asked, "only the newest is sent")
	w.sizes["acme/2026-11"] = 4 // restored from an older copy of its own
	l.grow("acme/2026-11", 10)
	r.round(t.Context(), began)
	require.Equal(t, int64(10), l.taken["acme/2026-11"])
	s := r.State()
	require.Equal(t, State{Name: "w", Taken: 4}, s)
	require.Empty(t, said.turned)
}

// A witness that has seen another history is believed: it is said once, and
// the other logs go on.
func TestWitnessHasSeenAnother(t *testing.T) { // R65
	for name, break1 := range map[string]func(*outside){
		"longer":    func(w *outside) { w.sizes["acme/2026-11"] = 100 },
		"rewritten": func(w *outside) { w.rewrote = true },
		"same size": func(w *outside) { w.answer = map[string]int{"acme/2026-11": 422} },
	} {
		t.Run(name, func(t *testing.T) {
			l, w := newLedger(), &outside{sizes: map[string]int64{}}
			r, said := receiver(t, l, w, false)
			l.grow("acme/2026-11", 3)
			r.round(t.Context(), began)
			break1(w)
			l.grow("acme/2026-11", 5)
			r.round(t.Context(), began)
			require.Equal(t, []string{"acme/2026-11"}, said.differs)
			require.Equal(t, int64(3), l.taken["acme/2026-11"])
			require.Equal(t, 1, r.State().Differs)
			require.Equal(t, []bool{true}, said.turned)
			asked := w.asked
			w.rewrote = false
			l.grow("beta/2026-11", 1)
			r.round(t.Context(), began)
			require.Equal(t, int64(1), l.taken["beta/2026-11"], "others are given theirs")
			require.Equal(t, asked+1, w.asked, "what was refused is put off")
			require.Equal(t, 1, r.State().Waiting)
			for n := range 5 {
				r.round(t.Context(), began.Add(time.Duration(n)*time.Hour))
			}
			require.LessOrEqual(t, len(said.differs), 1, "once")
		})
	}
}

// A witness that does not answer is asked less and less, keeps nobody waiting,
// shows, and is given the newest when it is there again.
func TestWitnessDies(t *testing.T) {
	l, w := newLedger(), &outside{sizes: map[string]int64{}, silent: true}
	r, said := receiver(t, l, w, false)
	for n := range 20 {
		l.grow(fmt.Sprintf("t%d/2026-11", n), 3)
	}
	at := began
	for range 3600 {
		r.round(t.Context(), at)
		at = at.Add(time.Second)
	}
	require.Less(t, w.asked, 60, "in an hour, of 20 logs")
	s := r.State()
	require.Equal(t, 20, s.Waiting)
	require.Greater(t, s.Lag(at), 59*time.Minute)
	require.Equal(t, began, s.Failing)
	require.Equal(t, []bool{true}, said.turned)
	w.silent = false
	l.grow("t3/2026-11", 8)
	for range 400 {
		r.round(t.Context(), at)
		at = at.Add(time.Second)
	}
	require.Len(t, l.taken, 20)
	require.Equal(t, int64(8), w.sizes["t3/2026-11"])
	require.Equal(t, []bool{true, false}, said.turned)
	require.Zero(t, r.State().Waiting)
	require.Zero(t, r.State().Lag(at))
}

// One log that a witness does not take, or signs wrongly, is no obstacle for
// the others.
func TestWitnessRefuses(t *testing.T) {
	for _, status := range []int{400, 403, 404} {
		l, w := newLedger(), &outside{sizes: map[string]int64{}, answer: map[string]int{"acme/2026-11": status}}
		r, said := receiver(t, l, w, false)
		l.grow("acme/2026-11", 3)
		for n := range 5 {
			l.grow("beta/2026-11", int64(n+1))
			r.round(t.Context(), began)
		}
		require.Equal(t, int64(5), l.taken["beta/2026-11"], status)
		require.Zero(t, l.taken["acme/2026-11"])
		require.Equal(t, 6, w.asked)
		require.Empty(t, said.differs)
		require.Equal(t, []bool{true}, said.turned)
	}
	l, w := newLedger(), &outside{sizes: map[string]int64{}}
	l.deaf = true
	r, said := receiver(t, l, w, false)
	l.grow("acme/2026-11", 3)
	r.round(t.Context(), began)
	require.Empty(t, l.taken)
	require.Equal(t, uint64(1), r.State().Refused)
	require.Equal(t, []bool{true}, said.turned)
}

// A log that was cut, so that nothing can be proven of it, is no obstacle for
// the others.
func TestWitnessOfBroken(t *testing.T) {
	l, w := newLedger(), &outside{sizes: map[string]int64{}}
	l.broken = map[string]bool{"acme/2026-11": true}
	r, _ := receiver(t, l, w, false)
	l.grow("acme/2026-11", 3)
	for n := range 5 {
		l.grow("beta/2026-11", int64(n+1))
		r.round(t.Context(), began)
		require.Equal(t, int64(n+1), l.taken["beta/2026-11"])
	}
	require.Zero(t, l.taken["acme/2026-11"])
	require.Equal(t, 1, r.State().Waiting)
	require.Equal(t, uint64(1), r.State().Refused, "it is put off")
}

// A webhook is sent the note as it is.
func TestWebhook(t *testing.T) {
	l := newLedger()
	var mu sync.Mutex
	var got []string
	status := 500
	r, _ := receiver(t, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+string(body))
		w.WriteHeader(status)
	}), true)
	l.grow("acme/2026-11", 3)
	r.round(t.Context(), began)
	require.Empty(t, l.taken)
	status = 204
	r.round(t.Context(), began.Add(time.Minute))
	require.Equal(t, int64(3), l.taken["acme/2026-11"])
	require.Len(t, got, 2)
	require.Equal(t, "POST /w text/plain; charset=utf-8 acme/2026-11 3", got[1])
}
