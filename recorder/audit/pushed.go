package audit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Pushed are the checkpoints that somebody outside took: of each log the last,
// with their signature where they are a witness, in a folder of their own.
type Pushed struct {
	folder  string
	from    *Published
	witness *Witness // nil: they sign nothing

	mu    sync.Mutex
	taken map[string]kept // by the log's name. Guarded by mu.
}

// Waiting is a checkpoint that they have not.
type Waiting struct {
	Checkpoint
	Signed []byte
	Old    int64 // how long the log was when they took the last; 0: they have none
}

// OpenPushed uses a folder, which need not be there yet.
func OpenPushed(folder string, from *Published, witness *Witness) *Pushed {
	return &Pushed{folder: folder, from: from, witness: witness, taken: map[string]kept{}}
}

// Waiting are the newest checkpoints that were published and that they have
// not. A checkpoint that cannot be read is left out, and is among the errors.
func (p *Pushed) Waiting() (all []Waiting, err error) {
	newest, err := p.from.newest()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range newest {
		had, bad := p.of(n.Log)
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		if n.Size > had.Size {
			all = append(all, Waiting{n.Checkpoint, n.signed, had.Size})
		}
	}
	return all, err
}

// Taken keeps that they have a checkpoint. Where they are a witness, what they
// answered has to have their signature: ErrCosignature.
func (p *Pushed) Taken(log string, signed, answered []byte) error {
	c, err := OpenCheckpoint(signed, p.from.known)
	if err != nil || c.Log != log {
		return ErrCheckpoint
	}
	if p.witness != nil {
		if signed, _, err = p.witness.Cosign(signed, answered); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	path := filepath.Join(p.folder, filepath.FromSlash(log)) // the name of a log is no way out of the folder
	if err := put(filepath.Dir(path), filepath.Base(path), signed); err != nil {
		return err
	}
	p.taken[log] = kept{c, signed}
	return nil
}

// Cosignatures are the lines with which the witness signed this checkpoint;
// none if the last that it signed is another.
func (p *Pushed) Cosignatures(c Checkpoint) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	had, err := p.of(c.Log)
	if err != nil || p.witness == nil || had.Checkpoint != c {
		return nil
	}
	return cosignatures(had.signed)
}

// of is what they took last of a log. mu is held.
func (p *Pushed) of(log string) (kept, error) {
	if had, ok := p.taken[log]; ok {
		return had, nil
	}
	var had kept
	signed, err := os.ReadFile(filepath.Join(p.folder, filepath.FromSlash(log)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kept{}, err
	}
	// What another key signed, before this one was made, says nothing here.
	if c, err := OpenCheckpoint(signed, p.from.known); err == nil && c.Log == log {
		had = kept{c, signed}
	}
	p.taken[log] = had
	return had, nil
}

// newest are the longest checkpoints that were published, of each log one.
func (p *Published) newest() (all []kept, err error) {
	names, _ := fs.Glob(os.DirFS(p.folder), "*/*") // the pattern is right, whatever the folder's name is
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range names {
		last, bad := p.lastOf(name)
		if bad != nil {
			err = errors.Join(err, bad)
		} else if last.Size > 0 {
			all = append(all, last)
		}
	}
	return all, err
}

// Growth proves that a log grew out of its first old entries, as hashes, to the
// size that it had then.
func Growth(ctx context.Context, tx Tx, log string, size, old int64) (proof [][32]byte, err error) {
	tenant, month, err := parseName(log)
	if err != nil || old == 0 || old == size {
		return nil, err
	}
	l, err := Find(ctx, tx, tenant, month)
	if err != nil {
		return nil, err
	}
	hashes, err := ProveGrowth(ctx, tx, l, size, old)
	for _, h := range hashes {
		proof = append(proof, h)
	}
	return proof, err
}
