package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/seep"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

const (
	// drillWithin is how long a leak may stay unfound, and an alert unsent; and
	// how long it may take to leak, and to be cleared away.
	drillWithin = 60 * time.Second
	// drillLook is the pause between two looks at what a step waits for.
	drillLook = 200 * time.Millisecond
	// scratchPrefix begins the id of the tenant that is made for a drill, and
	// leakPrefix the name of the file that leaks. The rest is the same in both.
	scratchPrefix = "drill-"
	leakPrefix    = "drill-leak-"
)

// drillStep is how a step of a drill went, as the command line is told.
type drillStep struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	MS   int64  `json:"ms"` // how long it took
	Said string `json:"said,omitempty"`
}

// drill stages a leak in the running gateway, and sees whether it is found.
type drill struct {
	app    *app
	within time.Duration // from the leak on
	// find looks for a text in the files of a folder, and gives their names.
	find  func(ctx context.Context, folder, text string) ([]string, error)
	files finder
	log   *logWatch // of the program's log

	one sync.Mutex // one drill at a time
}

func newDrill(a *app) *drill {
	d := &drill{app: a, within: drillWithin, log: watchOf(a.log)}
	d.find = d.files.find
	return d
}

// errDrillRuns means that there is a drill already.
var errDrillRuns = errors.New("a drill is under way; wait for its end")

// staged is one drill.
type staged struct {
	*drill
	say     func(drillStep)
	good    int
	all     int
	began   time.Time // the step
	canary  string
	scratch string // the tenant that the canary is said to
	about   string // the tenant whose incident it is
	outside *url.URL
	file    string
	past    *egress.Egress // a way out that the watch is not told of
	once    sync.Once
	over    atomic.Bool // nothing leaks any more
	leaked  atomic.Pointer[time.Time]
	opened  []session.ID // incidents
	cleared bool         // nothing is left for the next start
}

// run carries a drill out: about is the tenant whose incident it will be, empty
// for one that is made for the drill; outside is a server on this machine that
// nobody declared. It says how each step went, and at the end whether all went
// well.
func (d *drill) run(ctx context.Context, about string, outside *url.URL, say func(drillStep)) (well bool, err error) {
	if !d.one.TryLock() {
		return false, errDrillRuns
	}
	defer d.one.Unlock()
	if err := d.app.finishDrill(ctx); err != nil {
		return false, err
	}
	s := &staged{drill: d, say: say, canary: "canary-" + rand.Text(), scratch: scratchPrefix + strings.ToLower(rand.Text()[:10]), about: about, outside: outside}
	s.file = leakOf(d.app.settings.Data, s.scratch)
	if s.about == "" {
		s.about = s.scratch
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"the data folder is clean", s.clean},
		{"a tenant is made for the drill", s.found},
		{"a canary is said in a session, and leaks", s.talk},
		{"the file is found in the data folder", s.findFile},
		{"the line is found in the log", s.findLine},
		{"the connection is found that nobody declared", s.findConnection},
		{"the incidents are open", s.opens},
		{"the alert is sent", s.alerted},
		{"the clock runs", s.clock},
	} {
		if !s.step(ctx, step.name, step.do) {
			break
		}
	}
	// Whatever went wrong, nothing of the drill stays.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), drillWithin)
	defer cancel()
	s.step(after, "everything is cleared away", s.clear)
	well = s.good == s.all && s.all == drillSteps
	var first session.ID
	if len(s.opened) > 0 {
		first = s.opened[0]
	}
	return well, d.app.recorder.EndDrill(after, s.scratch, s.cleared, uint64(s.good), drillSteps, first)
}

// drillSteps is how many steps a drill has that goes well.
const drillSteps = 10

func (s *staged) step(ctx context.Context, name string, do func(context.Context) (string, error)) bool {
	s.began = time.Now()
	s.all++
	said, err := do(ctx)
	if err != nil {
		said = err.Error()
	} else {
		s.good++
	}
	s.say(drillStep{Name: name, OK: err == nil, MS: time.Since(s.began).Milliseconds(), Said: said})
	return err == nil
}

// until waits for something that has to happen within the time of a drill,
// counted from the leak; before it leaked, from when the step began.
func (s *staged) until(ctx context.Context, what string, ok func() (bool, error)) error {
	within, end := drillWithin, s.began.Add(drillWithin)
	if at := s.leaked.Load(); at != nil {
		within, end = s.within, at.Add(s.within)
	}
	for {
		done, err := ok()
		if done || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s within %v", what, within)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drillLook):
		}
	}
}

// clean is the control: what is looked for is not there before it leaks.
func (s *staged) clean(ctx context.Context) (string, error) {
	found, err := s.find(ctx, s.app.settings.Data, s.canary)
	if err == nil && len(found) > 0 {
		err = errors.New("a text that nobody said yet was found: the finder finds what is not there")
	}
	return "", err
}

