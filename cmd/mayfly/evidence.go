package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
	"mayfly/recorder/audit"
	"mayfly/session"
	"mayfly/web"
)

// evidenceParts is what a folder of evidence has that no other address of the
// gateway answers.
type evidenceParts struct {
	At          time.Time         `json:"at"`
	Running     bool              `json:"running"`
	Number      uint64            `json:"number"` // version of the tenant
	Key         string            `json:"key"`    // public, of the audit log
	Checkpoints string            `json:"checkpoints"`
	Registers   []registerVersion `json:"registers"`
	Notices     []noticeRow       `json:"notices"`
	Promises    string            `json:"promises"`
	BOM         json.RawMessage   `json:"sbom"`
}

// registerVersion is who could be sent something from a moment on.
type registerVersion struct {
	Number     uint64          `json:"number"`
	Policy     uint64          `json:"policy"`
	At         time.Time       `json:"at"`
	SHA256     string          `json:"sha256"`
	Changes    []string        `json:"changes"`
	Recipients json.RawMessage `json:"recipients"`
}

// noticeRow is what people are told in a language, who are of an audience.
type noticeRow struct {
	Locale   string   `json:"locale"`
	Audience string   `json:"audience"`
	Avatars  []string `json:"avatars"`
	Version  string   `json:"version"`
	SHA256   string   `json:"sha256"`
	Text     string   `json:"text"`
	Spoken   string   `json:"spoken"`
}

// evidence answers the parts.
func (o *operator) evidence(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	t := o.directory.Tenant(id)
	if t == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+id+" that can be used; mayfly tenant list names them"))
		return
	}
	p := evidenceParts{At: time.Now().UTC(), Running: o.open != "", Number: t.Number, Notices: noticesOf(t)}
	var err error
	fill := func(part func() error) {
		if err == nil {
			err = part()
		}
	}
	fill(func() error { p.Key, p.Checkpoints, err = o.checkpoints(id); return err })
	fill(func() (err error) { p.Registers, err = o.registers(r, id); return err })
	fill(func() (err error) { p.BOM, err = ownBOM(); return err })
	fill(func() error {
		page, err := fs.ReadFile(web.Docs(), "promises.md")
		p.Promises = string(page)
		return err
	})
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	say(w, p)
}

// auditSigner is the key of the audit log, where there is one.
func (o *operator) auditSigner() (auditKey, error) {
	k, err := readAuditKey(o.data)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no key that signs the audit log yet; the gateway makes it when it starts")
	}
	return k, err
}

// checkpoints are the public key and all that was published of the tenant's
// logs and is kept.
func (o *operator) checkpoints(tenantID string) (key, text string, err error) {
	k, err := o.auditSigner()
	if err != nil {
		return "", "", err
	}
	to, err := k.publish(o.data)
	if err != nil {
		return "", "", err
	}
	kept, err := to.Kept(tenantID)
	var b strings.Builder
	for i := range kept {
		b.Write(kept[i].Signed)
	}
	return k.public, b.String(), err
}

// registers are all versions of the register, newest first.
func (o *operator) registers(r *http.Request, tenantID string) ([]registerVersion, error) {
	out := []registerVersion{}
	for before := uint64(0); ; {
		const page = 200
		all, err := adminStore{o.recorder}.Registers(r.Context(), tenantID, before, page+1)
		if err != nil {
			return nil, err
		}
		changes := tenant.RegisterChanges(all)
		for i := range changes[:min(len(changes), page)] {
			v := &all[i]
			out = append(out, registerVersion{v.Number, v.Policy, v.At.UTC(), hex.EncodeToString(v.Hash[:]), changes[i].Sentences(), v.Document})
		}
		if len(all) <= page {
			return out, nil
		}
		before = all[page-1].Number
	}
}

// noticesOf is what people are told before they talk with each avatar: in every
// language, and for every audience.
func noticesOf(t *tenant.Tenant) []noticeRow {
	all := []noticeRow{}
	for i := range t.Avatars {
		a := &t.Avatars[i]
		locales := notice.Locales()
		for _, l := range a.Languages {
			if !slices.Contains(locales, l) {
				locales = append(locales, l)
			}
		}
		for _, locale := range locales {
			for _, audience := range []tenant.Audience{tenant.General, tenant.Minors} {
				of := *t
				of.Audience = audience
				n := notice.ForAvatar(&of, a, locale)
				row := noticeRow{locale, audience.String(), []string{a.ID}, n.Version, n.SHA256, n.Text, n.Spoken}
				j := slices.IndexFunc(all, func(r noticeRow) bool {
					return r.Locale == row.Locale && r.Audience == row.Audience && r.SHA256 == row.SHA256 && r.Spoken == row.Spoken
				})
				if j < 0 {
					all = append(all, row)
				} else {
					all[j].Avatars = append(all[j].Avatars, a.ID)
				}
			}
		}
	}
	return all
}

// evidenceSigned is what is asked to be signed, and then the signature.
type evidenceSigned struct {
	SHA256 string `json:"sha256"` // of the checksums
	Files  int    `json:"files"`
	Note   string `json:"note,omitempty"`
}

// signEvidence signs the checksums of a folder. That it does is in the
// tenant's log before the signature is there.
func (o *operator) signEvidence(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	var asked evidenceSigned
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked)
	sum, wrong := hex.DecodeString(asked.SHA256)
	fact := session.Fact{Kind: session.EvidenceWritten, Count: uint64(max(asked.Files, 0))}
	if err != nil || wrong != nil || copy(fact.Hash[:], sum) != len(fact.Hash) || len(sum) != len(fact.Hash) || asked.Files <= 0 {
		sayWrong(w, http.StatusBadRequest, errors.New("name the checksums by their SHA-256, and how many there are"))
		return
	}
	if o.directory.Tenant(id) == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+id+" that can be used; mayfly tenant list names them"))
		return
	}
	k, err := o.auditSigner()
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	noted := make(chan error, 1)
	o.recorder.Note(id, fact, func(err error) { noted <- err })
	if err := <-noted; err != nil {
		sayWrong(w, http.StatusServiceUnavailable, fmt.Errorf("that it is written cannot be written into the log, so it is not signed: %w", err))
		return
	}
	note, err := audit.SignEvidence(fmt.Sprintf("tenant %s\nat %s\nfiles %d\nsha256 %x\n", id, time.Now().UTC().Format(time.RFC3339), asked.Files, sum), k.by)
	if err != nil {
		sayWrong(w, http.StatusInternalServerError, err)
		return
	}
	asked.Note = string(note)
	say(w, asked)
}
