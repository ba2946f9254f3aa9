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
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"mayfly/recorder/read"
)

// The files of an export. The manifest is written last: a folder without one
// is no export. What is done is in progress until then, so that an export that
// was cut off goes on.
const (
	ManifestFile = "manifest.json"
	progressFile = "progress.jsonl"
)

// Manifest says what an export is.
type Manifest struct {
	Version  int       `json:"mayfly_export"`
	Tenant   string    `json:"tenant"`
	Made     time.Time `json:"made_at"`
	Sessions int       `json:"sessions"`
	Turns    int       `json:"turns"`
	Items    int       `json:"items"`
	Sounds   int       `json:"sounds,omitempty"`
	LeftOut  int       `json:"left_out"` // sessions whose use the person restricted
	Label    string    `json:"label"`
	Source   string    `json:"digital_source_type"`
	Files    []File    `json:"files"`
}

// File is one file of an export.
type File struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Errors of exports.
var (
	ErrNoExport  = errors.New("this is not a whole export: it has no manifest.json. Export again into the same folder, it goes on where it was cut off")
	ErrBadExport = errors.New("the export was damaged or changed: export it again, or get it again from where it came from")
	ErrForeign   = errors.New("the folder holds something else: name one that is not there, is empty, or holds the same export, cut off")
)

// done is a session in progressFile.
type done struct {
	Tenant  string `json:"tenant"`
	Session string `json:"session"`
	Turns   int    `json:"turns"`
	Items   int    `json:"items"`
	Source  string `json:"digital_source_type"`
	Files   []File `json:"files"`
}

// Place is where an export is written, file after file of a session.
type Place interface {
	// Has says that a session is done already, and whole.
	Has(ctx context.Context, session string) (bool, error)
	// Same says that what is done of a session is what its files, by their
	// endings, are now.
	Same(session string, files map[string][]byte) bool
	// Add writes the files of one session, by their endings.
	Add(ctx context.Context, session string, turns, items int, source string, files map[string][]byte) error
	// Finish writes the manifest of the sessions, in their order, and returns
	// its hash. What was done before and is not among them any more is taken
	// away.
	Finish(ctx context.Context, sessions []string, leftOut int, now time.Time) (Manifest, [32]byte, error)
	// Close leaves an export that is not finished, to go on with later.
	Close() error
}

// endings are the files of a session's words.
var endings = []string{".jsonl", ".txt", ".vtt"}

// fileOf is what a manifest says of a file.
func fileOf(name string, data []byte) File {
	hash := sha256.Sum256(data)
	return File{Name: name, Bytes: len(data), SHA256: hex.EncodeToString(hash[:])}
}

// inOrder are the endings of a session's files: those of its words, then those
// of its sounds.
func inOrder(files map[string][]byte) []string {
	more := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(ending string) bool { return slices.Contains(endings, ending) })
	return append(slices.Clone(endings), more...)
}

// filesOf are the files of a session, in their order.
func filesOf(session string, files map[string][]byte) []File {
	var all []File
	for _, ending := range inOrder(files) {
		all = append(all, fileOf("sessions/"+session+ending, files[ending]))
	}
	return all
}

// Folder is an export that is being written.
type Folder struct {
	path     string
	tenant   string
	done     map[string]done
	progress *os.File
}

