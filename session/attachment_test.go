package session

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// eyes is what must be true of what a person shows, whatever the inputs were.
type eyes struct {
	held    map[ItemNo][]Content // of items in the conversation
	taken   int
	noted   int // facts of what was taken
	asked   int // attachments that an engine was shown
	told    int // that facts say so
	dropped int // items that left because of a no

	gone []ItemNo // shown to an engine with nothing in them, by this input
}

// mayShow is the rule, written a second time.
func (o *observer) mayShow() error {
	switch {
	case !o.policy.Attachments:
		return fmt.Errorf("the tenant takes nothing that is shown")
	case !o.accepted:
		return fmt.Errorf("the person was not told")
	case (o.opted | o.no | o.refused).Has(Attachments):
		return fmt.Errorf("the person said no")
	case o.aware && !o.granted.Has(Attachments):
		return fmt.Errorf("the person did not say yes")
	}
	return nil
}

// look holds what must be true of what the person shows.
func (o *observer) look(e Effect) error {
	y := &o.eyes
	switch e := e.(type) {
	case ItemAdded:
		if len(e.Item.Attachments) == 0 {
			break
		}
		if err := o.mayShow(); err != nil {
			return fmt.Errorf("something is shown: %w", err)
		}
		for _, a := range e.Item.Attachments {
			y.held[e.Item.No] = append(y.held[e.Item.No], a.Content)
		}
		y.taken += len(e.Item.Attachments)
	case ItemDeleted:
		for _, c := range y.held[e.Item] {
			if c.Len() != 0 {
				return fmt.Errorf("item %d is deleted, and what it showed is there", e.Item)
			}
		}
		y.dropped += len(y.held[e.Item])
		delete(y.held, e.Item)
		y.gone = slices.DeleteFunc(y.gone, func(no ItemNo) bool { return no == e.Item })
	case Cancel:
		y.gone = nil
	case Ask:
		n := 0
		for _, it := range e.Items {
			n += len(it.Attachments)
			for _, a := range it.Attachments {
				if a.Content.Len() == 0 { // inputs that waited come several at once: the next must say so
					y.gone = append(y.gone, it.No)
				}
			}
		}
		y.asked += n
		if n > 0 {
			if err := o.mayShow(); err != nil {
				return fmt.Errorf("an engine is shown something: %w", err)
			}
		}
	case Keep:
		for _, it := range e.Items {
			for _, a := range it.Attachments {
				if a.Content.Len() != 0 || a.Width != 0 || a.Height != 0 || a.Pages != 0 {
					return fmt.Errorf("item %d is kept with what it showed", it.No)
				}
			}
		}
	case Note:
		switch e.Fact.Kind {
		case PictureTaken, DocumentTaken:
			y.noted++
		case AttachmentsShown:
			y.told += int(e.Fact.Count)
		}
	}
	return nil
}

// settled holds what must be true between two inputs: nothing is held that may
// not be.
func (y *eyes) settled(s *Session) error {
	if len(y.gone) > 0 {
		return fmt.Errorf("an engine is shown what was forgotten, of item %d, and is neither called off nor is the item deleted", y.gone[0])
	}
	held := 0
	for _, it := range s.talk.items {
		for _, a := range it.Attachments {
			if a.Content.Len() == 0 {
				return fmt.Errorf("item %d has an attachment with nothing in it", it.No)
			}
			held += a.Content.Len()
		}
	}
	switch {
	case held != s.talk.held:
		return fmt.Errorf("%d bytes are held, and %d are counted", held, s.talk.held)
	case held > 0 && !s.mayHold():
		return fmt.Errorf("%d bytes are held of what may not be", held)
	case held > AttachmentBytes, s.talk.shown > SessionAttachments:
		return fmt.Errorf("more is held than a session takes")
	case y.noted != y.taken, y.told != y.asked:
		return fmt.Errorf("facts say that %d were taken and %d shown; it was %d and %d", y.noted, y.told, y.taken, y.asked)
	}
	return nil
}

