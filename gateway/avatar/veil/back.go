package veil

import "bytes"

// back puts values back into a text that comes in pieces, cut anywhere.
type back struct {
	names *names
	json  bool   // inside of a JSON text: what would end a string is escaped
	held  []byte // may be the beginning of a placeholder
	put   int    // values put back
}

// append appends to dst what can be said now of the text so far.
func (b *back) append(dst, piece []byte, last bool) []byte {
	all := append(append(make([]byte, 0, len(b.held)+len(piece)), b.held...), piece...)
	defer clear(all)
	text := all
	for len(text) > 0 {
		open := bytes.IndexByte(text, '[')
		if open < 0 {
			break
		}
		dst = append(dst, text[:open]...)
		text = text[open:]
		k, at, size := placeholder(text)
		switch {
		case size > 0 && at < len(b.names.values) && b.names.values[at].kind == k && b.names.values[at].said != nil:
			dst = b.value(dst, b.names.values[at].said)
			b.put++
		case size == 0 && !last && begins(text):
			b.hold(text)
			return dst
		default:
			size = 1
			dst = append(dst, '[')
		}
		text = text[size:]
	}
	dst = append(dst, text...)
	b.hold(nil)
	return dst
}

// hold keeps a copy of what may be the beginning of a placeholder, in the
// place of what was held.
func (b *back) hold(text []byte) {
	kept := bytes.Clone(text)
	clear(b.held[:cap(b.held)])
	b.held = kept
}

func (b *back) value(dst, said []byte) []byte {
	for _, c := range said {
		switch {
		case b.json && c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
			continue
		case b.json && (c == '"' || c == '\\'):
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}
