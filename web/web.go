// Package web is what browsers are given: the pages at /, /admin, /agent, /review,
// /me and /receipt, the modules behind them, the element for other people's sites and
// the documents. It is bytes and
// nothing else: it holds no conversation, knows no session and serves nothing
// by itself.
package web

import (
	"embed"
	"io/fs"
)

//go:embed client admin agent review me shared embed docs
var files embed.FS

// Page returns the client page, served at /.
func Page() []byte {
	page, err := files.ReadFile("client/index.html")
	if err != nil {
		panic(err) // It is in the binary, or the binary did not build.
	}
	return page
}

// Assets returns the files served under /assets/, in the folders of Folders.
// The pages' own HTML is in it too: admin/index.html is served at /admin,
// agent/index.html at /agent, review/index.html at /review,
// me/index.html at /me, me/receipt.html at /receipt. It needs the same headers
// there as at its own address.
func Assets() fs.FS { return only{files, Folders()} }

// Folders are the top folders of Assets.
func Folders() []string { return []string{"client", "admin", "agent", "review", "me", "shared"} }

// Docs returns the files served under /docs/.
func Docs() fs.FS {
	docs, err := fs.Sub(files, "docs")
	if err != nil {
		panic(err)
	}
	return docs
}

// Version is the version in the element's address, /embed/v1/. It changes when
// an attribute, event, method or part that a site may rely on does.
const Version = "v1"

// Element returns the files of the element, by name, served under
// /embed/<Version>/: mayfly-avatar.js, which is one self-contained module so
// that an integrity hash covers all of it, and worklet.js, which browsers load
// by address onto the audio thread.
func Element() (map[string][]byte, error) {
	entry, err := bundle(files, "embed/mayfly-avatar.js")
	if err != nil {
		return nil, err
	}
	worklet, err := files.ReadFile("shared/sound/worklet.js")
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"mayfly-avatar.js": entry, "worklet.js": worklet}, nil
}

// only shows some top folders of a file system and nothing beside them.
type only struct {
	files   embed.FS
	folders []string
}

func (o only) Open(name string) (fs.File, error) {
	for _, folder := range o.folders {
		if name == folder || len(name) > len(folder) && name[:len(folder)+1] == folder+"/" {
			return o.files.Open(name)
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
