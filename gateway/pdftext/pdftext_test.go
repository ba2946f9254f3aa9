package pdftext

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// show is an operator of a page: text at a height, in a size.
func show(text string, size, y int, more string) string {
	return fmt.Sprintf("BT 0 g %s 0 Tr /F1 %d Tf 50 %d Td (%s) Tj ET\n", "", size, y, text) + more
}

// write makes a PDF of pages, each its content.
func write(pages ...string) []byte {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", ""}
	var kids strings.Builder
	for _, content := range pages {
		n := len(objects) + 1
		fmt.Fprintf(&kids, "%d 0 R ", n)
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 6000 14400] /Contents %d 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>", n+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages))
	return file(objects)
}

// file makes a PDF of objects, of which the first is the catalogue.
func file(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func text(t *testing.T, data []byte) string {
	t.Helper()
	pages, err := Pages(t.Context(), data)
	require.NoError(t, err)
	var all []string
	for _, p := range pages {
		all = append(all, p.Text())
	}
	return strings.Join(all, "\f")
}

// A PDF of Chromium, with headings, a list, letters drawn as one, and a line in
// white that nobody sees.
func TestChromium(t *testing.T) {
	data, err := os.ReadFile("../knowledge/testdata/parking.pdf")
	require.NoError(t, err)
	pages, err := Pages(t.Context(), data)
	require.NoError(t, err)
	require.Len(t, pages, 1)
	all := pages[0].Text()
	for _, want := range []string{"Parking at the institute", "The first two hours are free", "Visitors can park their bicycles in front of the main entrance.", "A charge costs forty cents"} {
		require.Contains(t, strings.ReplaceAll(all, "\n", " "), want)
	}
	require.NotContains(t, all, "human")
	require.Greater(t, pages[0][0].Size, pages[0][1].Size, "a heading is larger")
}

// What a person cannot see on a page is left out, unless there is nothing else.
func TestUnseen(t *testing.T) {
	good := show("The library opens at nine.", 12, 700, "")
	for name, hidden := range map[string]string{
		"without colour":      "BT 3 Tr /F1 12 Tf 50 600 Td (Hidden words.) Tj ET",
		"white":               "BT 1 g 0 Tr /F1 12 Tf 50 600 Td (Hidden words.) Tj ET",
		"white, as RGB":       "BT 1 1 1 rg 0 Tr /F1 12 Tf 50 600 Td (Hidden words.) Tj ET",
		"white, as CMYK":      "BT 0 0 0 0 k 0 Tr /F1 12 Tf 50 600 Td (Hidden words.) Tj ET",
		"tiny":                "BT 0 g 0 Tr /F1 0.5 Tf 50 600 Td (Hidden words.) Tj ET",
		"outside of the page": "BT 0 g 0 Tr /F1 12 Tf 50 -400 Td (Hidden words.) Tj ET",
	} {
		require.Equal(t, "The library opens at nine.", text(t, write(good+hidden)), name)
	}
	require.Equal(t, "Words of a scanned page.", text(t, write("BT 3 Tr /F1 12 Tf 50 600 Td (Words of a scanned page.) Tj ET")))
	require.Equal(t, "Large.\nSmall print.", text(t, write(show("Large.", 20, 700, "")+show("Small print.", 6, 650, ""))))
}

// long is a page of so many letters, in lines that do not lie on each other.
func long(letters int) string {
	var b strings.Builder
	for y := 0; letters > 0; y++ {
		n := min(letters, 500)
		fmt.Fprintf(&b, "BT /F1 1 Tf 1 0 0 1 0 0 Tm 10 0 0 10 10 %d Tm (%s) Tj ET\n", y*12, strings.Repeat("a", n))
		letters -= n
	}
	return "0 g " + b.String()
}

// Bounds and mistakes, each an error of its own. Nothing of the file is in it.
func TestRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("what reads a PDF is WebAssembly, in which the race detector sees nothing and takes minutes for it")
	}
	one := show("A sentence.", 12, 700, "")
	many := make([]string, MaxPages)
	for i := range many {
		many[i] = one
	}
	pages, err := Pages(t.Context(), write(many...))
	require.NoError(t, err)
	require.Len(t, pages, MaxPages)
	encrypted := bytes.Replace(write(one), []byte("/Root 1 0 R"), []byte("/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> >>"), 1)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"too large":        {append(write(one), make([]byte, MaxBytes)...), ErrTooLarge},
		"too many pages":   {write(append(many, one)...), ErrTooManyPages},
		"not one":          {[]byte("<html>CANARY</html>"), ErrDamaged},
		"empty":            {nil, ErrDamaged},
		"head only":        {[]byte("%PDF-1.7\nCANARY"), ErrDamaged},
		"locked":           {encrypted, ErrEncrypted},
		"a picture":        {write("0 0 100 100 re f"), ErrNoText},
		"too many words":   {write(slices.Repeat([]string{long(MaxText / 32)}, 33)...), ErrTooLarge},
		"no pages at all":  {file([]string{"<< /Type /Catalog >>"}), ErrDamaged},
		"pages in circles": {file([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}), ErrDamaged},
	} {
		_, err := Pages(t.Context(), c.data)
		require.ErrorIs(t, err, c.want, name)
		require.NotContains(t, err.Error(), "CANARY")
	}
}

