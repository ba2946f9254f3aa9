package oidc

import (
	"cmp"
	"slices"

	"mayfly/gateway/tenant"
)

// grant is one tenant that somebody may open.
type grant struct {
	tenant string
	name   string
	role   tenant.Role
}

// grants are what the rules make of the claims: each tenant once, with the
// role that may more, by name. Text is compared to the letter; what is not
// text matches nothing.
func grants(rules []tenant.OIDCRule, said claims, name func(tenantID string) (string, bool)) []grant {
	role := map[string]tenant.Role{}
	for _, rule := range rules {
		if !holds(rule, said) {
			continue
		}
		if former, ok := role[rule.Tenant]; !ok || more(rule.Role, former) {
			role[rule.Tenant] = rule.Role
		}
	}
	var all []grant
	for id, r := range role {
		if n, ok := name(id); ok && slices.Contains(order(), r) {
			all = append(all, grant{id, n, r})
		}
	}
	slices.SortFunc(all, func(x, y grant) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.tenant, y.tenant)) })
	return all
}

// order is the roles that a provider can open, who may more first. An agent
// reads what people say to them, so whoever is to answer has that role alone.
func order() []tenant.Role { return []tenant.Role{tenant.Admin, tenant.Reviewer, tenant.Agent} }

// more says whether a role comes before another.
func more(r, than tenant.Role) bool { return slices.Index(order(), r) < slices.Index(order(), than) }

// holds says whether a rule is about somebody.
func holds(rule tenant.OIDCRule, said claims) bool {
	if rule.Value == "" || rule.Claim == "email" && said["email_verified"].Kind() != 't' {
		return false
	}
	return slices.Contains(textsOf(said[rule.Claim]), rule.Value)
}