func picture(bytes int) Attachment {
	return Attachment{Width: 8, Height: 6, Content: NewContent(slices.Repeat([]byte{'x'}, bytes))}
}

func document(text string) Attachment {
	return Attachment{Kind: Document, Content: NewContent([]byte(text))}
}

func show(all ...Attachment) Said { return Said{Item: Item{Attachments: all}} }

// seeing is a policy under which things can be shown.
var seeing = Policy{Number: 7, Attachments: true, Transcript: true, Retention: full.Retention, Desk: true}

// shower is a session whose person agreed to show things.
func shower(t *testing.T, p Policy) *Session {
	t.Helper()
	s, _ := New(t0, p, Written)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	gated(t, s, Consented{Granted: s.consent.asked})
	return s
}

// Whether something can be shown, against a rule written by hand: the tenant's
// switch, the client, the answer, and every way of saying no. // R11 R41 R42
func TestWhoMayShow(t *testing.T) {
	n, yes := 0, 0
	for _, on := range []bool{false, true} {
		for _, stock := range []bool{false, true} {
			for _, answer := range []string{"yes", "no", "lost", "none"} {
				for _, no := range []string{"never", "before", "withdrawn", "opted out", "switched off", "noticed anew", "handed off"} {
					p := seeing
					p.Attachments = on
					s, _ := New(t0, p, Written)
					if no == "before" {
						gated(t, s, Withdrawn{Purposes: Attachments})
					}
					if stock {
						must(t, s, Configured{Form: Written})
						must(t, s, Shown{Turn: 1})
					} else {
						must(t, s, Declared{Aware: true})
						must(t, s, Acknowledged{Notice: 1})
						switch asked := s.consent.asked; answer {
						case "yes":
							gated(t, s, Consented{Granted: asked})
						case "no":
							gated(t, s, Consented{Granted: asked &^ Attachments, Refused: Attachments})
						case "lost":
							must(t, s, Consented{Granted: asked})
							must(t, s, Noted{Seq: s.pendingSeq, Lost: true})
						}
					}
					switch no {
					case "withdrawn":
						gated(t, s, Withdrawn{Purposes: Attachments})
					case "opted out":
						gated(t, s, OptedOut{Purposes: Attachments})
					case "switched off":
						must(t, s, PolicyChanged{Policy: Policy{Number: 8}})
					case "noticed anew":
						must(t, s, NoticeChanged{Policy: p})
					case "handed off":
						must(t, s, HumanRequested{})
						must(t, s, HumanOffered{})
						if s.pending == nil && s.state != Consenting {
							_, _ = s.Apply(t0, Consented{Granted: Handoff})
							_, _ = s.Apply(t0, Noted{Seq: s.pendingSeq})
						}
					}
					want := on && (stock || answer == "yes") && (no == "never" || no == "handed off" && s.state != HandedOff)
					_, err := s.Apply(t0, show(picture(10)))
					if (err == nil) != want {
						t.Errorf("on %v, stock %v, answer %s, no %s: %v", on, stock, answer, no, err)
					}
					if want != s.Shows() {
						t.Errorf("on %v, stock %v, answer %s, no %s: Shows says %v", on, stock, answer, no, s.Shows())
					}
					n++
					if want {
						yes++
					}
				}
			}
		}
	}
	t.Logf("n = %d combinations, in %d of which something can be shown", n, yes)
	if yes == 0 {
		t.Fatal("nothing can be shown: the combinations prove nothing")
	}
}

