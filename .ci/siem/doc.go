// Package siemtest has the real program send its audit log to a real rsyslog
// over TLS. It is for tests only and no part of the program; it is a module of
// its own, because it needs rsyslog.
package siemtest
