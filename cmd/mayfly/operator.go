package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"mayfly/gateway/admin"
	"mayfly/gateway/hook"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// operator answers what is said on the machine itself: over the socket of a
// gateway that runs, or from the folder of one that does not.
type operator struct {
	recorder  *recorder.Recorder
	directory *tenant.Directory
	admin     *admin.API
	newLink   func(tenantID string) (secret string, err error)
	refresh   func(context.Context) error
	check     func(*tenant.Tenant) error // that its avatars can be cast
	open      string                     // where people reach the gateway; empty: none runs
	data      string                     // the gateway's folder
	signer    *receipt.Rotating          // nil: no gateway runs
	audit     *auditLog                  // nil: no gateway runs
	drill     *drill                     // nil: no gateway runs
	teller    *hook.Teller               // nil: no gateway runs

	collectors func(context.Context) ([]collectorStatus, error) // nil: no gateway runs
}

func (o *operator) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range o.table() {
		if r.reach == reachStored {
			r.handles = o.underAccess(r.handles)
		}
		method, path, ok := strings.Cut(r.pattern, " ")
		if !ok {
			mux.HandleFunc(operatorPath+r.pattern, r.handles)
			continue
		}
		mux.HandleFunc(method+" "+operatorPath+path, r.handles)
	}
	return mux
}

// operatorRoute is one address of the socket.
type operatorRoute struct {
	pattern string // method and path below operatorPath
	reach   operatorReach
	handles http.HandlerFunc
}

func (o *operator) table() []operatorRoute {
	return []operatorRoute{
		{"GET /tenants", reachMachine, o.list},
		{"POST /tenants", reachMachine, o.add},
		{"POST /tenants/{tenant}/link", reachMachine, o.link},
		{"GET /tenants/{tenant}/termination", reachMachine, o.termination},
		{"DELETE /tenants/{tenant}/termination", reachMachine, o.terminate},
		{"/tenants/{tenant}/admin/", reachAdmin, o.asAdmin},
		{"GET /tenants/{tenant}/access", reachMachine, o.accesses},
		{"POST /tenants/{tenant}/access", reachMachine, o.openAccess},
		{"DELETE /tenants/{tenant}/access", reachMachine, o.endAccess},
		{"POST /backup", reachMachine, o.backup},
		{"POST /drill", reachMachine, o.runDrill},
		{"GET /incidents/{tenant}", reachMachine, o.incidents},
		{"POST /incidents/{tenant}", reachMachine, o.openIncident},
		{"POST /incidents/{tenant}/{id}/{what}", reachMachine, o.stepIncident},
		{"GET /tombstones", reachMachine, o.tombstones},
		{"POST /master-key", reachMachine, o.rotateMaster},
		{"PUT /recording/off", reachMachine, o.forceOff},
		{"DELETE /recording/off", reachMachine, o.release},
		{"GET /tenants/{tenant}/statement", reachMachine, o.statement},
		{"POST /tenants/{tenant}/export", reachStored, o.transfer(o.exportTo)},
		{"POST /tenants/{tenant}/import", reachStored, o.transfer(o.importFrom)},
		{"POST /tenants/{tenant}/disclosures/{disclosure}", reachStored, o.transfer(o.handOver)},
		{"POST /tenants/{tenant}/audit", reachMachine, o.exportAudit},
		{"GET /tenants/{tenant}/evidence", reachMachine, o.evidence},
		{"POST /tenants/{tenant}/evidence", reachMachine, o.signEvidence},
		{"POST /receipt-keys", reachMachine, o.rotateReceiptKeys},
		{"GET /siem", reachMachine, o.siem},
		{"GET /tenants/{tenant}/likeness", reachMachine, o.likenesses},
		{"PUT /tenants/{tenant}/likeness/{permission}/{kind}", reachMachine, o.putLikeness},
		{"GET /tenants/{tenant}/likeness/{permission}/{kind}", reachStored, o.readLikeness},
		{"DELETE /tenants/{tenant}/likeness/{permission}", reachStored, o.destroyLikeness},
	}
}

// say answers in JSON.
func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// problemRow is one mistake of a document.
type problemRow struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// sayWrong answers what is wrong. Whoever asks owns everything: the error is
// told as it is.
func sayWrong(w http.ResponseWriter, status int, err error) {
	type wrong struct {
		Message  string       `json:"message"`
		Problems []problemRow `json:"problems,omitempty"`
	}
	said := wrong{Message: err.Error()}
	var mistakes *tenant.Mistakes
	if errors.As(err, &mistakes) {
		said.Message = "The tenant cannot be taken in:"
		for _, m := range mistakes.List {
			said.Problems = append(said.Problems, problemRow{m.Key, m.Fault.Error()})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]wrong{"error": said})
}

func (o *operator) list(w http.ResponseWriter, r *http.Request) {
	rows := []tenantRow{}
	all, err := o.recorder.Tenants(r.Context())
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	for _, v := range all {
		t := o.directory.Tenant(v.ID)
		if t == nil && v.Source == tenant.SourceStore {
			rows = append(rows, tenantRow{ID: v.ID, Name: "(cannot be used)", Source: v.Source, Number: v.Number, At: v.At, ForcedOff: true})
		}
		if t == nil {
			continue // of a file that is not read any more
		}
		row := tenantRow{ID: t.ID, Name: t.Name, Source: v.Source, Number: v.Number, At: v.At, ForcedOff: t.ForcedOff}
		for i := range t.Avatars {
			row.Recording = row.Recording || t.Effective(&t.Avatars[i]).Transcript
		}
		rows = append(rows, row)
	}
	say(w, map[string]any{"tenants": rows})
}

// maxDocument is the largest document of a tenant, in bytes.
const maxDocument = 1 << 20

