package oidctest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/text/language"
)

// person is somebody whom the provider knows.
type person struct {
	name   string
	groups any // what the claim says
}

// people is the provider's list of them, by their id.
type people map[string]person

// ExampleClientID implements storage.UserStore.
func (p people) ExampleClientID() string { return "service" }

// GetUserByID implements storage.UserStore.
func (p people) GetUserByID(id string) *storage.User {
	of, ok := p[id]
	if !ok {
		return nil
	}
	return &storage.User{
		ID: id, Username: of.name, Password: "password of " + of.name, FirstName: "CANARY-first", LastName: "CANARY-last",
		Email: of.name + "@canary-mail.example", EmailVerified: true, PreferredLanguage: language.English,
	}
}

// GetUserByUsername implements storage.UserStore.
func (p people) GetUserByUsername(name string) *storage.User {
	for id, of := range p {
		if of.name == name {
			return p.GetUserByID(id)
		}
	}
	return nil
}

// store adds the groups to the ID token.
type store struct {
	*storage.Storage
	people people
}

// SetUserinfoFromRequest implements op.CanSetUserinfoFromRequest.
func (s store) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	if err := s.Storage.SetUserinfoFromRequest(ctx, info, token, scopes); err != nil {
		return err
	}
	info.AppendClaims("groups", s.people[token.GetSubject()].groups)
	return nil
}

const (
	clientID     = "mayfly"
	clientSecret = "secret-of-the-client"
)

// provider is zitadel's server behind a socket.
type provider struct{ *httptest.Server }

func startProvider(t *testing.T, of people, redirect string) *provider {
	t.Helper()
	p := &provider{httptest.NewUnstartedServer(nil)}
	issuer := "http://" + p.Listener.Addr().String()
	clients := map[string]*storage.Client{clientID: storage.WebClient(clientID, clientSecret, redirect)}
	p.Config.Handler = exampleop.SetupServer(issuer, store{storage.NewStorageWithClients(of, clients), of}, slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	p.Start()
	t.Cleanup(p.Close)
	require.Equal(t, issuer, p.URL)
	return p
}

// signIn is what somebody does there: it ends with the address that the
// browser is sent back to.
func (p *provider) signIn(t *testing.T, browser *http.Client, at, name string) *url.URL {
	t.Helper()
	page := follow(t, browser, at)
	require.Equal(t, "/login/username", page.Path)
	answer, err := browser.PostForm(page.Scheme+"://"+page.Host+page.Path, url.Values{
		"username": {name}, "password": {"password of " + name}, "id": {page.Query().Get("authRequestID")},
	})
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusFound, answer.StatusCode)
	back, err := answer.Location()
	require.NoError(t, err)
	answer, err = browser.Get(back.String())
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, http.StatusFound, answer.StatusCode)
	back, err = answer.Location()
	require.NoError(t, err)
	return back
}

// follow is one redirect further.
func follow(t *testing.T, browser *http.Client, at string) *url.URL {
	t.Helper()
	answer, err := browser.Get(at)
	require.NoError(t, err)
	answer.Body.Close()
	to, err := answer.Location()
	require.NoError(t, err)
	return to
}
