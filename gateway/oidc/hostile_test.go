package oidc

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Tokens that must not let anybody in, each against one that does. // R74
func TestHostileTokens(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(rsaKey().Public())
	require.NoError(t, err)
	jwk := asJSON(jose.JSONWebKey{Key: rsaKey().Public(), KeyID: keyID})
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("an address in a token was asked")
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: other.Public(), KeyID: keyID}}})
	}))
	defer trap.Close()

	right := jose.SigningKey{Algorithm: jose.RS256, Key: rsaKey()}
	kid := map[jose.HeaderKey]any{"kid": keyID}
	hmacked := func(key []byte) func(map[string]any) string {
		return func(c map[string]any) string {
			text := segment(map[string]string{"alg": "HS256", "kid": keyID}) + "." + segment(c)
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(text))
			return text + "." + segment(mac.Sum(nil))
		}
	}
	headed := func(header map[jose.HeaderKey]any, key any) func(map[string]any) string {
		return func(c map[string]any) string {
			return signBytes(t, asJSON(c), jose.SigningKey{Algorithm: jose.RS256, Key: key}, header)
		}
	}
	// payload signs the claims after a change to their text.
	payload := func(change func([]byte) []byte) func(map[string]any) string {
		return func(c map[string]any) string { return signBytes(t, change(asJSON(c)), right, kid) }
	}
	claims := func(changes map[string]any) func(map[string]any) string {
		return func(c map[string]any) string {
			for k, v := range changes {
				c[k] = v
				if v == nil {
					delete(c, k)
				}
			}
			return sign(t, c)
		}
	}
	renamed := func(from, to string) func(map[string]any) string {
		return payload(func(b []byte) []byte { return replaceOnce(t, b, `"`+from+`":`, `"`+to+`":`) })
	}
	now := time.Now().Unix()

	all := map[string]func(map[string]any) string{
		"alg none": func(c map[string]any) string {
			return segment(map[string]string{"alg": "none"}) + "." + segment(c) + "."
		},
		"alg None": func(c map[string]any) string {
			return segment(map[string]string{"alg": "None", "kid": keyID}) + "." + segment(c) + "."
		},
		"alg none, signed": func(c map[string]any) string {
			return segment(map[string]string{"alg": "none"}) + sign(t, c)[strings.IndexByte(sign(t, c), '.'):]
		},
		"no alg": func(c map[string]any) string {
			return segment(map[string]string{"kid": keyID}) + sign(t, c)[strings.IndexByte(sign(t, c), '.'):]
		},
		"HS256 with the key (PEM)": hmacked(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		"HS256 with the key (DER)": hmacked(public),
		"HS256 with the key (JWK)": hmacked(jwk),
		"HS256 with the secret":    hmacked([]byte(clientSecret)),
		"HS256 with nothing":       hmacked(nil),
		"unsigned":                 func(c map[string]any) string { s := sign(t, c); return s[:strings.LastIndexByte(s, '.')+1] },
		"another key, the same id": headed(kid, other),
		"another key, no id":       headed(nil, other),
		"a key in the header":      headed(map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: other.Public()}}, other),
		"the address of a key":     headed(map[jose.HeaderKey]any{"jku": trap.URL, "kid": "k2"}, other),
		"a certificate's address":  headed(map[jose.HeaderKey]any{"x5u": trap.URL, "kid": "k2"}, other),
		"an id that is a path":     headed(map[jose.HeaderKey]any{"kid": "../../../../dev/null"}, other),
		"an id that is an address": headed(map[jose.HeaderKey]any{"kid": trap.URL}, other),
		"an unknown crit":          headed(map[jose.HeaderKey]any{"kid": keyID, "crit": []string{"x"}, "x": true}, rsaKey()),
		"another payload": func(c map[string]any) string {
			s := strings.Split(sign(t, c), ".")
			c["groups"] = "acme-admins"
			return s[0] + "." + segment(c) + "." + s[2]
		},
		"the other serialisation": func(c map[string]any) string {
			s := strings.Split(sign(t, c), ".")
			return string(asJSON(map[string]string{"protected": s[0], "payload": s[1], "signature": s[2]}))
		},
		"two signatures": func(c map[string]any) string {
			signer, err := jose.NewMultiSigner([]jose.SigningKey{right, {Algorithm: jose.RS256, Key: other}}, nil)
			require.NoError(t, err)
			jws, err := signer.Sign(asJSON(c))
			require.NoError(t, err)
			return jws.FullSerialize()
		},
		"white space around it": func(c map[string]any) string { return " " + sign(t, c) + "\n" },
		"two tokens":            func(c map[string]any) string { return sign(t, c) + "." + sign(t, c) },
		"no token":              func(map[string]any) string { return "hello" },
		"an empty token":        func(map[string]any) string { return "" },
		"a huge token":          claims(map[string]any{"pad": strings.Repeat("x", tokenMost)}),

		"for another client":         claims(map[string]any{"aud": "other"}),
		"for nobody":                 claims(map[string]any{"aud": nil}),
		"for none of several":        claims(map[string]any{"aud": []string{"other", "another"}}),
		"for several, made for none": claims(map[string]any{"aud": []string{clientID, "other"}}),
		"made for another":           claims(map[string]any{"aud": []string{clientID, "other"}, "azp": "other"}),
		"made for another, alone":    claims(map[string]any{"azp": "other"}),
		"made for a list":            claims(map[string]any{"azp": []string{clientID}}),
		"for a part of the name":     claims(map[string]any{"aud": clientID[:5]}),
		"of another issuer":          claims(map[string]any{"iss": "https://evil.example"}),
		"of no issuer":               claims(map[string]any{"iss": nil}),
		"an issuer with a slash":     func(c map[string]any) string { c["iss"] = c["iss"].(string) + "/"; return sign(t, c) },
		"another nonce":              claims(map[string]any{"nonce": "x"}),
		"no nonce":                   claims(map[string]any{"nonce": nil}),
		"an empty nonce":             claims(map[string]any{"nonce": ""}),
		"expired":                    claims(map[string]any{"exp": now - 1}),
		"expired long ago":           claims(map[string]any{"exp": 1}),
		"without an end":             claims(map[string]any{"exp": nil}),
		"an end in text":             claims(map[string]any{"exp": "9999999999"}),
		"an end that is null":        payload(func(b []byte) []byte { return bytes.Replace(b, []byte(`"exp":`), []byte(`"exp":null,"x":`), 1) }),
		"not yet":                    claims(map[string]any{"nbf": now + 3600}),
		"of nobody":                  claims(map[string]any{"sub": nil}),
		"of an empty name":           claims(map[string]any{"sub": ""}),
		"of a number":                claims(map[string]any{"sub": 7}),
		"of an endless name":         claims(map[string]any{"sub": strings.Repeat("x", 256)}),

		"the nonce in capitals":   renamed("nonce", "NONCE"),
		"the issuer in capitals":  renamed("iss", "Iss"),
		"the end in capitals":     renamed("exp", "EXP"),
		"the person in capitals":  renamed("sub", "Sub"),
		"the clients in capitals": renamed("aud", "AUD"),
		"a name twice": payload(func(b []byte) []byte {
			return replaceOnce(t, b, `"groups":`, `"groups":["nobody"],"groups":`)
		}),
		"a name twice, escaped": payload(func(b []byte) []byte {
			return replaceOnce(t, b, `"groups":`, `"\u0067roups":["nobody"],"groups":`)
		}),
		"something after it": payload(func(b []byte) []byte { return append(b, "{}"...) }),
		"no object":          payload(func(b []byte) []byte { return append(append([]byte("["), b...), ']') }),
		"bad UTF-8":          payload(func(b []byte) []byte { return replaceOnce(t, b, `acme-admins`, "acme-admins\",\"\xff") }),
	}
	for name, raw := range all {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			require.Equal(t, http.StatusOK, r.begin().back(nil).Code, "a right one")
			r.fake.raw = raw
			b := r.begin()
			w := b.back(nil)
			require.Equal(t, http.StatusBadGateway, w.Code)
			r.requireNothing(w)
			require.NotContains(t, w.Body.String(), "CANARY")
		})
	}
	t.Logf("n = %d tokens", len(all))
}

