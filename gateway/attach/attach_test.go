package attach

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// canary is in every part of a file that is not the picture.
const canary = "CANARY-5d1f-lat52.5200lon13.4050"

// sample is a picture in which every corner has a colour of its own.
func sample(w, h int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{A: 255}
			if x >= w/2 {
				c.R = 255
			}
			if y >= h/2 {
				c.G = 255
			}
			p.SetNRGBA(x, y, c)
		}
	}
	return p
}

func pngOf(t testing.TB, p image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, p))
	return b.Bytes()
}

func jpegOf(t testing.TB, p image.Image) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func fixture(t testing.TB, name string) []byte {
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return b
}

// chunk is a chunk of a PNG.
func chunk(kind, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

// withChunks puts chunks behind the first of a PNG.
func withChunks(file []byte, chunks ...string) []byte {
	const head = 8 + 25
	return slices.Concat(file[:head], []byte(strings.Join(chunks, "")), file[head:])
}

// segment is a segment of a JPEG.
func segment(marker byte, body string) string {
	return string(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))) + body
}

func withSegments(file []byte, segments ...string) []byte {
	return slices.Concat(file[:2], []byte(strings.Join(segments, "")), file[2:])
}

// exif is a TIFF directory with an orientation and the canary.
func exif(order binary.AppendByteOrder, how uint16) string {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(order.AppendUint16(b, 0x010e), 2) // ImageDescription
	b = order.AppendUint32(order.AppendUint32(b, uint32(len(canary)+1)), 38)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3) // Orientation
	b = order.AppendUint16(order.AppendUint16(order.AppendUint32(b, 1), how), 0)
	b = order.AppendUint32(b, 0)
	return string(b) + canary + "\x00"
}

func zipped(t testing.TB) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("secret.txt")
	require.NoError(t, err)
	_, err = f.Write([]byte(canary))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// riff wraps chunks as a WebP.
func riff(chunks ...string) []byte {
	body := "WEBP" + strings.Join(chunks, "")
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(kind, body string) string {
	b := binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(body)))
	if b = append(b, body...); len(body)%2 == 1 {
		b = append(b, 0)
	}
	return string(b)
}

func open(t testing.TB, file []byte) (session.Attachment, []byte, error) {
	t.Helper()
	given := bytes.Clone(file)
	a, err := New().Open(t.Context(), given)
	require.Equal(t, string(make([]byte, len(given))), string(given), "the file is cleared, whatever came of it")
	return a, a.Content.AppendContent(nil), err
}

// redrawn is the picture that came of a file. It has no metadata of any kind.
func redrawn(t testing.TB, file []byte) (session.Attachment, image.Image) {
	t.Helper()
	a, b, err := open(t, file)
	require.NoError(t, err)
	require.Equal(t, session.Picture, a.Kind)
	require.NotContains(t, string(b), canary)
	for _, trace := range []string{"CANARY", "Exif", "ICC", "http://", "tEXt", "iTXt", "zTXt", "eXIf", "PK\x03\x04"} {
		require.NotContains(t, string(b), trace)
	}
	in, name, err := image.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	require.Equal(t, [...]string{session.PNG: "png", session.JPEG: "jpeg"}[a.Format], name)
	require.Equal(t, image.Pt(a.Width, a.Height), in.Bounds().Size())
	return a, in
}

func near(t testing.TB, want color.Color, got color.Color, at string) {
	t.Helper()
	r, g, b, _ := want.RGBA()
	r2, g2, b2, _ := got.RGBA()
	for _, d := range []int{int(r) - int(r2), int(g) - int(g2), int(b) - int(b2)} {
		require.LessOrEqual(t, max(d, -d), 32<<8, "%s: %v is not %v", at, got, want)
	}
}

// corners are a picture's four, as sample has them: 0 black, 1 red, 2 green, 3 yellow.
func corners(in image.Image) (c [4]int) {
	b := in.Bounds()
	for i, at := range []image.Point{{b.Dx() / 4, b.Dy() / 4}, {b.Dx() * 3 / 4, b.Dy() / 4}, {b.Dx() / 4, b.Dy() * 3 / 4}, {b.Dx() * 3 / 4, b.Dy() * 3 / 4}} {
		r, g, _, _ := in.At(at.X, at.Y).RGBA()
		c[i] = int(r>>15) + 2*int(g>>15)
	}
	return c
}

