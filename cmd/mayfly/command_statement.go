package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mayfly/gateway/receipt"
	"mayfly/recorder"
)

// statementCommands are `mayfly statement ...`.
type statementCommands struct {
	Make   statementFlags  `cmd:"" default:"withargs" help:"Make a statement, signed with the key that signs receipts. This is what mayfly statement does when nothing else is said."`
	Verify statementVerify `cmd:"" help:"Check a statement without asking anybody: that a gateway made it, and that it is whole."`
}

// statementFlags are `mayfly statement`.
type statementFlags struct {
	whereFlags
	From   string `required:"" placeholder:"DATE" shown:"none; needed" help:"The first day, in UTC: 2026-11-01."`
	To     string `required:"" placeholder:"DATE" shown:"none; needed" help:"The last day, included: 2026-11-30."`
	NoData bool   `name:"no-data" shown:"off" help:"State that nothing was stored, or end with an error that says what was, or why that cannot be said."`
	Form   string `default:"text" enum:"text,json" placeholder:"FORM" shown:"text" help:"text or json."`
}

func (c *statementFlags) run(ctx context.Context, h *host, out io.Writer) error {
	if _, _, err := days(c.From, c.To); err != nil {
		return err
	}
	if err := h.sole(ctx); err != nil {
		return err
	}
	query := url.Values{"from": {c.From}, "to": {c.To}}
	var signed signedStatement
	if err := h.request(ctx, http.MethodGet, "/tenants/"+h.tenant+"/statement?"+query.Encode(), "", nil, &signed); err != nil {
		return err
	}
	s := signed.Statement
	if c.NoData && !s.Nothing {
		return fmt.Errorf("this cannot be stated: from %s to %s %s", c.From, c.To, s.something())
	}
	if c.NoData && !s.Whole {
		return fmt.Errorf("this cannot be stated for all of that time: %s", strings.Join(s.missing(), " "))
	}
	if c.Form == "json" {
		return printJSON(out, &signed)
	}
	_, err := io.WriteString(out, signed.text())
	return err
}

// days is the time from the beginning of the first day to the end of the last.
func days(first, last string) (from, to time.Time, err error) {
	const day = "2006-01-02"
	from, err = time.Parse(day, first)
	if err == nil {
		to, err = time.Parse(day, last)
	}
	switch {
	case err != nil:
		return from, to, errors.New("--from and --to are days as 2026-11-01")
	case to.Before(from):
		return from, to, errors.New("--to is before --from; exchange them")
	}
	return from, to.AddDate(0, 0, 1), nil
}

// statementKind is the type of a statement.
const statementKind = "mayfly.statement"

// statement is what was stored in a time, as it is given to whoever asks.
type statement struct {
	Type   string    `json:"type"`
	Tenant string    `json:"tenant"`
	From   time.Time `json:"from"`
	Before time.Time `json:"before"`
	At     time.Time `json:"at"`

	// Nothing: no sign of anything stored. Whole: and no fact of that time is
	// known to be missing.
	Nothing bool `json:"nothing_stored"`
	Whole   bool `json:"log_is_whole"`

	Sessions   int `json:"sessions"`
	Recorded   int `json:"sessions_recorded"`
	Turns      int `json:"turns_stored"`
	Erased     int `json:"turns_erased"`
	Expired    int `json:"turns_expired"`
	Left       int `json:"turns_left"`
	Sounds     int `json:"turns_stored_with_sound"`
	SoundsLeft int `json:"turns_left_with_sound"`
	Held       int `json:"sessions_held"`
	Reported   int `json:"answers_reported"`
	Reports    int `json:"reports_left"`
	Gone       int `json:"sessions_removed_since"`

	Lost    uint64 `json:"facts_lost"`
	Kills   int    `json:"ended_without_stopping"`
	Pruned  bool   `json:"entries_past_their_retention"`
	Rewound bool   `json:"backup_restored_since"`

	Entries int          `json:"entries_read"`
	Logs    []checkpoint `json:"checkpoints"`
	Beyond  []string     `json:"does_not_cover"`
}

// checkpoint is what a log came to: whoever keeps it can tell later that
// nothing of it was changed or left out.
type checkpoint struct {
	Log  string `json:"log"`
	Size int64  `json:"size"`
	Root string `json:"root"` // base64, as in a checkpoint of the log
}

// beyond is what no statement of the gateway can speak for.
var beyond = []string{
	"what back ends, speech servers and other recipients keep of what they were sent: each person's receipt names them",
	"what the tenant's own systems, proxies in front of the gateway and people's own devices keep",
	"memory while a session lasts, and what the machine's system may keep of it",
}