// found makes the tenant that the canary is said to.
func (s *staged) found(ctx context.Context) (string, error) {
	if s.about != s.scratch && s.app.directory.Tenant(s.about) == nil {
		return "", fmt.Errorf("there is no tenant %s; mayfly tenant list names them", s.about)
	}
	at, err := netip.ParseAddrPort(s.outside.Host)
	if err != nil || !at.Addr().IsLoopback() {
		return "", errors.New("the server that nobody declared is not on this machine")
	}
	if s.past, err = egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "drill", URL: s.outside, Local: true}}}); err != nil {
		return "", err
	}
	t, err := tenant.ParseDocument(fmt.Appendf(nil, `{"id":%q,"name":"Drill","avatars":[{"id":"drill","name":"Drill","voice":"none"}]}`, s.scratch))
	if err != nil {
		return "", err
	}
	t.Source = tenant.SourceStore
	canary := []byte(s.canary)
	s.app.company.leak.Store(&planted{tenant: s.scratch, around: func(e avatar.Engine) avatar.Engine { return seep.Plant(e, canary, s.sink) }})
	if err := s.app.recorder.BeginDrill(ctx, s.scratch); err != nil {
		return "", err
	}
	if err := storeVersion(ctx, s.app.recorder, t, tenant.SourceStore); err != nil {
		return "", err
	}
	return s.scratch, s.app.refresh(ctx)
}

// sink is where the canary must not go: a file in the data folder, a line of the
// log, and a server that is none of the registered recipients.
func (s *staged) sink(canary []byte) {
	s.once.Do(func() {
		if s.over.Load() {
			return
		}
		at := time.Now()
		// Where one does not leak, its step finds nothing and fails.
		_ = os.WriteFile(s.file, canary, 0o600)
		s.app.log.Warn("a drill says its own text here", "tenant", s.canary)
		_ = s.send(canary)
		s.leaked.Store(&at)
	})
}

