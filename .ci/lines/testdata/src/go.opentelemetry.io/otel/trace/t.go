// Package trace stands for the library.
package trace

// Span is a span.
type Span interface{ SetName(string) }
