package attach

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"mayfly/session"
)

// markup is how documents begin that a program would draw or run.
var markup = strings.Fields("html head body script style svg xml iframe object embed form link meta base title table div span p a br img math template")

// plain says whether a file is text that says what it says: UTF-8 without
// control characters, and no markup.
func plain(file []byte) bool {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(file)) == 0 || !utf8.Valid(file) {
		return false
	}
	for _, c := range file {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return false
		}
	}
	rest, tagged := bytes.CutPrefix(bytes.TrimSpace(file), []byte("<"))
	if !tagged {
		return true
	}
	if len(rest) > 0 && (rest[0] == '!' || rest[0] == '?') {
		return false
	}
	end := bytes.IndexFunc(rest, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') })
	if end < 0 {
		end = len(rest)
	}
	return !slices.Contains(markup, strings.ToLower(string(rest[:min(end, 16)])))
}

// text takes a file of text as it is.
func text(_ context.Context, file []byte) (session.Attachment, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if len(file) > MaxText {
		return session.Attachment{}, TooLarge
	}
	return session.Attachment{Kind: session.Document, Content: session.NewContent(bytes.Clone(file))}, nil
}
