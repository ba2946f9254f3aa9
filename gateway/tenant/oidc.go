package tenant

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// OIDC is where people of tenants sign in (OpenID Connect). It belongs to the
// process: what a tenant may write does not reach it.
type OIDC struct {
	Issuer           string   // exactly as the provider writes it
	ClientID         string   // which the gateway has at the provider
	ClientSecretFile string   // file
	Name             string   // of the provider, as people read it
	Scopes           []string // asked for beside openid
	Endpoints        []string // origins of endpoints beside the issuer's own
	Rules            []OIDCRule
}

// OIDCRule opens a tenant to whom the provider says something of.
type OIDCRule struct {
	Claim  string // of the ID token
	Value  string // the whole of it, or the whole of one item of a list
	Tenant string
	Role   Role // Admin, Reviewer or Agent

	number int   // in the file, from 0
	at     place // of the tenant's name
}

// oidcRules bounds the list.
const oidcRules = 1000

func oidcTable() table[OIDC] {
	return table[OIDC]{
		one("issuer", issuer(), required, "The provider's issuer, to the letter as it writes it into its tokens.", func(o *OIDC) *string { return &o.Issuer }),
		one("client_id", line(200), required, "What the gateway is called there.", func(o *OIDC) *string { return &o.ClientID }),
		one("client_secret_file", secretFile(), required, "Holds the secret that goes with it. Read at each sign-in.", func(o *OIDC) *string { return &o.ClientSecretFile }),
		one("name", line(60), "the issuer's host", "What the button on the page says: `Sign in with` and this.", func(o *OIDC) *string { return &o.Name }),
		many("scopes", scope(), 16, "none", "What is asked for beside `openid`, where the provider needs that to say who is in which group.", func(o *OIDC) *[]string { return &o.Scopes }),
		many("endpoints", origin(), 8, "none", "Other addresses of the provider, for its keys and tokens. Nothing is sent to an address that is neither here nor the issuer's.", func(o *OIDC) *[]string { return &o.Endpoints }),
		groups("rules", oidcRuleTable(), oidcRules, required, "Who may do what. Whom none opens a tenant is refused.", func(o *OIDC) *[]OIDCRule { return &o.Rules }, func() OIDCRule { return OIDCRule{} }, nil),
	}
}

func oidcRuleTable() table[OIDCRule] {
	return table[OIDCRule]{
		one("claim", claim(), required, "The claim of the ID token. `email` counts only with `email_verified`.", func(r *OIDCRule) *string { return &r.Claim }),
		one("value", claimValue(), required, "What it says, to the letter: all of the text, or all of one item of a list. Nothing is a wildcard.", func(r *OIDCRule) *string { return &r.Value }),
		one("tenant", identifier(), required, "The tenant that is opened. It must exist.", func(r *OIDCRule) *string { return &r.Tenant }),
		one("role", named(Admin, Reviewer, Agent), required, "What may be done there. Whom several rules open it has the first of these roles.", func(r *OIDCRule) *Role { return &r.Role }),
	}
}

// issuer is a URL that is kept as it is written: it is compared to the letter.
func issuer() kind[string] {
	return text("URL, https or on this machine", func(_ *reader, s string) (string, error) {
		u, err := webURL(s)
		if err != nil {
			return "", err
		}
		switch {
		case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
			return "", fault("an issuer has neither ? nor #", "leave them out and what follows")
		case strings.HasSuffix(u.Path, "/.well-known/openid-configuration"):
			return "", fault("this is the address of the provider's description", "leave out /.well-known/openid-configuration")
		case u.String() != s:
			return "", fault("this is not how a provider writes its issuer", "copy it from the provider's description, under issuer")
		}
		return s, nil
	})
}

