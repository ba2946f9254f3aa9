package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"
)

// Published are the checkpoints that were published, in a folder beside the
// database: of each log the last of every day. What a log came to is signed
// only if it grew out of the longest of them, and a new one only where no log
// of the tenant is missing: another name makes nothing a new log.
type Published struct {
	folder string
	by     Signer
	known  Verifiers // by's own
	now    func() time.Time

	mu   sync.Mutex
	last map[string]kept // by the log's name. Guarded by mu.
}

type kept struct {
	Checkpoint
	signed []byte
}

// OpenPublished uses a folder, which need not be there yet. The key is what
// OpenKey read: its signer and its public form.
func OpenPublished(folder string, by Signer, public string, now func() time.Time) (*Published, error) {
	known, err := ParseKeys(public)
	if err != nil {
		return nil, err
	}
	return &Published{folder: folder, by: by, known: known, now: now, last: map[string]kept{}}, nil
}

// Publish signs what a log came to and keeps that; grew says that it is new.
// It may have come to more than l says: others publish too.
// A log that did not grow out of what was published of it last is a *BadEntry,
// and is not signed.
func (p *Published) Publish(ctx context.Context, tx Tx, l Log) (c Checkpoint, signed []byte, grew bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, err := p.lastOf(l.Name())
	if err != nil {
		return Checkpoint{}, nil, false, err
	}
	if l.Size < last.Size {
		// It may have grown since it was looked up, and somebody published that.
		if l, err = Find(ctx, tx, l.Tenant, l.Month); err != nil {
			return Checkpoint{}, nil, false, err
		}
	}
	if last.Size == 0 {
		logs, err := Logs(ctx, tx, l.Tenant)
		if err != nil {
			return Checkpoint{}, nil, false, err
		}
		if gone := p.missing(owner(l.Tenant), logs); len(gone) > 0 {
			return Checkpoint{}, nil, false, &BadEntry{Log: l.Name(), Index: -1, Why: fmt.Errorf("%w (%w)", ErrDisagrees, gone[0])}
		}
	}
	c, signed, err = Publish(ctx, tx, l, last.Checkpoint, p.by)
	if err != nil {
		return Checkpoint{}, nil, false, err
	}
	if c == last.Checkpoint {
		return c, last.signed, false, nil
	}
	if err := p.keep(l.Name(), signed); err != nil {
		return Checkpoint{}, nil, false, err
	}
	p.last[l.Name()] = kept{c, signed}
	return c, signed, true, nil
}

// Last is the longest checkpoint that was published of a log; nil: none was.
func (p *Published) Last(log string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, err := p.lastOf(log)
	return last.signed, err
}

// Grown says whether a log has entries that are under no checkpoint yet.
func (p *Published) Grown(l Log) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, err := p.lastOf(l.Name())
	return last.Size != l.Size, err
}

// Kept is a checkpoint that was published of a log on a day.
type Kept struct {
	Checkpoint
	Day    string // 2026-11-26
	Signed []byte
}

// Known are the keys that may have signed: the gateway's own.
func (p *Published) Known() Verifiers { return p.known }

// Kept are the checkpoints of a tenant's logs that are kept, oldest first: of
// each log the last of every day. What another key signed is not among them.
func (p *Published) Kept(tenant string) (all []Kept, err error) {
	tenant = owner(tenant)
	if tenant != gatewaysOwn && !named(tenant) {
		return nil, nil
	}
	p.mu.Lock() // none is put in place meanwhile
	defer p.mu.Unlock()
	root := filepath.Join(p.folder, tenant)
	files, _ := fs.Glob(os.DirFS(root), "*/*") // the pattern is right; a folder that is not there has none
	for _, name := range files {
		signed, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		month, day := path.Split(name)
		c, err := OpenCheckpoint(signed, p.known)
		if _, bad := time.Parse(time.DateOnly, day); err == nil && bad == nil && c.Log == tenant+"/"+path.Clean(month) {
			all = append(all, Kept{c, day, signed})
		}
	}
	return all, nil
}

// Missing says which logs a checkpoint was published of that are not among
// those that there are: somebody removed them.
func (p *Published) Missing(logs []Log) (all []error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.missing("*", logs)
}

// missing is Missing for one tenant, or with * for all. mu is held.
func (p *Published) missing(tenant string, logs []Log) (all []error) {
	there := map[string]bool{}
	for _, l := range logs {
		there[l.Name()] = true
	}
	names, _ := fs.Glob(os.DirFS(p.folder), tenant+"/*") // the pattern is right, whatever the folder's name is
	for _, name := range names {
		if there[name] {
			continue
		}
		if last, err := p.lastOf(name); err == nil && last.Size > 0 {
			all = append(all, &BadEntry{Log: last.Log, Index: -1, Why: ErrDisagrees})
		}
	}
	return all
}

// lastOf is the longest checkpoint of a log. mu is held.
func (p *Published) lastOf(log string) (kept, error) {
	if last, ok := p.last[log]; ok {
		return last, nil
	}
	folder, err := p.folderOf(log)
	if err != nil {
		return kept{}, err
	}
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kept{}, err
	}
	var last kept
	for _, f := range files {
		signed, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			return kept{}, err
		}
		// What another key signed, before this one was made, says nothing here.
		if c, err := OpenCheckpoint(signed, p.known); err == nil && c.Log == log && c.Size > last.Size {
			last = kept{c, signed}
		}
	}
	p.last[log] = last
	return last, nil
}

// folderOf is where the checkpoints of a log are: its name is one of a tenant
// and a month, and no way out of the folder.
func (p *Published) folderOf(log string) (string, error) {
	if _, _, err := parseName(log); err != nil || !filepath.IsLocal(log) {
		return "", ErrNoLog
	}
	return filepath.Join(p.folder, filepath.FromSlash(log)), nil
}

// keep puts a checkpoint in place at once, and for good.
func (p *Published) keep(log string, signed []byte) (err error) {
	folder, err := p.folderOf(log)
	if err != nil {
		return err
	}
	return put(folder, p.now().UTC().Format(time.DateOnly), signed)
}

// put puts a file in place at once, and for good.
func put(folder, name string, signed []byte) (err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	next := filepath.Join(folder, ".next-"+rand.Text())
	f, err := os.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(next)
		}
	}()
	_, err = f.Write(signed)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(folder, name))
}
