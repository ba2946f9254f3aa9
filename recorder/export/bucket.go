package export

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
)

// Sealed ends the name of what only the tenant can open.
const Sealed = ".age"

// Errors of buckets.
var (
	ErrTaken     = errors.New("something is under this prefix that is no export of this tenant to this key, cut off: name another prefix, or empty it")
	ErrRecipient = errors.New("this is no public key of age: it begins with age1, and age-keygen -y prints it from the tenant's file")
	ErrSecretKey = errors.New("this is a secret key: give the public one, which begins with age1, and make a new pair, since this one was in the open")
)

// Objects are a bucket of the tenant.
type Objects interface {
	// Empty says that nothing is there.
	Empty(ctx context.Context) (bool, error)
	// Put returns when the object is there, whole.
	Put(ctx context.Context, name string, data []byte) error
	// Has says that an object of this size and hash is there.
	Has(ctx context.Context, name string, size int, sha256 [32]byte) (bool, error)
	Delete(ctx context.Context, name string) error
}

// Recipient is the public key of whoever may open what is sealed.
type Recipient struct{ age.Recipient }

// ParseRecipient reads a public key of age.
func ParseRecipient(text string) (Recipient, error) {
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		return Recipient{}, ErrSecretKey
	}
	all, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil || len(all) != 1 {
		return Recipient{}, ErrRecipient
	}
	return Recipient{all[0]}, nil
}

// seal makes of data what only the recipient can open.
func (r Recipient) seal(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// sent is a session in the file of what is done. It holds no hash of words
// alone: the hash is over the session's file too, with the 256 bits of its
// receipt in it, which go when it is erased.
type sent struct {
	Session string `json:"session"`
	Turns   int    `json:"turns"`
	Items   int    `json:"items"`
	Source  string `json:"digital_source_type"`
	Content string `json:"content_sha256"`
	Objects []File `json:"objects"` // as they are in the bucket

	files []File // as they are when opened
}

// Bucket is an export that is being sent to a bucket, sealed.
type Bucket struct {
	objects  Objects
	to       Recipient
	tenant   string
	path     string // of the file of what is done
	done     map[string]sent
	progress *os.File
}

// CreateBucket begins an export to an empty bucket, or goes on with the one
// that was cut off and whose done sessions are in a file at path, which is of
// this tenant, bucket and recipient.
func CreateBucket(ctx context.Context, objects Objects, to Recipient, tenant, path string) (*Bucket, error) {
	b := &Bucket{objects: objects, to: to, tenant: tenant, path: path, done: map[string]sent{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		empty, err := objects.Empty(ctx)
		if err != nil {
			return nil, err
		}
		if !empty {
			return nil, ErrTaken
		}
	} else if err != nil {
		return nil, err
	}
	var again []byte
	for line := range bytes.Lines(text) {
		var s sent
		if json.Unmarshal(line, &s) == nil && bytes.HasSuffix(line, []byte("\n")) {
			b.done[s.Session] = s
			again = append(again, line...)
		}
	}
	if err := write(path, again); err != nil {
		return nil, err
	}
	b.progress, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	return b, err
}

// Has implements Place.
func (b *Bucket) Has(ctx context.Context, session string) (bool, error) {
	s, ok := b.done[session]
	for _, o := range s.Objects {
		hash, err := hex.DecodeString(o.SHA256)
		if err != nil || len(hash) != sha256.Size {
			return false, nil
		}
		there, err := b.objects.Has(ctx, o.Name, o.Bytes, [32]byte(hash))
		if err != nil || !there {
			return false, err
		}
	}
	return ok, nil
}

// Same implements Place.
func (b *Bucket) Same(session string, files map[string][]byte) bool {
	s := b.done[session]
	if s.Content != contentHash(files) {
		return false
	}
	s.files = filesOf(session, files)
	b.done[session] = s
	return true
}

func contentHash(files map[string][]byte) string {
	h := sha256.New()
	for _, ending := range inOrder(files) {
		_, _ = fmt.Fprintf(h, "%s %d\n", ending, len(files[ending]))
		h.Write(files[ending])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Add implements Place: it seals the files and sends them.
func (b *Bucket) Add(ctx context.Context, session string, turns, items int, source string, files map[string][]byte) error {
	s := sent{Session: session, Turns: turns, Items: items, Source: source, Content: contentHash(files), files: filesOf(session, files)}
	errs := make([]error, len(s.files))
	var all sync.WaitGroup
	order := inOrder(files)
	for i, f := range s.files {
		data, err := b.to.seal(files[order[i]])
		if err != nil {
			errs[i] = err
			break
		}
		o := fileOf(f.Name+Sealed, data)
		s.Objects = append(s.Objects, o)
		all.Go(func() { errs[i] = b.objects.Put(ctx, o.Name, data) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := progressed(b.progress, s); err != nil {
		return err
	}
	b.done[session] = s
	return nil
}

// Finish implements Place. The manifest is the last object.
func (b *Bucket) Finish(ctx context.Context, sessions []string, leftOut int, now time.Time) (m Manifest, hash [32]byte, err error) {
	all := make([]done, 0, len(sessions))
	for _, id := range sessions {
		s := b.done[id]
		delete(b.done, id)
		all = append(all, done{Session: s.Session, Turns: s.Turns, Items: s.Items, Source: s.Source, Files: s.files})
	}
	for _, s := range b.done {
		for _, o := range s.Objects {
			if err := b.objects.Delete(ctx, o.Name); err != nil {
				return m, hash, err
			}
		}
	}
	m, text, err := manifest(b.tenant, all, leftOut, now)
	if err != nil {
		return m, hash, err
	}
	data, err := b.to.seal(text)
	if err != nil {
		return m, hash, err
	}
	if err := b.objects.Put(ctx, ManifestFile+Sealed, data); err != nil {
		return m, hash, err
	}
	return m, sha256.Sum256(text), errors.Join(b.progress.Close(), os.Remove(b.path))
}

// Close implements Place.
func (b *Bucket) Close() error { return b.progress.Close() }
