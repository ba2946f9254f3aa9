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
func ForTenant(t *tenant.Tenant, locale string) Notice {
	n, own := For(locale)
	words := t.Disclosure.Text(locale)
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
