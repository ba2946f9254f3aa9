package openai

import (
	"encoding/base64"
	"slices"

	"mayfly/gateway/avatar/instruct"
	"mayfly/session"
)

// appendParts appends the words of a message and the pictures shown with it,
// and says how many bytes those are.
func appendParts(b []byte, m message) ([]byte, int) {
	b = append(b, '[')
	if joined := slices.Concat(m.said...); len(joined) > 0 {
		b = append(b, `{"type":"text","text":`...)
		b = append(quote(b, joined), "},"...)
		clear(joined)
	}
	before := len(b)
	for i, a := range m.shown {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"image_url","image_url":{"url":"data:`+instruct.MediaType(a)+`;base64,`...)
		picture := a.Content.AppendContent(make([]byte, 0, a.Content.Len()))
		b = base64.StdEncoding.AppendEncode(b, picture)
		clear(picture)
		b = append(b, `"}}`...)
	}
	return append(b, ']'), len(b) - before
}

// pictureBytes is how long a picture is in a prompt, at most.
func pictureBytes(a session.Attachment) int {
	return base64.StdEncoding.EncodedLen(a.Content.Len()) + 100
}
