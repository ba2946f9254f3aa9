package session

import "testing"

// What the gateway looked up for a reply is shown to the engine, in this turn
// and later ones, and to nobody else: it is not kept, not said again, cannot be
// asked for or taken out, and ends with the session. // R1 R43
func TestInside(t *testing.T) {
	s := inState(t, "thinking")
	args, output := speech(`{"day":1}`), speech("what a tool says")
	for _, e := range must(t, s, ToolRan{Turn: s.Turn(), Name: speech("f"), Call: speech("c1"), Args: args, Output: output}) {
		t.Errorf("%T came of a call inside", e)
	}
	turn := s.Turn()
	must(t, s, onePart(turn))
	must(t, s, ToolRan{Turn: turn, Name: speech("f"), Call: speech("c2"), Args: speech("{}"), Output: speech("and more")})
	var kept, replayed []Item
	for _, e := range must(t, s, ReplyEnd{Turn: turn}) {
		if k, ok := e.(Keep); ok {
			kept = k.Items
		}
	}
	if len(kept) == 0 {
		t.Fatal("the turn was not kept")
	}
	must(t, s, Detached{})
	for _, e := range must(t, s, Resumed{}) {
		if r, ok := e.(Replay); ok {
			replayed = r.Items
		}
	}
	if len(replayed) == 0 {
		t.Fatal("nothing was said again")
	}
	for _, it := range append(kept, replayed...) {
		if it.Inside || it.Kind != Message {
			t.Errorf("item %d is inside, and left", it.No)
		}
	}
	shown := s.talk.tail(&s.policy)
	inside := 0
	for i, it := range shown {
		if !it.Inside {
			continue
		}
		inside++
		if i == len(shown)-1 {
			t.Error("what was looked up stands behind the answer")
		}
		if _, known := s.Item(it.No); known {
			t.Errorf("item %d can be asked for", it.No)
		}
		if _, err := s.Apply(t0, Deleted{Item: it.No}); err != (Refusal{NoItem}) {
			t.Errorf("item %d can be taken out: %v", it.No, err)
		}
		if _, err := s.Apply(t0, Said{Item: Item{Words: speech("x")}, After: it.No}); err != (Refusal{NoItem}) {
			t.Errorf("item %d can be pointed at: %v", it.No, err)
		}
	}
	if inside != 4 {
		t.Errorf("the engine is shown %d items of two calls", inside)
	}
	for _, e := range must(t, s, Said{Item: Item{Words: speech("more")}}) {
		if a, ok := e.(ItemAdded); ok && a.After == 0 {
			t.Error("an item does not know the one before it")
		}
	}
	must(t, s, HungUp{Reason: PersonLeft})
	if args.Len() > 0 || output.Len() > 0 {
		t.Error("what was looked up outlives the session")
	}
}

// Who takes the answer out takes out what was looked up for it.
func TestInsideDeleted(t *testing.T) {
	s := inState(t, "speaking")
	turn, output := s.Turn(), speech("what a tool says")
	must(t, s, ToolRan{Turn: turn, Name: speech("f"), Call: speech("c"), Args: speech("{}"), Output: output})
	must(t, s, ReplyEnd{Turn: turn})
	for _, it := range s.talk.items {
		if it.Turn == turn && it.Kind == Message {
			must(t, s, Deleted{Item: it.No})
			break
		}
	}
	if output.Len() > 0 {
		t.Error("what was looked up is still there")
	}
}
