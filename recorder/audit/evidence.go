package audit

import (
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// evidence begins what is signed over a folder of evidence. No log has it for a
// name, so that what is signed is no checkpoint, and no checkpoint is this.
const evidence = "mayfly-evidence/v1\n"

// ErrNotSigned means that none of the keys signed it, or that it is not what
// was signed.
var ErrNotSigned = errors.New("none of the keys signed this, or it was changed since")

// SignEvidence signs lines about a folder of evidence, as a C2SP signed note.
func SignEvidence(lines string, by Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: evidence + lines}, by)
}

// OpenEvidence gives the lines that were signed, and the name of the key that
// signed them.
func OpenEvidence(signed []byte, known Verifiers) (lines, by string, err error) {
	n, err := note.Open(signed, known)
	if err != nil {
		return "", "", ErrNotSigned
	}
	lines, ok := strings.CutPrefix(n.Text, evidence)
	if !ok {
		return "", "", ErrNotSigned
	}
	return lines, n.Sigs[0].Name, nil
}
