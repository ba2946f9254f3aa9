package pdftext

import (
	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// What a person cannot see.
const (
	tiny  = 2   // points: a letter below it
	faint = 16  // of 255: a letter of less opacity
	white = 250 // of 255: a letter of this in red, green and blue, on paper
)

// sight says whether a person who looks at a page sees a letter of it.
type sight struct {
	in                       pdfium.Pdfium
	text                     references.FPDF_TEXTPAGE
	left, bottom, right, top float64 // of the page, in points; all zero: unknown
}

// look is how large a letter is, and whether it can be seen.
func (s *sight) look(i int) (size float64, visible bool) {
	visible = true
	if f, err := s.in.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: s.text, Index: i}); err == nil {
		size = f.FontSize
	}
	if b, err := s.in.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: s.text, Index: i}); err == nil {
		height := b.Top - b.Bottom
		// The size is of the font; the page may scale it. Letters that lie flat
		// (a full stop) have no height.
		if size < tiny && height < tiny || height > 0 && height < tiny/4.0 && b.Right-b.Left < tiny/4.0 {
			visible = false
		}
		if s.right > s.left && (b.Right < s.left || b.Left > s.right || b.Top < s.bottom || b.Bottom > s.top) {
			visible = false
		}
	}
	if c, err := s.in.FPDFText_GetFillColor(&requests.FPDFText_GetFillColor{TextPage: s.text, Index: i}); err == nil {
		if c.A < faint || c.R >= white && c.G >= white && c.B >= white {
			visible = false
		}
	}
	if o, err := s.in.FPDFText_GetTextObject(&requests.FPDFText_GetTextObject{TextPage: s.text, Index: i}); err == nil {
		m, err := s.in.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: o.TextObject})
		if err == nil && (m.TextRenderMode == enums.FPDF_TEXTRENDERMODE_INVISIBLE || m.TextRenderMode == enums.FPDF_TEXTRENDERMODE_CLIP) {
			visible = false
		}
	}
	return size, visible
}
