package tenant

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // opening hours are right on a machine without zones
)

// Handoff is the desk at which people of the organisation take over a talk.
type Handoff struct {
	Name   string         // what people are told: "Student office"; empty: the organisation's name
	Hours  []Hours        // when it is open; none: whenever somebody is there
	Zone   *time.Location // of the hours; nil: UTC
	Closed string         // what people are told outside them, in the organisation's words
	Queue  int            // who may wait at the same time; zero means 20
	Wait   time.Duration  // that somebody waits at most; zero means 10 minutes
	Offer  time.Duration  // that an agent has to take a talk; zero means 30 seconds
	Talks  int            // of one agent at the same time; zero means 2
}

// Hours are days of the week, and from when to when of each.
type Hours struct {
	Days     [7]bool // from Sunday
	From, To int     // minutes of the day; To is later than From, at most 1440
}

// DeskTalks is the most talks that one agent has at the same time.
const DeskTalks = 2

func handoffTable() table[Handoff] {
	return table[Handoff]{
		one("name", line(60), "the organisation's name", "What people are told who answers: `Student office`.", func(h *Handoff) *string { return &h.Name }),
		many("hours", hours(), 21, "whenever somebody is there", "When the desk is open: days, and from when to when. What goes over midnight is written as two.", func(h *Handoff) *[]Hours { return &h.Hours }),
		one("time_zone", zone(), "UTC", "The time zone of the hours.", func(h *Handoff) **time.Location { return &h.Zone }),
		one("closed", line(500), "the gateway's words, with the hours", "What people are told outside the hours.", func(h *Handoff) *string { return &h.Closed }),
		one("queue", whole("people", 1, 1000), "20", "How many may wait at the same time. Whoever comes then is told to try later.", func(h *Handoff) *int { return &h.Queue }),
		one("wait", duration(10*time.Second, time.Hour), "10m", "How long somebody waits at most.", func(h *Handoff) *time.Duration { return &h.Wait }),
		one("offer", duration(5*time.Second, 5*time.Minute), "30s", "How long an agent has to take a talk that is offered. Then it goes back to the queue, and the agent is away.", func(h *Handoff) *time.Duration { return &h.Offer }),
		one("talks", whole("talks", 1, DeskTalks), "2", "How many talks one agent has at the same time.", func(h *Handoff) *int { return &h.Talks }),
	}
}

var hoursShape = regexp.MustCompile(`^([a-z]{3})(?:-([a-z]{3}))? ([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})$`)

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// hours is "mon-fri 09:00-17:00", in this spelling only.
func hours() kind[Hours] {
	const how = `write days and times as "mon-fri 09:00-17:00" or "sat 10:00-12:30"`
	return text(`hours, as "mon-fri 09:00-17:00"`, func(_ *reader, s string) (h Hours, err error) {
		m := hoursShape.FindStringSubmatch(s)
		if m == nil {
			return h, fault("these are not opening hours", how)
		}
		first := slices.Index(dayNames, m[1])
		last := first
		if m[2] != "" {
			last = slices.Index(dayNames, m[2])
		}
		if first < 0 || last < 0 {
			return h, fault("this is not a day of the week", "use mon, tue, wed, thu, fri, sat and sun")
		}
		for d := first; ; d = (d + 1) % 7 {
			h.Days[d] = true
			if d == last {
				break
			}
		}
		var at [4]int
		for i := range at {
			at[i], _ = strconv.Atoi(m[3+i]) // two digits
		}
		h.From, h.To = at[0]*60+at[1], at[2]*60+at[3]
		switch {
		case at[1] > 59 || at[3] > 59 || h.From > 24*60 || h.To > 24*60:
			return Hours{}, fault("there is no such time of the day", "use 00:00 to 24:00")
		case h.To <= h.From:
			return Hours{}, fault("this ends before it begins", "what goes over midnight is two: until 24:00, and from 00:00 on the day after")
		}
		return h, nil
	})
}

