package admin

import (
	"encoding/json"
	"time"

	"mayfly/gateway/tenant"
)

// tenantAnswer is a tenant's document in force.
type tenantAnswer struct {
	Number   uint64          `json:"number"`
	SHA256   string          `json:"sha256" doc:"Of the document as RFC 8785 has it."`
	At       time.Time       `json:"at"`
	By       string          `json:"by,omitempty" doc:"The key that saved it; none: the file, or the host."`
	Source   string          `json:"source" enum:"file,store"`
	Editable bool            `json:"editable"`
	Line     int             `json:"line,omitempty" doc:"Of the configuration file."`
	Document json.RawMessage `json:"document"`
}

func (a *API) getTenant(c *call) *refusal {
	now, err := a.options.Store.Tenant(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	c.w.Header().Set("ETag", etag(now.Number))
	out := tenantAnswer{
		Number: now.Number, SHA256: hexOf(now.Hash), At: now.At.UTC(), By: idOf(now.By), Source: now.Source,
		Editable: now.Source == tenant.SourceStore, Document: shownAs(now.Document),
	}
	if !out.Editable {
		out.Line = c.who.tenant.Line
	}
	return c.send(out)
}

// shownAs is a document as an answer holds it: one that is no JSON any more is
// null.
func shownAs(document []byte) json.RawMessage {
	if !json.Valid(document) {
		return json.RawMessage("null")
	}
	return document
}

func (a *API) putTenant(c *call) *refusal {
	now, bad := a.editable(c)
	if bad != nil {
		return bad
	}
	if _, ok := members(c.raw); !ok {
		return refuse("invalid_json")
	}
	return a.change(c, now, c.raw)
}

func (a *API) patchTenant(c *call) *refusal {
	now, bad := a.editable(c)
	if bad != nil {
		return bad
	}
	if _, ok := members(c.raw); !ok {
		return refuse("invalid_json")
	}
	after, err := tenant.MergePatch(now.Document, c.raw)
	if err != nil {
		return refuse("invalid_json")
	}
	return a.change(c, now, after)
}

// editable is the version in force, if it may be changed here and is the one
// that the change is based on.
func (a *API) editable(c *call) (Version, *refusal) {
	now, bad := a.inStore(c)
	if bad == nil && now.Number != c.base {
		bad = &refusal{code: "version_stale", current: now.Number}
	}
	return now, bad
}

// inStore is the version in force, if it may be changed here.
func (a *API) inStore(c *call) (Version, *refusal) {
	now, err := a.options.Store.Tenant(c.r.Context(), c.tenant())
	switch {
	case err != nil:
		return now, refusalOf(err)
	case now.Source != tenant.SourceStore:
		return now, refuse("managed_by_file")
	}
	return now, nil
}
