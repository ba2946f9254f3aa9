package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Told is a signed checkpoint in short words, as a line of mayfly's own log
// carries it. The checkpoint follows from them.
type Told struct {
	Log       string `json:"log"`       // its origin: example.org/audit/acme/2026-11
	Count     int64  `json:"count"`     // its size
	Root      string `json:"root"`      // base64 without padding
	Signature string `json:"signature"` // base64 without padding
}

// Tell puts a checkpoint that Publish signed into short words.
func Tell(c Checkpoint, signed []byte) Told {
	t := Told{Count: c.Size, Root: base64.RawStdEncoding.EncodeToString(c.Root[:])}
	origin, rest, _ := bytes.Cut(signed, []byte("\n"))
	t.Log = string(origin)
	t.Signature = strings.TrimRight(string(rest[bytes.LastIndexByte(rest, ' ')+1:]), "=\n")
	return t
}

// note is the checkpoint that was told of; nil if it is none.
func (t *Told) note() []byte {
	root, err := base64.RawStdEncoding.DecodeString(t.Root)
	signature, err2 := base64.RawStdEncoding.DecodeString(t.Signature)
	if err != nil || err2 != nil || len(root) != tlog.HashSize {
		return nil
	}
	return fmt.Appendf(nil, "%s\n%d\n%s\n\n— %s %s\n", t.Log, t.Count, base64.StdEncoding.EncodeToString(root),
		path.Dir(path.Dir(t.Log)), base64.StdEncoding.EncodeToString(signature))
}

// ReadCheckpoints reads checkpoints that somebody kept: signed notes, one after
// the other, or mayfly's log, of which the other lines are skipped. A collector
// may have put something before its lines, or each into a line of its own, as
// Docker does. One that no known key signed is an error.
func ReadCheckpoints(data []byte, known Verifiers) (all []Checkpoint, err error) {
	for rest := data; len(bytes.TrimSpace(rest)) > 0; {
		var one []byte
		if one, rest = nextCheckpoint(rest); one == nil {
			continue
		}
		c, err := OpenCheckpoint(one, known)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: there is none in it", ErrCheckpoint)
	}
	return all, nil
}

// told is the checkpoint that a line of a log tells of, or the line within it;
// nil if it tells of none.
func told(line []byte, outer bool) []byte {
	var t Told
	switch {
	case json.Unmarshal(line, &t) != nil:
		return nil
	case t.Signature != "":
		return t.note()
	case outer && strings.HasPrefix(t.Log, "{"):
		return told([]byte(t.Log), false)
	}
	return nil
}

// nextCheckpoint cuts off a line of a log, with what it tells of, or a note,
// which ends with its last signature.
func nextCheckpoint(data []byte) (one, rest []byte) {
	data = bytes.TrimLeft(data, "\r\n")
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	if at := bytes.IndexByte(line, '{'); at >= 0 {
		return told(line[at:], true), rest
	}
	signed := false
	for end := 0; end < len(data); {
		line, _, _ := bytes.Cut(data[end:], []byte("\n"))
		is := bytes.HasPrefix(line, []byte("— "))
		if signed && !is {
			return data[:end], data[end:]
		}
		signed = signed || is
		end = min(end+len(line)+1, len(data))
	}
	return data, nil
}