// String is the hours in the one spelling that is read.
func (h Hours) String() string {
	first, last := -1, -1
	for d := range 7 { // a run of days that may go over the end of the week
		if h.Days[d] && !h.Days[(d+6)%7] {
			first = d
		}
		if h.Days[d] && !h.Days[(d+1)%7] {
			last = d
		}
	}
	if first < 0 { // every day
		first, last = 1, 0
	}
	days := dayNames[first]
	if last != first {
		days += "-" + dayNames[last]
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", days, h.From/60, h.From%60, h.To/60, h.To%60)
}

// zone is a time zone of the IANA list. That of the machine is none: nobody
// who reads the document could know it.
func zone() kind[*time.Location] {
	return text(`time zone, as "Europe/Berlin"`, func(_ *reader, s string) (*time.Location, error) {
		if s == "" || s == "Local" || len(s) > 60 || strings.Contains(s, "..") {
			return nil, fault("this is not a time zone", `use a name of the IANA list, as "Europe/Berlin" or "UTC"`)
		}
		z, err := time.LoadLocation(s)
		if err != nil {
			return nil, fault("this is not a time zone", `use a name of the IANA list, as "Europe/Berlin" or "UTC"`)
		}
		return z, nil
	})
}

func checkHandoff(r *reader, path string, h *Handoff) {
	if h.Zone != nil && len(h.Hours) == 0 {
		if _, tried := r.at[under(path, "hours")]; !tried {
			r.mistake(under(path, "time_zone"), fault("there are no hours that this could be the zone of", "add hours, or leave it out"))
		}
	}
	if h.Closed != "" && len(h.Hours) == 0 {
		if _, tried := r.at[under(path, "hours")]; !tried {
			r.mistake(under(path, "closed"), fault("without hours the desk is never closed", "add hours, or leave it out"))
		}
	}
}

// Open says whether the desk is open at a time.
func (h *Handoff) Open(now time.Time) bool {
	if len(h.Hours) == 0 {
		return true
	}
	at := now.In(h.zone())
	minute := at.Hour()*60 + at.Minute()
	for _, o := range h.Hours {
		if o.Days[at.Weekday()] && minute >= o.From && minute < o.To {
			return true
		}
	}
	return false
}

// Opens is when the desk opens next after a time, the zero time if it never
// closes. Hours are looked at to the minute, over the next eight days.
func (h *Handoff) Opens(now time.Time) time.Time {
	if h.Open(now) {
		return time.Time{}
	}
	from := now.In(h.zone())
	var next time.Time
	for day := range 8 {
		for _, o := range h.Hours {
			at := time.Date(from.Year(), from.Month(), from.Day()+day, o.From/60, o.From%60, 0, 0, h.zone())
			if o.Days[at.Weekday()] && at.After(now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}

// Spoken is the hours and their zone, for people: "mon-fri 09:00-17:00 (UTC)".
func (h *Handoff) Spoken() string {
	if len(h.Hours) == 0 {
		return ""
	}
	var all []string
	for _, o := range h.Hours {
		all = append(all, o.String())
	}
	return strings.Join(all, ", ") + " (" + h.zone().String() + ")"
}

func (h *Handoff) zone() *time.Location {
	if h.Zone == nil {
		return time.UTC
	}
	return h.Zone
}

// QueueMost is how many may wait.
func (h *Handoff) QueueMost() int { return orDefault(h.Queue, 20) }

// WaitMost is how long somebody waits at most.
func (h *Handoff) WaitMost() time.Duration { return orDefault(h.Wait, 10*time.Minute) }

// OfferTime is how long an agent has to take a talk.
func (h *Handoff) OfferTime() time.Duration { return orDefault(h.Offer, 30*time.Second) }

// TalksMost is how many talks one agent has at the same time.
func (h *Handoff) TalksMost() int { return orDefault(h.Talks, DeskTalks) }

func orDefault[T int | time.Duration](v, absent T) T {
	if v == 0 {
		return absent
	}
	return v
}

func (h *Handoff) document() object {
	o := object{}
	put(o, "name", h.Name, "")
	var all []string
	for _, one := range h.Hours {
		all = append(all, one.String())
	}
	putList(o, "hours", all)
	if h.Zone != nil && h.Zone != time.UTC {
		o["time_zone"] = h.Zone.String()
	}
	put(o, "closed", h.Closed, "")
	put(o, "queue", h.Queue, 0)
	if h.Wait != 0 {
		o["wait"] = short(h.Wait)
	}
	if h.Offer != 0 {
		o["offer"] = short(h.Offer)
	}
	put(o, "talks", h.Talks, 0)
	return o
}
