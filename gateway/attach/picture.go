package attach

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"mayfly/session"
)

// longestDrawn is the longer side of a picture as it is drawn anew, in pixels:
// models look at no more.
const longestDrawn = 2048

// smallPNG is how large a PNG of an opaque picture may be before it is drawn
// as a JPEG.
const smallPNG = 1 << 20

// picture opens pictures of one kind.
func picture(scan scanner) opening {
	return func(ctx context.Context, file []byte) (session.Attachment, error) {
		s, err := scan(file)
		if err != nil {
			return session.Attachment{}, err
		}
		if err := affordable(file, s); err != nil {
			return session.Attachment{}, err
		}
		in, format, err := decode(&patient{ctx, bytes.NewReader(file)}, file)
		if err != nil {
			return session.Attachment{}, err
		}
		defer wipe(in)
		out := turn(smaller(in), s.turned)
		defer wipe(out)
		return redraw(ctx, out, format)
	}
}

// decode decodes a picture of the kind that the file begins as.
func decode(r io.Reader, file []byte) (image.Image, session.Format, error) {
	switch file[0] {
	case 0x89:
		in, err := png.Decode(r)
		return in, session.PNG, err
	case 'R':
		in, err := webp.Decode(r)
		return in, session.JPEG, err
	}
	in, err := jpeg.Decode(r)
	return in, session.JPEG, err
}

// measure reads how large a picture says it is.
func measure(file []byte) (image.Config, error) {
	switch r := bytes.NewReader(file); file[0] {
	case 0x89:
		return png.DecodeConfig(r)
	case 'R':
		return webp.DecodeConfig(r)
	default:
		return jpeg.DecodeConfig(r)
	}
}

// affordable refuses a picture that is larger than is decoded, by what it says
// of itself: a decoder allocates by that.
func affordable(file []byte, s sketch) error {
	c, err := measure(file)
	switch {
	case err != nil || c.Width <= 0 || c.Height <= 0:
		return Damaged
	case c.Width > longestSide || c.Height > longestSide || c.Width*c.Height > mostPixels:
		return TooLarge
	case c.Width*c.Height*perPixel(c.ColorModel, s) > mostMemory:
		return TooLarge
	}
	return nil
}

// perPixel is how many bytes a decoder holds of each pixel at most.
func perPixel(m color.Model, s sketch) int {
	n := 4
	switch m {
	case color.GrayModel:
		n = 1
	case color.YCbCrModel:
		n = 3
	case color.RGBA64Model, color.NRGBA64Model:
		n = 8
	case color.Gray16Model:
		n = 2
	}
	if _, ok := m.(color.Palette); ok {
		n = 1
	}
	if s.progressive {
		n += 4 * n // its coefficients, as 32-bit numbers
	}
	return n
}

// patient is a reader that gives up with its context: a decoder asks it for
// more all the time.
type patient struct {
	ctx context.Context
	r   *bytes.Reader
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b[:min(len(b), 32<<10)])
}

// smaller draws a picture into pixels of our own, at most longestDrawn on a
// side. It goes by halves, so that every pixel counts: a scaler that looks at
// all of them at once holds ten times the picture.
func smaller(in image.Image) *image.RGBA {
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	for long := max(w, h); long > longestDrawn; long = max(w, h) {
		if long > 2*longestDrawn {
			w, h = max((w+1)/2, 1), max((h+1)/2, 1)
		} else {
			w, h = max(w*longestDrawn/long, 1), max(h*longestDrawn/long, 1)
		}
		out := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.ApproxBiLinear.Scale(out, out.Bounds(), in, in.Bounds(), draw.Src, nil)
		wipe(in)
		in = out
	}
	if out, ok := in.(*image.RGBA); ok && out.Rect.Min == (image.Point{}) {
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), in, in.Bounds().Min, draw.Src)
	return out
}

// turn puts a picture upright, as EXIF says how it was held.
func turn(in *image.RGBA, how int) *image.RGBA {
	if how < 2 {
		return in
	}
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if how >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch how {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):][:4], in.Pix[in.PixOffset(x, y):][:4])
		}
	}
	wipe(in)
	return out
}

// redraw encodes pixels: as what they were, unless that has no way to say what
// is seen through, or takes too much room.
func redraw(ctx context.Context, in *image.RGBA, format session.Format) (session.Attachment, error) {
	a := session.Attachment{Kind: session.Picture, Format: format, Width: in.Bounds().Dx(), Height: in.Bounds().Dy()}
	opaque := in.Opaque()
	if !opaque {
		a.Format = session.PNG
	}
	out := &sheet{ctx: ctx}
	var err error
	if a.Format == session.PNG {
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(out, in)
		if err == nil && opaque && len(out.b) > smallPNG {
			a.Format = session.JPEG
			out.clear()
		}
	}
	if err == nil && a.Format == session.JPEG {
		err = jpeg.Encode(out, in, &jpeg.Options{Quality: 85})
	}
	if err != nil {
		out.clear()
		return session.Attachment{}, err
	}
	a.Content = session.NewContent(out.b)
	return a, nil
}

// sheet is what is drawn. An array that it outgrows is cleared.
type sheet struct {
	ctx context.Context
	b   []byte
}

// Write implements io.Writer.
func (s *sheet) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if len(s.b)+len(b) > cap(s.b) {
		grown := append(make([]byte, 0, max(2*cap(s.b), len(s.b)+len(b), 64<<10)), s.b...)
		clear(s.b)
		s.b = grown
	}
	s.b = append(s.b, b...)
	return len(b), nil
}

func (s *sheet) clear() {
	clear(s.b[:cap(s.b)])
	s.b = s.b[:0]
}

// wipe clears the pixels of a picture.
func wipe(in image.Image) {
	switch in := in.(type) {
	case *image.NRGBA:
		clear(in.Pix)
	case *image.RGBA:
		clear(in.Pix)
	case *image.NRGBA64:
		clear(in.Pix)
	case *image.RGBA64:
		clear(in.Pix)
	case *image.Gray:
		clear(in.Pix)
	case *image.Gray16:
		clear(in.Pix)
	case *image.Paletted:
		clear(in.Pix)
	case *image.CMYK:
		clear(in.Pix)
	case *image.YCbCr:
		clear(in.Y)
		clear(in.Cb)
		clear(in.Cr)
	case *image.NYCbCrA:
		clear(in.Y)
		clear(in.Cb)
		clear(in.Cr)
		clear(in.A)
	}
}
