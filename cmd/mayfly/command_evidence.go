package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mayfly/recorder/audit"
)

// evidenceCommands are `mayfly evidence ...`.
type evidenceCommands struct {
	Write  evidenceFlags  `cmd:"" default:"withargs" help:"Write the folder. This is what mayfly evidence does when nothing else is said."`
	Verify evidenceVerify `cmd:"" help:"Check a folder without asking anybody: that a gateway with the key signed it, and that nothing in it was changed, taken away or added since. Exits 1 where it was, and names the first such file."`
}

// evidenceFlags are `mayfly evidence`.
type evidenceFlags struct {
	whereFlags
	Out string `required:"" placeholder:"FOLDER" shown:"none; needed" help:"Where the folder is made. There must be nothing yet."`
}

// Files of a folder of evidence that others go by.
const (
	evidenceAudit       = "audit.jsonl"
	evidenceKey         = "audit-key.txt"
	evidenceCheckpoints = "checkpoints"
	evidenceVerdict     = "audit-verification.txt"
	evidenceSums        = "SHA256SUMS"
	evidenceSignature   = "SIGNATURE"
)

func (c *evidenceFlags) run(ctx context.Context, h *host, out io.Writer) (err error) {
	if err := h.sole(ctx); err != nil {
		return err
	}
	folder, err := filepath.Abs(c.Out)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is something at %s already; name a folder that is not there yet", printable(c.Out))
	}
	part, err := os.MkdirTemp(filepath.Dir(folder), ".evidence-")
	if err != nil {
		return fmt.Errorf("nothing can be written beside %s (%w); name another place with --out", printable(c.Out), reason(err))
	}
	defer func() { _ = os.RemoveAll(part) }() // nothing is left there once it has its name
	verdict, err := h.evidence(ctx, part)
	if err != nil {
		return err
	}
	if err := os.Rename(part, folder); err != nil {
		return fmt.Errorf("the folder cannot be put at %s (%w); name another place with --out", printable(c.Out), reason(err))
	}
	if _, err := fmt.Fprintf(out, "%s is the evidence of %s. Its README.md says what is in it and how others verify it.\n", printable(c.Out), h.tenant); err != nil {
		return err
	}
	return verdict
}

// evidence writes the files into a folder. The verdict is what is wrong with
// the audit log; the folder is whole all the same, and says so.
func (h *host) evidence(ctx context.Context, folder string) (verdict, err error) {
	var p evidenceParts
	// The checkpoints come first: the export that comes after them reaches to
	// all of them.
	if err := h.request(ctx, http.MethodGet, "/tenants/"+h.tenant+"/evidence", "", nil, &p); err != nil {
		return nil, err
	}
	w := evidenceWriter{folder: folder, sums: map[string][sha256.Size]byte{}}
	for _, one := range []struct{ name, path, accept string }{
		{"processing.json", "processing", "application/json"},
		{"processing.csv", "processing", "text/csv"},
		{"posture.json", "posture", "application/json"},
	} {
		w.keep(one.name, func(to io.Writer) error { return h.copy(ctx, http.MethodGet, h.about(one.path), one.accept, to) })
	}
	w.keepJSON("subprocessors.json", map[string]any{"versions": p.Registers})
	w.keepJSON("notices.json", map[string]any{"notices": p.Notices})
	w.keepText("promises.md", p.Promises)
	w.keepJSON("sbom.cdx.json", p.BOM)
	w.keepText(evidenceKey, p.Key+"\n")
	w.keepText(evidenceCheckpoints, p.Checkpoints)
	w.keep(evidenceAudit, func(to io.Writer) error {
		return h.copy(ctx, http.MethodPost, "/tenants/"+h.tenant+"/audit", "", to)
	})
	if w.err != nil {
		return nil, w.err
	}
	known, err := audit.ParseKeys(p.Key)
	if err != nil {
		return nil, err
	}
	said, verdict := verifyFolder(folder, known)
	if errors.Is(verdict, audit.ErrTruncated) || errors.Is(verdict, audit.ErrNotAnAudit) {
		return nil, errors.New("the export of the audit log ended too early; look at the gateway's log, and try again")
	}
	if verdict != nil {
		said = verdict.Error() + "\n"
	}
	w.keepText(evidenceVerdict, said)
	w.keepText("README.md", evidenceReadme(h.tenant, &p))
	sums := w.list()
	w.put(evidenceSums, []byte(sums))
	if w.err != nil {
		return nil, w.err
	}
	signed := evidenceSigned{SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(sums))), Files: len(w.sums)}
	if err := h.request(ctx, http.MethodPost, "/tenants/"+h.tenant+"/evidence", "", signed, &signed); err != nil {
		return nil, err
	}
	w.put(evidenceSignature, []byte(signed.Note))
	return verdict, w.err
}

// copy passes an answer on as it comes.
func (h *host) copy(ctx context.Context, method, path, accept string, to io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://mayfly"+operatorPath+path, nil)
	if err != nil {
		return err
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	res, err := h.send(r)
	if err != nil {
		return fmt.Errorf("the gateway did not answer (%w); look at its log", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return refusal(res)
	}
	_, err = io.Copy(to, res.Body)
	return err
}

// verifyFolder verifies the audit log of a folder of evidence, and says what it
// found.
func verifyFolder(folder string, known audit.Verifiers) (said string, err error) {
	var earlier []audit.Checkpoint
	data, err := readBounded(filepath.Join(folder, evidenceCheckpoints), maxCheckpoints)
	if err != nil {
		return "", err
	}
	if len(data) > 0 {
		if earlier, err = audit.ReadCheckpoints(data, known); err != nil {
			return "", fmt.Errorf("%s: %w", evidenceCheckpoints, err)
		}
	}
	f, err := os.Open(filepath.Join(folder, evidenceAudit))
	if err != nil {
		return "", err
	}
	defer f.Close()
	report, err := audit.Verify(f, known, earlier)
	if err != nil {
		return "", fmt.Errorf("%s: NOT GOOD: %w", evidenceAudit, err)
	}
	return verified(&report, len(earlier)), nil
}

// evidenceWriter writes files, and keeps their checksums. After an error it
// does nothing more.
type evidenceWriter struct {
	folder string
	sums   map[string][sha256.Size]byte
	err    error
}

// keep writes a file that is summed.
func (w *evidenceWriter) keep(name string, write func(io.Writer) error) {
	if w.err != nil {
		return
	}
	h := sha256.New()
	w.create(name, func(f io.Writer) error { return write(io.MultiWriter(f, h)) })
	w.sums[name] = [sha256.Size]byte(h.Sum(nil))
}

func (w *evidenceWriter) keepText(name, text string) {
	w.keep(name, func(to io.Writer) error { _, err := io.WriteString(to, text); return err })
}

func (w *evidenceWriter) keepJSON(name string, v any) {
	w.keep(name, func(to io.Writer) error {
		e := json.NewEncoder(to)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
}

// put writes a file that is not summed.
func (w *evidenceWriter) put(name string, data []byte) {
	if w.err == nil {
		w.create(name, func(f io.Writer) error { _, err := io.Copy(f, bytes.NewReader(data)); return err })
	}
}

func (w *evidenceWriter) create(name string, write func(io.Writer) error) {
	f, err := os.OpenFile(filepath.Join(w.folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = write(f)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		w.err = fmt.Errorf("%s cannot be written: %w", name, reason(err))
	}
}

// list is the checksums as sha256sum has them.
func (w *evidenceWriter) list() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.sums)) {
		fmt.Fprintf(&b, "%x  %s\n", w.sums[name], name)
	}
	return b.String()
}
