package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"path"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// permissions are when each permission for a likeness of a tenant ends. One
// that stands at two avatars ends when the first of them says.
func permissions(t *tenant.Tenant) map[string]time.Time {
	ends := map[string]time.Time{}
	for i := range t.Avatars {
		p := t.Avatars[i].Permission
		if p == nil {
			continue
		}
		if first, twice := ends[p.ID]; !twice || p.Expires.Before(first) {
			ends[p.ID] = p.Expires
		}
	}
	return ends
}

// permissionOf is the permission with the id, or nil.
func permissionOf(t *tenant.Tenant, id string) *tenant.Permission {
	for i := range t.Avatars {
		if p := t.Avatars[i].Permission; p != nil && p.ID == id {
			return p
		}
	}
	return nil
}

// likenessRow is what is stored of a permission, in a list.
type likenessRow struct {
	Permission string    `json:"permission"`
	Kind       string    `json:"kind"`
	Name       string    `json:"name"`
	At         time.Time `json:"at"`
	Until      time.Time `json:"until"`
	Size       int       `json:"size"`
}

func (o *operator) likenesses(w http.ResponseWriter, r *http.Request) {
	all, err := o.recorder.Likenesses(r.Context(), r.PathValue("tenant"))
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	rows := []likenessRow{}
	for _, l := range all {
		rows = append(rows, likenessRow{l.Permission, l.Kind, l.Name, l.At, l.Until, l.Size})
	}
	say(w, map[string]any{"likenesses": rows})
}

// putLikeness stores a file of a permission that the tenant's document names.
// Evidence has to be the one whose hash stands there.
func (o *operator) putLikeness(w http.ResponseWriter, r *http.Request) {
	id, kind := r.PathValue("permission"), r.PathValue("kind")
	t := o.directory.Tenant(r.PathValue("tenant"))
	if t == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+r.PathValue("tenant")+"; mayfly tenant list names them"))
		return
	}
	p := permissionOf(t, id)
	if p == nil {
		sayWrong(w, http.StatusNotFound, errors.New("no avatar of the tenant has the permission "+id+"; add it there first (avatars[].permission)"))
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, recorder.MostLikeness))
	defer clear(data)
	if err != nil {
		sayWrong(w, http.StatusBadRequest, errors.New("the file is larger than 32 MiB; keep a smaller one here"))
		return
	}
	if kind == "evidence" && sha256.Sum256(data) != p.Evidence {
		sayWrong(w, http.StatusConflict, errors.New("this is not the evidence that the permission names: its SHA-256 is another than evidence_sha256; correct the one or the other"))
		return
	}
	until := permissions(t)[id]
	l := recorder.Likeness{Tenant: t.ID, Permission: id, Kind: kind, Name: path.Base(r.URL.Query().Get("name")), Until: until}
	if err := o.recorder.PutLikeness(r.Context(), l, data, session.ID{}); err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	say(w, map[string]time.Time{"until": until})
}

func (o *operator) readLikeness(w http.ResponseWriter, r *http.Request) {
	_, data, err := o.recorder.ReadLikeness(r.Context(), r.PathValue("tenant"), r.PathValue("permission"), r.PathValue("kind"), under(r.Context()))
	if err != nil {
		sayWrong(w, http.StatusNotFound, noLikeness(err))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(data)
	clear(data)
}

func (o *operator) destroyLikeness(w http.ResponseWriter, r *http.Request) {
	n, err := o.recorder.DestroyLikeness(r.Context(), r.PathValue("tenant"), r.PathValue("permission"), under(r.Context()))
	if err != nil {
		sayWrong(w, http.StatusNotFound, noLikeness(err))
		return
	}
	say(w, map[string]int{"files": n})
}

// noLikeness says what it means that there is none.
func noLikeness(err error) error {
	if errors.Is(err, recorder.ErrUnknown) {
		return errors.New("nothing of that is stored, or the permission has ended; mayfly likeness list names what there is")
	}
	return err
}
