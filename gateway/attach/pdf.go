package attach

import (
	"context"
	"errors"

	"mayfly/gateway/pdftext"
	"mayfly/session"
)

// pdf takes the words of a PDF that somebody could read in it. Scripts, forms
// and files in it are not looked at.
func pdf(ctx context.Context, file []byte) (session.Attachment, error) {
	pages, err := pdftext.Pages(ctx, file)
	switch {
	case errors.Is(err, pdftext.ErrEncrypted):
		return session.Attachment{}, Encrypted
	case errors.Is(err, pdftext.ErrNoText):
		return session.Attachment{}, Textless
	case errors.Is(err, pdftext.ErrTooLarge), errors.Is(err, pdftext.ErrTooManyPages):
		return session.Attachment{}, TooLarge
	case errors.Is(err, pdftext.ErrSlow):
		return session.Attachment{}, TooSlow
	case err != nil:
		return session.Attachment{}, Damaged
	}
	size := 0
	for _, p := range pages {
		size += len(p.Text()) + 2
	}
	if size > MaxText {
		return session.Attachment{}, TooLarge
	}
	all := make([]byte, 0, size) // it does not move
	for i, p := range pages {
		if i > 0 {
			all = append(all, "\n\n"...)
		}
		all = append(all, p.Text()...)
	}
	return session.Attachment{Kind: session.Document, Pages: len(pages), Content: session.NewContent(all)}, nil
}
