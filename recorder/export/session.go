// Package export is the door through which stored words leave in bulk, and
// come back: files of a tenant's own that others can read, with checksums, each
// labelled. Who may and why is decided, and noted, before.
package export

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/session"
)

// Label is in every file.
const Label = read.Label

// ErrMalformed means that a file is not as mayfly writes it.
var ErrMalformed = errors.New("it is not as mayfly exports it: export it again, and change nothing in it")

// Session is all that is stored of one session.
type Session struct {
	*read.Transcript
	Subject    string
	Receipt    [32]byte
	Until      map[uint64]time.Time // by turn
	Policies   map[uint64]uint64    // by turn: the policy it was stored under
	Correctors map[uint32]session.ID
	Sounds     []Sound // in the order of their turns, of the person first
}

// head is the first line of a session's file. The tenant is not in it: a file
// is the same wherever it comes from.
type head struct {
	Type     string    `json:"type"`
	Version  int       `json:"version"`
	Session  string    `json:"session"`
	Avatar   string    `json:"avatar"`
	Began    time.Time `json:"began_at"`
	Locale   string    `json:"locale"`
	Subject  string    `json:"subject,omitempty"`
	Receipt  string    `json:"receipt_sha256"`
	Purposes []string  `json:"purposes"`
	Label    string    `json:"label"`
	Source   string    `json:"digital_source_type"`
}

type turnLine struct {
	Type   string    `json:"type"`
	Turn   uint64    `json:"turn"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"stored_until"`
	Policy uint64    `json:"policy"`
	Items  int       `json:"items"`
	Source string    `json:"digital_source_type"`
}

type itemLine struct {
	Type string `json:"type"`
	read.Item
	AI        bool            `json:"ai"`
	Source    string          `json:"digital_source_type,omitempty"`
	Corrected *correctionLine `json:"corrected,omitempty"`
}

type correctionLine struct {
	Words string    `json:"text"`
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"` // nobody: the person
}

// WriteLines writes the session as JSON Lines.
func (s *Session) WriteLines(to io.Writer) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	if err := e.Encode(head{"session", 1, s.Transcript.Session.String(), s.Avatar, s.Began, s.Locale, s.Subject, hex.EncodeToString(s.Receipt[:]), s.Purposes, Label, s.Source()}); err != nil {
		return err
	}
	for i := range s.Turns {
		turn := &s.Turns[i]
		if err := e.Encode(turnLine{"turn", turn.No, turn.At, s.Until[turn.No], s.Policies[turn.No], len(turn.Items), read.SourceOf(turn.Source)}); err != nil {
			return err
		}
		for j := range turn.Items {
			it := &turn.Items[j]
			line := itemLine{Type: "item", Item: *it, AI: it.AI()}
			if line.AI {
				line.Source = read.SourceOf(turn.Source)
			}
			if c := it.Corrected; c != nil {
				line.Corrected = &correctionLine{Words: c.Words, At: c.At}
				if by := s.Correctors[it.No]; !by.IsZero() {
					line.Corrected.By = by.String()
				}
			}
			if err := e.Encode(line); err != nil {
				return err
			}
		}
		for j := range s.Sounds {
			if s.Sounds[j].Turn != turn.No {
				continue
			}
			if err := e.Encode(s.soundLine(&s.Sounds[j])); err != nil {
				return err
			}
		}
	}
	return nil
}

// ParseLines reads what WriteLines wrote, and nothing else: whatever it takes
// would be written as the same bytes.
func ParseLines(data []byte) (*Session, error) {
	s := &Session{Transcript: &read.Transcript{}, Until: map[uint64]time.Time{}, Policies: map[uint64]uint64{}, Correctors: map[uint32]session.ID{}}
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(make([]byte, 64<<10), 16<<20)
	if err := s.parseHead(in); err != nil {
		return nil, err
	}
	for in.Scan() {
		if err := s.parseLine(in.Bytes()); err != nil {
			return nil, err
		}
	}
	var again bytes.Buffer
	if in.Err() != nil || s.WriteLines(&again) != nil || !bytes.Equal(again.Bytes(), data) {
		return nil, ErrMalformed
	}
	return s, nil
}

func (s *Session) parseHead(in *bufio.Scanner) error {
	var h head
	if !in.Scan() || json.Unmarshal(in.Bytes(), &h) != nil || h.Type != "session" || h.Version != 1 {
		return ErrMalformed
	}
	id, ok := session.ParseID(h.Session)
	receipt, err := hex.DecodeString(h.Receipt)
	if !ok || err != nil || len(receipt) != len(s.Receipt) {
		return ErrMalformed
	}
	s.Transcript.Session, s.Avatar, s.Began, s.Locale, s.Purposes = id, h.Avatar, h.Began, h.Locale, h.Purposes
	s.Subject, s.Receipt = h.Subject, [32]byte(receipt)
	return nil
}

func (s *Session) parseLine(line []byte) error {
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(line, &kind) != nil {
		return ErrMalformed
	}
	if kind.Type == "turn" {
		var t turnLine
		if json.Unmarshal(line, &t) != nil || t.Turn == 0 || !read.KnownSource(t.Source) {
			return ErrMalformed
		}
		s.Turns = append(s.Turns, read.Turn{No: t.Turn, At: t.At, Source: t.Source})
		s.Until[t.Turn], s.Policies[t.Turn] = t.Until, t.Policy
		return nil
	}
	if kind.Type == "sound" {
		return s.parseSound(line)
	}
	var it itemLine
	if kind.Type != "item" || json.Unmarshal(line, &it) != nil || len(s.Turns) == 0 {
		return ErrMalformed
	}
	if c := it.Corrected; c != nil {
		it.Item.Corrected = &read.Correction{Words: c.Words, At: c.At}
		if c.By != "" {
			by, ok := session.ParseID(c.By)
			if !ok {
				return ErrMalformed
			}
			s.Correctors[it.No] = by
		}
	}
	last := &s.Turns[len(s.Turns)-1]
	last.Items = append(last.Items, it.Item)
	return nil
}

// SealTurn seals a turn that came back, as it was stored before.
func SealTurn(key *seal.Key, turn *read.Turn) ([]byte, error) {
	plain, err := json.Marshal(struct {
		Turn  uint64      `json:"turn"`
		Items []read.Item `json:"items"`
	}{turn.No, turn.Items})
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return key.Seal(seal.Place{Kind: seal.Turn, Tenant: key.Tenant, Session: key.Session, Number: turn.No}, plain), nil
}

// SealCorrection seals a correction that came back.
func SealCorrection(key *seal.Key, it *read.Item) []byte {
	return key.Seal(seal.Place{Kind: seal.Correction, Tenant: key.Tenant, Session: key.Session, Number: uint64(it.No)}, []byte(it.Corrected.Words))
}
