package attach

import (
	"bytes"
	"encoding/binary"
)

// sketch is what the outside of a picture says, before anything is decoded.
type sketch struct {
	jpeg        bool // it is one
	progressive bool // JPEG: all of it is held at once while it is decoded
	turned      int  // EXIF orientation, 1 to 8; zero: it does not say
}

// scanner reads the outside of a picture to its end. It refuses what is cut
// off, what moves, and what has another file behind it.
type scanner func(file []byte) (sketch, error)

// scanPNG walks the chunks of a PNG.
func scanPNG(file []byte) (s sketch, err error) {
	for at := 8; ; {
		if len(file)-at < 12 {
			return s, Damaged
		}
		n := int64(binary.BigEndian.Uint32(file[at:]))
		if n > int64(len(file)-at-12) {
			return s, Damaged
		}
		body := file[at+8 : at+8+int(n)]
		switch kind := string(file[at+4 : at+8]); {
		case at == 8 && kind != "IHDR":
			return s, Damaged
		case kind == "acTL":
			return s, Animated
		case kind == "eXIf":
			s.turned = orientation(body)
		case kind == "IEND":
			if at+12+int(n) != len(file) {
				return s, Damaged
			}
			return s, nil
		}
		at += 12 + int(n)
	}
}

// scanWebP walks the chunks of a WebP.
func scanWebP(file []byte) (s sketch, err error) {
	if size := int64(binary.LittleEndian.Uint32(file[4:])); size+8 != int64(len(file)) {
		return s, Damaged
	}
	for at := 12; at < len(file); {
		if len(file)-at < 8 {
			return s, Damaged
		}
		n := int64(binary.LittleEndian.Uint32(file[at+4:]))
		if n+n&1 > int64(len(file)-at-8) {
			return s, Damaged
		}
		body := file[at+8 : at+8+int(n)]
		switch string(file[at : at+4]) {
		case "ANIM", "ANMF":
			return s, Animated
		case "VP8X":
			if len(body) > 0 && body[0]&2 != 0 {
				return s, Animated
			}
		case "EXIF":
			s.turned = orientation(body)
		}
		at += 8 + int(n+n&1)
	}
	return s, nil
}

// scanJPEG walks the segments of a JPEG to the end of its picture. Cameras put
// a second picture or a short film behind it, which is left behind.
func scanJPEG(file []byte) (s sketch, err error) {
	s.jpeg = true
	for at := 2; ; {
		for at < len(file) && file[at] == 0xff { // fill bytes
			at++
		}
		if at < 3 || at >= len(file) || file[at-1] != 0xff {
			return s, Damaged
		}
		marker := file[at]
		at++
		switch {
		case marker == 0xd9:
			if !companion(file[at:]) {
				return s, Damaged
			}
			return s, nil
		case marker == 0x01 || 0xd0 <= marker && marker <= 0xd7:
			continue
		case marker == 0xc2 || marker == 0xc6 || marker == 0xca || marker == 0xce:
			s.progressive = true
		}
		if len(file)-at < 2 {
			return s, Damaged
		}
		n := int(binary.BigEndian.Uint16(file[at:]))
		if n < 2 || n > len(file)-at {
			return s, Damaged
		}
		if exif, ok := bytes.CutPrefix(file[at+2:at+n], []byte("Exif\x00\x00")); ok && marker == 0xe1 && s.turned == 0 {
			s.turned = orientation(exif)
		}
		at += n
		if marker != 0xda {
			continue
		}
		for { // the picture itself, to the next marker
			next := bytes.IndexByte(file[at:], 0xff)
			if next < 0 || at+next+1 >= len(file) {
				return s, Damaged
			}
			at += next
			if m := file[at+1]; m != 0 && m != 0xff && (m < 0xd0 || m > 0xd7) {
				break
			}
			at++
			if file[at] != 0xff {
				at++
			}
		}
	}
}

// companion says whether what is behind a JPEG is what cameras put there:
// nothing, padding, another JPEG or a film.
func companion(rest []byte) bool {
	return len(bytes.Trim(rest, "\x00")) == 0 || bytes.HasPrefix(rest, []byte("\xff\xd8\xff")) ||
		len(rest) > 8 && string(rest[4:8]) == "ftyp"
}

// orientation is the EXIF orientation in a TIFF directory; zero if it has
// none.
func orientation(tiff []byte) int {
	tiff = bytes.TrimPrefix(tiff, []byte("Exif\x00\x00"))
	if len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:2]) {
	case "II":
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	directory := tiff[at:]
	for i := range int(order.Uint16(directory)) {
		entry := 2 + 12*i
		if entry+12 > len(directory) {
			return 0
		}
		if order.Uint16(directory[entry:]) == 0x0112 {
			if v := int(order.Uint16(directory[entry+8:])); 1 <= v && v <= 8 {
				return v
			}
			return 0
		}
	}
	return 0
}
