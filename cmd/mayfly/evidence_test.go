package main

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/notice"
	"mayfly/recorder/audit"
)

const evidenceConfig = `tenants:
  - id: acme
    name: Acme
    public: true
    contact: {email: privacy@example.org}
    avatars:
      - {id: ada, name: Ada, backend: {url: "https://models.example.org/v1", model: m, name: Models, region: %s}}
      - {id: bea, name: Bea, languages: [de]}
`

// evidenced is a gateway of which folders of evidence are written.
func evidenced(t *testing.T) (r *running, config string) {
	t.Helper()
	skipUnderRace(t)
	config = file(t, "mayfly.yaml", fmt.Sprintf(evidenceConfig, "eu"))
	p := newPlace(t)
	return launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off"), config
}

// checked runs the command apart from the gateway.
func checked(args ...string) (out string, err error) {
	var b, wrong strings.Builder
	if start(append([]string{"evidence", "verify"}, args...), nil, &b, &wrong) != 0 {
		return b.String(), fmt.Errorf("%s", strings.TrimSpace(wrong.String()))
	}
	return b.String(), nil
}

// contents are the files of a folder.
func contents(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	all := map[string][]byte{}
	for _, e := range entries {
		require.True(t, e.Type().IsRegular(), e.Name())
		if all[e.Name()], err = os.ReadFile(filepath.Join(folder, e.Name())); err != nil {
			require.NoError(t, err)
		}
	}
	return all
}

// One command writes all that an auditor asks for, while the gateway runs and
// while it does not; it is signed, and it is what the gateway says elsewhere.
// R57 R59 R65 R67 R69 R83
func TestEvidence(t *testing.T) {
	r, config := evidenced(t)
	first := filepath.Join(r.place.scratch, "first")
	require.Contains(t, r.did("evidence", "--out", first), "is the evidence of acme")
	said, err := r.mayfly("evidence", "--out", first)
	require.Error(t, err)
	require.Contains(t, said, "there is something at")
	said, err = r.mayfly("evidence", "--tenant", "nobody", "--out", first+"-no")
	require.Error(t, err)
	require.Contains(t, said, "there is no tenant nobody")
	require.NoFileExists(t, first+"-no")
	left, err := filepath.Glob(filepath.Join(r.place.scratch, ".evidence-*"))
	require.NoError(t, err)
	require.Empty(t, left, "nothing is left of what was refused")

	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, evidenceConfig, "us"), 0o600))
	require.Eventually(t, func() bool { return strings.Count(r.did("audit", "export"), `"kind":"recipients_changed"`) == 2 }, time.Minute, time.Second/4)
	second := filepath.Join(r.place.scratch, "second")
	r.did("evidence", "--out", second)
	r.stop()
	third := filepath.Join(r.place.scratch, "third")
	r.did("evidence", "--tenant", "acme", "--out", third)

	all := contents(t, third)
	key := file(t, "key.txt", string(all[evidenceKey]))
	for i, folder := range []string{first, second, third} {
		out, err := checked(folder, "--key", key)
		require.NoError(t, err)
		require.Contains(t, out, "GOOD: the evidence of acme of ")
		require.Contains(t, out, "GOOD: the audit log of acme.")
		have := contents(t, folder)
		require.Len(t, have, 14)
		require.Equal(t, i == 2, strings.Contains(string(have["README.md"]), "The gateway did not run"))
	}

	var register struct{ Versions []registerVersion }
	require.NoError(t, json.Unmarshal(all["subprocessors.json"], &register))
	require.Len(t, register.Versions, 2)
	require.EqualValues(t, []uint64{2, 1}, []uint64{register.Versions[0].Number, register.Versions[1].Number})
	require.Contains(t, register.Versions[0].Changes[0], "Models, as backend at models.example.org, is listed differently: region.")
	for _, v := range register.Versions {
		require.Contains(t, string(all[evidenceAudit]), `"`+v.SHA256+`"`, "the log has each version")
	}
	var told struct{ Notices []noticeRow }
	require.NoError(t, json.Unmarshal(all["notices.json"], &told))
	seen := map[string]bool{}
	for _, n := range told.Notices {
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256([]byte(n.Text))), n.SHA256)
		for _, a := range n.Avatars {
			seen[n.Locale+" "+n.Audience+" "+a] = true
		}
	}
	require.Len(t, seen, len(notice.Locales())*2*2, "each language, audience and avatar")
	require.Contains(t, string(all["processing.json"]), `"us"`)
	require.Contains(t, string(all["processing.csv"]), "activity,avatars,purposes")
	require.Contains(t, string(all["posture.json"]), `"disclosure_notice"`)
	require.Contains(t, string(all["promises.md"]), "| R83 |")
	require.Contains(t, string(all["sbom.cdx.json"]), `"CycloneDX"`)
	require.Contains(t, string(all[evidenceVerdict]), "GOOD: the audit log of acme.")

	// That they were written is in the log, by what was signed and no more.
	export := r.did("audit", "export")
	require.Equal(t, 3, strings.Count(export, `"kind":"evidence_written"`))
	require.Contains(t, export, fmt.Sprintf("%x", sha256.Sum256(all[evidenceSums])))

	// The tools of others say the same, as the folder says they do.
	var script []string
	for _, m := range regexp.MustCompile(`(?m)^    (.*)$`).FindAllStringSubmatch(string(all["README.md"]), -1) {
		if !strings.HasPrefix(m[1], "mayfly ") {
			script = append(script, m[1])
		}
	}
	others := func() (string, error) {
		cmd := exec.Command("sh", "-e", "-c", strings.Join(script, "\n"))
		cmd.Dir = third
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := others()
	require.NoError(t, err, out)
	require.Contains(t, out, "the checksums are those that were signed")
	require.Contains(t, out, "Signature Verified Successfully")
	for name, data := range all {
		require.NoError(t, os.WriteFile(filepath.Join(third, name), flipped(data), 0o600))
		out, err := others()
		require.Error(t, err, "%s: %s", name, out)
		require.NoError(t, os.WriteFile(filepath.Join(third, name), data, 0o600))
	}
}

