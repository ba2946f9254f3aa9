package gateway

import (
	"context"
	"slices"
	"time"

	"mayfly/gateway/attach"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// unshown is why nothing can be shown in the session now; empty: something
// can. Called with mu held.
func (c *conn) unshown() string { return string(c.session.Unshown()) }

// takesAttachments says whether people may show something in this session, if
// they agree. Called with mu held.
func (c *conn) takesAttachments() bool { return c.rules.Attachments }

// sees says whether what answers takes pictures, and not only the words of
// documents.
func (c *conn) sees() bool { return c.avatar.BackEnd != nil && c.avatar.BackEnd.Vision }

// openFile makes an attachment of a file, and clears the file. It may take
// seconds: mu must be free.
func (c *conn) openFile(ctx context.Context, file []byte) (session.Attachment, string) {
	if attach.IsPicture(file) && !c.sees() {
		clear(file)
		return session.Attachment{}, string(session.NotUnderstood)
	}
	a, err := c.server.opener.Open(ctx, file)
	if err != nil {
		c.server.metrics.dropped.WithLabelValues("attachment").Inc()
		return session.Attachment{}, err.Error()
	}
	return a, ""
}

// openShown opens what comes with an item. The client's next message waits for
// it, and nothing else does: mu is free meanwhile. Nothing is opened that the
// person has not agreed to show. Called with mu held, and returns with it held.
func (c *conn) openShown(d *realtime.Draft) (code string) {
	files := d.Files
	d.Files = nil
	code = c.unshown()
	if code == "" && (d.Item.Role != session.User || d.Item.Kind != session.Message) {
		code = string(realtime.CodeInvalidValue)
	}
	c.mu.Unlock()
	defer c.mu.Lock()
	for _, file := range files {
		if code != "" {
			clear(file)
			continue
		}
		var a session.Attachment
		if a, code = c.openFile(c.ctx, file); code == "" {
			d.Item.Attachments = append(d.Item.Attachments, a)
		}
	}
	return code
}

// take puts an attachment that came by itself into the conversation. Called
// with mu held.
func (c *conn) take(a session.Attachment) (no session.ItemNo, code string) {
	err := c.apply(time.Now(), session.Said{Item: session.Item{Attachments: []session.Attachment{a}}})
	if err != nil {
		return 0, refused(err)
	}
	return c.ear.added, ""
}

// pictures are a kind of what is shown, as receipts name it.
const pictures = "pictures"

// shownIn is what is shown in the items of a question, as receipts name it.
func shownIn(items []session.Item) (what []string) {
	for _, it := range items {
		for _, a := range it.Attachments {
			name := pictures
			if a.Kind == session.Document {
				name = "documents"
			}
			if !slices.Contains(what, name) {
				what = append(what, name)
			}
		}
	}
	return what
}