// What says who took a picture, where and with what is gone; what it shows is
// not. // R81
func TestMetadataGone(t *testing.T) {
	tiff := exif(binary.LittleEndian, 1)
	xmp := "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>" + canary + "</x:xmpmeta>"
	var profile bytes.Buffer
	z := zlib.NewWriter(&profile)
	_, _ = z.Write([]byte(canary))
	require.NoError(t, z.Close())
	webp := fixture(t, "lossy.webp")
	for name, file := range map[string][]byte{
		"JPEG": withSegments(jpegOf(t, sample(64, 48)), segment(0xe1, "Exif\x00\x00"+tiff), segment(0xe1, xmp), segment(0xe2, "ICC_PROFILE\x00\x01\x01"+canary),
			segment(0xed, "Photoshop 3.0\x00"+canary), segment(0xfe, canary)),
		"PNG": withChunks(pngOf(t, sample(64, 48)), chunk("iCCP", canary[:20]+"\x00\x00"+profile.String()), chunk("tEXt", "Author\x00"+canary), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+canary),
			chunk("eXIf", tiff), chunk("tIME", "\x07\xea\x0b\x1a\x0a\x00\x00"), chunk("zIpp", zipped(t))),
		"WebP": riff(riffChunk("VP8X", "\x2c\x00\x00\x00\x2f\x00\x00\x1f\x00\x00"), riffChunk("ICCP", canary), string(webp[12:]), riffChunk("EXIF", tiff), riffChunk("XMP ", canary)),
		// What a camera puts behind its picture.
		"a film behind it":    append(jpegOf(t, sample(64, 48)), "\x00\x00\x00\x18ftypmp42"+canary...),
		"a picture behind it": append(jpegOf(t, sample(64, 48)), withSegments(jpegOf(t, sample(8, 8)), segment(0xfe, canary))...),
		"padding behind it":   append(jpegOf(t, sample(64, 48)), make([]byte, 100)...),
	} {
		t.Run(name, func(t *testing.T) {
			if name != "padding behind it" {
				require.True(t, bytes.Contains(file, []byte("CANARY")) || name == "PNG")
			}
			_, in := redrawn(t, file)
			if name != "WebP" {
				require.Equal(t, [4]int{0, 1, 2, 3}, corners(in))
			}
		})
	}
}

// A picture stands upright, as it was held. // R81
func TestOrientation(t *testing.T) {
	want := [...][4]int{1: {0, 1, 2, 3}, 2: {1, 0, 3, 2}, 3: {3, 2, 1, 0}, 4: {2, 3, 0, 1}, 5: {0, 2, 1, 3}, 6: {2, 0, 3, 1}, 7: {3, 1, 2, 0}, 8: {1, 3, 0, 2}}
	for how := uint16(1); how <= 8; how++ {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for name, file := range map[string][]byte{
				"JPEG": withSegments(jpegOf(t, sample(64, 32)), segment(0xe1, "Exif\x00\x00"+exif(order, how))),
				"PNG":  withChunks(pngOf(t, sample(64, 32)), chunk("eXIf", exif(order, how))),
			} {
				a, in := redrawn(t, file)
				require.Equal(t, want[how], corners(in), "%s held as %d", name, how)
				require.Equal(t, how >= 5, a.Height > a.Width)
			}
		}
	}
	for _, broken := range []string{"", "II", "II*\x00\xff\xff\xff\xff", "MM\x00*\x00\x00\x00\x08\xff\xff", "XX*\x00\x08\x00\x00\x00", "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01"} {
		require.Zero(t, orientation([]byte(broken)))
	}
}

