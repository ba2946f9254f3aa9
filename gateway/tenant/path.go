package tenant

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// secretFile is a file that holds one secret and nothing else. It is named
// here and read by whoever uses it, each time, so that it can be changed.
func secretFile() kind[string] {
	return text("file", func(r *reader, s string) (string, error) {
		if r.stored {
			return "", noFiles()
		}
		path := r.path(s)
		return path, CheckSecretFile(path)
	})
}

// maxSecret is the size of the largest file that is taken for a key, in bytes.
const maxSecret = 4 << 10

// CheckSecretFile says whether a file can be the home of a secret: it is
// there, small, not empty, and others on the machine cannot read it. It does
// not read the file.
func CheckSecretFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fault("this file cannot be found or reached", "make the file, or correct its name")
	case !info.Mode().IsRegular():
		return fault("this is not a file", "name the file that holds the key")
	case info.Size() == 0:
		return fault("this file is empty", "put the key into it")
	case info.Size() > maxSecret:
		return fault("this file is too large for a key", "name the file that holds the key and nothing else")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0:
		return fault("everybody on this machine can reach this file", "chmod 600, or 640 for a group")
	}
	return nil
}

// folder is a file, a folder of documents, or "demo" for the built-in ones.
func folder() kind[string] {
	return text(`file or folder, or "demo" for the built-in documents`, func(r *reader, s string) (string, error) {
		if s == Documents {
			return s, nil
		}
		if r.stored {
			return "", noFiles()
		}
		path := r.path(s)
		info, err := os.Stat(path)
		if err != nil {
			return "", fault("this folder cannot be found or reached", "make the folder, or correct its name")
		}
		if !info.IsDir() && !isText(path) {
			return "", fault("this is not a folder, and no .md, .txt, .html or .pdf file", "name the folder that holds the documents, or one document")
		}
		if info.IsDir() && !holdsText(path) {
			return "", fault("this folder holds no .md, .txt, .html or .pdf file", "put the documents there that the avatar is to answer from")
		}
		return path, nil
	})
}

// noFiles is what a tenant that is not in the file is told of one: nothing that
// comes over the network reaches into the machine.
func noFiles() error {
	return fault("a tenant in the database names no file of this machine", "put the tenant into the configuration file, or leave the key out")
}

// Documents names the built-in documents in Avatar.Knowledge.
const Documents = "demo"

// isText says that a file's name is that of a document.
func isText(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown", ".txt", ".html", ".htm", ".xhtml", ".pdf":
		return true
	}
	return false
}

// holdsText looks for one document. It ends at the first, and at 10,000
// entries: a folder of that size without one is a mistake as well.
func holdsText(root string) (found bool) {
	left := 10_000
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		left--
		if err == nil && !e.IsDir() && isText(path) {
			found = true
		}
		if found || left == 0 {
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// path is a name in the file as a path: relative ones start at the file's folder.
func (r *reader) path(s string) string {
	if filepath.IsAbs(s) {
		return filepath.Clean(s)
	}
	return filepath.Join(r.base, s)
}

func anyFile() kind[string] {
	return text("file", func(r *reader, s string) (string, error) {
		path := r.path(s)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return "", fault("this file cannot be found or reached", "make the file, or correct its name")
		}
		return path, nil
	})
}

// CheckPiperModel says whether a voice model of piper is complete: the model,
// and beside it the description from which its language is known.
func CheckPiperModel(path string) (string, error) {
	for _, name := range []string{path, path + ".json"} {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return "", fault("this voice model cannot be found or reached, or its .json is not beside it", "name the .onnx file, and put its .onnx.json into the same folder")
		}
	}
	return path, nil
}
