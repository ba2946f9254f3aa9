package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"mayfly/gateway/receipt"
	"mayfly/recorder/export"
	"mayfly/recorder/read"
)

// soundSigner signs what is said of exported sound, with the key of receipts
// that is in force then.
func soundSigner(folder string) func([]byte) (string, error) {
	return func(manifest []byte) (string, error) {
		ring, err := openReceiptKeys(folder, time.Now())
		if err != nil {
			return "", err
		}
		jws, err := receipt.SignDetached(manifest, export.SoundType, ring)
		if err != nil {
			return "", err
		}
		// With its payload between, it is what any JOSE library reads.
		return strings.Replace(jws, "..", "."+base64.RawURLEncoding.EncodeToString(manifest)+".", 1), nil
	}
}

// Errors of label check of sound.
var (
	errBadSound   = errors.New("this is no sound as mayfly writes it: it is not whole, or was changed")
	errNoManifest = errors.New("what is signed of it is missing: bring the file that is called the same, with .jws behind it")
)

// soundLabel checks what a file of Ogg Opus says of itself: its pages are
// whole, and its comments say who is heard.
func soundLabel(data []byte) (l label, ms int, err error) {
	l.form = "Ogg Opus"
	r, head, err := oggreader.NewWith(bytes.NewReader(data))
	if err != nil {
		return l, 0, errBadSound
	}
	var last uint64
	tags := map[string]string{}
	for n := 0; ; n++ {
		body, page, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) && n > 0 {
			break
		}
		if err != nil {
			return l, 0, errBadSound
		}
		if kind, ok := page.HeaderType(body); ok && kind == oggreader.HeaderOpusTags {
			all, err := oggreader.ParseOpusTags(body)
			if err != nil {
				return l, 0, errBadSound
			}
			for _, c := range all.UserComments {
				if _, twice := tags[c.Comment]; twice {
					return l, 0, badLabel("it says %s twice", printable(c.Comment))
				}
				tags[c.Comment] = c.Value
			}
		}
		last = page.GranulePosition
	}
	said, made := tags["DESCRIPTION"], true
	l.source = tags["DIGITALSOURCETYPE"]
	switch said {
	case "":
		return l, 0, errNoLabel
	case read.Label:
		if !read.KnownSource(l.source) || tags["AI_SYSTEM"] == "" {
			return l, 0, badLabel("it does not say what made it")
		}
	case export.PersonLabel:
		made = false
		if l.source != capturedSource {
			return l, 0, badLabel("a person speaks, and %q is no recording", printable(l.source))
		}
	default:
		return l, 0, badLabel("it says %q", printable(said))
	}
	l.items = 1
	if made {
		l.made = 1
	}
	return l, int(max(last, uint64(head.PreSkip))-uint64(head.PreSkip)) / 48, nil
}

// capturedSource is the digital source type of the sound of a person.
const capturedSource = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"

// soundSigned checks what is signed of a file of sound, beside it, and says
// what that states.
func soundSigned(path string, data []byte, l label, keys func() (receipt.JWKS, error)) (string, error) {
	text, err := os.ReadFile(path + export.Signed)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", printable(path+export.Signed), errNoManifest)
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be read (%w)", printable(path+export.Signed), reason(err))
	}
	head, rest, _ := strings.Cut(strings.TrimSpace(string(text)), ".")
	payload, signature, _ := strings.Cut(rest, ".")
	manifest, err := base64.RawURLEncoding.Strict().DecodeString(payload)
	if err != nil {
		return "", receipt.ErrDetached
	}
	known, err := keys()
	if err != nil {
		return "", err
	}
	if err := receipt.VerifyDetached(manifest, head+".."+signature, export.SoundType, known); err != nil {
		return "", err
	}
	var m export.SoundManifest
	d := json.NewDecoder(bytes.NewReader(manifest))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Type != export.SoundKind || m.Version != 1 {
		return "", receipt.ErrDetached
	}
	hash := sha256.Sum256(data)
	switch {
	case m.Bytes != len(data) || m.SHA256 != hex.EncodeToString(hash[:]):
		return "", fmt.Errorf("%s was changed since it was exported: it has another checksum than what is signed", printable(path))
	case m.File != filepath.Base(path):
		return "", fmt.Errorf("%s was called %s when it was exported: it is the sound of something else", printable(path), printable(m.File))
	case m.AI != (l.made > 0):
		return "", badLabel("what is signed says something else about who is heard")
	}
	return fmt.Sprintf("It is as it was exported, as is signed: the %s in turn %d of session %s, at %s.", m.Side, m.Turn, m.Session, m.At.Format(time.RFC3339)), nil
}