// Create begins an export, or goes on with one that was cut off.
func Create(path, tenant string) (*Folder, error) {
	f := &Folder{path: path, tenant: tenant, done: map[string]done{}}
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(entries) > 0 {
		if err := f.goOn(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Join(path, "sessions"), 0o700); err != nil {
		return nil, err
	}
	f.progress, err = os.OpenFile(filepath.Join(path, progressFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return f, err
}

// goOn reads what is done already, and believes only files that are what was
// noted of them. A last line that was cut is not done.
func (f *Folder) goOn() error {
	text, err := os.ReadFile(filepath.Join(f.path, progressFile))
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, ErrForeign)
	}
	for line := range bytes.Lines(text) {
		var d done
		if json.Unmarshal(line, &d) != nil {
			continue
		}
		if d.Tenant != f.tenant {
			return fmt.Errorf("%s: %w", f.path, ErrForeign)
		}
		whole := true
		for _, file := range d.Files {
			_, err := readFile(f.path, file)
			whole = whole && err == nil
		}
		if whole {
			f.done[d.Session] = d
		}
	}
	// Written anew, so that a line that was cut does not spoil the next.
	var again []byte
	for _, d := range f.done {
		line, err := json.Marshal(d)
		if err != nil {
			return err
		}
		again = append(append(again, line...), '\n')
	}
	return write(filepath.Join(f.path, progressFile), again)
}

// Has implements Place.
func (f *Folder) Has(_ context.Context, session string) (bool, error) {
	_, ok := f.done[session]
	return ok, nil
}

// Same implements Place.
func (f *Folder) Same(session string, files map[string][]byte) bool {
	return slices.Equal(f.done[session].Files, filesOf(session, files))
}

// Add implements Place.
func (f *Folder) Add(_ context.Context, session string, turns, items int, source string, files map[string][]byte) error {
	d := done{Tenant: f.tenant, Session: session, Turns: turns, Items: items, Source: source, Files: filesOf(session, files)}
	for i, ending := range inOrder(files) {
		if err := write(filepath.Join(f.path, d.Files[i].Name), files[ending]); err != nil {
			return err
		}
	}
	if err := progressed(f.progress, d); err != nil {
		return err
	}
	f.done[session] = d
	return nil
}

// Finish implements Place.
func (f *Folder) Finish(_ context.Context, sessions []string, leftOut int, now time.Time) (m Manifest, hash [32]byte, err error) {
	all := make([]done, 0, len(sessions))
	for _, s := range sessions {
		all = append(all, f.done[s])
		delete(f.done, s)
	}
	for _, d := range f.done {
		for _, file := range d.Files {
			if err := os.Remove(filepath.Join(f.path, file.Name)); err != nil {
				return m, hash, err
			}
		}
	}
	m, text, err := manifest(f.tenant, all, leftOut, now)
	if err != nil {
		return m, hash, err
	}
	if err := write(filepath.Join(f.path, ManifestFile), text); err != nil {
		return m, hash, err
	}
	return m, sha256.Sum256(text), errors.Join(f.progress.Close(), os.Remove(filepath.Join(f.path, progressFile)))
}

// manifest is that of the sessions, and how it is written.
func manifest(tenant string, sessions []done, leftOut int, now time.Time) (Manifest, []byte, error) {
	m := Manifest{Version: 1, Tenant: tenant, Made: now.UTC().Truncate(time.Millisecond), LeftOut: leftOut, Label: Label, Files: []File{}}
	var sources []string
	for _, d := range sessions {
		sources = append(sources, d.Source)
		m.Sessions, m.Turns, m.Items = m.Sessions+1, m.Turns+d.Turns, m.Items+d.Items
		m.Files = append(m.Files, d.Files...)
		m.Sounds += sounds(d.Files)
	}
	m.Source = read.SourceOf(sources...)
	text, err := json.MarshalIndent(m, "", "  ")
	return m, append(text, '\n'), err
}

// Close implements Place.
func (f *Folder) Close() error { return f.progress.Close() }

// progressed notes a session in the file of what is done.
func progressed(file *os.File, session any) error {
	line, err := json.Marshal(session)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return err
}

func write(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// fileName is all that a file of an export may be called: a name in a manifest
// leads nowhere else.
var fileName = regexp.MustCompile(`^sessions/[0-9a-f-]{36}\.(jsonl|txt|vtt)$`)

// readFile is a file that is what is said of it.
func readFile(folder string, file File) ([]byte, error) {
	if !fileName.MatchString(file.Name) && !soundFile.MatchString(file.Name) {
		return nil, fmt.Errorf("%.100q is not the name of a file of an export: %w", file.Name, ErrBadExport)
	}
	path := filepath.Join(folder, file.Name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: %w", path, ErrBadExport)
	}
	if err != nil {
		return nil, err
	}
	if hash := sha256.Sum256(data); len(data) != file.Bytes || hex.EncodeToString(hash[:]) != file.SHA256 {
		return nil, fmt.Errorf("%s has another checksum than the manifest says: %w", path, ErrBadExport)
	}
	return data, nil
}

// Open reads the manifest of a finished export, and its hash.
func Open(folder string) (m Manifest, hash [32]byte, err error) {
	path := filepath.Join(folder, ManifestFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, hash, fmt.Errorf("%s: %w", folder, ErrNoExport)
	}
	if err != nil {
		return m, hash, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Version != 1 {
		return m, hash, fmt.Errorf("%s: %w", path, ErrBadExport)
	}
	return m, sha256.Sum256(text), nil
}

// Each reads every session of a finished export, after it checked all its
// files: a bad one is an error before the first call.
func (m *Manifest) Each(folder string, do func(*Session) error) error {
	for _, file := range m.Files {
		if _, err := readFile(folder, file); err != nil {
			return err
		}
	}
	sessions, turns, items, heard := 0, 0, 0, 0
	for _, file := range m.Files {
		if filepath.Ext(file.Name) != ".jsonl" {
			continue
		}
		data, err := readFile(folder, file)
		if err != nil {
			return err
		}
		s, err := ParseLines(data)
		clear(data)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(folder, file.Name), err)
		}
		if err := m.hear(folder, s); err != nil {
			return err
		}
		sessions++
		heard += len(s.Sounds)
		turns += len(s.Turns)
		for _, t := range s.Turns {
			items += len(t.Items)
		}
		err = do(s)
		s.Silence()
		if err != nil {
			return err
		}
	}
	if sessions != m.Sessions || turns != m.Turns || items != m.Items || heard != m.Sounds {
		return fmt.Errorf("the manifest counts %d sessions, %d turns, %d items and %d sounds, and there are %d, %d, %d and %d: %w", m.Sessions, m.Turns, m.Items, m.Sounds, sessions, turns, items, heard, ErrBadExport)
	}
	return nil
}