// Every kind that is taken, in every form of it.
func TestKinds(t *testing.T) {
	deep := image.NewNRGBA64(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			deep.SetNRGBA64(x, y, color.NRGBA64{R: 0xffff, G: 0x1234, A: 0xffff})
		}
	}
	gray := image.NewGray(image.Rect(0, 0, 64, 48))
	paletted := image.NewPaletted(image.Rect(0, 0, 64, 48), color.Palette{color.White, color.Black})
	half := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	for i := range half.Pix {
		half.Pix[i] = 127
	}
	for name, c := range map[string]struct {
		file   []byte
		format session.Format
		w, h   int
	}{
		"PNG":               {pngOf(t, sample(64, 48)), session.PNG, 64, 48},
		"PNG, 16 bit":       {pngOf(t, deep), session.PNG, 64, 48},
		"PNG, interlaced":   {fixture(t, "interlaced.png"), session.PNG, 48, 32},
		"PNG, gray":         {pngOf(t, gray), session.PNG, 64, 48},
		"PNG, paletted":     {pngOf(t, paletted), session.PNG, 64, 48},
		"PNG, transparent":  {pngOf(t, half), session.PNG, 64, 48},
		"JPEG":              {jpegOf(t, sample(64, 48)), session.JPEG, 64, 48},
		"JPEG, gray":        {jpegOf(t, gray), session.JPEG, 64, 48},
		"JPEG, CMYK":        {fixture(t, "cmyk.jpg"), session.JPEG, 48, 32},
		"JPEG, progressive": {fixture(t, "progressive.jpg"), session.JPEG, 48, 32},
		"WebP, lossy":       {fixture(t, "lossy.webp"), session.JPEG, 48, 32},
		"WebP, lossless":    {fixture(t, "lossless.webp"), session.JPEG, 48, 32},
		"WebP, transparent": {fixture(t, "alpha.webp"), session.PNG, 24, 16},
		"large":             {jpegOf(t, sample(4096, 1024)), session.JPEG, 2048, 512},
		"thin":              {pngOf(t, sample(16000, 2)), session.PNG, 2048, 1},
	} {
		t.Run(name, func(t *testing.T) {
			a, in := redrawn(t, c.file)
			require.Equal(t, c.format, a.Format)
			require.Equal(t, []int{c.w, c.h}, []int{a.Width, a.Height})
			if slices.Contains([]string{"JPEG, CMYK", "JPEG, progressive", "PNG, interlaced", "WebP, lossy", "WebP, lossless"}, name) {
				near(t, color.NRGBA{R: 255, A: 255}, in.At(24, 0), "the top")
				near(t, color.NRGBA{B: 255, A: 255}, in.At(24, 31), "the bottom")
			}
		})
	}
}

// An opaque picture that would be large as a PNG is drawn as a JPEG.
func TestNoisyPNG(t *testing.T) {
	p := image.NewNRGBA(image.Rect(0, 0, 1000, 1000))
	n := uint32(1)
	for i := range p.Pix {
		n = n*1664525 + 1013904223
		if p.Pix[i] = byte(n >> 24); i%4 == 3 {
			p.Pix[i] = 255
		}
	}
	a, _ := redrawn(t, pngOf(t, p))
	require.Equal(t, session.JPEG, a.Format)
	require.Less(t, a.Content.Len(), 2<<20)
}

