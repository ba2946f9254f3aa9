package admin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mayfly/session"
)

// route is one row of the table of addresses. Who may, what it takes and what
// it gives stand here, and authorize, the readers and the documentation go by
// it.
type route struct {
	method  string
	path    string // below Prefix, with {parameters}; or, with a leading slash, all of it
	roles   roles
	match   bool // If-Match names the version that is changed
	query   []field
	body    []field
	raw     string // the body is a document or a patch of it: what that is
	file    string // the body is a file as it is: what that is
	answer  any    // an example of the answer's type; nil: no body
	status  int    // of success; zero: 200
	forms   []string
	about   string
	handles func(*API, *call) *refusal
}

// Prefix begins every address of the API.
const Prefix = "/v1/admin/"

// address is the whole path.
func (r *route) address() string {
	if strings.HasPrefix(r.path, "/") {
		return r.path
	}
	return Prefix + r.path
}

// bodyMost and documentMost are the largest bodies, in bytes.
const (
	bodyMost     = 16 << 10
	documentMost = 1 << 20
)

// call is one request on its way through a handler.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	route *route
	now   time.Time
	who   *caller
	base  uint64 // of If-Match
	query taken
	body  taken
	raw   []byte
}

func (c *call) tenant() string { return c.who.tenant.ID }

// id is a parameter of the path. One that is no id names nothing.
func (c *call) id(name string) (session.ID, *refusal) {
	id, ok := session.ParseID(c.r.PathValue(name))
	if !ok {
		return session.ID{}, refuse("nothing_here")
	}
	return id, nil
}

// numbered is a parameter of the path that is a number from 1.
func (c *call) numbered(name string) (uint64, *refusal) {
	n, err := strconv.ParseUint(c.r.PathValue(name), 10, 63)
	if err != nil || n == 0 {
		return 0, refuse("nothing_here")
	}
	return n, nil
}

// mount gives every address to the mux. What is beside the table is not there.
func (a *API) mount() {
	paths := map[string][]*route{}
	for _, r := range routeTable() {
		paths[r.address()] = append(paths[r.address()], r)
	}
	for path, of := range paths {
		a.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { a.choose(w, r, of) })
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { a.fail(w, refuse("not_found")) })
}

// choose finds the row for the method.
func (a *API) choose(w http.ResponseWriter, r *http.Request, of []*route) {
	var takes []string
	for _, row := range of {
		if row.method == r.Method {
			if bad := a.serve(w, r, row); bad != nil {
				a.fail(w, bad)
			}
			return
		}
		takes = append(takes, row.method)
	}
	slices.Sort(takes)
	a.fail(w, &refusal{code: "method_not_allowed", allow: strings.Join(takes, ", ")})
}

// serve carries a request through what all have in common: who, then what.
func (a *API) serve(w http.ResponseWriter, r *http.Request, to *route) (bad *refusal) {
	c := &call{w: w, r: r, route: to, now: a.options.Now()}
	if host, ok := r.Context().Value(hostKey{}).(*caller); ok {
		c.who = host
	} else if c.who, bad = a.authorize(r, to, c.now); bad != nil {
		return bad
	}
	if c.query, bad = readQuery(r.URL.RawQuery, to.query); bad != nil {
		return bad
	}
	if to.match {
		if c.base, bad = matched(r); bad != nil {
			return bad
		}
	}
	switch {
	case to.raw != "":
		if c.raw, bad = readBody(w, r, documentMost); bad != nil {
			return bad
		}
	case to.file != "":
		if !a.uploads.begin(c.tenant()) {
			return &refusal{code: "rate_limit_exceeded", wait: time.Second}
		}
		defer a.uploads.end(c.tenant())
		if c.raw, bad = readFile(w, r); bad != nil {
			return bad
		}
	case to.body != nil:
		var data []byte
		if data, bad = readBody(w, r, bodyMost); bad == nil {
			c.body, bad = readFields(data, to.body)
		}
		if bad != nil {
			return bad
		}
	}
	if bad = a.reach(c); bad != nil {
		return bad
	}
	return to.handles(a, c)
}

// matched is the version that a change is based on. Any or none is not one: a
// change that somebody else made meanwhile would be lost.
func matched(r *http.Request) (uint64, *refusal) {
	sent := r.Header.Values("If-Match")
	if len(sent) != 1 {
		return 0, refuse("version_required")
	}
	inner, ok := strings.CutPrefix(sent[0], `"`)
	if inner, closed := strings.CutSuffix(inner, `"`); ok && closed {
		n, err := strconv.ParseUint(inner, 10, 63)
		if err == nil && strconv.FormatUint(n, 10) == inner {
			return n, nil
		}
	}
	return 0, refuse("version_required")
}

// send writes an answer of the route.
func (c *call) send(v any) *refusal { return c.sendAs(c.route.status, v) }

func (c *call) sendAs(status int, v any) *refusal {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return refuse("internal_error")
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if status != 0 {
		c.w.WriteHeader(status)
	}
	_, _ = c.w.Write(b.Bytes())
	return nil
}

// done says that it is done, where there is nothing else to say.
func (c *call) done() *refusal {
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// refused is an error of the Store, of the request's own making or not.
func refused(err error) *refusal {
	if err == nil {
		return nil
	}
	return refusalOf(err)
}
