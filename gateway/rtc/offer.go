package rtc

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// offer is an offer that passed the gate, as lines.
type offer struct {
	session     []string // lines before the first m-line
	media       []mline
	fingerprint string // the one certificate, lower case
}

// mline is one m-line with the lines below it.
type mline struct {
	kind      string   // "audio", "video", "application"
	lines     []string // the first is the m-line itself
	mid       string
	direction string // "sendrecv", "sendonly", "recvonly", "inactive"
}

// CheckOffer is the gate that an offer passes before pion parses it. It costs
// microseconds, keeps nothing, and its errors hold nothing of the offer.
func CheckOffer(sdp []byte) error {
	_, err := parseOffer(sdp)
	return err
}

func parseOffer(sdp []byte) (*offer, error) {
	if len(sdp) > MaxOffer {
		return nil, ErrOfferTooLarge
	}
	lines, err := splitLines(sdp)
	if err != nil {
		return nil, err
	}
	o, err := sections(lines)
	if err != nil {
		return nil, err
	}
	for _, check := range []func() error{o.checkMids, o.checkBundle, o.checkTransport} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// splitLines takes RFC 8866, 5: lines of a small letter, an equals sign and
// something, ended by CRLF; like most parsers it takes a lone LF too.
func splitLines(sdp []byte) ([]string, error) {
	if !utf8.Valid(sdp) {
		return nil, ErrOfferMalformed
	}
	text := strings.TrimSuffix(string(sdp), "\n")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if len(line) < 3 || line[0] < 'a' || line[0] > 'z' || line[1] != '=' {
			return nil, ErrOfferMalformed
		}
		for i := range len(line) {
			if line[i] < ' ' || line[i] == 0x7F {
				return nil, ErrOfferMalformed
			}
		}
		lines = append(lines, line)
	}
	if lines[0] != "v=0" {
		return nil, ErrOfferMalformed
	}
	return lines, nil
}

// sections cuts the lines at the m-lines and counts what is limited.
func sections(lines []string) (*offer, error) {
	o := &offer{}
	candidates, channels := 0, 0
	for _, line := range lines {
		if strings.HasPrefix(line, "m=") {
			if len(o.media) == MaxLines {
				return nil, ErrTooManyLines
			}
			kind, err := checkMedia(line)
			if err != nil {
				return nil, err
			}
			if kind == "application" {
				channels++
			}
			o.media = append(o.media, mline{kind: kind})
		}
		if strings.HasPrefix(line, "a=candidate:") {
			if candidates++; candidates > MaxCandidates {
				return nil, ErrTooManyCandidates
			}
		}
		if len(o.media) == 0 {
			o.session = append(o.session, line)
		} else {
			m := &o.media[len(o.media)-1]
			m.lines = append(m.lines, line)
		}
	}
	if channels != 1 {
		return nil, ErrNoChannel
	}
	return o, nil
}

// checkMedia takes "m=<media> <port> <proto> <fmt> ...".
func checkMedia(line string) (kind string, err error) {
	f := strings.Fields(line[2:])
	if len(f) < 4 || len(f) > 3+64 {
		return "", ErrOfferMalformed
	}
	if port, err := strconv.ParseUint(f[1], 10, 16); err != nil || port > 65535 {
		return "", ErrOfferMalformed
	}
	switch f[0] {
	case "audio", "video":
		if !strings.HasSuffix(f[2], "/SAVPF") && !strings.HasSuffix(f[2], "/SAVP") {
			return "", ErrMedia
		}
	case "application":
		if !strings.HasSuffix(f[2], "DTLS/SCTP") || f[3] != "webrtc-datachannel" {
			return "", ErrMedia
		}
	default:
		return "", ErrMedia
	}
	return f[0], nil
}

