package veil

import (
	"bytes"

	"mayfly/redact"
)

// longest is the number of bytes of the longest placeholder.
const longest = len("[national_id-BCDF]")

// appendPlaceholder appends what stands for the value at a place.
func appendPlaceholder(dst []byte, k redact.Kind, at int) []byte {
	dst = append(append(append(dst, '['), kinds[k]...), '-')
	first := len(dst)
	for at++; at > 0; at = (at - 1) / len(letters) {
		dst = append(dst, letters[(at-1)%len(letters)])
	}
	for i, j := first, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return append(dst, ']')
}

// placeholder reads the one that a text begins with. Models write it in
// capitals now and then. size is zero if there is none.
func placeholder(text []byte) (k redact.Kind, at, size int) {
	k, rest, ok := kindOf(text, '-')
	if !ok {
		return 0, 0, 0
	}
	for i, c := range rest {
		if c == ']' && i > 0 {
			return k, at - 1, len(text) - len(rest) + i + 1
		}
		digit := bytes.IndexByte([]byte(letters), c&^0x20)
		if digit < 0 || i > 3 {
			return 0, 0, 0
		}
		at = at*len(letters) + digit + 1
	}
	return 0, 0, 0
}

// begins says whether a text may be the beginning of a placeholder that is
// cut.
func begins(text []byte) bool {
	if len(text) == 0 || len(text) >= longest || text[0] != '[' {
		return false
	}
	for _, name := range kinds {
		whole := "[" + name + "-"
		if len(text) <= len(whole) && equalFold(text, whole[:len(text)]) {
			return true
		}
		if len(text) > len(whole) && equalFold(text[:len(whole)], whole) {
			rest := text[len(whole):]
			for _, c := range rest {
				if bytes.IndexByte([]byte(letters), c&^0x20) < 0 {
					return false
				}
			}
			return len(rest) <= 4
		}
	}
	return false
}

// kindOf reads "[email" and the separator.
func kindOf(text []byte, separator byte) (k redact.Kind, rest []byte, ok bool) {
	for i, name := range kinds {
		n := len(name) + 2
		if len(text) > n && text[0] == '[' && text[n-1] == separator && equalFold(text[1:n-1], name) {
			return redact.Kind(i), text[n:], true
		}
	}
	return 0, nil, false
}

// equalFold compares without regard to case. name is in small letters.
func equalFold(text []byte, name string) bool {
	if len(text) != len(name) {
		return false
	}
	for i, c := range text {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

// tokenLetters and tokenLength are those of package redact.
const (
	tokenLetters = "bcdfghjklmnpqrst"
	tokenLength  = 16
)

// appendToken appends the mark that redact leaves of a value.
func appendToken(dst []byte, k redact.Kind, token uint64) []byte {
	dst = append(append(append(dst, '['), kinds[k]...), ':')
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, tokenLetters[token>>shift&15])
	}
	return append(dst, ']')
}

// readToken reads the mark that a text begins with.
func readToken(text []byte) (k redact.Kind, token uint64, size int) {
	k, rest, ok := kindOf(text, ':')
	if !ok || len(rest) <= tokenLength || rest[tokenLength] != ']' {
		return 0, 0, 0
	}
	for _, c := range rest[:tokenLength] {
		digit := bytes.IndexByte([]byte(tokenLetters), c)
		if digit < 0 {
			return 0, 0, 0
		}
		token = token<<4 | uint64(digit)
	}
	return k, token, len(text) - len(rest) + tokenLength + 1
}