// A no forgets what was shown, at once, also while another fact waits to be
// durable; the reply that was asked for with it ends; words stay. // R42
func TestANoForgetsWhatWasShown(t *testing.T) {
	for _, waits := range []bool{false, true} {
		s := shower(t, seeing)
		a, b := picture(100), picture(100)
		must(t, s, show(a))
		with := show(b)
		with.Item.Words = speech("look")
		must(t, s, with)
		must(t, s, Requested{})
		if waits {
			must(t, s, Withdrawn{Purposes: Analytics})
		}
		var names []string
		for _, e := range must(t, s, Withdrawn{Purposes: Attachments}) {
			names = append(names, effectName(e))
		}
		for _, want := range []string{"Cancel", "TurnEnded", "ItemDeleted"} {
			if !slices.Contains(names, want) {
				t.Errorf("waits %v: no %s in %v", waits, want, names)
			}
		}
		if a.Content.Len() != 0 || b.Content.Len() != 0 || s.talk.held != 0 {
			t.Errorf("waits %v: something is held", waits)
		}
		if it, ok := s.Item(2); !ok || it.Words.Len() == 0 || len(it.Attachments) != 0 {
			t.Errorf("waits %v: the words are gone, or what was shown with them is not", waits)
		}
	}
}

// What waits for a fact and then may not be shown is forgotten.
func TestShownWhileAFactWaits(t *testing.T) {
	s := shower(t, seeing)
	must(t, s, Withdrawn{Purposes: Analytics})
	a := picture(100)
	must(t, s, show(a))
	must(t, s, Withdrawn{Purposes: Attachments})
	must(t, s, Noted{Seq: s.pendingSeq})
	if a.Content.Len() != 0 || s.talk.held != 0 {
		t.Error("it is held")
	}
}

// How much one item and one session take, and how much an engine is shown.
func TestShownBounds(t *testing.T) {
	refused := func(s *Session, in Said, code Code) {
		t.Helper()
		if _, err := s.Apply(t0, in); err != (Refusal{code}) {
			t.Errorf("%v, not %s", err, code)
		}
		for _, a := range in.Item.Attachments {
			if a.Content.Len() != 0 {
				t.Error("what was refused is held")
			}
		}
	}
	s := shower(t, seeing)
	refused(s, show(picture(1), picture(1), picture(1), picture(1), picture(1)), ManyAttachments)
	must(t, s, show(picture(AttachmentBytes/2)))
	must(t, s, show(picture(AttachmentBytes/2)))
	refused(s, show(picture(1)), ManyAttachments)
	must(t, s, Deleted{Item: 1})
	must(t, s, show(picture(1)))
	for s.talk.shown < SessionAttachments {
		must(t, s, show(picture(1)))
	}
	refused(s, show(picture(1)), ManyAttachments)

	s = shower(t, seeing)
	for range 3 {
		must(t, s, show(picture(3), document("a text")))
	}
	for _, e := range must(t, s, Requested{}) {
		if e, ok := e.(Ask); ok {
			if n := []int{len(e.Items[0].Attachments), len(e.Items[1].Attachments), len(e.Items[2].Attachments)}; !slices.Equal(n, []int{0, 2, 2}) {
				t.Errorf("an engine is shown %v", n)
			}
		}
	}
	must(t, s, HungUp{Reason: PersonLeft})
	if s.talk.held != 0 {
		t.Error("something is left of a closed session")
	}
}

// A Content does not print, and what was forgotten is forgotten in every copy.
func TestContentDoesNotPrint(t *testing.T) {
	c := NewContent([]byte("secret"))
	other := c
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		for _, v := range []any{c, &c, Attachment{Content: c}, Item{Attachments: []Attachment{{Content: c}}}, show(Attachment{Content: c})} {
			if text := fmt.Sprintf(verb, v); bytes.Contains([]byte(text), []byte("secret")) || bytes.Contains([]byte(text), []byte("736563")) || bytes.Contains([]byte(text), []byte("115 101")) {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
	if text, err := c.MarshalText(); err != nil || string(text) != "content(6)" {
		t.Errorf("%s, %v", text, err)
	}
	c.Forget()
	if other.Len() != 0 || len(other.AppendContent(nil)) != 0 {
		t.Error("a copy remembers")
	}
}