func statementOf(s *recorder.Statement) statement {
	out := statement{
		Type: statementKind, Tenant: s.Tenant, From: s.From, Before: s.To, At: s.At, Nothing: s.Nothing(), Whole: s.Whole(),
		Sessions: s.Sessions, Recorded: s.Recorded, Turns: s.Turns, Erased: s.Erased, Expired: s.Expired, Left: s.Left, Sounds: s.Sounds, SoundsLeft: s.SoundsLeft, Held: s.Held, Gone: s.Gone, Reported: s.Reported, Reports: s.ReportsLeft,
		Lost: s.Lost, Kills: s.Kills, Pruned: s.Pruned, Rewound: s.Rewound, Entries: s.Entries, Logs: []checkpoint{}, Beyond: beyond,
	}
	for _, l := range s.Logs {
		out.Logs = append(out.Logs, checkpoint{l.Name, l.Size, base64.StdEncoding.EncodeToString(l.Root[:])})
	}
	return out
}

// text is the statement for people.
func (s *statement) text() string {
	var t strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	say("Statement about what Mayfly stored for %s from %s to %s, made %s.", s.Tenant, day(s.From), day(s.Before.Add(-1)), when(s.At))
	say("")
	switch {
	case s.Nothing && s.Whole:
		say("Nothing was stored of what anybody said.")
	case s.Nothing:
		say("The log shows nothing that was stored, but it is not whole for that time.")
	default:
		say("In that time %s.", s.something())
	}
	say("Sessions that began: %d. Recorded: %d. Turns stored: %d. Erased: %d. Reached their end: %d.", s.Sessions, s.Recorded, s.Turns, s.Erased, s.Expired)
	say("Of the turns stored in that time, %d are there still; a hold keeps those of %d sessions.", s.Left, s.Held)
	say("With their sound, under a consent of its own: %d turns, of which %d have it still.", s.Sounds, s.SoundsLeft)
	say("Answers that people reported themselves, each with their consent: %d, of which %d are there still.", s.Reported, s.Reports)
	for _, m := range s.missing() {
		say("%s", m)
	}
	if s.Kills > 0 {
		say("The gateway ended %d times without stopping in order: counts of its last half second may be missing. What was stored is in the database all the same, and was counted there.", s.Kills)
	}
	say("")
	if len(s.Logs) == 0 {
		say("Proof: there is no log of that time or later.")
	}
	for _, l := range s.Logs {
		say("Proof: the log %s has %d entries and the root %s. A log of which anything is changed or left out afterwards does not come to the same root.", l.Log, l.Size, l.Root)
	}
	say("")
	say("This does not cover:")
	for _, b := range s.Beyond {
		say("- %s", b)
	}
	return t.String()
}

// something says what was stored.
func (s *statement) something() string {
	var all []string
	if s.Recorded > 0 || s.Turns > 0 {
		all = append(all, fmt.Sprintf("%d sessions were recorded and %d turns stored", s.Recorded, s.Turns))
	}
	if s.Left > 0 {
		all = append(all, fmt.Sprintf("%d turns are still there", s.Left))
	}
	if s.Reported > 0 || s.Reports > 0 {
		all = append(all, fmt.Sprintf("people reported %d answers themselves, and %d of the reports are there still", s.Reported, s.Reports))
	}
	if s.Gone > 0 {
		all = append(all, fmt.Sprintf("what had been stored of %d sessions was removed since", s.Gone))
	}
	return strings.Join(all, ", ")
}

// missing says what keeps the log from being whole.
func (s *statement) missing() []string {
	var all []string
	if s.Lost > 0 {
		all = append(all, fmt.Sprintf("%d facts never reached the log.", s.Lost))
	}
	if s.Pruned {
		all = append(all, "Entries of that time are past their own retention and gone; ask for a later time.")
	}
	if s.Rewound {
		all = append(all, "A backup was restored since: facts between the backup and that moment may be missing.")
	}
	return all
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// statement answers what was stored in a time.
func (o *operator) statement(w http.ResponseWriter, r *http.Request) {
	from, to, err := days(r.URL.Query().Get("from"), r.URL.Query().Get("to"))
	if err != nil {
		sayWrong(w, http.StatusBadRequest, err)
		return
	}
	s, err := o.recorder.State(r.Context(), r.PathValue("tenant"), from, to, o.open != "")
	switch {
	case errors.Is(err, recorder.ErrUnknown):
		sayWrong(w, http.StatusNotFound, errors.New("there is no log of a tenant "+r.PathValue("tenant")+"; mayfly tenant list names the tenants"))
	case err != nil:
		sayWrong(w, http.StatusServiceUnavailable, err)
	default:
		ring, err := o.receiptRing(time.Now())
		if err != nil {
			sayWrong(w, http.StatusServiceUnavailable, err)
			return
		}
		signed, err := signStatement(statementOf(s), ring)
		if err != nil {
			sayWrong(w, http.StatusInternalServerError, err)
			return
		}
		say(w, signed)
	}
}

// receiptRing is the keys that receipts are signed with: of the gateway that
// runs, or as its folder has them.
func (o *operator) receiptRing(now time.Time) (receipt.Signer, error) {
	if o.signer != nil {
		return o.signer.Now(), nil
	}
	return openReceiptKeys(o.data, now)
}
