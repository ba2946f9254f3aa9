package main

import "go/types"

// words are the types that hold what people say, show, are called or keep
// secret, by full name, each with what it holds. What has one of them in it,
// anywhere, is content too; so is every []byte.
var words = map[string]string{
	"mayfly/session.Speech":         "words",
	"mayfly/session.Content":        "a picture or a document",
	"mayfly/redact.Turn":            "words",
	"mayfly/redact.Report":          "words",
	"mayfly/gateway/realtime.Audio": "sound",
	"mayfly/gateway/s3.Credential":  "a secret",

	"bytes.Buffer":    "text that was put together",
	"strings.Builder": "text that was put together",
	"net/url.Values":  "what a stranger sent",

	"net/http.Request":  "what a stranger sent, from where, and with what",
	"net/http.Response": "what a server answered",
	"net/http.Header":   "what a stranger sent, from where, and with what",
	"net/http.Cookie":   "a secret",

	"mime/multipart.Form":       "what a stranger sent",
	"mime/multipart.FileHeader": "what a stranger sent",
	"mime/multipart.Part":       "what a stranger sent",
}

// bounds is how the types of the program are looked into: those of others are
// taken at their names.
type bounds struct{ held map[types.Type]string }

func newBounds() *bounds { return &bounds{map[types.Type]string{}} }

// holds says what a value of the type holds that must not be printed, empty
// for nothing. Arrays of bytes are hashes and identifiers.
func (b *bounds) holds(t types.Type) string {
	if t == nil {
		return ""
	}
	t = types.Unalias(t)
	if what, ok := b.held[t]; ok {
		return what
	}
	b.held[t] = "" // for a type that leads back to itself
	what := b.look(t)
	b.held[t] = what
	return what
}

func (b *bounds) look(t types.Type) string {
	switch t := t.(type) {
	case *types.Named:
		name := t.Obj()
		if name.Pkg() == nil {
			return "" // error
		}
		if what := words[name.Pkg().Path()+"."+name.Name()]; what != "" {
			return what
		}
		if !ours(name.Pkg().Path()) {
			if isBytes(t.Underlying()) && name.Pkg().Path() != "net" {
				return "bytes"
			}
			return ""
		}
		return b.look(t.Underlying())
	case *types.Pointer:
		return b.holds(t.Elem())
	case *types.Slice:
		if isBytes(t) {
			return "bytes"
		}
		return b.holds(t.Elem())
	case *types.Array:
		return b.holds(t.Elem())
	case *types.Chan:
		return b.holds(t.Elem())
	case *types.Map:
		if what := b.holds(t.Key()); what != "" {
			return what
		}
		return b.holds(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if what := b.holds(f.Type()); what != "" {
				return what
			}
		}
	}
	return ""
}

func isBytes(t types.Type) bool {
	s, ok := t.(*types.Slice)
	if !ok {
		return false
	}
	e, ok := types.Unalias(s.Elem()).(*types.Basic)
	return ok && e.Kind() == types.Byte
}
