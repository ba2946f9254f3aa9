package knowledge

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"mayfly/gateway/avatar/resident"
)

// Version is what an avatar knew at a time. It does not change.
type Version struct {
	// Number counts from 1 since the gateway started: versions are kept in
	// memory, so a gateway that starts reads its sources and has one.
	Number uint64
	At     time.Time
	// Fingerprint is made from the documents' contents: two versions with one
	// fingerprint say the same, before and after a restart.
	Fingerprint string
	Documents   int
	Bytes       int
	Words       int
	documents   []*resident.Document
}

// Source is a file or a page, as it stands.
type Source struct {
	Name     string // the path in the folder, or the address
	Title    string // empty: it was never read
	Language string
	Bytes    int // as it was read
	Words    int
	Passages int
	Read     time.Time // when what is served was read; zero: never
	Mistake  string    // what is wrong with it now, and what to do; empty: nothing
}

// State is how it stands with a knowledge base.
type State struct {
	Sources  []Source
	Versions []Version // newest first
	Serving  uint64    // the number of the one served; zero: none yet
	Held     bool      // an earlier one was chosen: nothing is read until it is re-indexed
	Reading  bool      // sources are being read
	Looked   time.Time // when the sources were read last; zero: not yet
	Mistake  string    // what is wrong with all of it; empty: nothing
}

// fingerprint is that of documents by the hashes of what they were read from.
func fingerprint(all []*item) string {
	h := sha256.New()
	for _, it := range all {
		h.Write([]byte(it.source.Name))
		h.Write([]byte{0})
		h.Write(it.sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