// Tokens that are unusual and right.
func TestUnusualTokens(t *testing.T) {
	r := newRig(t)
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	r.fake.keys = func(w http.ResponseWriter, _ []byte) {
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: rsaKey().Public(), KeyID: keyID}, {Key: elliptic.Public(), KeyID: "e1", Algorithm: "ES256"},
		}})
	}
	for name, raw := range map[string]func(c map[string]any) string{
		"for several, made for us": func(c map[string]any) string {
			c["aud"], c["azp"] = []string{"x", clientID}, clientID
			return sign(t, c)
		},
		"for a list of one": func(c map[string]any) string { c["aud"] = []string{clientID}; return sign(t, c) },
		"an elliptic curve": func(c map[string]any) string {
			return signBytes(t, asJSON(c), jose.SigningKey{Algorithm: jose.ES256, Key: elliptic}, map[jose.HeaderKey]any{"kid": "e1"})
		},
		"many groups": func(c map[string]any) string {
			groups := []any{"acme-admins"}
			for range 500 {
				groups = append(groups, "123e4567-e89b-12d3-a456-426614174000")
			}
			c["groups"] = groups
			return sign(t, c)
		},
		"ends this second": func(c map[string]any) string { c["exp"] = time.Now().Unix() + 2; return sign(t, c) },
	} {
		r.fake.raw = raw
		require.Equal(t, http.StatusOK, r.begin().back(nil).Code, name)
	}
}

