package notice

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mayfly/gateway/tenant"
)

// chain are the sentences about who else is sent something, and what they state of it.
// {name}, {names}, {days}, {where} and {region} are replaced; {where} begins
// with a space, or is nothing.
type chain struct {
	answersElsewhere, speechElsewhere, hearsElsewhere string
	answersInstead, speechInstead                     string // of a server that steps in
	toolElsewhere                                     string
	picturesToo                                       string // after one of those

	undeclared                      string // nothing at all
	keepsUnsaid, keepsNone          string
	keepsDay, keepsDays             string
	placed, unplaced                string
	trains, trainsNot, trainsUnsaid string
	passes                          string
	elsewhere                       string // what may be kept by others
	sentAway                        string // at the end
	namesAnd                        string // before the last of several names
	regionNamed                     string
	regions                         map[string]string // by the name of the region
}

// sent says that a recipient is sent something, and what it states about that.
// first is false for a server that only steps in for another.
func (t *chain) sent(r tenant.Recipient, first bool) string {
	var text string
	switch r.Role {
	case tenant.Answering:
		text = t.answersElsewhere
		if !first {
			text = t.answersInstead
		}
	case tenant.Speaking:
		text = t.speechElsewhere
		if !first {
			text = t.speechInstead
		}
	case tenant.Transcribing:
		text = t.hearsElsewhere
	default:
		text = t.toolElsewhere
	}
	parts := []string{strings.ReplaceAll(text, "{name}", named(r))}
	if r.Gets.Has(tenant.Pictures) {
		parts = append(parts, t.picturesToo)
	}
	return strings.Join(append(parts, t.stated(r)), " ")
}

// stated is what a recipient states of what it does with what it is sent.
// Whatever it has not stated is said not to have been.
func (t *chain) stated(r tenant.Recipient) string {
	name, terms := named(r), &r.Terms
	if terms.Retention == nil && terms.Training == nil && r.Region == "" && len(terms.Recipients) == 0 {
		return strings.ReplaceAll(t.undeclared, "{name}", name)
	}
	where, placed := t.where(r.Region), ""
	var keeps string
	switch {
	case terms.Retention == nil:
		keeps = t.keepsUnsaid
	case *terms.Retention == 0:
		keeps = t.keepsNone
	default:
		keeps = until(days(*terms.Retention), "", t.keepsDay, t.keepsDays)
		placed = where
	}
	parts := []string{strings.NewReplacer("{name}", name, "{where}", placed).Replace(keeps)}
	switch {
	case where == "":
		parts = append(parts, t.unplaced)
	case placed == "":
		parts = append(parts, strings.ReplaceAll(t.placed, "{where}", where))
	}
	switch {
	case terms.Training == nil:
		parts = append(parts, t.trainsUnsaid)
	case *terms.Training:
		parts = append(parts, t.trains)
	default:
		parts = append(parts, t.trainsNot)
	}
	if len(terms.Recipients) > 0 {
		parts = append(parts, strings.ReplaceAll(t.passes, "{names}", t.join(terms.Recipients)))
	}
	return strings.Join(parts, " ")
}

// where is a region in words, with a space before it.
func (t *chain) where(region string) string {
	if named, known := t.regions[region]; known || region == "" {
		return named
	}
	return strings.ReplaceAll(t.regionNamed, "{region}", clean(region))
}

// join lists names.
func (t *chain) join(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = clean(n)
	}
	last := len(all) - 1
	if last == 0 {
		return all[0]
	}
	return strings.Join(all[:last], ", ") + t.namesAnd + all[last]
}

// keepers are the names of those who have not stated that they keep nothing
// and learn nothing: whoever is told of storage is told of them.
func (f *Facts) keepers() []string {
	var all []string
	for _, r := range f.Recipients {
		if name := named(r); !r.Terms.KeepsNothing() && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// elsewhereOf says that others may keep what they are sent; empty where all of
// them state that they do not.
func (t *chain) elsewhereOf(f *Facts) string {
	keepers := f.keepers()
	if len(keepers) == 0 {
		return ""
	}
	return strings.ReplaceAll(t.elsewhere, "{names}", t.join(keepers))
}

// Elsewhere says at the end of a session who else was sent something of it,
// and what they state of that: one sentence or more for each.
func Elsewhere(f Facts, locale string) []string {
	l, _ := find(locale)
	t := &l.facts.chain
	var all []string
	for i, r := range f.Recipients {
		said := func(o tenant.Recipient) bool { return named(o) == named(r) && t.stated(o) == t.stated(r) }
		if named(r) != "" && !slices.ContainsFunc(f.Recipients[:i], said) {
			all = append(all, strings.ReplaceAll(t.sentAway, "{name}", named(r))+" "+t.stated(r))
		}
	}
	return all
}

// named is what people are told a recipient is called: its name, or its host
// where nothing of the name can be shown.
func named(r tenant.Recipient) string {
	if name := clean(r.Name); name != "" || r.URL == nil {
		return name
	}
	return clean(r.URL.Hostname())
}

// days is a time as it is told: in whole days, and never less than it is.
func days(v time.Duration) int {
	const day = 24 * time.Hour
	return int((v + day - 1) / day)
}

// until is the sentence that says for how many days.
func until(days int, open, one, many string) string {
	switch {
	case days == 1:
		return one
	case days > 1:
		return strings.ReplaceAll(many, "{days}", strconv.Itoa(days))
	}
	return open
}

// Statement is what a recipient is sent and what it states of that, as a person
// reads it in a language.
func Statement(r tenant.Recipient, locale string) string {
	l, _ := find(locale)
	return l.facts.sent(r, true)
}
