package session

// Withheld is an input: a turn that could be kept is not, because it holds more
// personal data than the tenant wants to keep. Nothing of it was given away.
type Withheld struct {
	Turn   TurnNo
	Items  []ItemNo
	Values int  // that were recognised in it
	Rest   bool // so many in all that nothing of the session is kept from here on
}

// TurnWithheld is an event: the turn is not kept. What was kept before stays.
type TurnWithheld struct {
	Turn  TurnNo
	Items []ItemNo
}

func (TurnWithheld) effect() {}
func (TurnWithheld) event()  {}

// withheld says that a turn is not kept, and why nothing more is.
func (s *Session) withheld(in Withheld) {
	s.note(Fact{Kind: TurnWasWithheld, Turn: in.Turn, Count: uint64(in.Values)})
	s.emit(TurnWithheld{Turn: in.Turn, Items: in.Items})
	if in.Rest {
		s.record.full = true
		s.recording()
	}
}
