package tenant

import (
	"math"
	"time"

	"mayfly/redact"
)

// Narrows says whether a change of the document protects people more than
// before in something, and less in nothing: less is kept, for a shorter time,
// more of it hidden, fewer are sent something, a likeness is lent for a shorter
// time, or nobody can talk with an avatar any more. A nil before is unknown, and
// a change of it does not.
func Narrows(before, after *Tenant) bool {
	if before == nil || len(NewRecipients(before, after)) > 0 {
		return false
	}
	less := len(after.Avatars) < len(before.Avatars) || len(NewRecipients(after, before)) > 0
	for i := range after.Avatars {
		was, is := before.avatar(after.Avatars[i].ID), &after.Avatars[i]
		if was == nil {
			return false
		}
		had, has := before.allows(was), after.allows(is)
		for n := range has {
			if has[n] > had[n] {
				return false
			}
			less = less || has[n] < had[n]
		}
	}
	return less
}

// allows are measures of what is done with people who talk with an avatar: the
// higher one is, the less they are protected.
func (t *Tenant) allows(a *Avatar) []int64 {
	p := t.Effective(a)
	kept := func(is bool, most time.Duration) int64 {
		if !is {
			return 0
		}
		return int64(most)
	}
	r := &p.Redaction
	all := []int64{
		kept(a.Off == nil, 1), kept(p.Transcript, p.Retention), kept(p.Audio, p.AudioRetention), kept(!p.NoReports, p.Reports), kept(p.Attachments, 1),
		kept(p.Hiding.whole(), 1), p.Hiding.Expires.Unix(), kept(p.LegalBasis != Consent, 1), kept(!t.Policy.SecondAdmin, 1), kept(!t.Policy.SecondRecipients, 1),
		int64(len(p.Purposes)), -int64(len(r.Regions)), -int64(len(r.Patterns)), -int64(len(r.Words)), kept(a.Microphone, 1), kept(a.Video, 1),
	}
	if lent := a.Permission; a.RealLikeness && lent != nil {
		all = append(all, lent.Expires.Unix(), int64(len(lent.Scope)))
	} else {
		all = append(all, 0, 0)
	}
	for _, k := range redact.Kinds() {
		all = append(all, -int64(r.Of(k).Hides()))
	}
	for _, bound := range []int{p.Sensitive.Turn, p.Sensitive.Session} {
		if bound == 0 {
			bound = math.MaxInt
		}
		all = append(all, int64(bound))
	}
	return all
}