func (o *operator) add(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDocument))
	if err != nil {
		sayWrong(w, http.StatusBadRequest, errors.New("the document is larger than 1 MiB; put long texts into documents of knowledge"))
		return
	}
	t, err := tenant.ParseDocument(data)
	if err == nil {
		t.Source = tenant.SourceStore
		err = o.check(t)
	}
	if err == nil && o.directory.Tenant(t.ID) != nil && !o.directory.Tenant(t.ID).Demo {
		err = errors.New("there is a tenant " + t.ID + " already; give this one another id")
	}
	if err == nil {
		err = storeVersion(r.Context(), o.recorder, t, tenant.SourceStore)
	}
	if err != nil {
		sayWrong(w, http.StatusBadRequest, err)
		return
	}
	if err := o.refresh(r.Context()); err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	link, err := o.linkTo(t.ID)
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	say(w, map[string]string{"id": t.ID, "link": link})
}

func (o *operator) link(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if o.directory.Tenant(id) == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+id+"; mayfly tenant list names them"))
		return
	}
	// It is a key like any other that is issued here, though one that no admin
	// knows of.
	_, hash := tenant.NewKey()
	err := o.recorder.NoteLink(r.Context(), id, newID(), hash, "a link that signs in once", "mayfly tenant link was said on the host")
	link := ""
	if err == nil {
		link, err = o.linkTo(id)
	}
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	say(w, map[string]string{"link": link})
}

// linkTo makes an address that signs an admin in, once.
func (o *operator) linkTo(tenantID string) (string, error) {
	secret, err := o.newLink(tenantID)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(o.open, "/") + "/admin#link=" + secret, nil
}

// asAdmin passes a request on to the admin API.
func (o *operator) asAdmin(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if row, err := o.recorder.Tenant(r.Context(), id); o.directory.Tenant(id) == nil && (err != nil || row.Source != tenant.SourceStore) {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+id+"; mayfly tenant list names them"))
		return
	}
	to := r.Clone(r.Context())
	to.URL.Path = "/v1/admin/" + strings.TrimPrefix(r.URL.Path, operatorPath+"/tenants/"+id+"/admin/")
	to.URL.RawPath = ""
	o.admin.Host(id).ServeHTTP(w, to)
}

func (o *operator) termination(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if err := o.mayEnd(r.Context(), id); err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	sessions, turns := 0, 0
	for q := (recorder.Query{Tenant: id, Limit: 1000}); ; {
		page, err := o.recorder.List(r.Context(), q, recorder.Access{Purpose: "rights"})
		if err != nil {
			sayWrong(w, http.StatusServiceUnavailable, err)
			return
		}
		for _, k := range page {
			turns += k.Turns
		}
		sessions += len(page)
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].Session
	}
	say(w, map[string]any{"tenant": id, "would_erase": map[string]int{"sessions": sessions, "turns": turns}})
}

// mayEnd says why a tenant cannot be ended: its file would bring it back, with
// an id that is not given again.
func (o *operator) mayEnd(ctx context.Context, id string) error {
	row, err := o.recorder.Tenant(ctx, id)
	switch {
	case errors.Is(err, recorder.ErrUnknown):
		return errors.New("there is no tenant " + id + "; mayfly tenant list names them")
	case err != nil:
		return err
	case row.Source == tenant.SourceDemo:
		return errors.New("the demonstration is not ended; it goes when there is another tenant")
	case row.Source == tenant.SourceFile && o.directory.Tenant(id) != nil:
		// A gateway that does not run knows no file: there it may still be in it.
		return errors.New("the tenant is of the configuration file; take it out there, and end it while the gateway runs")
	}
	return nil
}

func (o *operator) terminate(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if err := o.mayEnd(r.Context(), id); err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	report, err := o.recorder.RemoveTenant(r.Context(), id, session.ID{})
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	if err := o.refresh(r.Context()); err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	say(w, report)
}

func (o *operator) backup(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Folder string `json:"folder"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || !filepath.IsAbs(asked.Folder) {
		sayWrong(w, http.StatusBadRequest, errors.New("name the folder, with its whole path"))
		return
	}
	report, err := o.recorder.Backup(r.Context(), asked.Folder, receiptFile)
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	say(w, report)
}

func (o *operator) tombstones(w http.ResponseWriter, r *http.Request) {
	if err := o.recorder.Tombstones(r.Context(), w); err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
	}
}

func (o *operator) rotateMaster(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		File string `json:"file"` // empty: the new key takes the old one's place
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || asked.File != "" && !filepath.IsAbs(asked.File) {
		sayWrong(w, http.StatusBadRequest, errors.New("name the file, with its whole path"))
		return
	}
	if asked.File != "" {
		if _, err := os.Lstat(asked.File); errors.Is(err, os.ErrNotExist) {
			if err := recorder.MakeMasterKey(asked.File); err != nil {
				sayWrong(w, http.StatusConflict, err)
				return
			}
		}
	}
	if err := o.recorder.RotateMaster(r.Context(), asked.File); err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	say(w, map[string]bool{"rotated": true})
}

func (o *operator) forceOff(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Reason string `json:"reason"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || asked.Reason == "" {
		sayWrong(w, http.StatusBadRequest, errors.New("say why, with --reason"))
		return
	}
	o.force(w, r, true, asked.Reason)
}

func (o *operator) release(w http.ResponseWriter, r *http.Request) { o.force(w, r, false, "") }

// force is said of the whole gateway. It is durable before any session hears
// of it.
func (o *operator) force(w http.ResponseWriter, r *http.Request, off bool, reason string) {
	err := o.recorder.ForceOff(r.Context(), "", off, reason, session.ID{})
	if err == nil {
		err = o.refresh(r.Context())
	}
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	say(w, map[string]bool{"forced_off": off})
}
