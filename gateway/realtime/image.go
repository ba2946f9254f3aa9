package realtime

import (
	"bytes"
	"encoding/base64"

	"mayfly/session"
)

// image takes the bytes out of a data: URL. What it says of their type is not
// looked at, and no address is: nothing is fetched for a client.
func (d *decoder) image(out *Draft, v []byte, at string) {
	if !d.kind(v, '"', at) {
		return
	}
	text := v[1 : len(v)-1]
	if bytes.IndexByte(text, '\\') >= 0 { // encoders that write \/ for /
		scratch := unquote(make([]byte, 0, len(text)), v)
		defer clear(scratch)
		text = scratch
	}
	head, coded, found := bytes.Cut(text, []byte(","))
	switch {
	case len(text) < 5 || !bytes.EqualFold(text[:5], []byte("data:")):
		d.fail(CodeImageElsewhere, at)
		return
	case !found || !bytes.HasSuffix(bytes.ToLower(head), []byte(";base64")):
		d.fail(CodeInvalidValue, at)
		return
	case len(out.Files) == session.ItemAttachments:
		d.fail(CodeTooMany, ".content")
		return
	case len(coded)%4 != 0 || bytes.IndexByte(coded, '\n') >= 0 || bytes.IndexByte(coded, '\r') >= 0:
		d.fail(CodeInvalidBase64, at)
		return
	}
	file := make([]byte, base64.StdEncoding.DecodedLen(len(coded)))
	n, err := base64.StdEncoding.Strict().Decode(file, coded)
	out.Files = append(out.Files, file[:n])
	if err != nil {
		d.fail(CodeInvalidBase64, at)
	}
}

// attachments writes what was shown with an item: what kind of thing, and
// nothing of what it holds. A part of the type input_image would make published
// clients throw.
func (w *writer) attachments(it *session.Item) {
	w.raw(`,"avatar":{"attachments":[`)
	for i := range it.Attachments {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`{`)
		w.attachment(&it.Attachments[i])
		w.raw(`}`)
	}
	w.raw(`]}`)
}

func (w *writer) attachment(a *session.Attachment) {
	if a.Kind == session.Document {
		w.raw(`"kind":"document","bytes":`)
	} else {
		w.raw(`"kind":"picture","width":`)
		w.int(int64(a.Width))
		w.raw(`,"height":`)
		w.int(int64(a.Height))
		w.raw(`,"bytes":`)
	}
	w.int(int64(a.Content.Len()))
	if a.Pages > 0 {
		w.raw(`,"pages":`)
		w.int(int64(a.Pages))
	}
}

// AppendAttachment appends the answer to an attachment that came by itself: the
// item that it is now.
func (i *IDs) AppendAttachment(dst []byte, no session.ItemNo, a *session.Attachment) []byte {
	w := writer{b: dst, ids: i}
	w.raw(`{"item_id":`)
	w.item(no)
	w.raw(`,`)
	w.attachment(a)
	w.raw(`}`)
	return w.b
}
