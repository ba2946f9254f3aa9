package admin

import "mayfly/gateway/tenant"

// meant is the avatar that a request names, with its tenant: as the document
// in the request has them, else as the one in force. problems are what is wrong
// with that document.
func (a *API) meant(c *call) (t *tenant.Tenant, of *tenant.Avatar, problems []Problem, bad *refusal) {
	t = c.who.tenant
	if document := c.body.object("document"); document != nil {
		if t, bad = a.parse(c, document); bad != nil {
			if bad.code == "invalid_fields" {
				return nil, nil, bad.problems, nil
			}
			return nil, nil, nil, bad
		}
	}
	if of = t.Find(c.body.text("avatar")); of == nil {
		return nil, nil, nil, wrongFields(Problem{Key: "avatar", Text: "the document has no such avatar; write the id of one"})
	}
	return t, of, nil, nil
}