// checkMids wants a name per line, all different, and reads the directions.
func (o *offer) checkMids() error {
	fallback := "sendrecv"
	if d := direction(o.session); d != "" {
		fallback = d
	}
	seen := map[string]bool{}
	for i := range o.media {
		m := &o.media[i]
		mids := values(m.lines, "a=mid:")
		if len(mids) != 1 || mids[0] == "" || len(mids[0]) > 32 || strings.ContainsAny(mids[0], " \t") || seen[mids[0]] {
			return ErrMid
		}
		m.mid = mids[0]
		seen[m.mid] = true
		if m.direction = direction(m.lines); m.direction == "" {
			m.direction = fallback
		}
	}
	return nil
}

// checkBundle wants one BUNDLE group, of lines that exist, each once, with
// the data channel in it: everything runs over one transport.
func (o *offer) checkBundle() error {
	var groups []string
	for _, g := range values(o.session, "a=group:") {
		if g == "BUNDLE" || strings.HasPrefix(g, "BUNDLE ") {
			groups = append(groups, g)
		}
	}
	if len(groups) != 1 {
		return ErrBundle
	}
	mids := strings.Fields(groups[0])[1:]
	for i, mid := range mids {
		if slices.Contains(mids[:i], mid) || !slices.ContainsFunc(o.media, func(m mline) bool { return m.mid == mid }) {
			return ErrBundle
		}
	}
	for _, m := range o.media {
		if m.kind == "application" && !slices.Contains(mids, m.mid) {
			return ErrBundle
		}
	}
	return nil
}

// checkTransport wants ICE credentials (RFC 8839, 5.4), one certificate with
// a hash that counts (RFC 8122, 5), and a DTLS role that can be answered.
func (o *offer) checkTransport() error {
	if slices.Contains(o.session, "a=ice-lite") {
		return ErrICE
	}
	ufrags, pwds, prints := 0, 0, 0
	for _, lines := range o.all() {
		for _, v := range values(lines, "a=ice-ufrag:") {
			if ufrags++; len(v) < 4 || len(v) > 256 || !iceChars(v) {
				return ErrICE
			}
		}
		for _, v := range values(lines, "a=ice-pwd:") {
			if pwds++; len(v) < 22 || len(v) > 256 || !iceChars(v) {
				return ErrICE
			}
		}
		for _, v := range values(lines, "a=fingerprint:") {
			v = strings.ToLower(v)
			if prints++; !strongFingerprint(v) || prints > 1 && v != o.fingerprint {
				return ErrFingerprint
			}
			o.fingerprint = v
		}
		for _, v := range values(lines, "a=setup:") {
			if v != "actpass" && v != "active" && v != "passive" {
				return ErrSetup
			}
		}
	}
	if ufrags == 0 || pwds == 0 {
		return ErrICE
	}
	if prints == 0 {
		return ErrFingerprint
	}
	return nil
}

// all gives the session's lines and those of each m-line.
func (o *offer) all() [][]string {
	out := [][]string{o.session}
	for _, m := range o.media {
		out = append(out, m.lines)
	}
	return out
}

func values(lines []string, prefix string) (out []string) {
	for _, line := range lines {
		if v, ok := strings.CutPrefix(line, prefix); ok {
			out = append(out, v)
		}
	}
	return out
}

// direction is the last direction attribute, or nothing.
func direction(lines []string) (d string) {
	for _, line := range lines {
		if isDirection(line) {
			d = line[2:]
		}
	}
	return d
}

func isDirection(line string) bool {
	return line == "a=sendrecv" || line == "a=sendonly" || line == "a=recvonly" || line == "a=inactive"
}

func iceChars(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// strongFingerprint takes "sha-256 AB:CD:...", or a longer hash of the family.
func strongFingerprint(v string) bool {
	name, value, ok := strings.Cut(v, " ")
	size := map[string]int{"sha-256": 32, "sha-384": 48, "sha-512": 64}[name]
	if !ok || size == 0 || len(value) != 3*size-1 {
		return false
	}
	for i := range size {
		if i > 0 && value[3*i-1] != ':' {
			return false
		}
		if _, err := hex.DecodeString(value[3*i : 3*i+2]); err != nil {
			return false
		}
	}
	return true
}
