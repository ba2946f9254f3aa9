package recorder

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mayfly/recorder/store"
	"mayfly/session"
)

// stones is what must not come back from a backup, as of a moment: what was
// erased or has expired, and keys of people that were revoked.
type stones struct {
	asOf    time.Time
	erased  []stone
	revoked []revoked
}

// stone is a row of tombstone.
type stone struct {
	Tenant  string `json:"tenant"`
	Session string `json:"session"`
	Turn    uint64 `json:"turn,omitempty"`
	Item    uint64 `json:"item,omitempty"`
	At      int64  `json:"at"`
	id      session.ID
}

type revoked struct {
	Key string `json:"revoked"`
	At  int64  `json:"at"`
	id  session.ID
}

// ErrBadStones means that a file of tombstones is none, or not a whole one.
var ErrBadStones = errors.New("this is not a whole file of tombstones: write one with mayfly tombstones, or name the data folder that was lost")

// Tombstones writes what must not come back from a backup, as JSON Lines: ids
// and times, no word of anybody. Restore takes it. Kept elsewhere and written
// often, it is what makes a restored backup as forgetful as what was lost.
func (r *Recorder) Tombstones(ctx context.Context, to io.Writer) error {
	s, err := stonesOf(ctx, r.store.DB())
	if err != nil {
		return err
	}
	s.asOf = r.now()
	return s.write(to)
}

func (s *stones) write(to io.Writer) error {
	h := sha256.New()
	w := bufio.NewWriter(to)
	e := json.NewEncoder(io.MultiWriter(w, h))
	if err := e.Encode(map[string]any{"mayfly_tombstones": 1, "as_of": s.asOf.UnixMilli()}); err != nil {
		return err
	}
	for _, t := range s.erased {
		if err := e.Encode(t); err != nil {
			return err
		}
	}
	for _, k := range s.revoked {
		if err := e.Encode(k); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, `{"end":%d,"sha256":"%x"}`+"\n", len(s.erased)+len(s.revoked), h.Sum(nil))
	return w.Flush()
}

func stonesOf(ctx context.Context, db *sql.DB) (*stones, error) {
	var s stones
	rows, err := db.QueryContext(ctx, "SELECT tenant, session, turn, item, at FROM tombstone ORDER BY at, tenant, session, turn, item")
	if s.erased, err = all(rows, err, func(t *stone, scan func(...any) error) error {
		var id []byte
		err := scan(&t.Tenant, &id, &t.Turn, &t.Item, &t.At)
		t.id = idOf(id)
		t.Session = t.id.String()
		return err
	}); err != nil {
		return nil, err
	}
	rows, err = db.QueryContext(ctx, "SELECT id, revoked FROM credential WHERE revoked > 0 ORDER BY id")
	s.revoked, err = all(rows, err, func(k *revoked, scan func(...any) error) error {
		var id []byte
		err := scan(&id, &k.At)
		k.id = idOf(id)
		k.Key = k.id.String()
		return err
	})
	return &s, err
}

// readStones reads a file that Tombstones wrote, or the data folder that was
// lost.
func readStones(ctx context.Context, from, scratch string) (*stones, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		text, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		return parseStones(text)
	}
	// A copy, because opening a database writes to it.
	defer os.RemoveAll(scratch)
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal"} {
		err := copyFile(filepath.Join(from, store.DataFile+suffix), filepath.Join(scratch, store.DataFile+suffix))
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(scratch, store.DataFile))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	s, err := stonesOf(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("the database of %s cannot be read: name a file of tombstones instead: %w", from, err)
	}
	return s, nil
}

// parseStones reads the lines, the last of which proves that none is missing.
func parseStones(text []byte) (*stones, error) {
	body, ok := bytes.CutSuffix(text, []byte("\n"))
	at := bytes.LastIndexByte(body, '\n') + 1
	var end struct {
		End    int    `json:"end"`
		SHA256 string `json:"sha256"`
	}
	if !ok || at == 0 || json.Unmarshal(body[at:], &end) != nil {
		return nil, ErrBadStones
	}
	if hash := sha256.Sum256(text[:at]); end.SHA256 != hex.EncodeToString(hash[:]) {
		return nil, ErrBadStones
	}
	var s stones
	d := json.NewDecoder(bytes.NewReader(text[:at]))
	var head struct {
		Version int   `json:"mayfly_tombstones"`
		AsOf    int64 `json:"as_of"`
	}
	if d.Decode(&head) != nil || head.Version != 1 {
		return nil, ErrBadStones
	}
	s.asOf = moment(head.AsOf)
	for d.More() {
		var line struct {
			stone
			Revoked string `json:"revoked"`
		}
		if err := d.Decode(&line); err != nil {
			return nil, ErrBadStones
		}
		var ok bool
		if line.Revoked != "" {
			k := revoked{Key: line.Revoked, At: line.At}
			k.id, ok = session.ParseID(k.Key)
			s.revoked = append(s.revoked, k)
		} else {
			line.id, ok = session.ParseID(line.Session)
			s.erased = append(s.erased, line.stone)
		}
		if !ok {
			return nil, ErrBadStones
		}
	}
	if len(s.erased)+len(s.revoked) != end.End {
		return nil, ErrBadStones
	}
	return &s, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
