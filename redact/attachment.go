package redact

import "mayfly/session"

// shown stands in a stored item for what the person showed with it: that it was
// a picture or a document, and nothing of it. No Content is opened here.
func shown(it *session.Item) string {
	text := ""
	for _, a := range it.Attachments {
		if a.Kind == session.Document {
			text += "[document] "
		} else {
			text += "[picture] "
		}
	}
	return text
}
