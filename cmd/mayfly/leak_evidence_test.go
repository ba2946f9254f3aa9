package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// evidence is everything that a program let out, with whom it was for.
type evidence struct {
	folders []string

	mu     sync.Mutex
	papers []paper // Guarded by mu.
}

// paper is one piece: an answer, all events of a session, a log.
type paper struct {
	source string
	owner  string // the session that may find its own words in it; empty: nobody's
	body   []byte
}

func (e *evidence) add(source, owner string, body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.papers = append(e.papers, paper{source, owner, bytes.Clone(body)})
}

// size is how much there is to look through, files included.
func (e *evidence) size() (bytes, pieces int) {
	for _, p := range e.papers {
		bytes += len(p.body)
	}
	pieces = len(e.papers)
	for _, folder := range e.folders {
		for _, p := range filesIn(folder) {
			bytes += len(p.body)
			pieces++
		}
	}
	return bytes, pieces
}

// leaks are the words that are where they must not be: anywhere, but for a
// session's own words in what that session was sent. The field of a word
// begins with its session's name and a slash.
func (e *evidence) leaks(s *canaryScanner) (found []sighting, err error) {
	for _, folder := range e.folders {
		more, err := s.dir(folder)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	for _, p := range e.papers {
		for _, hit := range s.blob(p.source, p.body) {
			if p.owner == "" || !strings.HasPrefix(hit.field, p.owner+"/") {
				found = append(found, hit)
			}
		}
	}
	return found, nil
}

// addresses are the places where one of the addresses is written, in text,
// base64, hexadecimal or as a number. What a session was sent counts too: it
// need not know where it is.
func (e *evidence) addresses(all ...netip.Addr) (found []string) {
	papers := slices.Clone(e.papers)
	for _, folder := range e.folders {
		papers = append(papers, filesIn(folder)...)
	}
	for _, addr := range all {
		raw := addr.AsSlice()
		forms := []string{addr.String(), addr.StringExpanded(), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw))}
		for shift := range 3 { // as base64 writes it wherever it stands
			text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + addr.String()))
			forms = append(forms, text[(shift*8+5)/6:(shift+len(addr.String()))*8/6])
		}
		if addr.Is4() {
			forms = append(forms, fmt.Sprint(uint32(raw[0])<<24|uint32(raw[1])<<16|uint32(raw[2])<<8|uint32(raw[3])))
		}
		for _, p := range papers {
			for _, form := range forms {
				if bytes.Contains(p.body, []byte(form)) {
					found = append(found, fmt.Sprintf("%s in %s", form, p.source))
				}
			}
		}
	}
	return found
}

// filesIn are the files below a folder.
func filesIn(folder string) (all []paper) {
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if b, err := os.ReadFile(path); err == nil {
				all = append(all, paper{source: path, body: b})
			}
		}
		return nil
	})
	return all
}
