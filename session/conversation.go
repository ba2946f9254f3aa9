package session

import (
	"slices"
	"time"
)

// conversation is the items in memory, in order, bounded.
type conversation struct {
	items []Item
	last  ItemNo // given so far
	bytes int    // of all words
	held  int    // bytes of all attachments
	shown int    // attachments that were taken, whether or not they are held yet
}

// index is the place of an item that others than the engine know; negative if
// there is none.
func (c *conversation) index(no ItemNo) int {
	return slices.IndexFunc(c.items, func(it Item) bool { return it.No == no && !it.Inside })
}

// Item returns an item of the conversation. Its words are forgotten with it.
func (s *Session) Item(no ItemNo) (Item, bool) {
	if i := s.talk.index(no); i >= 0 {
		return s.talk.items[i], true
	}
	return Item{}, false
}

// reserve gives a number to an item that is still to come.
func (c *conversation) reserve() ItemNo {
	c.last++
	return c.last
}

// add puts an item in its place, under its number or a new one, and returns the number of the one before it.
func (c *conversation) add(it Item, after ItemNo, front bool) (Item, ItemNo) {
	if it.No == 0 {
		it.No = c.reserve()
	}
	at := len(c.items)
	switch {
	case front:
		at = 0
	case after != 0:
		if i := c.index(after); i >= 0 {
			at = i + 1
		}
	}
	c.items = slices.Insert(c.items, at, it)
	c.bytes += it.Words.Len()
	c.held += it.attached()
	c.shown += len(it.Attachments)
	for at > 0 && c.items[at-1].Inside {
		at--
	}
	if at == 0 {
		return it, 0
	}
	return it, c.items[at-1].No
}

// outside is the items that others than the engine know.
func (c *conversation) outside() []Item {
	if !slices.ContainsFunc(c.items, func(it Item) bool { return it.Inside }) {
		return c.items
	}
	return slices.DeleteFunc(slices.Clone(c.items), func(it Item) bool { return it.Inside })
}

// trim forgets the oldest items beyond the limits, but never the newest, and
// never the one that is being said.
func (c *conversation) trim(p *Policy, saying ItemNo) {
	for len(c.items) > 1 && (len(c.items) > p.historyItems() || c.bytes > p.historyBytes()) {
		oldest := 0
		if c.items[0].No == saying {
			oldest = 1
		}
		if oldest == len(c.items)-1 {
			return
		}
		c.remove(oldest)
	}
}

func (c *conversation) remove(i int) {
	c.bytes -= c.items[i].Words.Len()
	c.held -= c.items[i].attached()
	c.items[i].forget()
	c.items = slices.Delete(c.items, i, i+1)
}

// addInside puts items before another, or at the end if there is none.
func (c *conversation) addInside(before ItemNo, items ...Item) {
	at := len(c.items)
	if i := c.index(before); before != 0 && i >= 0 {
		at = i
	}
	for i := range items {
		items[i].No = c.reserve()
		c.bytes += items[i].Words.Len()
	}
	c.items = slices.Insert(c.items, at, items...)
}

// removeInside takes out what was looked up for a reply.
func (c *conversation) removeInside(turn TurnNo) {
	for i := len(c.items) - 1; i >= 0; i-- {
		if c.items[i].Inside && c.items[i].Turn == turn {
			c.remove(i)
		}
	}
}

// tail is a copy of the newest items that fit what an engine is shown. What
// was spoken and is not understood, or not yet, says nothing to one.
func (c *conversation) tail(p *Policy) []Item {
	var tail []Item
	bytes := 0
	for i := len(c.items) - 1; i >= 0 && len(tail) < p.askItems(); i-- {
		it := &c.items[i]
		if it.wordless() || it.Apart {
			continue
		}
		n := it.Words.Len()
		if bytes+n > p.askBytes() && len(tail) > 0 {
			break
		}
		bytes += n
		tail = append(tail, *it)
	}
	slices.Reverse(tail)
	return tail
}

func (c *conversation) forget() {
	for i := range c.items {
		c.items[i].forget()
	}
	c.items, c.bytes, c.held = nil, 0, 0
}

// say adds what the client sent.
func (s *Session) say(in Said) error {
	most := s.policy.itemBytes()
	if in.Item.Kind == ToolOutput {
		most *= 4 // a document that a tool found
	}
	if in.Item.Words.Len() > most {
		in.Item.forget()
		return Refusal{TooLong}
	}
	if in.After != 0 && s.talk.index(in.After) < 0 {
		in.Item.forget()
		return Refusal{NoItem}
	}
	if in.Sound && !s.Hears() {
		in.Item.forget()
		return Refusal{NoMicrophone}
	}
	if code := s.show(&in.Item); code != "" {
		in.Item.forget()
		return Refusal{code}
	}
	s.noteShown(&in.Item)
	in.Item.Apart = s.state == HandedOff
	it, after := s.talk.add(in.Item, in.After, in.Front)
	s.record.said = s.record.said || it.Role != System
	s.emit(ItemAdded{Item: it, After: after})
	if in.Sound {
		s.await(untold{item: it.No})
	} else {
		s.tellHuman(it)
	}
	s.talk.trim(&s.policy, s.reply.item)
	return nil
}

// truncate cuts a spoken reply to what the client says was heard.
func (s *Session) truncate(now time.Time, in Truncated) error {
	i := s.talk.index(in.Item)
	if i < 0 {
		return Refusal{NoItem}
	}
	it := &s.talk.items[i]
	if it.Role != Avatar || it.Kind != Message || it.Form != Spoken || in.AudioMS < 0 {
		return Refusal{NotTruncable}
	}
	if it.Purpose == Notice || it.Human {
		// Nobody can unhear the notice, nor call a human off; the client is answered all the same.
		s.emit(ItemTruncated{Item: it.No, AudioMS: in.AudioMS})
		return nil
	}
	speaking := s.reply.active && s.reply.item == it.No
	total := it.AudioMS
	if speaking {
		total = s.reply.sentMS()
	}
	if in.AudioMS > total {
		return Refusal{NotTruncable}
	}
	if speaking {
		s.reply.samples = in.AudioMS * rate / 1000 // what is kept of it is what was heard
		s.stop(now, TurnCancelled, ClientCancel)
		i = s.talk.index(in.Item)
		it = &s.talk.items[i]
	}
	s.cutTo(it, in.AudioMS)
	s.emit(ItemTruncated{Item: it.No, AudioMS: in.AudioMS})
	return nil
}

// cutTo drops the words of a spoken item that begin after a time.
func (s *Session) cutTo(it *Item, ms int) {
	if ms >= it.AudioMS {
		return
	}
	before := it.Words.Len()
	end := 0
	if len(it.marks) == 0 && it.AudioMS > 0 {
		end = before * ms / it.AudioMS
	}
	for _, m := range it.marks {
		if int(m.at) >= ms {
			break
		}
		end = int(m.end)
	}
	if end == 0 {
		it.Words.Forget()
	} else {
		it.Words.cut(end)
	}
	it.AudioMS = ms
	s.talk.bytes -= before - it.Words.Len()
}

// delete takes an item out.
func (s *Session) delete(in Deleted) error {
	i := s.talk.index(in.Item)
	if i < 0 || s.reply.active && s.reply.item == in.Item {
		return Refusal{NoItem}
	}
	turn := s.talk.items[i].Turn
	s.talk.remove(i)
	s.talk.removeInside(turn)
	if w := s.voice.index(in.Item); w >= 0 {
		s.voice.waiting = slices.Delete(s.voice.waiting, w, w+1)
	}
	s.emit(ItemDeleted(in))
	return nil
}
