// Package veil hides personal data from the engine that it wraps.
//
// Values that package redact recognises leave as placeholders, as [email-B],
// and what the engine says with them is given to the person with the values
// put back, however a placeholder was cut. Equal values have the same
// placeholder for as long as the session lives; what stands for what is in
// memory, and is forgotten with it.
//
// It hides what redact recognises and nothing else: names, addresses and what
// a picture shows are sent as they are.
package veil