// flipped has one bit of the middle changed.
func flipped(data []byte) []byte {
	out := append([]byte{}, data...)
	out[len(out)/2] ^= 1
	return out
}

// Whatever is done to a folder after it was signed, the first file that is not
// as it was is named. R65
func TestEvidenceTampered(t *testing.T) {
	r, _ := evidenced(t)
	folder := filepath.Join(r.place.scratch, "evidence")
	r.did("evidence", "--out", folder)
	r.stop()
	all := contents(t, folder)
	key := file(t, "key.txt", string(all[evidenceKey]))
	at := func(name string) string { return filepath.Join(folder, name) }
	n := 0
	named := func(name, why string) {
		t.Helper()
		n++
		_, err := checked(folder, "--key", key)
		require.ErrorContains(t, err, "NOT GOOD: "+name+": "+why)
	}
	good := func() {
		t.Helper()
		_, err := checked(folder, "--key", key)
		require.NoError(t, err)
	}
	good()
	for name, data := range all {
		changed, missing := "it was changed", "it is missing"
		if name == evidenceSignature {
			changed = audit.ErrNotSigned.Error()
		}
		for _, other := range [][]byte{flipped(data), data[:len(data)-1], append(append([]byte{}, data...), '\n'), {}} {
			if name == evidenceSignature && len(other) == len(data)+1 {
				continue // an empty line after a note is none of its text
			}
			require.NoError(t, os.WriteFile(at(name), other, 0o600))
			named(name, changed)
		}
		require.NoError(t, os.Remove(at(name)))
		named(name, missing)
		require.NoError(t, os.Symlink(key, at(name)))
		named(name, "it was changed: it is no file any more")
		require.NoError(t, os.Remove(at(name)))
		require.NoError(t, os.Mkdir(at(name), 0o700))
		named(name, "it was changed: it is no file any more")
		require.NoError(t, os.Remove(at(name)))
		require.NoError(t, os.WriteFile(at(name), data, 0o600))
	}
	good()
	for _, name := range []string{"more.json", ".hidden", "a\nb", "SHA256SUMS.bak", "zz"} {
		require.NoError(t, os.WriteFile(at(name), nil, 0o600))
		named(printable(name), "it was added")
		require.NoError(t, os.Remove(at(name)))
	}

	// Two at once: the first is named. A file and its checksum: the checksums.
	require.NoError(t, os.WriteFile(at("posture.json"), flipped(all["posture.json"]), 0o600))
	require.NoError(t, os.WriteFile(at("promises.md"), flipped(all["promises.md"]), 0o600))
	named("posture.json", "it was changed")
	sums := strings.ReplaceAll(string(all[evidenceSums]), fmt.Sprintf("%x", sha256.Sum256(all["posture.json"])), fmt.Sprintf("%x", sha256.Sum256(flipped(all["posture.json"]))))
	require.NotEqual(t, string(all[evidenceSums]), sums)
	require.NoError(t, os.WriteFile(at(evidenceSums), []byte(sums), 0o600))
	named(evidenceSums, "it was changed")

	// All of it anew, with a key of one's own: the key does not fit.
	forger, err := openAuditKey(t.TempDir(), "")
	require.NoError(t, err)
	forged, err := audit.SignEvidence(fmt.Sprintf("tenant acme\nat 2026-11-26T12:00:00Z\nfiles 12\nsha256 %x\n", sha256.Sum256([]byte(sums))), forger.by)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(at(evidenceSignature), forged, 0o600))
	named(evidenceSignature, audit.ErrNotSigned.Error())

	// What the same key signs elsewhere is not a folder of evidence.
	require.NoError(t, os.WriteFile(at(evidenceSignature), all[evidenceCheckpoints], 0o600))
	named(evidenceSignature, audit.ErrNotSigned.Error())
	for name, data := range all {
		require.NoError(t, os.WriteFile(at(name), data, 0o600))
	}
	good()
	t.Logf("n = %d changes", n)
}

// A log that was changed before is said to be so in the folder, by the command
// that writes it and by whoever verifies it. R65
func TestEvidenceOfABadLog(t *testing.T) {
	r, _ := evidenced(t)
	r.stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(r.place.data(), "mayfly.db"))
	require.NoError(t, err)
	_, err = db.Exec(`UPDATE audit_entry SET leaf = replace(leaf, '"tenant_added"', '"tenant_ended"') WHERE log = (SELECT id FROM audit_log WHERE tenant = 'acme')`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	folder := filepath.Join(r.place.scratch, "evidence")
	said, err := r.mayfly("evidence", "--tenant", "acme", "--out", folder)
	require.Error(t, err)
	require.Contains(t, said, "audit.jsonl: NOT GOOD: ")
	all := contents(t, folder)
	require.Contains(t, string(all[evidenceVerdict]), "entry 0: the entry is not the one that was written")
	_, err = checked(folder, "--key", file(t, "key.txt", string(all[evidenceKey])))
	require.ErrorContains(t, err, "nothing was changed since it was signed, but the audit log in it was before")
}
