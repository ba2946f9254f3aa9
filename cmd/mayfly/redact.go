package main

import (
	"bufio"
	"fmt"
	"io"

	"mayfly/redact"
)

// redactFlags are the flags of `mayfly redact`.
type redactFlags struct {
	Spans   bool     `shown:"off" help:"Read one JSON object per line with a text, and write where in it something was found, instead of the redacted text."`
	Word    []string `sep:"none" placeholder:"TEXT" shown:"none" help:"A word or a name that is hidden, too, as [custom]. May be given several times."`
	Pattern []string `sep:"none" placeholder:"RE2" shown:"none" help:"A regular expression of what is hidden, too, as [custom]. It matches 2 to 128 bytes. May be given several times."`
	Region  []string `sep:"," placeholder:"CODE" shown:"none" help:"Country (ISO 3166, such as DE) whose telephone numbers are known without a calling code. May be given several times."`
}

// Help is what kong prints between the command's summary and its flags.
func (redactFlags) Help() string {
	return `Reads standard input and writes standard output, on this machine and in memory only: what is recognised as personal becomes the name of its kind, as [email], [card], [iban], [phone], [ip], [mac], [secret], [ssn], [national_id], [passport] and [birth_date]. Names and postal addresses are not recognised.`
}

// runRedact redacts in to out as the flags say.
func runRedact(f redactFlags, in io.Reader, out io.Writer) error {
	r, err := redact.New(redact.Options{Regions: f.Region, Patterns: f.Pattern, Words: f.Word})
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	if f.Spans {
		err = redactLines(r, in, buffered)
	} else {
		err = redactText(r, in, buffered)
	}
	if flushed := buffered.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("standard output: %w", flushed)
	}
	return err
}

// redactText redacts one text as it comes.
func redactText(r *redact.Redactor, in io.Reader, out *bufio.Writer) error {
	stream := r.Stream()
	piece, redacted := make([]byte, 64<<10), []byte(nil)
	for {
		n, err := in.Read(piece)
		redacted = stream.Append(redacted[:0], piece[:n])
		if err == io.EOF {
			redacted = stream.Close(redacted)
		}
		if _, failed := out.Write(redacted); failed != nil {
			return fmt.Errorf("standard output: %w", failed)
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("standard input: %w", err)
		}
		// What is ready leaves: whoever reads may be waiting for it.
		if err := out.Flush(); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
}