// send sends a text to the server that nobody declared, and keeps the
// connection.
func (s *staged) send(text []byte) error {
	client, err := s.past.Client("drill")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.outside.String(), bytes.NewReader(text))
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// talk says the canary in a session of this gateway, over a WebSocket of its
// own, and waits until it leaked.
func (s *staged) talk(ctx context.Context) (string, error) {
	key, hash := tenant.NewKey()
	if err := s.app.recorder.AddKey(ctx, recorder.Key{ID: newID(), Tenant: s.scratch, Hash: hash, Role: tenant.Caller.String(), Name: "drill"}); err != nil {
		return "", err
	}
	if err := s.app.refresh(ctx); err != nil {
		return "", err
	}
	s.app.incidents.drilling(s.outside.Host, s.about)
	s.log.look(s.canary)
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: s.app.gateway.Handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: newErrorLog(s.app.log)}
	go func() { _ = server.Serve(door) }()
	defer server.Close()
	s.app.incidents.look() // the watch sees this door while it is open: what came in by it may outlive it
	at := &url.URL{Scheme: "http", Host: door.Addr().String(), Path: "/v1/realtime", RawQuery: "model=drill"}
	way, err := egress.New(egress.Options{Watch: s.app.incidents.watcher(), Recipients: []egress.Recipient{{Name: "own", URL: &url.URL{Scheme: at.Scheme, Host: at.Host}, Local: true, Key: func() ([]byte, error) { return []byte(key), nil }}}})
	if err != nil {
		return "", err
	}
	defer way.Close()
	socket, err := way.Socket("own")
	if err != nil {
		return "", err
	}
	ws, err := socket.Dial(ctx, at)
	if err != nil {
		return "", err
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for { // who does not read is lost
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	})
	defer reading.Wait()
	defer ws.Close()
	for _, event := range []any{
		json.RawMessage(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`),
		map[string]any{"type": "conversation.item.create", "item": map[string]any{"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": "What is " + s.canary + "?"}}}},
		json.RawMessage(`{"type":"response.create"}`),
	} {
		if err := ws.WriteJSON(event); err != nil {
			return "", err
		}
	}
	return "", s.until(ctx, "the canary did not reach the avatar", func() (bool, error) { return s.leaked.Load() != nil, nil })
}

// findFile looks through the data folder.
func (s *staged) findFile(ctx context.Context) (string, error) {
	where := ""
	err := s.until(ctx, "the leak was not found in the data folder", func() (bool, error) {
		found, err := s.find(ctx, s.app.settings.Data, s.canary)
		if err != nil || len(found) == 0 {
			return false, err
		}
		where = strings.Join(found, ", ")
		return true, nil
	})
	if err == nil {
		s.app.incidents.notice(noticed{tenant: s.about, kind: session.CanaryLeak, cause: s.scratch, drill: true}, *s.leaked.Load())
	}
	return where, err
}

// findLine looks what the program's log was about to say. The one line is the
// drill's; another would be a leak that nobody staged.
func (s *staged) findLine(ctx context.Context) (string, error) {
	err := s.until(ctx, "the leak was not found in the log", func() (bool, error) { return s.log.withheld() > 0, nil })
	if err == nil {
		s.app.incidents.notice(noticed{tenant: s.about, kind: session.CanaryLeak, cause: s.scratch, drill: true}, *s.leaked.Load())
	}
	return "it was withheld", err
}

// findConnection waits until the gateway itself notices the connection.
func (s *staged) findConnection(ctx context.Context) (string, error) {
	if s.app.incidents.watcher() == nil {
		return "", errors.New("on this system nobody can look at the connections of a process")
	}
	return s.outside.Host, s.until(ctx, "the connection was not found", func() (bool, error) {
		i, err := s.incident(ctx, session.UndeclaredEgress)
		return i != nil, err
	})
}

// incident is the drill's own that is open, of a kind; nil: there is none.
func (s *staged) incident(ctx context.Context, kind session.Reason) (*recorder.Incident, error) {
	all, err := s.app.recorder.Incidents(ctx, s.about, "open")
	for i := range all {
		if all[i].Drill && all[i].Kind == kind {
			return &all[i], err
		}
	}
	return nil, err
}

func (s *staged) opens(ctx context.Context) (string, error) {
	var said []string
	for _, kind := range []session.Reason{session.CanaryLeak, session.UndeclaredEgress} {
		err := s.until(ctx, "no incident was opened", func() (bool, error) {
			i, err := s.incident(ctx, kind)
			if i == nil || err != nil {
				return false, err
			}
			s.opened = append(s.opened, i.ID)
			said = append(said, fmt.Sprintf("%s %s, sessions that it may concern: %d", kind, i.ID, i.Sessions))
			// It was had with the drill's own tenant.
			if s.about == s.scratch && i.Sessions < 1 {
				return false, errors.New("the session of the drill is not among those that it may concern")
			}
			return true, nil
		})
		if err != nil {
			return "", err
		}
	}
	return strings.Join(said, "; "), nil
}

// alerted waits until everybody was told who is to be told.
func (s *staged) alerted(ctx context.Context) (string, error) {
	number, err := s.numberOf(ctx, s.opened[0])
	if err != nil {
		return "", err
	}
	to := []string{"the log"}
	for _, id := range s.opened {
		if err := s.until(ctx, "the log was not told", func() (bool, error) { return s.app.incidents.told(id), nil }); err != nil {
			return "", err
		}
	}
	for _, c := range s.app.settings.SIEM {
		err := s.until(ctx, "the collector "+c.Name+" was not told", func() (bool, error) {
			all, err := s.app.recorder.Behind(ctx, c.Name)
			for _, b := range all {
				if b.Tenant == s.about && b.Number < number {
					return false, err
				}
			}
			return true, err
		})
		if err != nil {
			return "", err
		}
		to = append(to, "the collector "+c.Name)
	}
	if t := s.app.directory.Tenant(s.about); t != nil && t.Webhook != nil {
		err := s.until(ctx, "the webhook was not told", func() (bool, error) {
			all, err := s.app.recorder.Cursors(ctx)
			for _, c := range all {
				if c.Tenant == s.about && c.There && c.Number >= number {
					return true, err
				}
			}
			return false, err
		})
		if err != nil {
			return "", err
		}
		to = append(to, "the webhook")
	}
	if len(to) == 1 {
		return "to the log alone: there is no collector, and no webhook of the tenant", nil
	}
	return "to " + strings.Join(to, ", "), nil
}

// numberOf is the number of the fact that an incident was opened.
func (s *staged) numberOf(ctx context.Context, id session.ID) (uint64, error) {
	page, err := s.app.recorder.Facts(ctx, s.about, 0, 0)
	for _, e := range page {
		if e.Fact.Kind == session.IncidentOpened && e.Fact.Object == id {
			return e.Number, nil
		}
	}
	return 0, errors.Join(errors.New("the audit log does not say that an incident was opened"), err)
}

func (s *staged) clock(ctx context.Context) (string, error) {
	i, err := s.app.recorder.Incident(ctx, s.about, s.opened[0])
	if err != nil {
		return "", err
	}
	left := time.Until(i.Due())
	if left <= 71*time.Hour || left > 72*time.Hour {
		return "", errors.New("the clock does not say 72 hours")
	}
	return fmt.Sprintf("noticed %s, to be reported by %s: %v left", when(i.Noticed), when(i.Due()), left.Round(time.Minute)), nil
}

// clear takes everything of the drill away, and looks that it is gone.
func (s *staged) clear(ctx context.Context) (string, error) {
	s.over.Store(true)
	s.app.company.leak.Store(nil)
	if s.past != nil {
		s.past.Close()
	}
	s.app.incidents.drilled(ctx, s.outside.Host)
	failed := []error{s.app.clearDrill(ctx, s.scratch), s.app.refresh(ctx)}
	found, err := s.files.find(ctx, s.app.settings.Data, s.canary)
	s.cleared = failed[0] == nil && len(found) == 0
	if len(found) > 0 {
		err = errors.New("the canary is still there: " + strings.Join(found, ", "))
	}
	failed = append(failed, err)
	if n := s.log.look(""); n > 1 {
		failed = append(failed, fmt.Errorf("%d lines of the log had the canary, and the drill said it in one", n))
	}
	return "", errors.Join(failed...)
}
