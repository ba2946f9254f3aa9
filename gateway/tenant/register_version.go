package tenant

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// RegisterVersion is a register of recipients as it was from a moment on.
type RegisterVersion struct {
	Number   uint64 // 1, 2, ... of the register alone
	Policy   uint64 // the version of the tenant that made it
	At       time.Time
	Hash     [sha256.Size]byte // RegisterHash
	Document []byte            // of RegisterDocument
}

// RegisterDocument is a register in JSON as RFC 8785 has it: the documents of
// its recipients, ordered by their hashes, so that RegisterHash follows from
// it.
func RegisterDocument(all []RegisterEntry) ([]byte, error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b RegisterEntry) int {
		x, y := a.Hash(), b.Hash()
		return bytes.Compare(x[:], y[:])
	})
	var documents [][]byte
	for i := range all {
		one, err := canonical(all[i].Document())
		if err != nil {
			return nil, err
		}
		documents = append(documents, one)
	}
	return slices.Concat([]byte("["), bytes.Join(documents, []byte(",")), []byte("]")), nil
}

// RegisteredRecipient is a recipient as a register's document has it.
type RegisteredRecipient struct {
	Role   string          `json:"role" enum:"backend,speech,transcriber,tool"`
	Name   string          `json:"name"`
	Host   string          `json:"host"`
	Gets   []string        `json:"gets" doc:"What it is sent."`
	Region string          `json:"region,omitempty" doc:"None: nobody declared it."`
	Terms  RegisteredTerms `json:"terms"`
}

// RegisteredTerms are what a recipient states of itself.
type RegisteredTerms struct {
	Retention  string   `json:"retention,omitempty" doc:"What it keeps; none: it is not declared."`
	Training   *bool    `json:"training,omitempty" doc:"Whether it trains models; none: it is not declared."`
	Transfer   string   `json:"transfer,omitempty" doc:"On what ground it leaves the country; none: it is not declared."`
	Recipients []string `json:"recipients,omitempty" doc:"To whom it passes something on."`
	On         string   `json:"declared_on,omitempty"`
	Evidence   string   `json:"evidence_sha256,omitempty"`
}

// RegisterChange is what is different between two versions of a register.
type RegisterChange struct {
	Recipients int // that there are after it
	Added      []RegisteredRecipient
	Removed    []RegisteredRecipient
	Changed    []RecipientChange
}

// RecipientChange is a recipient that stays and states or gets something else.
type RecipientChange struct {
	Before RegisteredRecipient `json:"before"`
	After  RegisteredRecipient `json:"after"`
	Keys   []string            `json:"keys" doc:"What is different: region, terms.training."`
}

// RegisterChanges says of each version but for the last ones what it changed.
// The versions are newest first; of the last one it is said if it is the first
// there was.
func RegisterChanges(versions []RegisterVersion) []RegisterChange {
	var out []RegisterChange
	for i := range versions {
		var before []byte
		switch {
		case i+1 < len(versions):
			before = versions[i+1].Document
		case versions[i].Number != 1:
			return out
		}
		out = append(out, CompareRegisters(before, versions[i].Document))
	}
	return out
}

// CompareRegisters tells two documents of registers apart. Recipients of one
// role and name are the same one. A document that cannot be read names nobody.
func CompareRegisters(before, after []byte) RegisterChange {
	was, is := registered(before), registered(after)
	c := RegisterChange{Recipients: len(is)}
	equal := func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
	named := func(a, b json.RawMessage) bool {
		x, y := recipientOf(a), recipientOf(b)
		return x.Role == y.Role && x.Name == y.Name
	}
	pair := func(same func(a, b json.RawMessage) bool, found func(a, b json.RawMessage)) {
		was = slices.DeleteFunc(was, func(a json.RawMessage) bool {
			i := slices.IndexFunc(is, func(b json.RawMessage) bool { return same(a, b) })
			if i < 0 {
				return false
			}
			found(a, is[i])
			is = slices.Delete(is, i, i+1)
			return true
		})
	}
	pair(equal, func(_, _ json.RawMessage) {})
	pair(named, func(a, b json.RawMessage) {
		one := RecipientChange{Before: recipientOf(a), After: recipientOf(b)}
		for _, d := range Diff(a, b) {
			key, _, _ := strings.Cut(d.Key, "[")
			if !slices.Contains(one.Keys, key) {
				one.Keys = append(one.Keys, key)
			}
		}
		c.Changed = append(c.Changed, one)
	})
	for _, a := range was {
		c.Removed = append(c.Removed, recipientOf(a))
	}
	for _, b := range is {
		c.Added = append(c.Added, recipientOf(b))
	}
	return c
}

func registered(document []byte) (all []json.RawMessage) {
	if json.Unmarshal(document, &all) != nil {
		return nil
	}
	return all
}

func recipientOf(document []byte) (r RegisteredRecipient) {
	_ = json.Unmarshal(document, &r) // what it is not stays empty
	return r
}

// Sentences say a change to people, in English, one for each recipient.
func (c *RegisterChange) Sentences() []string {
	all := []string{}
	for i := range c.Added {
		r := &c.Added[i]
		all = append(all, r.Name+" is new, as "+r.what()+". It may be sent: "+strings.Join(r.Gets, ", ")+". "+r.states())
	}
	for i := range c.Removed {
		all = append(all, c.Removed[i].Name+" is not sent anything any more, as "+c.Removed[i].what()+".")
	}
	for i := range c.Changed {
		r := &c.Changed[i]
		all = append(all, r.After.Name+", as "+r.After.what()+", is listed differently: "+strings.Join(r.Keys, ", ")+". Now it may be sent: "+strings.Join(r.After.Gets, ", ")+". "+r.After.states())
	}
	if len(all) == 0 {
		all = append(all, "The list begins with nobody.")
	}
	return all
}

func (r *RegisteredRecipient) what() string { return r.Role + " at " + r.Host }

// states is what the recipient states, each thing by itself.
func (r *RegisteredRecipient) states() string {
	or := func(s string) string {
		if s == "" {
			return "not declared"
		}
		return s
	}
	trains := "not declared"
	if r.Terms.Training != nil {
		trains = map[bool]string{false: "no", true: "yes"}[*r.Terms.Training]
	}
	return "It states: region " + or(r.Region) + "; keeps " + or(r.Terms.Retention) + "; trains models " + trains +
		"; transfer " + or(strings.ReplaceAll(r.Terms.Transfer, "_", " ")) + "."
}
