package recorder

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/session"
)

// Document is one that an avatar answers from, as an admin gave it: of the
// tenant's own words, and of nobody who talks with it.
type Document struct {
	Tenant, Avatar string
	Name           string // of the file
	At             time.Time
	Hash           [32]byte // SHA-256 of the bytes
	Size           int      // bytes of the file
	Words          int
	Text           int // bytes of its words
}

// DocumentLimits bound what is stored for one avatar.
type DocumentLimits struct {
	Documents, Size, Words, Text int
}

// ErrBeyond means that more would be stored than may be. It says of what.
var ErrBeyond = errors.New("more than may be stored")

// Beyond says which of the limits an avatar's documents are beyond.
type Beyond struct{ What string } // documents, size, words, text

func (b Beyond) Error() string { return ErrBeyond.Error() + ": " + b.What }

// Unwrap makes it an ErrBeyond.
func (b Beyond) Unwrap() error { return ErrBeyond }

// documentsKept is how long documents of an avatar that is gone stay: whoever
// takes that back has them again.
const documentsKept = 30 * 24 * time.Hour

// never is when the key of something ends that has no end of its own.
var never = time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC)

// documentID names a document in keys and tombstones.
func documentID(tenant, avatar, name string) session.ID {
	return session.NameID(tenant, "document", avatar, name)
}

// PutDocument stores a document, sealed under a key of its own, in place of
// the one of that name. Of d, all but At, Hash and Size count.
func (r *Recorder) PutDocument(ctx context.Context, d Document, data []byte, most DocumentLimits, by session.ID) error {
	if d.Avatar == "" || d.Name == "" || len(data) == 0 {
		return fmt.Errorf("%w: a document has an avatar, a name and a byte at least", ErrInvalid)
	}
	if err := r.keys.State(); err != nil {
		return err
	}
	now, id, hash := r.now(), documentID(d.Tenant, d.Avatar, d.Name), sha256.Sum256(data)
	key := r.keys.Fresh(d.Tenant, id, never)
	sealed := read.SealDocument(key, data)
	return r.storeSealed(ctx, key, func(tx *sql.Tx) ([]removed, error) {
		gone, err := removeDocuments(tx, millis(now)-1, "tenant = $1 AND avatar = $2 AND name = $3", d.Tenant, d.Avatar, d.Name)
		if err != nil {
			return nil, err
		}
		var has DocumentLimits
		if err := tx.QueryRow("SELECT count(*), COALESCE(sum(size), 0), COALESCE(sum(words), 0), COALESCE(sum(spoken), 0) FROM knowledge WHERE tenant = $1 AND avatar = $2", d.Tenant, d.Avatar).
			Scan(&has.Documents, &has.Size, &has.Words, &has.Text); err != nil {
			return nil, err
		}
		switch {
		case has.Documents+1 > most.Documents:
			return nil, Beyond{"documents"}
		case has.Size+len(data) > most.Size:
			return nil, Beyond{"size"}
		case has.Words+d.Words > most.Words:
			return nil, Beyond{"words"}
		case has.Text+d.Text > most.Text:
			return nil, Beyond{"text"}
		}
		_, err = tx.Exec(`INSERT INTO knowledge (tenant, avatar, name, id, at, hash, size, words, spoken, key, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			d.Tenant, d.Avatar, d.Name, id[:], millis(now), hash[:], len(data), d.Words, d.Text, key.ID[:], sealed)
		if err != nil {
			return nil, err
		}
		return gone, r.fact(tx, d.Tenant, session.Fact{Kind: session.KnowledgeStored, Object: session.NameID(d.Tenant, d.Avatar), Actor: by, Count: uint64(len(data)), Hash: hash})
	})
}

// Documents are those of an avatar, by name.
func (r *Recorder) Documents(ctx context.Context, tenant, avatar string) ([]Document, error) {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT tenant, avatar, name, at, hash, size, words, spoken FROM knowledge WHERE tenant = $1 AND avatar = $2 ORDER BY name", tenant, avatar)
	return all(rows, err, func(d *Document, scan func(...any) error) error {
		var at int64
		var hash []byte
		err := scan(&d.Tenant, &d.Avatar, &d.Name, &at, &hash, &d.Size, &d.Words, &d.Text)
		d.At = moment(at)
		copy(d.Hash[:], hash)
		return err
	})
}

// ReadDocument gives the bytes of a document, for the avatar to answer from.
// ErrUnknown: there is none of that name.
func (r *Recorder) ReadDocument(ctx context.Context, tenant, avatar, name string) ([]byte, error) {
	var keyID, sealed []byte
	err := r.store.DB().QueryRowContext(ctx, "SELECT key, sealed FROM knowledge WHERE tenant = $1 AND avatar = $2 AND name = $3", tenant, avatar, name).Scan(&keyID, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	data, err := read.OpenDocument(ctx, r.keys, tenant, documentID(tenant, avatar, name), idOf(keyID), sealed)
	if errors.Is(err, seal.ErrNoKey) {
		err = ErrUnknown // it was removed meanwhile
	}
	return data, err
}

// RemoveDocument removes a document and destroys its key. ErrUnknown: there is
// none of that name.
func (r *Recorder) RemoveDocument(ctx context.Context, tenant, avatar, name string, by session.ID) error {
	n, err := r.destroyDocuments(ctx, by, "tenant = $1 AND avatar = $2 AND name = $3", tenant, avatar, name)
	if err == nil && n == 0 {
		err = ErrUnknown
	}
	return err
}

// sweepDocuments removes those of avatars that have been gone for a while.
func (r *Recorder) sweepDocuments(ctx context.Context, now time.Time, rep *Report) error {
	n, err := r.destroyDocuments(ctx, session.ID{}, `NOT EXISTS (SELECT 1 FROM recording a WHERE a.tenant = knowledge.tenant AND a.avatar = knowledge.avatar)
		AND NOT EXISTS (SELECT 1 FROM tenant_version v WHERE v.tenant = knowledge.tenant AND v.at > $1)`, millis(now.Add(-documentsKept)))
	rep.Documents += n
	return err
}

func (r *Recorder) destroyDocuments(ctx context.Context, by session.ID, where string, args ...any) (int, error) {
	return r.destroySealed(ctx, by, documentRemoved, func(tx *sql.Tx) ([]removed, error) {
		return removeDocuments(tx, millis(r.now()), where, args...)
	}, "SELECT EXISTS (SELECT 1 FROM knowledge WHERE "+where+")", args)
}

// forgetDocuments removes those of all avatars: nobody knows which were removed
// since a backup was made.
func (r *Recorder) forgetDocuments(tx *sql.Tx) (int, error) {
	gone, err := removeDocuments(tx, millis(r.now()), "1 = 1")
	if err == nil {
		err = r.removedFacts(tx, gone, session.ID{}, documentRemoved)
	}
	return len(gone), err
}

func documentRemoved(g removed) session.Fact {
	return session.Fact{Kind: session.KnowledgeRemoved, Object: session.NameID(g.tenant, g.of)}
}

func removeDocuments(tx *sql.Tx, at int64, where string, args ...any) ([]removed, error) {
	return removeSealed(tx, at, "DELETE FROM knowledge WHERE "+where+" RETURNING tenant, avatar, id, key, hash", args)
}
