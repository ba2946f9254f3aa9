package attach

import (
	"bytes"
	"context"

	"mayfly/session"
)

// opening makes an attachment of a file of one kind.
type opening func(ctx context.Context, file []byte) (session.Attachment, error)

// sniff says how a file is to be opened, by how it begins; nil if it is of no
// kind that is taken. What draws or runs, as SVG and HTML, is none, and text
// is what is nothing else.
func sniff(file []byte) opening {
	begins := func(with string) bool { return bytes.HasPrefix(file, []byte(with)) }
	switch {
	case begins("\x89PNG\r\n\x1a\n"):
		return picture(scanPNG)
	case begins("\xff\xd8\xff"):
		return picture(scanJPEG)
	case begins("RIFF") && len(file) > 12 && string(file[8:12]) == "WEBP":
		return picture(scanWebP)
	case isPDF(file):
		return pdf
	case plain(file):
		return text
	}
	return nil
}

// IsPicture says whether a file begins as a picture does.
func IsPicture(file []byte) bool {
	return bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(file, []byte("\xff\xd8\xff")) ||
		bytes.HasPrefix(file, []byte("RIFF")) && len(file) > 12 && string(file[8:12]) == "WEBP"
}

func isPDF(file []byte) bool { return bytes.HasPrefix(file, []byte("%PDF-")) }
