package admin

import (
	"net/http"
	"strings"

	"mayfly/gateway/admin/apidoc"
	"mayfly/gateway/tenant"
)

// openAPI makes the document of this API out of the table of routes and the
// types of its answers.
func openAPI() []byte {
	var all []apidoc.Operation
	for _, r := range routeTable() {
		all = append(all, r.operation())
	}
	doc, err := apidoc.Make("Mayfly administration",
		"How a tenant rules itself. Which tenant a request is about comes from its credential. See the page on administration.",
		all, apidoc.Failure{Answer: errorAnswer{}, Statuses: statuses})
	if err != nil {
		panic(err) // part of the program: found by the first test
	}
	return doc
}

// statuses are those of refusals.
var statuses = []int{400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 428, 429, 500, 503}

func (r *route) operation() apidoc.Operation {
	o := apidoc.Operation{
		Method: r.method, Path: strings.ReplaceAll(r.address(), "...}", "}"), Summary: r.about, Open: r.roles&anybody != 0, Version: r.match,
		Query: described(r.query), Document: r.raw, File: r.file, Merge: r.method == http.MethodPatch, Status: r.status, Answer: r.answer, Media: r.forms,
	}
	for _, role := range []tenant.Role{tenant.Admin, tenant.Reviewer, tenant.Agent} {
		if r.roles.has(role) {
			o.Roles = append(o.Roles, role.String())
		}
	}
	if r.body != nil {
		o.Body = described(r.body)
	}
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	if _, changes := r.answer.(changeAnswer); changes {
		o.Also = http.StatusAccepted
	}
	return o
}

func described(fields []field) []apidoc.Field {
	all := []apidoc.Field{}
	for _, f := range fields {
		d := apidoc.Field{Name: f.name, About: f.about, Required: f.required, Type: "string", Most: f.most, Enum: f.words}
		switch f.kind {
		case text:
			if f.plain {
				d.Pattern = plainText.String()
			}
		case span:
			d.Pattern = spans.String()
		case number:
			d.Type = "integer"
		case object:
			d.Type = "object"
		}
		all = append(all, d)
	}
	return all
}

func (a *API) document(c *call) *refusal {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Cache-Control", "no-store")
	_, _ = c.w.Write(a.openAPI())
	return nil
}
