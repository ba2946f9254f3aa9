package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"mayfly/gateway/receipt"
)

// tellReceipt says what a receipt states, in sentences. What others wrote
// stands in one line each.
func tellReceipt(out io.Writer, r *receipt.Receipt) error {
	t := &telling{}
	t.say("The signature is right: nothing was changed since this receipt was signed.")
	t.say("")
	t.say("Session %s with %s of %s.", r.Session, r.Avatar, r.Organisation.Name)
	if r.Ended.IsZero() {
		t.say("It began %s, and went on when this was issued, %s.", second(r.Began), second(r.Issued))
	} else {
		t.say("It began %s and ended %s. This was issued %s.", second(r.Began), second(r.Ended), second(r.Issued))
	}
	t.organisation(&r.Organisation)
	t.stored(r)
	for _, d := range r.Disclosures {
		seen := "That it was on the screen was not acknowledged."
		if !d.Acknowledged.IsZero() {
			seen = "That it was on the screen was acknowledged " + second(d.Acknowledged) + "."
		}
		t.say("Told that this is an AI: %s, in %s, notice %s (SHA-256 %s). %s", second(d.At), d.Locale, d.Notice, d.SHA256, seen)
	}
	if h := r.Hidden; h != nil {
		t.say("The notice that this is an AI was not shown: the organisation had switched it off until %s. Its reason: %s Its legal basis: %s", second(h.Until), h.Reason, h.LegalBasis)
	}
	if l := r.Likeness; l != nil {
		t.say("The avatar has the likeness of a real person (%s), under the permission %s, until %s, in: %s.", spoken(l.Scope), l.Permission, second(l.Until), strings.Join(l.Territory, ", "))
	}
	for _, c := range r.Consents {
		t.say("Asked about %s: %s %s (SHA-256 of what was read: %s).", spoken(c.Purposes), answerWord(c.Answer), second(c.At), c.SHA256)
	}
	for _, o := range r.OptOuts {
		t.say("Off the record for %s from %s on, to the end.", spoken(o.Purposes), second(o.At))
	}
	for _, k := range r.Recording {
		t.say("Recording: %s from %s on (%s).", k.State, second(k.At), k.Reason)
	}
	t.recipients(r.Recipients)
	for _, p := range r.Policies {
		t.say("Policy %d was in force from %s on (SHA-256 %s).", p.Number, second(p.At), p.SHA256)
	}
	_, err := io.WriteString(out, t.text.String())
	return err
}

// telling is a text of sentences, one per line.
type telling struct{ text strings.Builder }

func (t *telling) say(format string, args ...any) {
	t.text.WriteString(printable(fmt.Sprintf(format, args...)))
	t.text.WriteByte('\n')
}

func (t *telling) organisation(o *receipt.Organisation) {
	if o.Role == "controller" {
		t.say("Whoever runs the gateway decides what the data is for, with %s.", o.Name)
	} else {
		t.say("%s decides what the data is for; whoever runs the gateway acts on its behalf.", o.Name)
	}
	for _, c := range []struct{ what, where string }{
		{"Questions about data", o.Contact}, {"Data protection officer", o.DPO}, {"Notice", o.Privacy}, {"Complaints", o.Complaint},
	} {
		if c.where != "" {
			t.say("%s: %s", c.what, c.where)
		}
	}
}

func (t *telling) stored(r *receipt.Receipt) {
	for _, p := range r.Processed {
		t.say("Worked with: %s, for %s, in %s, until %s.", p.What, p.For, p.Where, strings.ReplaceAll(p.Until, "_", " "))
	}
	if len(r.Stored) == 0 {
		t.say("Nothing was stored by the gateway.")
	}
	for _, s := range r.Stored {
		what, of, n, erased, unsettled := s.What, "turns", s.Turns, s.Erased, s.Unsettled
		if s.What == "report" {
			what, of, n, erased, unsettled = "what the person reported", "reports of answers", s.Reports, s.ErasedReports, s.UnsettledReports
		}
		t.say("Stored: %s, %d %s, for %s; legal basis: %s.", what, n, of, spoken(s.Purposes), strings.ReplaceAll(s.LegalBasis, "_", " "))
		if erased > 0 {
			t.say("  %d %s were erased before this was issued.", erased, of)
		}
		if unsettled > 0 {
			t.say("  %d %s were on their way to the disk when this was issued.", unsettled, of)
		}
		if s.Until.IsZero() {
			t.say("  Nothing of it was left when this was issued.")
		} else {
			t.say("  The last of it goes %s.", second(s.Until))
		}
	}
}

func (t *telling) recipients(all []receipt.Recipient) {
	if len(all) == 0 {
		t.say("Nobody else was sent anything of it.")
	}
	for _, p := range all {
		t.say("Sent to %s: %s, %d times, from %s to %s. Where: %s. How long it says that it keeps this: %s. Whether it says that it trains models with it: %s.", p.Name, p.What, p.Times, second(p.First), second(p.Last), p.Where, p.Keeps, cmp.Or(p.Trains, receipt.NotDeclared))
		if len(p.PassesTo) > 0 {
			t.say("  It says that it passes this on to %s.", strings.Join(p.PassesTo, ", "))
		}
	}
}

// second is a moment to the second.
func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// spoken joins words as a sentence does.
func spoken(words []string) string {
	text := strings.ReplaceAll(strings.Join(words, ", "), "_", " ")
	if text == "" {
		return "nothing in particular"
	}
	return text
}

// answerWord is an answer in a sentence.
func answerWord(answer string) string {
	switch answer {
	case "given":
		return "agreed"
	case "refused":
		return "refused"
	case "withdrawn":
		return "withdrawn"
	}
	return answer
}
