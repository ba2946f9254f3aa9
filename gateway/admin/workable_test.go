package admin

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// What cannot work on this machine stands at the server that it is about: the
// first, or one of those in its place.
func TestWorkableSaysWhere(t *testing.T) {
	server := func(host string, more ...tenant.BackEnd) *tenant.BackEnd {
		return &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: host}, Model: "m", Fallback: more}
	}
	a := &API{}
	a.options.Check = func(t *tenant.Tenant) (err error) {
		for i := range t.Avatars {
			for _, b := range [][]*tenant.BackEnd{t.Avatars[i].BackEnd.Servers(), t.Avatars[i].Speech.Servers(), t.Avatars[i].Transcriber.Servers()} {
				for _, one := range b {
					if one.URL.Host == "inside.example" {
						err = errors.Join(err, fmt.Errorf("avatar %s of tenant %s: %q: it is inside", t.Avatars[i].ID, t.ID, "x"))
					}
				}
			}
		}
		return err
	}
	for key, of := range map[string]tenant.Avatar{
		"":                                       {BackEnd: server("m.example", *server("n.example"))},
		"avatars[0].backend.url":                 {BackEnd: server("inside.example", *server("n.example"))},
		"avatars[0].backend.fallback[1].url":     {BackEnd: server("m.example", *server("n.example"), *server("inside.example"))},
		"avatars[0].speech.fallback[0].url":      {Speech: server("m.example", *server("inside.example"))},
		"avatars[0].transcriber.url":             {Microphone: true, Transcriber: server("inside.example")},
		"avatars[0].transcriber.fallback[0].url": {Microphone: true, Transcriber: server("m.example", *server("inside.example"))},
	} {
		of.ID = "ada"
		wrong := a.workable(&tenant.Tenant{ID: "acme", Avatars: []tenant.Avatar{of}})
		if key == "" {
			require.Nil(t, wrong)
			continue
		}
		require.Len(t, wrong.problems, 1, key)
		require.Equal(t, Problem{Key: key, Text: "it is inside"}, wrong.problems[0])
	}
}
