package attach

import (
	"context"
	"errors"
	"time"

	"mayfly/session"
)

// The bounds of one file.
const (
	MaxFile     = 8 << 20   // bytes as it comes
	MaxText     = 128 << 10 // bytes of text that a document has
	mostPixels  = 25_000_000
	longestSide = 16_384    // pixels
	mostMemory  = 192 << 20 // bytes that a decoder may need for one picture
	atOnce      = 2         // files that are opened at a time
	within      = 10 * time.Second
	longWithin  = 2 * time.Minute // of a PDF: reading has a limit of its own, but the first waits for its reader to be made
)

// Error is why a file is not taken: a code of the wire's table of errors,
// without a byte of the file.
type Error string

// The errors.
const (
	Unknown   Error = "attachment_type_not_taken" // none of the kinds that are
	TooLarge  Error = "attachment_too_large"      // bytes, pixels, text or pages
	Damaged   Error = "attachment_damaged"        // cut off, not whole, or more than one file
	Animated  Error = "attachment_animated"       // more than one picture
	Encrypted Error = "attachment_encrypted"      // a document that asks for a password
	Textless  Error = "attachment_without_text"   // a document without a word
	TooSlow   Error = "attachment_too_slow"       // it took longer than its time
	Busy      Error = "overloaded"                // too many others are being opened
)

// Error gives the code.
func (e Error) Error() string { return string(e) }

// Errors lists every error, so that whoever has a sentence for each can be
// tested to have one for all.
func Errors() []Error {
	return []Error{Unknown, TooLarge, Damaged, Animated, Encrypted, Textless, TooSlow, Busy}
}

// Opener opens files, a few at a time. It may be used from many goroutines.
type Opener struct{ slots chan struct{} }

// New makes an Opener.
func New() *Opener { return &Opener{slots: make(chan struct{}, atOnce)} }

// Open makes an attachment of a file. The file is cleared, whatever comes of
// it. The error is always an Error.
func (o *Opener) Open(ctx context.Context, file []byte) (session.Attachment, error) {
	defer clear(file)
	if len(file) > MaxFile {
		return session.Attachment{}, TooLarge
	}
	kind := sniff(file)
	if kind == nil {
		return session.Attachment{}, Unknown
	}
	lasts := within
	if isPDF(file) {
		lasts = longWithin
	}
	ctx, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	select {
	case o.slots <- struct{}{}:
	case <-ctx.Done():
		return session.Attachment{}, Busy
	}
	defer func() { <-o.slots }()
	a, err := kind(ctx, file)
	var typed Error
	switch {
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		err = TooSlow
	case errors.As(err, &typed):
		err = typed
	default: // a decoder's own words may quote the file
		err = Damaged
	}
	a.Content.Forget()
	return session.Attachment{}, err
}
