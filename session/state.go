package session

// State is where a session stands.
type State uint8

// The states. The zero State lets nothing out and asks nothing.
const (
	Disclosing State = iota // the person has not yet been told that this is an AI
	Consenting              // told; asked for what needs their consent
	Listening               // waiting for the person
	Thinking                // a reply was asked for and nothing of it has come
	Speaking                // a reply is on its way out
	HandedOff               // a human answers; the avatar is silent
	Closed                  // over, and forgotten
	states
)

var stateNames = [states]string{"disclosing", "consenting", "listening", "thinking", "speaking", "handed_off", "closed"}

// String is the state's name in the docs and in metrics.
func (s State) String() string { return stateNames[s] }

// rule is one cell of the table: what a session does with an input in a
// state. The zero rule refuses, so a cell that somebody forgets is closed.
type rule struct {
	act  action
	code Code    // of a refusal
	to   []State // where handling it may lead, besides staying
}

type action uint8

const (
	refuse action = iota
	drop          // nothing happens, on purpose: it came too late to matter
	handle
)

func do(to ...State) rule  { return rule{act: handle, to: to} }
func no(c Code) rule       { return rule{act: refuse, code: c} }
func late() rule           { return rule{act: drop} }
func row(r ...rule) []rule { return r }

// table is the session, as data. The columns are the states in order,
// Disclosing to HandedOff; Closed refuses everything but what comes late by
// nature. The diagram in web/docs/session.md is drawn from it, and a test
// holds every cell against testdata/outcomes.txt, which is written by hand.
var table = [sorts][]rule{
	//                 Disclosing              Consenting              Listening               Thinking                Speaking                HandedOff
	declared:       row(do(), no(TooLate), no(TooLate), no(TooLate), no(TooLate), no(TooLate)),
	configured:     row(do(), do(), do(), do(), do(), do()),
	localeChanged:  row(do(), do(Disclosing), do(Disclosing), do(Disclosing), do(Disclosing), no(HandOff)),
	shown:          row(do(Consenting, Listening, Thinking), late(), late(), late(), late(), late()),
	acknowledged:   row(do(Consenting, Listening, Thinking), late(), late(), late(), late(), late()),
	consented:      row(no(NotAsked), do(Listening, Thinking), do(), do(), do(), do()),
	withdrawn:      row(do(), do(), do(), do(), do(), do()),
	optedOut:       row(do(), do(), do(), do(), do(), do()),
	said:           row(do(), do(), do(), do(), do(), do()),
	requested:      row(do(), do(), do(Thinking, Disclosing), no(Busy), no(Busy), no(HandOff)),
	interrupted:    row(do(), do(), do(), do(Listening), do(Listening), late()),
	truncated:      row(do(), do(), do(), do(), do(Listening), do()),
	deleted:        row(do(), do(), do(), do(), do(), do()),
	soundCame:      row(do(), do(), do(), do(), do(), do()),
	voiceStarted:   row(no(NoMicrophone), no(NoMicrophone), do(), do(Listening), do(Listening), do()),
	voiceStopped:   row(late(), late(), do(), do(), do(), do()),
	voiceCommitted: row(no(NoMicrophone), no(NoMicrophone), do(), do(), do(), do()),
	voiceDropped:   row(do(), do(), do(), do(), do(), do()),
	voiceIdle:      row(late(), late(), do(Thinking, Disclosing), late(), late(), late()),
	guessed:        row(late(), late(), do(), do(), do(), do()),
	transcribed:    row(do(), do(), do(Thinking, Disclosing), do(), do(), do()),
	replyPart:      row(do(), late(), late(), do(Speaking), do(Listening), late()),
	replyEnd:       row(do(Closed), late(), late(), do(Listening), do(Listening), late()),
	toolCalled:     row(late(), late(), late(), do(), do(), late()),
	toolRan:        row(late(), late(), late(), do(), do(), late()),
	humanRequested: row(do(), do(), do(), do(), do(), late()),
	humanCancelled: row(do(), do(), do(), do(), do(), do(Disclosing)),
	humanQueued:    row(do(), do(), do(), do(), do(), late()),
	humanOffered:   row(do(), do(), do(), do(), do(), late()),
	humanMissed:    row(do(), do(), do(), do(), do(), late()),
	humanLeft:      row(late(), late(), late(), late(), late(), do(Disclosing)),
	humanCut:       row(late(), late(), late(), late(), late(), do()),
	humanBack:      row(late(), late(), late(), late(), late(), do()),
	humanSaid:      row(late(), late(), late(), late(), late(), do()),
	humanSpoke:     row(late(), late(), late(), late(), late(), do()),
	policyChanged:  row(do(), do(), do(), do(), do(), do(Disclosing)),
	noticeChanged:  row(do(), do(Disclosing), do(Disclosing), do(), do(), do(Disclosing)),
	minorFound:     row(do(), do(), do(), do(), do(), do()),
	reported:       row(no(NoReports), do(), do(), do(), do(), do()),
	recordFailed:   row(do(Closed), do(Closed), do(Closed), do(Closed), do(Closed), do(Closed)),
	kept:           row(do(), do(), do(), do(), do(), do()),
	withheld:       row(do(), do(), do(), do(), do(), do()),
	noted:          row(do(), do(Listening, Thinking), do(HandedOff), do(HandedOff), do(HandedOff), do(Disclosing)),
	ending:         row(do(), do(), do(), do(), do(), do()),
	detached:       row(do(), do(), do(), do(Listening), do(Listening), do()),
	resumed:        row(do(), do(), do(), do(), do(), do()),
	tick:           row(do(Closed), do(Closed), do(Disclosing, Closed), do(Closed), do(Closed), do(Closed)),
	hungUp:         row(do(Closed), do(Closed), do(Closed), do(Closed), do(Closed), do(Closed)),
}

// lookup is the table's cell for an input in a state.
func lookup(s State, i sort) rule {
	if s == Closed || int(s) >= len(table[i]) {
		return no(Gone)
	}
	return table[i][s]
}
