// Package session is what a conversation is and what it may do next.
//
// It is pure: no clock, no goroutine, no I/O, no logger, no id generator. It
// takes an Input, decides, and returns Effects. It never keeps, sends, dials
// or prints anything itself, and it can reach neither a file nor a network:
// cmd/mayfly/imports_test.go holds its closure to a list of a dozen standard
// packages. What was said lives in memory and ends with its session.
package session
