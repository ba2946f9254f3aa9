package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mayfly/gateway/tenant"
)

const (
	demoFile   = "demo.json"   // how to reach the demonstration
	demoCAFile = "demo-ca.pem" // whom to trust for it
)

// demo is the demonstration: one tenant with one avatar that anybody on this
// machine can talk to, and keys that live as long as the process. It exists on
// loopback and while there is no other tenant (settings.go and
// tenant.Directory each see to that).
type demo struct {
	Tenant tenant.Tenant

	api, admin, reviewer string // keys; in memory and in demoFile only
}

// newDemo makes the tenant and fresh keys.
func newDemo(s *settings) *demo {
	d := &demo{}
	var keys [3]tenant.Key
	for i, secret := range []*string{&d.api, &d.admin, &d.reviewer} {
		*secret, keys[i].Hash = tenant.NewKey()
		keys[i].Role = []tenant.Role{tenant.Caller, tenant.Admin, tenant.Reviewer}[i]
	}
	d.Tenant = tenant.Tenant{
		ID:     "demo",
		Name:   "Mayfly demonstration",
		Public: true,
		// Whoever tries it meets all of it: a human who answers, and rights that
		// are carried out at once.
		Policy:  tenant.Policy{Rights: tenant.SelfService},
		Handoff: &tenant.Handoff{Name: "the demonstration's desk"},
		Keys:    keys[:],
		Avatars: []tenant.Avatar{{
			ID:          "lumen",
			Name:        "Lumen",
			Look:        "lantern",
			Voice:       "auto",
			Languages:   []string{"en", "de", "fr", "es", "he"},
			Persona:     "You are Lumen, the avatar of the Mayfly demonstration. You tell people what Mayfly is and what it does with what they say. You answer in a few short sentences, and say so when you do not know.",
			Knowledge:   tenant.Documents,
			BackEnd:     s.BackEnd,
			Speech:      s.Speech,
			Transcriber: s.Transcriber,
			Microphone:  s.Microphone,
		}},
		Demo: true,
	}
	return d
}

// demoAddress is what demoFile holds, for programs that try the gateway.
type demoAddress struct {
	URL         string `json:"url"`
	TLSURL      string `json:"tls_url"`
	CA          string `json:"ca"`
	Tenant      string `json:"tenant"`
	Avatar      string `json:"avatar"`
	APIKey      string `json:"api_key"`
	AdminKey    string `json:"admin_key"`
	ReviewerKey string `json:"reviewer_key"`
}

// write puts demoFile, for this user only, and the authority's certificate
// into the data folder. The certificate comes first: whoever sees the file
// finds what it names.
func (d *demo) write(folder string, l *listeners, ca []byte) error {
	a := demoAddress{
		URL:         listenerURL("http", l.Plain),
		TLSURL:      listenerURL("https", l.TLS),
		Tenant:      d.Tenant.ID,
		Avatar:      d.Tenant.Avatars[0].ID,
		APIKey:      d.api,
		AdminKey:    d.admin,
		ReviewerKey: d.reviewer,
	}
	var err error
	if ca != nil && l.TLS != nil {
		a.CA = filepath.Join(folder, demoCAFile)
		err = writeFile(a.CA, ca, 0o644)
	}
	if err == nil {
		var data []byte
		if data, err = json.MarshalIndent(a, "", "  "); err == nil {
			err = writeFile(filepath.Join(folder, demoFile), append(data, '\n'), 0o600)
		}
	}
	if err != nil {
		return fmt.Errorf("the demonstration's files cannot be written to %s (%w); make room, or name another folder with --data", folder, reason(err))
	}
	return nil
}

// removeDemo takes away what a demonstration wrote. Its keys are dead when its
// process ends; the files would only mislead.
func removeDemo(folder string) error {
	var wrong []error
	for _, name := range []string{demoFile, demoCAFile} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			wrong = append(wrong, fmt.Errorf("%s in %s cannot be removed (%w); remove it by hand, its keys are dead", name, folder, reason(err)))
		}
	}
	return errors.Join(wrong...)
}