// A provider that lies, leads astray or does not end. Whatever it does, nobody
// gets in, nobody else is dialled, and it takes no longer than its time.
func TestHostileProvider(t *testing.T) {
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer elsewhere.Close()
	go func() {
		for {
			c, err := elsewhere.Accept()
			if err != nil {
				return
			}
			t.Error("another address was dialled")
			c.Close()
		}
	}()
	away := "http://" + elsewhere.Addr().String()
	set := func(name, value string) func(*fake) {
		return func(f *fake) { f.description = func(d map[string]any) { d[name] = value } }
	}
	keys := func(do func(w http.ResponseWriter, right []byte)) func(*fake) {
		return func(f *fake) { f.keys = do }
	}
	text := func(s func(right string) string) func(*fake) {
		return func(f *fake) {
			f.answer = func(w http.ResponseWriter, idToken string) bool {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(s(idToken)))
				return true
			}
		}
	}
	redirect := func(to string) func(w http.ResponseWriter, _ []byte) {
		return func(w http.ResponseWriter, _ []byte) { w.Header().Set("Location", to); w.WriteHeader(http.StatusFound) }
	}
	all := map[string]struct {
		do    func(*fake)
		stage Stage
		start bool // it shows before anybody is sent anywhere
	}{
		"another issuer":          {set("issuer", "https://evil.example"), atDescription, true},
		"an issuer with a slash":  {func(f *fake) { f.description = func(d map[string]any) { d["issuer"] = f.URL + "/" } }, atDescription, true},
		"no addresses":            {func(f *fake) { f.description = func(d map[string]any) { delete(d, "token_endpoint") } }, atEndpoint, true},
		"a huge description":      {set("x", strings.Repeat("x", answerMost)), atDescription, true},
		"people sent elsewhere":   {set("authorization_endpoint", away+"/authorize"), atEndpoint, true},
		"people sent to a script": {set("authorization_endpoint", "javascript:alert(1)"), atEndpoint, true},
		"tokens elsewhere":        {set("token_endpoint", away+"/token"), atEndpoint, true},
		"keys elsewhere":          {set("jwks_uri", away+"/keys"), atEndpoint, true},
		"keys of a cloud":         {set("jwks_uri", "http://169.254.169.254/latest/meta-data"), atEndpoint, true},
		"keys in a file":          {set("jwks_uri", "file:///etc/passwd"), atEndpoint, true},
		"keys with a name before @": {func(f *fake) {
			f.description = func(d map[string]any) { d["jwks_uri"] = strings.Replace(f.URL, "//", "//x@", 1) + "/keys" }
		}, atEndpoint, true},
		"keys led to a cloud": {keys(redirect("http://169.254.169.254/keys")), atKeys, false},
		"keys led elsewhere":  {keys(redirect(away + "/keys")), atKeys, false},
		"keys led to itself":  {keys(redirect("/keys")), atKeys, false},
		"huge keys": {keys(func(w http.ResponseWriter, right []byte) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(append(bytes.Repeat([]byte(" "), answerMost), right...))
		}), atKeys, false},
		"keys without end": {keys(func(w http.ResponseWriter, _ []byte) {
			for w.Header().Set("Content-Type", "application/json"); ; {
				if _, err := w.Write([]byte(`{"keys":[                                        `)); err != nil {
					return
				}
			}
		}), atKeys, false},
		"two sets of keys": {keys(func(w http.ResponseWriter, right []byte) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(append([]byte(`{"keys":[],`), right[1:]...))
		}), atKeys, false},
		"keys that are none": {keys(func(w http.ResponseWriter, _ []byte) { writeJSON(w, "CANARY") }), atToken, false},
		"an error for keys":  {keys(func(w http.ResponseWriter, _ []byte) { w.WriteHeader(500); _, _ = w.Write([]byte(`"CANARY"`)) }), atToken, false},
		"keys of HMAC, that everybody can read": {func(f *fake) {
			secret := bytes.Repeat([]byte("x"), 32)
			f.keys = func(w http.ResponseWriter, _ []byte) {
				writeJSON(w, map[string]any{"keys": []any{map[string]string{"kty": "oct", "kid": keyID, "k": segment(secret)}}})
			}
			f.raw = func(c map[string]any) string {
				return signBytes(t, asJSON(c), jose.SigningKey{Algorithm: jose.HS256, Key: secret}, map[jose.HeaderKey]any{"kid": keyID})
			}
		}, atToken, false},
		"keys that do not come": {keys(func(http.ResponseWriter, []byte) { time.Sleep(600 * time.Millisecond) }), atKeys, false},
		"a second token": {text(func(s string) string {
			return `{"access_token":"a","token_type":"Bearer","id_token":"x","id_token":"` + s + `"}`
		}), atExchange, false},
		"a list of tokens":   {text(func(s string) string { return `{"access_token":"a","token_type":"Bearer","id_token":["` + s + `"]}` }), atExchange, false},
		"no token":           {text(func(string) string { return `{"access_token":"a","token_type":"Bearer"}` }), atExchange, false},
		"no access":          {text(func(s string) string { return `{"id_token":"` + s + `"}` }), atExchange, false},
		"something after it": {text(func(s string) string { return `{"access_token":"a","token_type":"Bearer","id_token":"` + s + `"}{}` }), atExchange, false},
		"a huge answer": {text(func(s string) string {
			return strings.Repeat(" ", answerMost) + `{"access_token":"a","id_token":"` + s + `"}`
		}), atExchange, false},
		"tokens led elsewhere": {func(f *fake) {
			f.answer = func(w http.ResponseWriter, _ string) bool { redirect(away+"/token")(w, nil); return true }
		}, atExchange, false},
		"tokens that do not come": {func(f *fake) {
			f.answer = func(http.ResponseWriter, string) bool { time.Sleep(600 * time.Millisecond); return true }
		}, atExchange, false},
	}
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.provider.client.Transport = transport{r.egress, 300 * time.Millisecond}
			c.do(r.fake)
			began := time.Now()
			var w *httptest.ResponseRecorder
			if c.start {
				w = r.do("GET", Prefix+"start?challenge="+strings.Repeat("x", 43), "")
				require.Empty(t, w.Header().Get("Location"))
			} else {
				w = r.begin().back(nil)
			}
			require.Equal(t, http.StatusBadGateway, w.Code)
			r.requireNothing(w)
			require.Len(t, r.failures, 1)
			require.Equal(t, c.stage, r.failures[0].Stage)
			require.NotContains(t, r.failures[0].Error()+w.Body.String(), "CANARY")
			require.Less(t, time.Since(began), 30*time.Second)
		})
	}
	t.Logf("n = %d faults", len(all))
}

