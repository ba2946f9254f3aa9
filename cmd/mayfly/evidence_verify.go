package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mayfly/recorder/audit"
)

type evidenceVerify struct {
	Folder string   `arg:"" placeholder:"FOLDER" help:"What mayfly evidence wrote."`
	Key    []string `sep:"none" placeholder:"KEY|FILE|URL" shown:"the key of this machine's gateway" help:"The gateway's public key, which you have from elsewhere than the folder: a line like example.org/audit+9a3f1c02+AXk..., a file with such lines, or the gateway's https://.../.well-known/mayfly-audit-keys.txt. May be given several times."`
	Data   string   `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The gateway's data folder, whose key is used where no other is named."`
}

// evidenceLines is what is signed.
type evidenceLines struct {
	tenant, at, by string
	files          int
	sums           string // SHA-256 of the checksums
}

var evidenceForm = regexp.MustCompile(`^tenant ([^ \n]+)\nat ([0-9TZ:-]+)\nfiles ([0-9]{1,9})\nsha256 ([0-9a-f]{64})\n$`)

// apart implements stoppedCommand.
func (c *evidenceVerify) apart(ctx context.Context, out io.Writer) error {
	known, err := (&auditVerify{Key: c.Key, Data: c.Data}).keys(ctx)
	if err != nil {
		return err
	}
	lines, err := checkEvidence(c.Folder, known)
	if err != nil {
		return fmt.Errorf("%s: NOT GOOD: %w", printable(c.Folder), err)
	}
	said, err := verifyFolder(c.Folder, known)
	if err != nil {
		return fmt.Errorf("%s: nothing was changed since it was signed, but the audit log in it was before: %w", printable(c.Folder), err)
	}
	_, err = fmt.Fprintf(out, "GOOD: the evidence of %s of %s, signed by %s. Files: %d, each as it was signed.\n\n%s", lines.tenant, lines.at, lines.by, lines.files, said)
	return err
}

// maxSums is the largest file of checksums, in bytes.
const maxSums = 1 << 20

// checkEvidence finds the first file of a folder that is not as it was signed.
func checkEvidence(folder string, known audit.Verifiers) (l evidenceLines, err error) {
	signed, err := plainFile(folder, evidenceSignature, 64<<10)
	if err != nil {
		return l, err
	}
	text, by, err := audit.OpenEvidence(signed, known)
	m := evidenceForm.FindStringSubmatch(text)
	if err != nil || m == nil {
		return l, fmt.Errorf("%s: %w", evidenceSignature, audit.ErrNotSigned)
	}
	l = evidenceLines{tenant: m[1], at: m[2], by: by, sums: m[4]}
	if l.files, err = strconv.Atoi(m[3]); err != nil {
		return l, err
	}
	data, err := plainFile(folder, evidenceSums, maxSums)
	if err != nil {
		return l, err
	}
	if fmt.Sprintf("%x", sha256.Sum256(data)) != l.sums {
		return l, fmt.Errorf("%s: it was changed", evidenceSums)
	}
	sums, err := readSums(string(data))
	if err != nil {
		return l, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return l, reason(err)
	}
	names := maps.Clone(sums)
	for _, e := range entries {
		if e.Name() != evidenceSums && e.Name() != evidenceSignature {
			names[e.Name()] = sums[e.Name()]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		want, listed := sums[name]
		if !listed {
			return l, fmt.Errorf("%s: it was added", printable(name))
		}
		f, err := openPlain(folder, name)
		if err != nil {
			return l, err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return l, fmt.Errorf("%s: it cannot be read (%w)", name, reason(err))
		}
		if hex.EncodeToString(h.Sum(nil)) != want {
			return l, fmt.Errorf("%s: it was changed", name)
		}
	}
	return l, nil
}

// plainFile reads a file of the folder that is small.
func plainFile(folder, name string, most int64) ([]byte, error) {
	f, err := openPlain(folder, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: it cannot be read (%w)", name, reason(err))
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s: it was changed", name)
	}
	return data, nil
}

// openPlain opens a file of the folder itself: no link, which could show
// something else to whoever looks next, and nothing that waits.
func openPlain(folder, name string) (*os.File, error) {
	path := filepath.Join(folder, name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: it is missing", name)
	case err != nil:
		return nil, fmt.Errorf("%s: it cannot be read (%w)", name, reason(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: it was changed: it is no file any more", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: it cannot be read (%w)", name, reason(err))
	}
	return f, nil
}

var sumForm = regexp.MustCompile(`^([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)$`)

// readSums reads checksums as sha256sum writes them, of names without folders.
func readSums(text string) (map[string]string, error) {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		m := sumForm.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || sums[m[2]] != "" {
			return nil, fmt.Errorf("%s: it is no list of checksums", evidenceSums)
		}
		sums[m[2]] = m[1]
	}
	return sums, nil
}
