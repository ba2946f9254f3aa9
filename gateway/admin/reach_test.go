package admin

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

const documentWithModel = `{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada","backend":{"url":"https://models.example/v1","model":"m","name":"Example models"}}]}`

// R57: the servers of a document that is not saved are asked once and nothing
// changes; a document with mistakes asks nobody and names them; two tests have
// a pause between them.
func TestAvatarIsTested(t *testing.T) {
	w := newWorld(t)
	before := w.ask("acme admin", "GET", "tenant", "").body
	got := w.ask("acme admin", "POST", "avatars/test", `{"avatar":"ada","document":`+documentWithModel+`}`)
	require.Equal(t, 200, got.status, got.body)
	require.JSONEq(t, `{"problems":[],"servers":[{"kind":"backend","server":"Example models","ok":true,"text":"has the model m"}]}`, got.body)
	require.Equal(t, 1, w.behind.tests)
	require.Equal(t, before, w.ask("acme admin", "GET", "tenant", "").body)
	require.Equal(t, "rate_limit_exceeded", w.ask("acme admin", "POST", "avatars/test", `{"avatar":"ada"}`).code())
	require.Equal(t, 1, w.behind.tests)

	w.at = w.at.Add(testPause)
	w.behind.why = "it cannot be reached"
	got = w.ask("acme admin", "POST", "avatars/test", `{"avatar":"ada","document":`+documentWithModel+`}`)
	require.Contains(t, got.body, `"ok":false,"text":"it cannot be reached"`)

	wrong := strings.Replace(documentWithModel, "https://models.example/v1", "ftp://models.example", 1)
	got = w.ask("acme admin", "POST", "avatars/test", `{"avatar":"ada","document":`+wrong+`}`)
	require.Equal(t, 200, got.status, got.body)
	require.Contains(t, got.body, `"key":"avatars[0].backend.url"`)
	require.Equal(t, 2, w.behind.tests)
	require.Equal(t, "invalid_fields", w.ask("acme admin", "POST", "avatars/test", `{"avatar":"nobody"}`).code())
}

// A preview says what saving would change of the version in force, and whether
// a second admin would be asked.
func TestPreviewCompares(t *testing.T) {
	w := newWorld(t)
	got := w.ask("acme admin", "POST", "preview", `{"document":`+documentWithModel+`}`)
	require.Equal(t, 200, got.status, got.body)
	var seen previewAnswer
	got.into(t, &seen)
	require.NotZero(t, seen.Number)
	require.Contains(t, seen.Changed, changedAnswer{Key: "avatars[ada].backend.model", After: "m"})
	require.Empty(t, seen.Needs)

	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin":true}}`, `If-Match: "1"`).status)
	recorded := strings.Replace(documentWithModel, `"avatars"`, `"policy":{"transcript":true,"retention":{"transcript":"30d"},"purposes":["quality"]},"avatars"`, 1)
	w.ask("acme admin", "POST", "preview", `{"document":`+recorded+`}`).into(t, &seen)
	require.ElementsMatch(t, []string{"recording_on", "second_admin_off"}, seen.Needs)
}

// How it stands with a receiver, and an empty delivery to it. Where there is
// none, nobody is sent anything.
func TestWebhookIsProbed(t *testing.T) {
	w := newWorld(t)
	require.Contains(t, w.ask("acme admin", "GET", "webhook", "").body, `"there":false`)
	require.Contains(t, w.ask("acme admin", "POST", "webhook/test", "").body, `"ok":false`)
	require.Empty(t, w.behind.probed)

	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"webhook":{"url":"https://hooks.example/in","kinds":["session_ended"]}}`, `If-Match: "1"`).status)
	w.behind.delivery = Delivery{Waiting: 3, Failing: w.at, Attempts: 2, Next: w.at.Add(time.Minute)}
	var seen webhookAnswer
	w.ask("acme admin", "GET", "webhook", "").into(t, &seen)
	require.True(t, seen.There)
	require.Equal(t, "https://hooks.example/in", seen.URL)
	require.EqualValues(t, 3, seen.Waiting)
	require.Equal(t, w.at.UTC(), *seen.Failing)
	require.Contains(t, seen.Offered, "session_ended")
	require.Contains(t, w.ask("acme admin", "POST", "webhook/test", "").body, `"ok":true`)
	require.Equal(t, []string{"https://hooks.example/in"}, w.behind.probed)
	require.Equal(t, "rate_limit_exceeded", w.ask("acme admin", "POST", "webhook/test", "").code())
	w.at = w.at.Add(testPause)
	w.behind.why = "it answered 500 Internal Server Error"
	require.Contains(t, w.ask("acme admin", "POST", "webhook/test", "").body, `It was not taken: it answered 500`)
}

// When what is stored goes, by day, and that somebody looked.
func TestExpiries(t *testing.T) {
	w := newWorld(t)
	require.JSONEq(t, `{"days":[]}`, w.ask("acme admin", "GET", "expiries", "").body)
	w.keep("acme", "words")
	got := w.ask("acme admin", "GET", "expiries", "")
	require.JSONEq(t, `{"days":[{"day":"`+w.at.Add(time.Hour).UTC().Format(time.DateOnly)+`","class":"transcript","count":1,"held":0}]}`, got.body)
}

// Whom else the tenant is open to stands beside its keys, and nobody else's.
func TestSignInRules(t *testing.T) {
	w := newWorld(t)
	require.Contains(t, w.ask("acme admin", "GET", "keys", "").body, `"rules":[]`)
	id := session.ID{7}
	w.options.Rules = func(tenantID string) []SignInRule {
		return []SignInRule{{ID: id.String(), Provider: "Campus ID", Claim: "groups", Value: "of " + tenantID, Role: "admin"}}
	}
	require.Contains(t, w.ask("acme admin", "GET", "keys", "").body, `{"id":"`+id.String()+`","provider":"Campus ID","claim":"groups","value":"of acme","role":"admin"}`)
	require.NotContains(t, w.ask("beta admin", "GET", "keys", "").body, "of acme")
}

// What cannot work although the document is right is said of the field that it
// is in.
func TestWhatCannotWorkIsAtItsField(t *testing.T) {
	w := newWorld(t)
	w.options.Check = func(of *tenant.Tenant) error {
		for _, a := range of.Avatars {
			if a.BackEnd != nil && a.BackEnd.URL.Hostname() == "127.0.0.1" {
				return errors.New(`egress: recipient "` + a.ID + `/backend": it is on this machine; use another`)
			}
		}
		return nil
	}
	document := `{"id":"acme","name":"Acme","avatars":[{"id":"ben","name":"Ben","backend":{"url":"https://models.example/v1","model":"m"}},{"id":"ada","name":"Ada","backend":{"url":"http://127.0.0.1/v1","model":"m"}}]}`
	got := w.ask("acme admin", "PUT", "tenant", document, `If-Match: "1"`)
	require.Equal(t, "invalid_fields", got.code(), got.body)
	require.Contains(t, got.body, `"problems":[{"key":"avatars[1].backend.url","text":"it is on this machine; use another"}]`)
	w.options.Check = func(*tenant.Tenant) error { return errors.New("a voice is gone") }
	require.Contains(t, w.ask("acme admin", "PUT", "tenant", `{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada"}]}`, `If-Match: "1"`).body, `{"key":"avatars","text":"a voice is gone"}`)
}
