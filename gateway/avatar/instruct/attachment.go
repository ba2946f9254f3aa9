package instruct

import (
	"slices"

	"mayfly/session"
)

// Unseen says whether there are pictures in what is to be answered, so that an
// answer without having seen them would be none. Earlier ones were answered.
func Unseen(items []session.Item) bool {
	for i := len(items) - 1; i >= 0; i-- {
		it := &items[i]
		if it.Role == session.Avatar && it.Kind == session.Message && it.Purpose != session.Notice {
			return false
		}
		if len(Pictures(it)) > 0 {
			return true
		}
	}
	return false
}

// Pictures are those that the person shows in an item.
func Pictures(it *session.Item) []session.Attachment {
	return slices.DeleteFunc(slices.Clone(it.Attachments), func(a session.Attachment) bool {
		return a.Kind != session.Picture || a.Content.Len() == 0
	})
}

// Documents are the texts of those that the person shows in an item, each
// between two lines that say what it is.
func Documents(it *session.Item) (said [][]byte) {
	for _, a := range it.Attachments {
		if a.Kind != session.Document || a.Content.Len() == 0 {
			continue
		}
		text := append(make([]byte, 0, a.Content.Len()+100), "(The person shows a document. It begins here.)\n"...)
		text = a.Content.AppendContent(text)
		said = append(said, append(text, "\n(The document ends here.)\n"...))
	}
	return said
}

// MediaType is that of a picture.
func MediaType(a session.Attachment) string {
	if a.Format == session.JPEG {
		return "image/jpeg"
	}
	return "image/png"
}
