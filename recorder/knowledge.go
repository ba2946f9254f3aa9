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
	"mayfly/recorder/store"
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
	var replaced []session.ID
	defer r.swept()
	return r.store.DoJob(ctx, store.Job{
		Urgent:  true,
		Prepare: func(keys *sql.Tx) error { return r.keys.Store(keys, key) },
		Run: func(tx *sql.Tx) (err error) {
			if err := exists(tx, d.Tenant); err != nil {
				return err
			}
			gone, err := removeDocuments(tx, millis(now)-1, "tenant = $1 AND avatar = $2 AND name = $3", d.Tenant, d.Avatar, d.Name)
			if err != nil {
				return err
			}
			replaced = nil
			for _, g := range gone {
				replaced = append(replaced, g.key)
			}
			var has DocumentLimits
			if err := tx.QueryRow("SELECT count(*), COALESCE(sum(size), 0), COALESCE(sum(words), 0), COALESCE(sum(spoken), 0) FROM knowledge WHERE tenant = $1 AND avatar = $2", d.Tenant, d.Avatar).
				Scan(&has.Documents, &has.Size, &has.Words, &has.Text); err != nil {
				return err
			}
			switch {
			case has.Documents+1 > most.Documents:
				return Beyond{"documents"}
			case has.Size+len(data) > most.Size:
				return Beyond{"size"}
			case has.Words+d.Words > most.Words:
				return Beyond{"words"}
			case has.Text+d.Text > most.Text:
				return Beyond{"text"}
			}
			_, err = tx.Exec(`INSERT INTO knowledge (tenant, avatar, name, id, at, hash, size, words, spoken, key, sealed)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
				d.Tenant, d.Avatar, d.Name, id[:], millis(now), hash[:], len(data), d.Words, d.Text, key.ID[:], sealed)
			if err != nil {
				return err
			}
			return r.fact(tx, d.Tenant, session.Fact{Kind: session.KnowledgeStored, Object: session.NameID(d.Tenant, d.Avatar), Actor: by, Count: uint64(len(data)), Hash: hash})
		},
		Shred: r.shredAll(&replaced),
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
	n, err := r.removeDocuments(ctx, by, "tenant = $1 AND avatar = $2 AND name = $3", tenant, avatar, name)
	if err == nil && n == 0 {
		err = ErrUnknown
	}
	return err
}

// sweepDocuments removes those of avatars that have been gone for a while.
func (r *Recorder) sweepDocuments(ctx context.Context, now time.Time, rep *Report) error {
	n, err := r.removeDocuments(ctx, session.ID{}, `NOT EXISTS (SELECT 1 FROM recording a WHERE a.tenant = knowledge.tenant AND a.avatar = knowledge.avatar)
		AND NOT EXISTS (SELECT 1 FROM tenant_version v WHERE v.tenant = knowledge.tenant AND v.at > $1)`, millis(now.Add(-documentsKept)))
	rep.Documents += n
	return err
}

func (r *Recorder) removeDocuments(ctx context.Context, by session.ID, where string, args ...any) (n int, err error) {
	var there bool
	if err := r.store.DB().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM knowledge WHERE "+where+")", args...).Scan(&there); err != nil || !there {
		return 0, err
	}
	defer r.swept()
	var keys []session.ID
	err = r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) error {
			all, err := removeDocuments(tx, millis(r.now()), where, args...)
			n, keys = len(all), nil
			for _, g := range all {
				keys = append(keys, g.key)
				if err == nil {
					err = r.fact(tx, g.tenant, session.Fact{Kind: session.KnowledgeRemoved, Object: session.NameID(g.tenant, g.avatar), Actor: by, Hash: g.hash})
				}
			}
			return err
		},
		Shred: r.shredAll(&keys),
	})
	return n, err
}

// forgetDocuments removes those of all avatars: nobody knows which were removed
// since a backup was made.
func (r *Recorder) forgetDocuments(tx *sql.Tx) (int, error) {
	gone, err := removeDocuments(tx, millis(r.now()), "1 = 1")
	for _, g := range gone {
		if err == nil {
			err = r.fact(tx, g.tenant, session.Fact{Kind: session.KnowledgeRemoved, Object: session.NameID(g.tenant, g.avatar), Hash: g.hash})
		}
	}
	return len(gone), err
}

// goneDocument is what was removed.
type goneDocument struct {
	tenant, avatar string
	id, key        session.ID
	hash           [32]byte
}

// removeDocuments removes rows, dooms their keys, and buries them: what was
// stored up to a time does not come back from a backup.
func removeDocuments(tx *sql.Tx, at int64, where string, args ...any) ([]goneDocument, error) {
	rows, err := tx.Query("DELETE FROM knowledge WHERE "+where+" RETURNING tenant, avatar, id, key, hash", args...)
	gone, err := all(rows, err, func(g *goneDocument, scan func(...any) error) error {
		var id, key, hash []byte
		err := scan(&g.tenant, &g.avatar, &id, &key, &hash)
		g.id, g.key = idOf(id), idOf(key)
		copy(g.hash[:], hash)
		return err
	})
	for _, g := range gone {
		if err == nil {
			_, err = tx.Exec("INSERT INTO doomed (key) VALUES ($1) ON CONFLICT (key) DO NOTHING", g.key[:])
		}
		if err == nil {
			err = bury(tx, g.tenant, g.id, 0, 0, at)
		}
	}
	return gone, err
}
