package tenant

import (
	"fmt"
	"net/url"
)

// Witness is somebody outside who is given the signed checkpoints of all audit
// logs. It belongs to the process: what a tenant may write does not reach it.
type Witness struct {
	Name      string
	To        string   // "witness" or "webhook"
	URL       *url.URL // https, or http on this machine
	Key       string   // of a witness: name+hash+base64, as it publishes it
	TokenFile string   // empty: none is sent
	CAFile    string   // file, PEM; empty: the system's authorities
}

// witnesses bounds the list.
const witnesses = 4

func witnessTable() table[Witness] {
	return table[Witness]{
		one("name", identifier(), required, "Names it in metrics and log lines; unique in the list. What it took is kept under this name.", func(w *Witness) *string { return &w.Name }),
		one("to", oneOf("witness", "webhook"), required, "A `witness` signs each that grew out of those before (C2SP tlog-witness). A `webhook` is sent each as the body of a POST.", func(w *Witness) *string { return &w.To }),
		one("url", webAddress(), required, "Of a witness its submission prefix, to which `/add-checkpoint` is added. It may be on a private network; plain http is for this machine only.", func(w *Witness) **url.URL { return &w.URL }),
		one("key", line(300), "none; required for `witness`", "The witness's public key as it publishes it, like `witness.example+9a3f1c02+BAXk...`. An answer without its signature does not count.", func(w *Witness) *string { return &w.Key }),
		one("token_file", secretFile(), "none", "Holds a token that is sent as a bearer token. Read at each sending.", func(w *Witness) *string { return &w.TokenFile }),
		one("ca_file", anyFile(), "the system's authorities", "Certificates in PEM that may vouch for it, in their place.", func(w *Witness) *string { return &w.CAFile }),
	}
}

// webAddress is an address without a query.
func webAddress() kind[*url.URL] {
	return text("URL, https", func(_ *reader, s string) (*url.URL, error) {
		u, err := webURL(s)
		if err == nil && (u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
			err = fault("this has ? or # in it", "leave them out and what follows")
		}
		return u, err
	})
}

// checkWitness looks at what no single key shows.
func checkWitness(r *reader, path string, w *Witness) {
	at := under(path, "key")
	_, there := r.at[at]
	switch {
	case w.To == "witness" && !there:
		r.mistakeAt(at, r.at[path], fault("this key is missing", "add it: to: witness needs it"))
	case w.To == "webhook" && there:
		r.mistake(at, fault("this means nothing for to: webhook", "leave it out"))
	}
}

// checkWitnesses looks at the list.
func checkWitnesses(r *reader, all []Witness) {
	names := map[string]bool{}
	for i, w := range all {
		if names[w.Name] && w.Name != "" {
			r.mistakeOnce(under(fmt.Sprintf("witnesses[%d]", i), "name"), fault("another witness has this name", "give each its own: what it took is kept under it"))
		}
		names[w.Name] = true
	}
}
