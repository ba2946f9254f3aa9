package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"mayfly/gateway/attach"
	"mayfly/session"
)

// uploadWithin is how long a file may take to arrive.
const uploadWithin = 60 * time.Second

// attachment takes what a person shows, as the body and nothing else: the
// session of a call, or any by its own id, for whoever holds the credential
// that opened it.
func (s *Server) attachment(w http.ResponseWriter, r *http.Request) *refusal {
	c, bad := s.sessionOf(r)
	if bad != nil {
		return bad
	}
	if r.ContentLength > attach.MaxFile {
		return refuse(string(attach.TooLarge))
	}
	if bad := c.beginUpload(); bad != nil {
		return bad
	}
	defer c.endUpload()
	if !s.uploads.take(c.tenant.ID) {
		return refuse("overloaded")
	}
	defer s.uploads.give(c.tenant.ID)
	file, bad := readFile(w, r)
	if bad != nil {
		return bad
	}
	a, code := c.openFile(r.Context(), file)
	if code != "" {
		return refuse(code)
	}
	return c.shownBy(w, a)
}

// sessionOf finds the session of a request, by its call or its own id. Somebody
// else's looks like none.
func (s *Server) sessionOf(r *http.Request) (*conn, *refusal) {
	secret, _ := credential(r)
	if secret == "" {
		return nil, refuse("missing_credential")
	}
	key, id := sha256.Sum256([]byte(secret)), r.PathValue("id")
	if k := s.live.find(id, key); k != nil {
		return k.conn, nil
	}
	if c := s.registry.named(id); c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if subtle.ConstantTimeCompare(c.key[:], key[:]) == 1 {
			return c, nil
		}
	}
	return nil, refuse("call_not_found")
}

// resumedWith remembers the credential that the client has from now on. A
// resume token is none: it is used up.
func (c *conn) resumedWith(who *caller) {
	if who.resumes {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = who.key
}

// beginUpload refuses a file before a byte of it is read, where nothing may be
// shown, and a second one while one is on its way.
func (c *conn) beginUpload() *refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.session == nil || c.ended || c.released:
		return refuse("call_not_found")
	case c.uploading:
		return &refusal{code: "rate_limit_exceeded", wait: time.Second}
	}
	if code := c.unshown(); code != "" {
		return refuse(code)
	}
	c.uploading = true
	return nil
}

func (c *conn) endUpload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uploading = false
}

// readFile reads a file into memory that is cleared where it is outgrown.
func readFile(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin))
	size := r.ContentLength + 1 // room to see the end
	if size <= 0 {
		size = 256 << 10
	}
	b := make([]byte, 0, size)
	for {
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > attach.MaxFile:
			clear(b)
			return nil, refuse(string(attach.TooLarge))
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			clear(b)
			return nil, refuse("body_too_slow")
		case err != nil:
			clear(b)
			return nil, refuse(string(attach.Damaged))
		case len(b) == cap(b):
			grown := append(make([]byte, 0, min(2*cap(b), attach.MaxFile+1)), b...)
			clear(b)
			b = grown
		}
	}
}

// shownBy puts an attachment into the conversation and says which item it is.
func (c *conn) shownBy(w http.ResponseWriter, a session.Attachment) *refusal {
	c.mu.Lock()
	for !c.ended && !c.released && c.session.Waiting() {
		c.durable.Wait() // a no may be on its way to the disk
	}
	if c.ended || c.released {
		c.mu.Unlock()
		a.Content.Forget()
		return refuse("call_not_found")
	}
	no, code := c.take(a)
	if code != "" {
		c.flush(shared)
		return refuse(code)
	}
	body := c.ids.AppendAttachment(nil, no, &a)
	c.flush(shared)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body)
	return nil
}
