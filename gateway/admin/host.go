package admin

import (
	"context"
	"net/http"

	"mayfly/gateway/tenant"
)

// hostKey marks a request that comes from the machine itself.
type hostKey struct{}

// Host answers for a tenant without a credential: it is for the command line,
// which reaches the gateway by a socket in its data folder. Whoever can do
// that owns the machine. In facts the host is nobody: the zero id; or, where it
// reaches what is stored, the access of the operator that is open (see
// hostReach).
//
// The path of a request is that of the API: "/v1/admin/tenant".
func (a *API) Host(tenantID string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of := a.options.Directory.Tenant(tenantID)
		if of == nil {
			of = a.unusable(r.Context(), tenantID)
		}
		if of == nil {
			a.fail(w, refuse("nothing_here"))
			return
		}
		who := &caller{tenant: of, role: tenant.Admin, machine: true}
		a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), hostKey{}, who)))
	})
}

// unusable stands for a tenant of the store that nobody could read at the
// start, or is nil: from the machine itself an earlier version can be restored.
// It allows nothing.
func (a *API) unusable(ctx context.Context, tenantID string) *tenant.Tenant {
	v, err := a.options.Store.Tenant(ctx, tenantID)
	if err != nil || v.Source != tenant.SourceStore {
		return nil
	}
	return &tenant.Tenant{ID: tenantID, Source: tenant.SourceStore, Number: v.Number, ForcedOff: true, ForcedReason: "its document cannot be read"}
}

// host says that it is the machine's own.
func (c *caller) host() bool { return c.machine }
