package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"mayfly/session"
)

// Document is one that an avatar answers from, as an admin gave it.
type Document struct {
	Name string
	At   time.Time
	Hash [32]byte // SHA-256 of the bytes
	Size int      // bytes of the file
}

// Documents are those that avatars answer from. They are the tenant's own, and
// stored sealed.
type Documents interface {
	// Documents lists those of an avatar, by name.
	Documents(ctx context.Context, tenantID, avatar string) ([]Document, error)
	// PutDocument stores one, in place of that of the same name. words and text
	// are how much is in it. *BeyondError.
	PutDocument(ctx context.Context, tenantID, avatar, name string, data []byte, words, text int, by session.ID) error
	// RemoveDocument removes one. ErrUnknown.
	RemoveDocument(ctx context.Context, tenantID, avatar, name string, by session.ID) error
}

// BeyondError says that an avatar would have more than it may.
type BeyondError struct{ Most string } // of what there may be how much: "2000 documents"

func (e *BeyondError) Error() string { return "an avatar has at most " + e.Most }

type documentRow struct {
	Name   string    `json:"name"`
	At     time.Time `json:"at" doc:"When it was given."`
	Bytes  int       `json:"bytes"`
	SHA256 string    `json:"sha256"`
}

// putDocument stores a document that an avatar answers from. What cannot be
// read is refused, with what to do, and what was there stays.
func (a *API) putDocument(c *call) *refusal {
	of, bad := a.avatarOf(c)
	if bad != nil {
		return bad
	}
	if _, bad = a.inStore(c); bad != nil {
		return bad
	}
	name := c.r.PathValue("name")
	words, text, mistake := a.options.Knowledge.Check(c.r.Context(), name, c.raw)
	if mistake != "" {
		return wrongFields(Problem{Key: "document", Text: "the document " + mistake})
	}
	err := a.options.Store.PutDocument(c.r.Context(), c.tenant(), of.ID, name, c.raw, words, text, c.who.key)
	var beyond *BeyondError
	if errors.As(err, &beyond) {
		return wrongFields(Problem{Key: "document", Text: fmt.Sprintf("with this one the avatar would have more than %s; remove others first", beyond.Most)})
	}
	if err != nil {
		return refusalOf(err)
	}
	a.options.Knowledge.Look(c.who.tenant, of)
	return a.known(c, of)
}

// removeDocument removes a document that is stored.
func (a *API) removeDocument(c *call) *refusal {
	of, bad := a.avatarOf(c)
	if bad != nil {
		return bad
	}
	if _, bad = a.inStore(c); bad != nil {
		return bad
	}
	if err := a.options.Store.RemoveDocument(c.r.Context(), c.tenant(), of.ID, c.r.PathValue("name"), c.who.key); err != nil {
		return refusalOf(err)
	}
	a.options.Knowledge.Look(c.who.tenant, of)
	return a.known(c, of)
}

// FileMost is the largest file that is taken, in bytes.
const FileMost = 16 << 20

const (
	fileWithin  = time.Minute // that a file may take to arrive
	uploadsMost = 8           // files that are taken at once
)

// readFile reads a body as it is.
func readFile(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength > FileMost {
		return nil, refuse("body_too_large")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(fileWithin))
	data, err := io.ReadAll(io.LimitReader(r.Body, FileMost+1))
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse("body_too_slow")
	case errors.As(err, &large), len(data) > FileMost:
		return nil, refuse("body_too_large")
	case err != nil:
		return nil, refuse("body_too_slow") // it was cut off
	case len(data) == 0:
		return nil, wrongFields(Problem{Key: "document", Text: "the document is empty; write something, or remove it"})
	}
	return data, nil
}
