package session

import "fmt"

// desk is what an observer knows of a human who answers. It is written a
// second time, from the promises, and knows nothing of the session's own.
type desk struct {
	with    bool            // a human answers
	cut     bool            // and their line is broken
	again   bool            // they went, and the person is not told again yet
	asked   bool            // the person was asked about this human
	context bool            // and gave what was said before
	before  map[ItemNo]bool // items that were there when the human came
	theirs  map[ItemNo]bool // said to, or by, a human

	joined, read, passed, left, back int // how often
}

// handOver holds what must be true of a human who answers. // R20 R21 R45
func (o *observer) handOver(e Effect) error {
	d := &o.desk
	if d.theirs == nil {
		d.theirs, d.before = map[ItemNo]bool{}, map[ItemNo]bool{}
	}
	seen := func(no ItemNo) {
		d.before[no] = d.before[no] || !d.with
		if d.with {
			d.theirs[no] = true
		}
	}
	switch e := e.(type) {
	case ConsentAsk:
		if e.Purposes.Has(Handoff) {
			d.asked = true
			o.granted &^= Handoff | HandoffContext // what was agreed to was another human
		}
	case HandoffIs:
		switch e.State {
		case HandoffActive:
			if e.Context && !o.granted.Has(HandoffContext) {
				return fmt.Errorf("a human reads what was said before without leave")
			}
			if d.with {
				if e.Back {
					d.cut = false
					d.back++
				}
				break // said again after a reconnect
			}
			if err := o.mayHandOver(); err != nil {
				return fmt.Errorf("a human joined: %w", err)
			}
			if !d.asked {
				return fmt.Errorf("a human joined and the person was not asked about them")
			}
			d.with, d.cut, d.asked, d.context = true, false, false, e.Context
			d.joined++
		case HandoffCut:
			if !d.with {
				return fmt.Errorf("the line of a human broke who did not join")
			}
			d.cut = true
		case HandoffEnded:
			if d.with {
				d.with, d.cut, d.again = false, false, true
				d.left++
			}
		}
	case NoticeAccepted:
		d.again = false
	case TurnBegan:
		switch {
		case e.Purpose == Answer && d.with:
			return fmt.Errorf("the avatar answers while a human is there")
		case e.Purpose == Answer && d.again:
			return fmt.Errorf("the avatar answers after a human, and the person was not told again")
		case e.Purpose == Person && !d.with:
			return fmt.Errorf("a human speaks who did not join")
		}
	case ItemBegan:
		seen(e.Item.No)
		if e.Item.Human != (o.open[e.Turn] == Person) {
			return fmt.Errorf("item %d: the label says human: %v", e.Item.No, e.Item.Human)
		}
	case *TurnText:
		if d.with && o.open[e.Turn] != Person {
			return fmt.Errorf("words of an avatar while a human is there")
		}
	case *TurnSound:
		if d.with && o.open[e.Turn] != Person {
			return fmt.Errorf("sound of an avatar while a human is there")
		}
		if d.cut {
			return fmt.Errorf("sound of a human whose line is broken")
		}
	case ItemAdded:
		seen(e.Item.No)
	case SpeechHeard:
		if e.Started && !d.with {
			d.before[e.Item] = true
		}
	case ToHuman:
		if err := o.mayHandOver(); err != nil {
			return fmt.Errorf("a human reads: %w", err)
		}
		if !d.with {
			return fmt.Errorf("a human reads who did not join")
		}
		if d.cut {
			return fmt.Errorf("what the person says goes to a line that is broken")
		}
		for _, it := range e.Items {
			d.read++
			for _, a := range it.Attachments {
				if a.Content.Len() > 0 {
					return fmt.Errorf("a human is given what the person showed in item %d", it.No)
				}
			}
			switch {
			case it.Kind != Message || it.Role == System || it.Inside || it.Purpose == Notice:
				return fmt.Errorf("a human reads item %d, which nobody said", it.No)
			case d.before[it.No] && !d.context:
				return fmt.Errorf("a human reads item %d, which was said before they came", it.No)
			case d.before[it.No]:
				d.passed++
			}
		}
	case Ask:
		for _, it := range e.Items {
			if d.theirs[it.No] {
				return fmt.Errorf("an engine is asked about item %d, which was said to a human, or by one", it.No)
			}
		}
	}
	return nil
}

// mayHandOver is the rule for a human, written a second time.
func (o *observer) mayHandOver() error {
	switch {
	case !o.policy.Desk:
		return fmt.Errorf("the tenant has no desk")
	case !o.told:
		return fmt.Errorf("the person was not told")
	case (o.opted | o.no).Has(Handoff):
		return fmt.Errorf("the person said no")
	case !o.granted.Has(Handoff):
		return fmt.Errorf("the person did not say yes")
	}
	return nil
}
