package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// controlFile is the socket of a running gateway, in its data folder. Whoever
// can reach it owns the folder, and with it everything that is kept there.
const controlFile = "control"

// operatorPath begins every route of the socket.
const operatorPath = "/v1/operator"

// host is the gateway that a command is about: the one that runs, over its
// socket, or its data folder when none does. Both answer the same routes.
type host struct {
	send   func(*http.Request) (*http.Response, error)
	tenant string // what the command names; empty: the only one
	close  func()
}

// openHost finds the gateway of a data folder.
func openHost(ctx context.Context, data string) (*host, error) {
	path := filepath.Join(data, controlFile)
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
		t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) }}
		client := &http.Client{Transport: t}
		return &host{send: client.Do, close: t.CloseIdleConnections}, nil
	}
	if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("the gateway's socket %s cannot be reached (%w); use the user that runs the gateway", path, reason(err))
	}
	if _, err := os.Stat(data); err != nil {
		return nil, fmt.Errorf("there is no data folder %s; name the gateway's with --data", data)
	}
	closed, handler, err := openStopped(ctx, data)
	if err != nil {
		return nil, err
	}
	return &host{close: closed, send: func(r *http.Request) (*http.Response, error) { return inside(handler, r), nil }}, nil
}

// inside asks a handler without a connection. The answer's head is there when
// it returns, its body comes as it is read.
func inside(h http.Handler, r *http.Request) *http.Response {
	body, out := io.Pipe()
	w := &inner{res: &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body}, out: out, head: make(chan struct{})}
	go func() {
		h.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		_ = out.Close()
	}()
	<-w.head
	return w.res
}

// inner is the http.ResponseWriter of inside.
type inner struct {
	res  *http.Response
	out  *io.PipeWriter
	head chan struct{}
	once sync.Once
}

func (w *inner) Header() http.Header { return w.res.Header }

func (w *inner) WriteHeader(status int) {
	w.once.Do(func() {
		w.res.StatusCode = status
		close(w.head)
	})
}

func (w *inner) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(b)
}

// call makes a request about the tenant, and reads the answer into into, if
// that is not nil.
func (h *host) call(ctx context.Context, method, path string, body, into any) error {
	return h.request(ctx, method, h.about(path), "", body, into)
}

// change is call for something that is there in a version: it is read first,
// so that what somebody else changes meanwhile is not lost.
func (h *host) change(ctx context.Context, method, path string, body, into any) error {
	var now struct {
		Number uint64 `json:"number"`
	}
	if err := h.call(ctx, http.MethodGet, "tenant", nil, &now); err != nil {
		return err
	}
	return h.request(ctx, method, h.about(path), fmt.Sprintf("%q", fmt.Sprint(now.Number)), body, into)
}

func (h *host) about(path string) string {
	return "/tenants/" + h.tenant + "/admin/" + path
}

func (h *host) request(ctx context.Context, method, path, match string, body, into any) error {
	res, err := h.open(ctx, method, path, match, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("the gateway's answer cannot be read (%w); is it of another version?", err)
	}
	return nil
}

// stream copies the answer to out as it comes.
func (h *host) stream(ctx context.Context, path string, out io.Writer) error {
	res, err := h.open(ctx, http.MethodGet, h.about(path), "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(out, res.Body)
	return err
}

func (h *host) open(ctx context.Context, method, path, match string, body any) (*http.Response, error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://mayfly"+operatorPath+path, content)
	if err != nil {
		return nil, err
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	res, err := h.send(r)
	if err != nil {
		return nil, fmt.Errorf("the gateway did not answer (%w); look at its log", err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// refusal is what the gateway said is wrong, one line for each mistake.
func refusal(res *http.Response) error {
	var said struct {
		Error struct {
			Message  string `json:"message"`
			Problems []struct {
				Key  string `json:"key"`
				Text string `json:"text"`
			} `json:"problems"`
		} `json:"error"`
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || json.Unmarshal(data, &said) != nil || said.Error.Message == "" {
		return fmt.Errorf("the gateway refused (%d); look at its log", res.StatusCode)
	}
	var t strings.Builder
	t.WriteString(said.Error.Message)
	for _, p := range said.Error.Problems {
		fmt.Fprintf(&t, "\n  %s: %s", p.Key, p.Text)
	}
	return errors.New(t.String())
}

// sole fills in the tenant where there is one only.
func (h *host) sole(ctx context.Context) error {
	if h.tenant != "" {
		return nil
	}
	all, err := h.tenants(ctx)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("there are %d tenants; name one with --tenant", len(all))
	}
	h.tenant = all[0].ID
	return nil
}

// tenantRow is a tenant in a list.
type tenantRow struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Source    string    `json:"source"`
	Number    uint64    `json:"number"`
	At        time.Time `json:"at"`
	Recording bool      `json:"recording"`
	ForcedOff bool      `json:"forced_off"`
}

func (h *host) tenants(ctx context.Context) ([]tenantRow, error) {
	var answer struct {
		Tenants []tenantRow `json:"tenants"`
	}
	err := h.request(ctx, http.MethodGet, "/tenants", "", nil, &answer)
	return answer.Tenants, err
}
