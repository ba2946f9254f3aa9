package attach

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// pdfOf writes a PDF of some pages that say something, with more in its
// catalogue and trailer, and more objects from the number 10 on.
func pdfOf(pages int, say, catalogue, trailer string, more ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(no int, body string) {
		for len(at) <= no {
			at = append(at, -1)
		}
		at[no] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", no, body)
	}
	b.WriteString("%PDF-1.7\n")
	first := 10 + len(more)
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", first+i))
	}
	object(1, "<< /Type /Catalog /Pages 2 0 R "+catalogue+" >>")
	object(2, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", pages, strings.Join(kids, " ")))
	object(3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	words := "BT /F1 12 Tf 50 700 Td (" + say + ") Tj ET"
	if say == "" {
		words = ""
	}
	object(4, fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(words), words))
	for i, body := range more {
		object(10+i, body)
	}
	for i := range pages {
		object(first+i, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>")
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at))
	for _, o := range at[1:] {
		if o < 0 {
			b.WriteString("0000000000 65535 f \n")
			continue
		}
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(at), trailer, table)
	return b.Bytes()
}

// A PDF is its words: nothing that it could run, and nothing that is in it. //
// R81
func TestPDF(t *testing.T) {
	stream := func(s string) string {
		return fmt.Sprintf("<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream", len(s), s)
	}
	info := "<< /Author (" + canary + ") /Title (" + canary + ") >>"
	for name, file := range map[string][]byte{
		"plain":      pdfOf(2, "The meeting is on Tuesday.", "", "/Info 10 0 R", info),
		"JavaScript": pdfOf(2, "The meeting is on Tuesday.", "/OpenAction << /S /JavaScript /JS (app.alert\\('"+canary+"'\\)) >>", ""),
		"a file in it": pdfOf(2, "The meeting is on Tuesday.", "/Names << /EmbeddedFiles << /Names [(a.txt) 10 0 R] >> >>", "",
			"<< /Type /Filespec /F ("+canary+".txt) /EF << /F 11 0 R >> >>", stream(canary)),
		"a way out": pdfOf(2, "The meeting is on Tuesday.", "/OpenAction << /S /URI /URI (http://127.0.0.1/"+canary+") >>", ""),
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(file), canary)
			a, text, err := open(t, file)
			require.NoError(t, err)
			require.Equal(t, session.Document, a.Kind)
			require.Equal(t, 2, a.Pages)
			require.Equal(t, "The meeting is on Tuesday.\n\nThe meeting is on Tuesday.", string(text))
		})
	}
}

// The hostile documents. // R81
func TestHostilePDF(t *testing.T) {
	whole := pdfOf(1, "Words.", "", "")
	locked := pdfOf(1, "Words.", "", "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt 10 0 R",
		"<< /Filter /Standard /V 1 /R 2 /P -4 /O ("+strings.Repeat("o", 32)+") /U ("+strings.Repeat("u", 32)+") >>")
	for name, c := range map[string]struct {
		file []byte
		want Error
	}{
		"a password":                 {locked, Encrypted},
		"10,000 pages":               {pdfOf(10_000, "Words.", "", ""), TooLarge},
		"too much text":              {pdfOf(60, strings.Repeat("Many words in a line that is as long as the page is wide.) Tj 0 -14 Td (", 45), "", ""), TooLarge},
		"no text":                    {pdfOf(1, "", "", ""), Textless},
		"cut off":                    {whole[:60], Damaged},
		"nothing but that it is one": {[]byte("%PDF-1.7\n"), Damaged},
		"no page":                    {pdfOf(0, "Words.", "", ""), Damaged},
		"a picture in front":         {append(pngOf(t, sample(8, 8)), whole...), Damaged},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, text, err := open(t, c.file)
			require.Equal(t, c.want, err)
			require.Empty(t, text)
			require.Less(t, time.Since(began), longWithin+5*time.Second)
		})
	}
}
