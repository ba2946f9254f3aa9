// Package fallback asks one server after the other until one answers.
//
// It stands around engines, voices and transcribers. A server that does not
// answer rests for a while and is tried by one request before everybody asks
// it again (Breaker). The next server of a list is asked only while nothing
// was said and no tool was called, so that nobody hears anything twice and
// nothing is done twice; what somebody said is held until it is written down,
// so that they need not say it twice. It says which of them really answered, since a label
// must. It holds no words.
package fallback
