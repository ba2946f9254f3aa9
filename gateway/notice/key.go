package notice

// Key names one of the gateway's own fixed sentences.
type Key uint8

// The fixed sentences. The list is closed: every language has all of them.
const (
	// WhatIAm is the truthful answer to "are you human?" in all its forms.
	// It begins with neither yes nor no, because it must be true as an
	// answer to "are you a bot?" as well.
	WhatIAm Key = iota
	// Correction is said instead of a sentence by which a back end claims to
	// be human.
	Correction
	// Expiring says that the session is near its end.
	Expiring
	// Idle says that the session ends if nothing is said.
	Idle
	// Draining says that the service is about to stop.
	Draining
	// Unreachable says that what answers cannot be reached.
	Unreachable
	// Late says that what answers took too long.
	Late
	// Broken says that the answer could not be finished.
	Broken
	// Stopped says that the reply was stopped.
	Stopped
	// Busy says that too many people are talking at once.
	Busy
	// HumanAsked says that a human was asked for.
	HumanAsked
	// HumanHere says that a human answers from now on.
	HumanHere
	// HumanGone says that the AI answers again.
	HumanGone
	// HumanAbsent says that no human can be reached.
	HumanAbsent
	// NoVoice says that there is no voice for the language.
	NoVoice
	// Reminder says, once in a while, that an AI talks.
	Reminder
	// Break says that it is time for one.
	Break
	keys // their number
)

// Keys lists all keys.
func Keys() []Key {
	all := make([]Key, keys)
	for i := range all {
		all[i] = Key(i)
	}
	return all
}

// Say gives a fixed sentence in the language of a BCP 47 tag, or in English
// where the catalogue has no such language.
func Say(k Key, locale string) string {
	l, _ := find(locale)
	return l.fixed[k]
}
