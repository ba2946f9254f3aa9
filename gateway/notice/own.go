package notice

import (
	"crypto/sha256"
	"encoding/hex"

	"mayfly/gateway/tenant"
)

// ForTenant gives the notice as people of a tenant get it: the gateway's own,
// word for word, after what the tenant says in the person's language. Where
// the catalogue has no such language, the English notice follows the tenant's
// words; they are shown and not said, since the voice is an English one.
func ForTenant(t *tenant.Tenant, locale string) Notice { return forAudience(t, locale, t.Audience) }

// ForMinor is ForTenant for somebody who turned out to be a child.
func ForMinor(t *tenant.Tenant, locale string) Notice { return forAudience(t, locale, tenant.Minors) }

func forAudience(t *tenant.Tenant, locale string, audience tenant.Audience) Notice {
	n, own := ForAudience(locale, audience)
	words := t.Disclosure.Text(locale, audience)
	if words == nil {
		return n
	}
	n.Text = words.Text + "\n\n" + n.Text
	n.Version += "+" + t.Disclosure.Version
	if own {
		said := words.Spoken
		if said == "" {
			said = words.Text
		}
		n.Spoken = said + " " + n.Spoken
	} else {
		n.Direction = tenant.Direction(locale)
	}
	sum := sha256.Sum256([]byte(n.Text))
	n.SHA256 = hex.EncodeToString(sum[:])
	return n
}
