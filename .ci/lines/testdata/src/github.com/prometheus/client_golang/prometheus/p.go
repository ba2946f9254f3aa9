// Package prometheus stands for the library.
package prometheus

// CounterVec counts.
type CounterVec struct{}

// WithLabelValues names.
func (*CounterVec) WithLabelValues(...string) *CounterVec { return nil }
