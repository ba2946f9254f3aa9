package tenant

import (
	"slices"
	"time"
)

// Used is what a tenant used of its quotas: sessions that began and tokens
// that models took and gave on a day, and the time of sessions that ended in a
// month, all in UTC. The zero Used has
// used nothing. It never reads the time: now is given. It is not safe for
// concurrent use.
type Used struct {
	day, month time.Time // of the counts
	sessions   int
	tokens     int
	time       time.Duration
}

// Begin counts sessions that begin; a negative number takes some back.
func (u *Used) Begin(now time.Time, sessions int) {
	u.turn(now)
	u.sessions = max(u.sessions+sessions, 0)
}

// End counts the time of a session that ends.
func (u *Used) End(now time.Time, length time.Duration) {
	u.turn(now)
	u.time += max(length, 0)
}

// Spend counts tokens.
func (u *Used) Spend(now time.Time, tokens int) {
	u.turn(now)
	u.tokens += max(tokens, 0)
}

// turn begins a new day or month. A clock that goes back begins none.
func (u *Used) turn(now time.Time) {
	if day := dayOf(now); day.After(u.day) {
		u.day, u.sessions, u.tokens = day, 0, 0
	}
	if month := monthOf(now); month.After(u.month) {
		u.month, u.time = month, 0
	}
}

func dayOf(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func monthOf(now time.Time) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

// Quota is how far a tenant is with one of its quotas.
type Quota struct {
	Key    string // of the limits: "sessions_per_day"
	Used   int
	Most   int
	Renews time.Time // when counting begins anew
}

// Near says that four fifths are used.
func (q Quota) Near() bool { return q.Used*5 >= q.Most*4 }

// Reached says that all is used: no session begins before Renews and, of
// tokens, no question is answered.
func (q Quota) Reached() bool { return q.Used >= q.Most }

// tokensPerDay is the key of the limit of tokens.
const tokensPerDay = "tokens_per_day"

// Spent says that the tokens of the day are used up.
func (l Limits) Spent(u *Used, now time.Time) bool {
	return slices.ContainsFunc(l.Quotas(u, now), func(q Quota) bool { return q.Key == tokensPerDay && q.Reached() })
}

// Limited says whether there are quotas at all.
func (l Limits) Limited() bool {
	return l.SessionsPerDay > 0 || l.TokensPerDay > 0 || l.MinutesPerMonth > 0
}

// Quotas are how far the tenant is with each quota that it has.
func (l Limits) Quotas(u *Used, now time.Time) []Quota {
	u.turn(now)
	var all []Quota
	if l.SessionsPerDay > 0 {
		all = append(all, Quota{"sessions_per_day", u.sessions, l.SessionsPerDay, u.day.AddDate(0, 0, 1)})
	}
	if l.TokensPerDay > 0 {
		all = append(all, Quota{tokensPerDay, u.tokens, l.TokensPerDay, u.day.AddDate(0, 0, 1)})
	}
	if l.MinutesPerMonth > 0 {
		all = append(all, Quota{"minutes_per_month", int((u.time + time.Minute - 1) / time.Minute), l.MinutesPerMonth, u.month.AddDate(0, 1, 0)})
	}
	return all
}
