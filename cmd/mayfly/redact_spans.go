package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"mayfly/redact"
)

// maxLine is the length in bytes of a line of `mayfly redact --spans`.
const maxLine = 16 << 20

// textLine is what is read of a line. Other fields are let be.
type textLine struct {
	Src  json.RawMessage `json:"src"`
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
}

// spansLine is what is written for it.
type spansLine struct {
	Src   json.RawMessage `json:"src"`
	ID    json.RawMessage `json:"id"`
	Text  string          `json:"text"`
	Spans []foundSpan     `json:"spans"`
}

// foundSpan is where something stands: in code points, from S to before E.
type foundSpan struct {
	S int    `json:"s"`
	E int    `json:"e"`
	T string `json:"t"`
}

// redactLines writes for each line of in what was found in its text. An error
// names the line by its number and says nothing of what stands in it.
func redactLines(r *redact.Redactor, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	var spans []redact.Span
	n := 0
	for lines.Scan() {
		n++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var line textLine
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Text == nil {
			return fmt.Errorf(`line %d: this is not a JSON object with a "text" that is a string; write {"id": "1", "text": "..."}`, n)
		}
		spans = r.AppendSpans(spans[:0], []byte(*line.Text))
		err := encode.Encode(spansLine{Src: orElse(line.Src, `""`), ID: orElse(line.ID, `""`), Text: *line.Text, Spans: inCodePoints(*line.Text, spans)})
		if err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("line %d: the line is longer than %d bytes", n+1, maxLine)
	case err != nil:
		return fmt.Errorf("standard input: %w", err)
	}
	return nil
}

func orElse(value json.RawMessage, none string) json.RawMessage {
	if value == nil {
		return json.RawMessage(none)
	}
	return value
}

// inCodePoints counts characters where the spans count bytes.
func inCodePoints(text string, spans []redact.Span) []foundSpan {
	found := make([]foundSpan, 0, len(spans))
	bytesRead, points := 0, 0
	to := func(b int) int {
		points += utf8.RuneCountInString(text[bytesRead:b])
		bytesRead = b
		return points
	}
	for _, s := range spans {
		found = append(found, foundSpan{S: to(s.Start), E: to(s.End), T: s.Kind.String()})
	}
	return found
}
