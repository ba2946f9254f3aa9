// Package read is the door through which stored words leave the disk for
// people: it opens what is stored of one session and renders it. Who may and
// why is decided, and noted, before.
package read

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// Transcript is what is stored of one session, opened.
type Transcript struct {
	Tenant   string
	Avatar   string
	Session  session.ID
	Began    time.Time
	Last     time.Time
	Until    time.Time
	Policy   uint64
	Locale   string
	Purposes []string
	Turns    []Turn
}

// Turn is one stored turn.
type Turn struct {
	No uint64
	At time.Time // when it was stored
	// Source is the digital source type of what answered; empty: not known.
	Source string
	Items  []Item
}

// Item is one stored item. Its words have been redacted.
type Item struct {
	No      uint32 `json:"no"`
	Role    string `json:"role"`
	Kind    string `json:"kind"`
	Form    string `json:"form"`
	Status  string `json:"status"`
	Human   bool   `json:"human,omitempty"`
	Notice  bool   `json:"notice,omitempty"`
	AudioMS int    `json:"audio_ms,omitempty"`
	Name    string `json:"name,omitempty"`
	Words   string `json:"words"`

	Corrected *Correction `json:"-"`
}

// AI says that a machine made it.
func (i *Item) AI() bool { return i.Role == "avatar" && !i.Human }

// Correction lies over an item: what the person says it should be. What was
// stored stays beside it.
type Correction struct {
	Words string    `json:"text"`
	At    time.Time `json:"at"`
}

// ErrNothing means that nothing is stored of the session.
var ErrNothing = errors.New("nothing is stored of this session")

// DamagedError names the row that does not open.
type DamagedError struct {
	Row string
	Err error
}

func (e DamagedError) Error() string { return e.Row + ": " + e.Err.Error() }

// Unwrap is why.
func (e DamagedError) Unwrap() error { return e.Err }

// Load opens all that is stored of a session past the moment after, or says
// which row does not open.
func Load(ctx context.Context, tx *sql.Tx, keys *seal.Keys, tenant string, id session.ID, after time.Time) (*Transcript, error) {
	t := &Transcript{Tenant: tenant, Session: id}
	var began int64
	var purposes string
	err := tx.QueryRow("SELECT avatar, began, locale, purposes FROM conversation WHERE tenant = $1 AND session = $2", tenant, id[:]).
		Scan(&t.Avatar, &began, &t.Locale, &purposes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNothing
	}
	if err != nil {
		return nil, err
	}
	t.Began = time.UnixMilli(began).UTC()
	t.Purposes = strings.Fields(purposes)
	o := opener{ctx: ctx, keys: keys, tenant: tenant, session: id, after: after, held: map[session.ID]*seal.Key{}}
	if err := o.turns(tx, t); err != nil {
		return nil, err
	}
	return t, o.corrections(tx, t)
}

// opener opens rows of one session.
type opener struct {
	ctx     context.Context
	keys    *seal.Keys
	tenant  string
	session session.ID
	after   time.Time
	held    map[session.ID]*seal.Key
}

func (o *opener) open(kind seal.Kind, no uint64, row string, keyID, sealed []byte) ([]byte, error) {
	id := session.ID(slices.Concat(keyID, make([]byte, 16))[:16])
	key := o.held[id]
	if key == nil {
		var err error
		if key, err = o.keys.Read(o.ctx, o.tenant, o.session, id); err != nil {
			return nil, DamagedError{row, err}
		}
		o.held[id] = key
	}
	plain, err := key.Unseal(seal.Place{Kind: kind, Tenant: o.tenant, Session: o.session, Number: no}, sealed)
	if err != nil {
		return nil, DamagedError{row, err}
	}
	return plain, nil
}

func (o *opener) turns(tx *sql.Tx, t *Transcript) error {
	rows, err := tx.Query("SELECT turn, at, until, policy, source, key, sealed FROM turn WHERE tenant = $1 AND session = $2 AND until > $3 ORDER BY turn", o.tenant, o.session[:], o.after.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var turn Turn
		var at, until int64
		var policy uint64
		var key, sealed []byte
		if err := rows.Scan(&turn.No, &at, &until, &policy, &turn.Source, &key, &sealed); err != nil {
			return err
		}
		row := fmt.Sprintf("turn %d of session %s", turn.No, o.session)
		plain, err := o.open(seal.Turn, turn.No, row, key, sealed)
		if err != nil {
			return err
		}
		var stored struct {
			Items []Item `json:"items"`
		}
		err = json.Unmarshal(plain, &stored)
		clear(plain)
		if err != nil {
			return DamagedError{row, errors.New("it is not what was sealed")}
		}
		turn.At, turn.Items = time.UnixMilli(at).UTC(), stored.Items
		t.Last, t.Policy = turn.At, policy
		if until := time.UnixMilli(until).UTC(); until.After(t.Until) {
			t.Until = until
		}
		t.Turns = append(t.Turns, turn)
	}
	return rows.Err()
}

func (o *opener) corrections(tx *sql.Tx, t *Transcript) error {
	rows, err := tx.Query("SELECT item, at, key, sealed FROM correction WHERE tenant = $1 AND session = $2", o.tenant, o.session[:])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var item uint32
		var at int64
		var key, sealed []byte
		if err := rows.Scan(&item, &at, &key, &sealed); err != nil {
			return err
		}
		plain, err := o.open(seal.Correction, uint64(item), fmt.Sprintf("the correction of item %d of session %s", item, o.session), key, sealed)
		if err != nil {
			return err
		}
		if it, _ := t.Item(item); it != nil {
			it.Corrected = &Correction{Words: string(plain), At: time.UnixMilli(at).UTC()}
		}
		clear(plain)
	}
	return rows.Err()
}

// Item is the item with a number, and the turn that it is in; nil if it is not
// stored.
func (t *Transcript) Item(no uint32) (*Item, uint64) {
	for i := range t.Turns {
		for j := range t.Turns[i].Items {
			if t.Turns[i].Items[j].No == no {
				return &t.Turns[i].Items[j], t.Turns[i].No
			}
		}
	}
	return nil, 0
}