// An endpoint on another address is used where the configuration names it, and
// only there.
func TestEndpoints(t *testing.T) {
	r := newRig(t)
	asked := 0
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rsaKey().Public(), KeyID: keyID}}})
	}))
	defer second.Close()
	r.fake.description = func(d map[string]any) { d["jwks_uri"] = second.URL + "/keys" }
	w := r.do("GET", Prefix+"start?challenge="+strings.Repeat("x", 43), "")
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.Zero(t, asked)

	config := *r.options.Config
	config.Endpoints = []string{second.URL}
	r.Server = r.server(&config)
	require.Equal(t, http.StatusOK, r.begin().back(nil).Code)
	require.Equal(t, 1, asked)
}

// A provider that is down is said to be down, is not asked again at once, and
// is used again when it is back. What it says of itself is kept for an hour.
func TestProviderDown(t *testing.T) {
	r := newRig(t)
	address := r.fake.Listener.Addr().String()
	r.fake.Close()
	start := Prefix + "start?challenge=" + strings.Repeat("x", 43)
	w := r.do("GET", start, "")
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.Contains(t, w.Body.String(), "does not answer")
	require.Contains(t, w.Body.String(), "Keys and one-time links still work")
	require.Equal(t, []Failure{{Stage: atDescription, Down: true}}, r.failures)
	for range 10 {
		require.Equal(t, http.StatusBadGateway, r.do("GET", start, "").Code)
	}
	require.Len(t, r.failures, 1, "one line for many")

	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	back := &http.Server{Handler: r.fake.Config.Handler}
	go func() { _ = back.Serve(l) }()
	defer back.Close()
	require.Equal(t, http.StatusBadGateway, r.do("GET", start, "").Code, "it is not asked again at once")
	r.later(failedFor)
	for range 10 {
		require.Equal(t, http.StatusOK, r.begin().back(nil).Code)
	}
	require.Equal(t, 1, r.fake.count("/.well-known/openid-configuration"))
	require.Equal(t, 1, r.fake.count("/keys"))
	r.later(knownFor)
	require.Equal(t, http.StatusFound, r.do("GET", start, "").Code)
	require.Equal(t, 2, r.fake.count("/.well-known/openid-configuration"))
}

// Addresses that the operator cannot mean are refused at the start.
func TestAddresses(t *testing.T) {
	for _, issuer := range []string{"https://169.254.169.254", "https://0177.0.0.1", "ftp://idp.example", "https://idp.example%2f.evil"} {
		_, err := New(Options{Config: &tenant.OIDC{Issuer: issuer}})
		require.Error(t, err, issuer)
	}
	_, err := New(Options{Config: &tenant.OIDC{Issuer: "https://idp.example", Endpoints: []string{"http://169.254.169.254"}}})
	require.Error(t, err)
}