// Hostile files end in bounds: in time, in memory, and without taking the
// process along. The next one is read as if nothing had been.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("what reads a PDF is WebAssembly, in which the race detector sees nothing and takes minutes for it")
	}
	good := write(show("A sentence.", 12, 700, ""))
	deflated := func(size int) string {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte("BT ET\n"), size/6))
		_ = z.Close()
		return b.String()
	}
	bomb := deflated(300 << 20)
	hostile := map[string][]byte{
		"a stream that unfolds": file([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
			fmt.Sprintf("<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", len(bomb), bomb)}),
		"forms in circles": file([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>",
			"<< /Length 5 >>\nstream\n/X Do\nendstream", "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 11 >>\nstream\n/X Do /X Do\nendstream"}),
		"deep":     []byte("%PDF-1.7\n1 0 obj\n" + strings.Repeat("[", 500_000) + "\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"),
		"script":   bytes.Replace(good, []byte("/Type /Catalog"), []byte("/Type /Catalog /OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:1/'\\); while\\(true\\){}) >>"), 1),
		"a launch": bytes.Replace(good, []byte("/Type /Catalog"), []byte("/Type /Catalog /OpenAction << /S /Launch /F (/bin/sh) >>"), 1),
	}
	for i := 0; i < len(good); i += 7 {
		hostile[fmt.Sprintf("cut at %d", i)] = good[:i]
		broken := bytes.Clone(good)
		broken[i] ^= 0x55
		hostile[fmt.Sprintf("changed at %d", i)] = broken
	}
	require.Equal(t, "A sentence.", text(t, good)) // the engine is there
	before := runtime.NumGoroutine()
	began := time.Now()
	for name, data := range hostile {
		pages, err := Pages(t.Context(), data)
		if err == nil {
			require.LessOrEqual(t, len(pages), 1, name)
		}
	}
	require.Less(t, time.Since(began), 5*time.Minute)
	require.Equal(t, "A sentence.", text(t, good))
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before }, 20*time.Second, 10*time.Millisecond)
	t.Logf("n = %d files", len(hostile))
}

// Who does not want to wait any more does not, and the next one is served.
func TestGivenUp(t *testing.T) {
	good := write(show("A sentence.", 12, 700, ""))
	require.Equal(t, "A sentence.", text(t, good)) // the engine is there
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Pages(ctx, good)
	require.ErrorIs(t, err, context.Canceled)

	long := strings.Repeat(show("Many words that take their time to read.", 4, 700, ""), 20_000)
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = Pages(ctx, write(long))
	require.True(t, errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrDamaged), "%v", err)
	require.Less(t, time.Since(began), 20*time.Second)
	require.Equal(t, "A sentence.", text(t, good))
}
