package notice

import (
	"crypto/sha256"
	"encoding/hex"

	"mayfly/gateway/tenant"
)

// ForAvatar gives the notice as people get it who talk with a tenant's avatar:
// the gateway's own, word for word, after what the tenant says in the person's
// language, and before who else may keep what it is sent. Where the catalogue
// has no such language, the English notice follows the tenant's words; they are
// shown and not said, since the voice is an English one.
func ForAvatar(t *tenant.Tenant, a *tenant.Avatar, locale string) Notice {
	return forAudience(t, a, locale, t.Audience)
}

// ForMinor is ForAvatar for somebody who turned out to be a child.
func ForMinor(t *tenant.Tenant, a *tenant.Avatar, locale string) Notice {
	return forAudience(t, a, locale, tenant.Minors)
}

func forAudience(t *tenant.Tenant, a *tenant.Avatar, locale string, audience tenant.Audience) Notice {
	plain, own := ForAudience(locale, audience)
	f := Facts{Recipients: t.Recipients(a)}
	n := f.tell(plain)
	if words := t.Disclosure.Text(locale, audience); words != nil {
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
	}
	return hashed(n)
}

// tell adds to a notice who else may keep what they are sent.
func (f *Facts) tell(n Notice) Notice {
	l, _ := find(n.Locale)
	if of := l.facts.elsewhereOf(f); of != "" {
		n.Text += " " + of
		n.Spoken += " " + of
	}
	return hashed(n)
}

func hashed(n Notice) Notice {
	sum := sha256.Sum256([]byte(n.Text))
	n.SHA256 = hex.EncodeToString(sum[:])
	return n
}
