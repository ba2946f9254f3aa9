package tenant

import (
	"encoding/hex"
	"strings"
	"time"
)

// Terms are what a server's operator declares of what it does with what it is
// sent, as the organisation wrote it down. Nobody here can see whether it is
// true: it is told as a statement. Zero declares nothing, which counts as the
// worst: it keeps, it trains, it passes on.
type Terms struct {
	Retention  *time.Duration // the longest that anything is kept; zero: nothing is; nil: not declared
	Training   *bool          // whether models are trained with it; nil: not declared
	Transfer   Transfer       // why it may leave the organisation's region
	Recipients []string       // who it passes things on to, by name
	By         string         // who declared this, for the organisation
	On         string         // the day: "2026-11-26"; empty: nothing is declared
	Evidence   [32]byte       // SHA-256 of the contract or page that says so; zero: none is named
}

// Declared says whether anybody declared anything.
func (t *Terms) Declared() bool { return t.On != "" }

// KeepsNothing says whether it is declared that nothing is kept and nothing
// learned: the only terms under which nothing need be said of storage there.
func (t *Terms) KeepsNothing() bool {
	return t.Retention != nil && *t.Retention == 0 && t.Training != nil && !*t.Training && len(t.Recipients) == 0
}

// KeepsText is how long anything is kept, as it is written: "none", "30d", or
// nothing where it is not declared.
func (t *Terms) KeepsText() string {
	switch {
	case t.Retention == nil:
		return ""
	case *t.Retention == 0:
		return keepsNone
	}
	return FormatDays(*t.Retention)
}

// Transfer is why personal data may leave the organisation's region (GDPR,
// chapter V).
type Transfer uint8

// The mechanisms.
const (
	TransferUndeclared Transfer = iota
	NoTransfer                  // it does not leave
	Adequacy                    // a decision that the other country protects it
	ContractClauses             // standard contractual clauses
	PrivacyFramework            // the EU-US data privacy framework
	OtherTransfer
	transfers
)

var transferNames = []string{"not_declared", "none", "adequacy", "scc", "dpf", "other"}

// String is the mechanism in files and receipts.
func (t Transfer) String() string { return nameOf(transferNames, t) }

const (
	keepsNone = "none"
	// mostKept is longer than anybody keeps what they answered.
	mostKept = 36500 * day
)

func termsTable() table[Terms] {
	return table[Terms]{
		one("retention", maybe(kept()), "not declared: it counts as kept without an end", "The longest that anything is kept there, logs and backups included.", func(t *Terms) **time.Duration { return &t.Retention }),
		one("training", maybe(truth()), "not declared: it counts as true", "Whether models are trained with it.", func(t *Terms) **bool { return &t.Training }),
		one("transfer", named(NoTransfer, Adequacy, ContractClauses, PrivacyFramework, OtherTransfer), "not declared", "Why it may leave your region: it does not, an adequacy decision, standard contractual clauses, the EU-US framework, or another way.", func(t *Terms) *Transfer { return &t.Transfer }),
		many("recipients", line(100), 32, "none named", "Who it passes things on to, by name. People are told.", func(t *Terms) *[]string { return &t.Recipients }),
		one("declared_by", line(100), required, "Who wrote this down, for your organisation: a person or an office. People are not told.", func(t *Terms) *string { return &t.By }),
		one("declared_on", date(), required, "The day on which they did.", func(t *Terms) *string { return &t.On }),
		one("evidence_sha256", digest(), "none", "SHA-256 of the contract or page that says so. Receipts carry it.", func(t *Terms) *[32]byte { return &t.Evidence }),
	}
}

// termsEntry is the key of a group that names a server.
func termsEntry[T any](at func(*T) *Terms) entry[T] {
	return group("terms", termsTable(), "nothing is declared, which counts as the worst", "What its operator declares of what it does with what it is sent. People are told of it as a statement.", at, checkTerms)
}

func checkTerms(r *reader, path string, t *Terms) {
	if t.Retention == nil && t.Training == nil && t.Transfer == TransferUndeclared && len(t.Recipients) == 0 && t.Evidence == [32]byte{} {
		r.mistakeOnce(path, fault("this declares nothing", "say at least retention or training, or leave terms out"))
	}
}

// kept is how long a server keeps something: a duration that may count days,
// or nothing at all.
func kept() kind[time.Duration] {
	const how = `use "none", or a time with its unit, as "12h" or "30d"`
	k := text(`none, or duration, 1h to 36500d`, func(_ *reader, s string) (time.Duration, error) {
		if s == keepsNone {
			return 0, nil
		}
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "forever", "unlimited", "infinite", "never", "always", "unknown":
			return 0, fault("this is not a length of time", "leave the key out: what is not declared counts as kept without an end")
		}
		v, ok := parseDays(s)
		if !ok {
			return 0, fault("this is not a length of time", how)
		}
		if v < leastRetention || v > mostKept {
			return 0, fault("this time is out of range", `it may be "none", or 1h to 36500d`)
		}
		return v, nil
	})
	return united(k, how)
}

// document is the terms as a document holds them.
func (t *Terms) document() object {
	o := object{}
	if !t.Declared() {
		return o
	}
	put(o, "retention", t.KeepsText(), "")
	if t.Training != nil {
		o["training"] = *t.Training
	}
	put(o, "transfer", t.Transfer.String(), TransferUndeclared.String())
	putList(o, "recipients", t.Recipients)
	o["declared_by"], o["declared_on"] = t.By, t.On
	if t.Evidence != [32]byte{} {
		o["evidence_sha256"] = hex.EncodeToString(t.Evidence[:])
	}
	return o
}
