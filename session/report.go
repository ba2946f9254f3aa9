package session

import "time"

// Limits of reports.
const (
	mostReports     = 10 // of one session
	MostReportLines = 20 // of one report
)

// ReportReason is why a person reports an answer.
type ReportReason uint8

// The reasons.
const (
	Wrong ReportReason = iota
	Harmful
	Offensive
	PrivacyBroken
	OtherReason
	reportReasons
)

var reportReasonNames = [reportReasons]string{"wrong", "harmful", "offensive", "privacy", "other"}

// String is the reason on the wire and where it is stored.
func (r ReportReason) String() string { return reportReasonNames[r] }

// ReportReasons is every reason.
func ReportReasons() []ReportReason {
	all := make([]ReportReason, reportReasons)
	for i := range all {
		all[i] = ReportReason(i)
	}
	return all
}

// Report is what a person sends to the organisation about an answer: the lines
// that they ticked, as they were shown them, and nothing else.
type Report struct {
	Reason ReportReason
	Lines  []ReportLine // 1 to MostReportLines
	Note   Speech       // their own words about it; may be empty
}

// ReportLine is one line of a report. Who said it is the session's to say.
type ReportLine struct {
	Item   ItemNo
	Role   Role
	Human  bool
	AsSaid bool   // the words are those of the item, or a part of them
	Words  Speech // as the person was shown them
}

// Forget clears the words.
func (r *Report) Forget() {
	for i := range r.Lines {
		r.Lines[i].Words.Forget()
	}
	r.Note.Forget()
}

// ReportGrant is leave to keep one report. Like Grant, only a session makes
// one that is valid.
type ReportGrant struct {
	valid     bool
	policy    uint64
	retention time.Duration
}

// Valid says that a session gave it. The zero ReportGrant allows nothing.
func (g ReportGrant) Valid() bool { return g.valid }

// Policy is the number of the policy that it was given under.
func (g ReportGrant) Policy() uint64 { return g.policy }

// Retention is how long the report may be kept, always more than zero.
func (g ReportGrant) Retention() time.Duration { return g.retention }

// reports is what the session knows of reports.
type reports struct {
	made   int
	closed bool // for good: the person is a child
}

// takesReports says whether a report may be kept. The person's yes comes with
// each; whether turns are recorded does not matter.
func (s *Session) takesReports() bool {
	return s.policy.Reports > 0 && !s.policy.Unavailable && !s.reports.closed
}

// report takes a report. What it is refused is forgotten.
func (s *Session) report(in Reported) error {
	r := &in.Report
	code := Code("")
	switch {
	case !s.takesReports():
		code = NoReports
	case s.reports.made >= mostReports:
		code = ManyReports
	case len(r.Lines) == 0 || len(r.Lines) > MostReportLines:
		code = TooLong
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		it, ok := s.Item(l.Item)
		if !ok && code == "" {
			code = NoItem
		}
		l.Role, l.Human, l.AsSaid = it.Role, it.Human, l.Words.within(it.Words)
	}
	if code != "" {
		r.Forget()
		return Refusal{code}
	}
	s.reports.made++
	s.emit(KeepReport{
		Grant:  ReportGrant{valid: true, policy: s.policy.Number, retention: s.policy.Reports},
		Report: in.Report,
		Fact:   Fact{Kind: ReportMade, Policy: s.policy.Number, Notice: s.notice.number, Count: uint64(len(r.Lines))},
	})
	return nil
}
