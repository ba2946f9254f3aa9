package tenant

import (
	"fmt"
	"slices"
	"strings"
)

// Permits says whether a server may be sent what people say, or what is
// answered: its host is on the list, and it is declared to be in a region that
// is allowed. A server whose region nobody declared is in none.
func (p *Policy) Permits(b *BackEnd) bool {
	return b == nil || p.permitsHost(b) && p.permitsRegion(b)
}

func (p *Policy) permitsHost(b *BackEnd) bool {
	return len(p.BackEnds) == 0 || b.URL != nil && slices.Contains(p.BackEnds, b.URL.Hostname())
}

func (p *Policy) permitsRegion(b *BackEnd) bool {
	return len(p.Regions) == 0 || b.Region != "" && slices.Contains(p.Regions, b.Region)
}

// host is the name or address of a server, as it stands in a URL.
func host() kind[string] {
	return text("host", func(_ *reader, s string) (string, error) {
		bad := fault("this is not a host", `write the name alone, as "models.example.org", without https:// and port`)
		if strings.ContainsAny(s, "/:@?#[] ") && !strings.Contains(s, "::") {
			return "", bad
		}
		h, err := normalHost(s)
		if err != nil {
			return "", bad
		}
		return h, nil
	})
}

// regionName is where a server is declared to be: a name of the organisation's own
// choice.
func regionName() kind[string] {
	return text(`name of 1 to 32 of a-z 0-9 -, as "eu"`, func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fault("this is not the name of a region", `use 1 to 32 of the characters a-z 0-9 and -, as "eu" or "us-east"`)
		}
		return s, nil
	})
}

// checkRecipients refuses avatars whose servers the policy does not allow.
func checkRecipients(r *reader, path string, t *Tenant) {
	p := &t.Policy
	for _, list := range []struct {
		key  string
		none bool
	}{{"allowed_backends", len(p.BackEnds) == 0}, {"regions", len(p.Regions) == 0}} {
		at := under(path, "policy."+list.key)
		if _, tried := r.at[at]; tried && list.none {
			r.mistakeOnce(at, fault("the list is empty", "name at least one, or leave the key out"))
		}
	}
	slices.Sort(p.BackEnds)
	slices.Sort(p.Regions)
	for i := range t.Avatars {
		for _, of := range []struct {
			key string
			b   *BackEnd
		}{{"backend", t.Avatars[i].BackEnd}, {"speech", t.Avatars[i].Speech}, {"transcriber", t.Avatars[i].Transcriber}} {
			if of.b == nil || of.b.URL == nil {
				continue
			}
			at := under(path, fmt.Sprintf("avatars[%d].%s", i, of.key))
			if !p.permitsHost(of.b) {
				r.mistake(at+".url", fault("this host is not on the tenant's list", "use one of policy.allowed_backends, or add it there"))
			}
			if p.permitsRegion(of.b) || r.wrong(at+".region") {
				continue
			}
			if of.b.Region == "" {
				r.mistake(at, fault("it is not said in which region this server is, and the policy allows some only", "add region, if you know it: "+strings.Join(p.Regions, ", ")))
				continue
			}
			r.mistake(at+".region", fault("this region is not one of those that the policy allows", "use a server in one of policy.regions, or add it there"))
		}
	}
}