// scope is one word of OAuth (RFC 6749, 3.3).
func scope() kind[string] {
	return text("scope, at most 200 characters", func(_ *reader, s string) (string, error) {
		for _, c := range s {
			if c <= ' ' || c > '~' || c == '"' || c == '\\' {
				return "", fault("this is not one scope", "write each as an item of its own, in ASCII")
			}
		}
		switch {
		case s == "" || len(s) > 200:
			return "", fault("this is empty or too long", "write one scope of at most 200 characters")
		case s == "openid":
			return "", fault("this is asked for anyway", "leave it out")
		case s == "offline_access":
			return "", fault("this asks for access while the person is away, which nothing here uses", "leave it out")
		}
		return s, nil
	})
}

// aboutTheToken are claims that everybody's token has alike: a rule about one
// would let in everybody who can sign in at the provider.
var aboutTheToken = []string{
	"iss", "aud", "azp", "exp", "iat", "nbf", "auth_time", "nonce", "jti", "sid", "at_hash", "c_hash", "s_hash",
	"acr", "amr", "typ", "scope", "scp", "client_id", "ver", "email_verified", "phone_number_verified",
}

// ownWords are claims that people can write themselves at a provider.
var ownWords = []string{
	"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
	"website", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "address", "updated_at",
}

func claim() kind[string] {
	return text("name of a claim", func(_ *reader, s string) (string, error) {
		switch {
		case slices.Contains(aboutTheToken, s):
			return "", fault("every token has this claim, whoever it is for", "name one that says who somebody is or belongs to, as groups, roles, sub or email")
		case slices.Contains(ownWords, s):
			return "", fault("this is what people say of themselves", "name a claim that only the provider's administrators can change, as groups or roles")
		}
		return s, exact(s)
	})
}

func claimValue() kind[string] {
	return text("text, at most 200 characters", func(_ *reader, s string) (string, error) {
		if strings.Contains(s, "*") {
			return "", fault("this holds *, and nothing is a wildcard here", "write out each value, in a rule of its own")
		}
		return s, exact(s)
	})
}

// exact is text that is compared to the letter.
func exact(s string) error {
	if err := prose(s, 200, false); err != nil {
		return err
	}
	if s != strings.TrimSpace(s) {
		return fault("this begins or ends with white space", "leave it out: it would have to be in the token")
	}
	return nil
}

// checkOIDC looks at what no single key shows.
func checkOIDC(r *reader, path string, o *OIDC) {
	if u, err := url.Parse(o.Issuer); err == nil && o.Name == "" {
		o.Name = u.Host
	}
	if _, tried := r.at[under(path, "rules")]; tried && len(o.Rules) == 0 {
		r.mistakeOnce(under(path, "rules"), fault("there is no rule, so nobody could sign in", "give one, or leave out "+path))
	}
	type same struct{ claim, value, tenant string }
	seen := map[same]int{}
	for i := range o.Rules {
		rule := &o.Rules[i]
		item := fmt.Sprintf("%s[%d]", under(path, "rules"), i)
		rule.number, rule.at = i, r.at[under(item, "tenant")]
		of := same{rule.Claim, rule.Value, rule.Tenant}
		if first, twice := seen[of]; twice && of.claim != "" && of.value != "" && of.tenant != "" {
			r.mistake(item, fault(fmt.Sprintf("rules[%d] is about the same claim, value and tenant", first), "leave one out"))
			continue
		}
		seen[of] = i
	}
}

// CheckTenants says which rules of the file are about a tenant that is not
// known. A gateway with such a rule does not start: whoever gets that name
// later would be open to people whom nobody meant.
func (o *OIDC) CheckTenants(file string, known func(tenantID string) bool) error {
	r := &reader{}
	for _, rule := range o.Rules {
		if !known(rule.Tenant) {
			r.mistakeAt(fmt.Sprintf("oidc.rules[%d].tenant", rule.number), rule.at, fault("there is no such tenant", "correct the name, make the tenant first (mayfly tenant add), or leave the rule out"))
		}
	}
	return r.mistakes(file)
}
