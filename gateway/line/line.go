// Package line is the one list of what a log line, a figure and the body of an
// error may carry: each key with its class. None has room for what somebody
// said or showed, for who a person is, or for where they are and with what.
package line

import "slices"

// Class says what a value is, and so what it can hold at most.
type Class uint8

// The classes.
const (
	Unlisted Class = iota
	Enum           // a word of a closed list in the program
	ID             // an opaque id, or a name that the operator wrote in the configuration
	Count          // a whole number
	Duration       // nanoseconds in a log line, seconds in a figure
	Time           // a moment
	Site           // functions and lines of the program, without values
	Sentence       // a sentence that stands in the program; one of a document's mistakes quotes the document, to its author
	Field          // the name of a field in a published schema
	Echo           // what its sender chose, back to that sender and to nobody else
)

var classNames = [...]string{"unlisted", "enum", "opaque id", "count", "duration", "time", "site", "sentence", "field", "echo"}

func (c Class) String() string { return classNames[c] }

// Place is where a key is used.
type Place uint8

// The places. There are no traces.
const (
	Log Place = iota
	Metric
	Body
)

// Key is a row of the list.
type Key struct {
	Place Place
	Name  string
	Class Class
	What  string
	Words []string // all values of an Enum of a log line
}

var stages = []string{"sweep", "webhook", "siem", "issuer", "description", "endpoint", "client-secret", "exchange", "token", "keys"}

var keys = []Key{
	{Log, "at", Site, "where a fault was", nil},
	{Log, "avatar", ID, "an avatar's id in the configuration", nil},
	{Log, "code", Enum, "a row of the table of errors", []string{"internal_error", "audit_log_disagrees"}},
	{Log, "collector", ID, "a collector's or a witness's name in the configuration", nil},
	{Log, "count", Count, "how many", nil},
	{Log, "fault", Enum, "what ended the process", []string{"panic", "signal", "out_of_memory", "stack_overflow", "concurrent_map", "deadlock", "fatal_error"}},
	{Log, "incident", ID, "an incident", nil},
	{Log, "kept", Enum, "what went on as before after a fault", []string{"the-former-one"}},
	{Log, "kind", Enum, "what an incident is", []string{"undeclared_egress", "canary_leak", "audit_disagrees", "outside_policy", "master_key_lost", "other"}},
	{Log, "limit", Enum, "a quota's name", []string{"sessions_per_day", "tokens_per_day", "minutes_per_month"}},
	{Log, "listener", Enum, "which listener", []string{"plain", "tls", "metrics"}},
	{Log, "log", ID, "a tenant's audit log and its month", nil},
	{Log, "root", ID, "the hash of an audit log", nil},
	{Log, "sessions", Count, "how many are live", nil},
	{Log, "signature", ID, "of a checkpoint", nil},
	{Log, "stage", Enum, "which part of a work", stages},
	{Log, "tenant", ID, "a tenant's id in the configuration", nil},
	{Log, "version", Count, "the number of a version", nil},

	{Metric, "class", Enum, "2xx, 4xx, 5xx", nil},
	{Metric, "code", Enum, "a row of the table of errors", nil},
	{Metric, "collector", ID, "a collector's or a witness's name in the configuration", nil},
	{Metric, "country", Enum, "a code of ISO 3166, or other", nil},
	{Metric, "family", Enum, "of a browser: chrome, firefox, ...", nil},
	{Metric, "form", Enum, "of a device: desktop, phone, tablet", nil},
	{Metric, "kind", Enum, "what a server behind an avatar is for, what it said unasked, or why nothing can be stored", nil},
	{Metric, "le", Count, "the bound of a bucket", nil},
	{Metric, "outcome", Enum, "how something ended", nil},
	{Metric, "quantile", Count, "of the pauses of the garbage collector", nil},
	{Metric, "reason", Enum, "why a session ended", nil},
	{Metric, "route", Enum, "a row of the table of routes, as a pattern", nil},
	{Metric, "state", Enum, "whether a server is asked", nil},
	{Metric, "version", Enum, "of Go", nil},
	{Metric, "why", Enum, "why something was thrown away", nil},

	{Body, "code", Enum, "a row of the table of errors", nil},
	{Body, "column", Count, "of a mistake in a document", nil},
	{Body, "current", Count, "the number of the current version", nil},
	{Body, "event_id", Echo, "the id that a client gave its event", nil},
	{Body, "key", Field, "of a mistake in a document", nil},
	{Body, "line", Count, "of a mistake in a document", nil},
	{Body, "message", Sentence, "of the table of errors", nil},
	{Body, "param", Field, "the first field that is wrong", nil},
	{Body, "problems", Sentence, "the mistakes in a document", nil},
	{Body, "text", Sentence, "of a mistake in a document", nil},
	{Body, "type", Enum, "invalid_request_error, server_error", nil},
}

// Keys are all rows.
func Keys() []Key { return slices.Clone(keys) }

// rows are the rows of each place by name.
var rows = func() (all [Body + 1]map[string]Key) {
	for place := range all {
		all[place] = map[string]Key{}
	}
	for _, k := range keys {
		all[k.Place][k.Name] = k
	}
	return all
}()

// Of is the row of a key. It is the zero Key, whose class is Unlisted, for
// one that is not on the list.
func Of(place Place, name string) Key { return rows[place][name] }