// The hostile files: each is an error of its own kind, soon, and without much
// memory. // R81
func TestHostile(t *testing.T) {
	whole := jpegOf(t, sample(64, 48))
	good := pngOf(t, sample(64, 48))
	bomb := func(w, h uint32, kind byte) []byte {
		head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
		var z bytes.Buffer
		zw := zlib.NewWriter(&z)
		_, _ = zw.Write(make([]byte, 1<<20))
		_ = zw.Close()
		return []byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", string(head)+"\x08"+string(kind)+"\x00\x00\x00") + chunk("IDAT", z.String()) + chunk("IEND", ""))
	}
	tall := bytes.Clone(whole)
	sof := bytes.Index(tall, []byte{0xff, 0xc0})
	copy(tall[sof+5:], "\xff\xff\xff\xff")
	var g bytes.Buffer
	require.NoError(t, gif.Encode(&g, sample(8, 8), nil))
	text := func(s string) []byte { return []byte(s) }
	for name, c := range map[string]struct {
		file []byte
		want Error
	}{
		"PNG bomb":                       {bomb(50_000, 50_000, 6), TooLarge},
		"PNG bomb, flat":                 {bomb(1<<31-1, 1, 0), TooLarge},
		"PNG bomb, 5000 x 5001":          {bomb(5000, 5001, 6), TooLarge},
		"PNG that says more than it has": {bomb(4000, 4000, 6), Damaged},
		"PNG of no size":                 {bomb(0, 10, 6), Damaged},
		"JPEG of 65535 x 65535":          {tall, TooLarge},
		"WebP of 16384 x 16384":          {riff(riffChunk("VP8X", "\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00"), riffChunk("VP8L", "\x2f\xff\xff\xff\x0f\x00")), TooLarge},
		"file of 9 MiB":                  {append(bytes.Clone(good), make([]byte, 9<<20)...), TooLarge},
		"zip in PNG":                     {append(bytes.Clone(good), zipped(t)...), Damaged},
		"zip in JPEG":                    {append(bytes.Clone(whole), zipped(t)...), Damaged},
		"HTML in JPEG":                   {append(bytes.Clone(whole), "<script>alert(1)</script>"...), Damaged},
		"zip in WebP":                    {append(fixture(t, "lossy.webp"), zipped(t)...), Damaged},
		"zip":                            {text(zipped(t)), Unknown},
		"GIF with another name":          {g.Bytes(), Unknown},
		"BMP":                            {text("BM\x00\x00\x00\x00"), Unknown},
		"program":                        {text("\x7fELF\x02\x01\x01"), Unknown},
		"HTML as text":                   {text("  <!DOCTYPE html><script>alert(1)</script>"), Unknown},
		"HTML as text, bare":             {text("<img src=x onerror=alert(1)>"), Unknown},
		"SVG":                            {text(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), Unknown},
		"SVG, announced":                 {text(`<?xml version="1.0"?><svg/>`), Unknown},
		"SVG, behind a mark":             {text("\xef\xbb\xbf<svg/>"), Unknown},
		"text that is not":               {text("hello\x00world"), Unknown},
		"text of another encoding":       {text("gr\xfc\xdfe"), Unknown},
		"text that moves the cursor":     {text("hello \x1b[2J"), Unknown},
		"nothing":                        {nil, Unknown},
		"blanks":                         {text(" \n\t "), Unknown},
		"long text":                      {bytes.Repeat([]byte("word "), MaxText/5+1), TooLarge},
		"APNG":                           {withChunks(good, chunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00")), Animated},
		"animated WebP":                  {fixture(t, "animated.webp"), Animated},
		"PNG with a broken sum":          {bytes.Replace(good, []byte("IDAT"), []byte("IDAU"), 1), Damaged},
		"PNG without a picture":          {[]byte("\x89PNG\r\n\x1a\n" + chunk("IHDR", "\x00\x00\x00\x08\x00\x00\x00\x08\x08\x06\x00\x00\x00") + chunk("IEND", "")), Damaged},
		"JPEG without a picture":         {text("\xff\xd8\xff\xd9"), Damaged},
		"JPEG with a segment of none":    {text("\xff\xd8\xff\xe0\x00\x00\xff\xd9"), Damaged},
		"WebP without a picture":         {riff(riffChunk("VP8L", "")), Damaged},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, b, err := open(t, c.file)
			runtime.ReadMemStats(&after)
			require.Equal(t, c.want, err)
			require.Empty(t, b)
			require.Less(t, time.Since(began), 5*time.Second)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(mostMemory), "bytes that were allocated on the way")
		})
	}
}

