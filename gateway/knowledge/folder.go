package knowledge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// errFolder is a folder that cannot be opened.
var errFolder = errors.New("knowledge: the folder cannot be opened; make it readable, or correct its name")

// errStored is a store that does not say what is in it.
var errStored = errors.New("knowledge: the documents that are stored cannot be listed; see what the gateway says about its store")

// folder reads the files, in the order of their paths, those that did not
// change as they were read before. Called with reading held.
func (b *Base) folder(ctx context.Context, now time.Time) ([]*item, error) {
	if b.options.Folder == nil {
		return nil, nil
	}
	root, err := b.options.Folder()
	if err != nil {
		return nil, errFolder
	}
	defer root.Close()
	former := map[string]*item{}
	for _, it := range b.items {
		if it.page == nil {
			former[it.source.Name] = it
		}
	}
	var all []*item
	b.seen = signature(root.FS())
	err = eachFile(root.FS(), func(name string, f form) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(all) == MaxDocuments {
			return mistake(name, fmt.Sprintf("is beyond the first %d documents; use fewer", MaxDocuments))
		}
		it := former[name]
		if it == nil {
			it = &item{source: Source{Name: name}}
		}
		data, wrong := readFile(root.FS(), name, f)
		if wrong != "" {
			it = it.with(wrong)
		} else {
			it = it.renew(ctx, f, "", data, now)
		}
		all = append(all, it)
		return nil
	})
	return all, err
}

// eachFile visits every file that can be a document, but those in folders, and
// those themselves, whose name begins with a dot.
func eachFile(files fs.FS, visit func(name string, f form) error) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") {
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		f := formOf(name)
		switch {
		case err != nil && name == ".":
			return errFolder
		case err != nil:
			return nil // a folder in it that cannot be read
		case entry.IsDir() || f == unknown:
			return nil
		}
		return visit(name, f)
	})
}

// readFile reads one file within its bound.
func readFile(files fs.FS, name string, f form) (data []byte, wrong string) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, unreadable
	case !info.Mode().IsRegular():
		return nil, "is not a regular file; remove it"
	case info.Size() > int64(f.most()):
		return nil, f.tooLarge()
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, unreadable
	}
	defer file.Close()
	data, err = io.ReadAll(io.LimitReader(file, int64(f.most())+1))
	if err != nil {
		return nil, unreadable
	}
	return data, ""
}

// none is what is said of a folder without a document.
func none(items []*item) error {
	var wrong []error
	for _, it := range items {
		wrong = append(wrong, mistake(it.source.Name, it.source.Mistake))
	}
	if len(wrong) == 0 {
		return errors.New("knowledge: no .md, .txt, .html or .pdf file; add one, or leave the knowledge folder out")
	}
	return errors.Join(wrong...)
}

// signature is how the files look from outside: their names, sizes and times.
func signature(files fs.FS) string {
	h := sha256.New()
	n := 0
	_ = eachFile(files, func(name string, _ form) error {
		if n++; n > MaxDocuments+1 {
			return fs.SkipAll
		}
		if info, err := fs.Stat(files, name); err == nil {
			fmt.Fprintf(h, "%q %d %d %v\n", name, info.Size(), info.ModTime().UnixNano(), info.Mode())
		} else {
			fmt.Fprintf(h, "%q gone\n", name)
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil))
}

// changed says whether the folder is another than the one that was read, and
// the same as a moment ago: one that is being written to is left to settle.
func (b *Base) changed(pending string) (now string, changed bool) {
	if b.options.Folder == nil {
		return "", false
	}
	now = "gone"
	if root, err := b.options.Folder(); err == nil {
		now = signature(root.FS())
		root.Close()
	}
	b.reading.Lock()
	defer b.reading.Unlock()
	if now == b.seen {
		return "", false
	}
	if now == pending {
		b.seen = now
		return now, true
	}
	return now, false
}
