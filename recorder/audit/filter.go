package audit

import (
	"time"

	"mayfly/session"
)

// Filter picks entries by what they say. What is zero picks all.
type Filter struct {
	Kinds   Kinds
	Session session.ID
	Actor   session.ID
	Object  session.ID
	From    time.Time
	To      time.Time // not included
}

// Kinds is a set of kinds of facts. The empty one stands for all.
type Kinds [4]uint64

// Add puts a kind into the set.
func (k *Kinds) Add(kind session.FactKind) { k[kind>>6] |= 1 << (kind & 63) }

func (k *Kinds) has(kind session.FactKind) bool { return k[kind>>6]&(1<<(kind&63)) != 0 }

func (k *Kinds) empty() bool { return *k == Kinds{} }

func (k *Kinds) meets(other *Kinds) bool {
	return k[0]&other[0]|k[1]&other[1]|k[2]&other[2]|k[3]&other[3] != 0
}

// timeOnly says that nothing but a time is asked for.
func (f *Filter) timeOnly() bool {
	return f.Kinds.empty() && f.Session.IsZero() && f.Actor.IsZero() && f.Object.IsZero()
}

func (f *Filter) isZero() bool { return f.timeOnly() && f.From.IsZero() && f.To.IsZero() }

// picks says whether an entry is asked for. One that cannot be read says
// neither what it is about nor when: it is shown wherever it may belong.
func (f *Filter) picks(e *Entry) bool {
	if e.Damaged {
		return f.timeOnly()
	}
	is := func(asked, have session.ID) bool { return asked.IsZero() || asked == have }
	return (f.Kinds.empty() || f.Kinds.has(e.Fact.Kind)) &&
		is(f.Session, e.Fact.Session) && is(f.Actor, e.Fact.Actor) && is(f.Object, e.Fact.Object) &&
		(f.From.IsZero() || !e.At.Before(f.From)) && (f.To.IsZero() || e.At.Before(f.To))
}