// A file that is cut off anywhere is an error, never a part of a picture.
func TestTruncated(t *testing.T) {
	n := 0
	for name, whole := range map[string][]byte{
		"JPEG": jpegOf(t, sample(64, 48)), "progressive": fixture(t, "progressive.jpg"), "PNG": pngOf(t, sample(64, 48)),
		"interlaced": fixture(t, "interlaced.png"), "lossy": fixture(t, "lossy.webp"), "lossless": fixture(t, "lossless.webp"),
	} {
		for cut := 12; cut < len(whole); cut++ { // before it, it is what it begins as
			_, _, err := open(t, whole[:cut])
			var typed Error
			require.ErrorAs(t, err, &typed, "%s cut at %d of %d", name, cut, len(whole))
			require.Contains(t, []Error{Damaged, Unknown, TooLarge}, typed)
			n++
		}
	}
	t.Logf("n = %d cuts", n)
}

// One wrong byte anywhere is an error or a picture, never a panic or anything
// else; and nothing of the file is in an error.
func TestFlipped(t *testing.T) {
	n, refused := 0, 0
	o := New()
	for _, whole := range [][]byte{
		withSegments(jpegOf(t, sample(32, 24)), segment(0xe1, "Exif\x00\x00"+exif(binary.LittleEndian, 6))), fixture(t, "progressive.jpg"), fixture(t, "cmyk.jpg"),
		withChunks(pngOf(t, sample(32, 24)), chunk("eXIf", exif(binary.BigEndian, 6))), fixture(t, "interlaced.png"),
		fixture(t, "lossy.webp"), fixture(t, "lossless.webp"), fixture(t, "alpha.webp"), []byte("some text in a file"),
	} {
		for at := range whole {
			for _, by := range []byte{0x01, 0x80, 0xff} {
				file := bytes.Clone(whole)
				file[at] ^= by
				a, err := o.Open(t.Context(), file)
				a.Content.Forget()
				n++
				if err != nil {
					refused++
					require.Contains(t, Errors(), err)
				}
			}
		}
	}
	require.Positive(t, refused)
	t.Logf("n = %d files, %d refused", n, refused)
}

// Text is kept as it is, without the mark in front.
func TestText(t *testing.T) {
	for _, say := range []string{"Grüße", "a,b\n1,2\r\n", "# Notes\n\n- 3 < 5", "<someone@example.org> wrote:", "<- see there", "x"} {
		a, b, err := open(t, []byte("\xef\xbb\xbf"+say))
		require.NoError(t, err)
		require.Equal(t, session.Document, a.Kind)
		require.Equal(t, say, string(b))
	}
}

// No more files are opened at a time than there is room for; who waits too long
// is told so, and who gives up leaves nothing behind.
func TestAtOnce(t *testing.T) {
	o := New()
	for range atOnce {
		o.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := o.Open(ctx, pngOf(t, sample(8, 8)))
	require.Equal(t, Busy, err)
	for range atOnce {
		<-o.slots
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			a, err := o.Open(t.Context(), pngOf(t, sample(200, 100)))
			if err != nil || a.Width != 200 {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	require.Empty(t, o.slots)
}

// A decoder that is still reading when its time is over is stopped.
func TestTooSlow(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := picture(scanPNG)(ctx, pngOf(t, sample(64, 48)))
	require.ErrorIs(t, err, context.Canceled)
	_, err = redraw(ctx, smaller(sample(64, 48)), session.PNG)
	require.ErrorIs(t, err, context.Canceled)
}

// What an error says has nothing of the file in it.
func TestErrorsSayNothing(t *testing.T) {
	for _, e := range Errors() {
		require.Equal(t, string(e), e.Error())
	}
	require.True(t, errors.Is(fmt.Errorf("x: %w", Damaged), Damaged))
}

// How long it takes to open the largest of what people send, and what it
// allocates.
func BenchmarkOpen(b *testing.B) {
	for name, file := range map[string][]byte{
		"JPEG 12 MP": jpegOf(b, sample(4000, 3000)), "JPEG 25 MP": jpegOf(b, sample(5000, 5000)), "PNG 4 MP": pngOf(b, sample(2000, 2000)),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			o := New()
			for b.Loop() {
				a, err := o.Open(b.Context(), bytes.Clone(file))
				if err != nil {
					b.Fatal(err)
				}
				a.Content.Forget()
			}
		})
	}
}
