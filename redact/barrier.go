package redact

// barrier is how far back the words before byte start are read: reach bytes,
// or to the end of the last value, or of a mark that stands for one. What was
// said before that was said of something else; and a text that was redacted
// reads like the one it came from.
func (w *window) barrier(start, reach int) int {
	low := max(start-reach, w.floor, 0)
	for i := start; i > low; i-- {
		if c := w.b[i-1]; (c == ']' || c >= 0x80) && w.markBefore(i) {
			return i
		}
	}
	return low
}

// markBefore says whether a mark of this package ends before byte i.
func (w *window) markBefore(i int) bool {
	switch w.b[i-1] {
	case ']':
		for _, m := range marks {
			if i >= len(m) && string(w.b[i-len(m):i]) == m {
				return true
			}
		}
		return i >= len(masked) && string(w.b[i-len(masked):i]) == masked || w.tokenBefore(i)
	case dropped[len(dropped)-1]:
		return i >= len(dropped) && string(w.b[i-len(dropped):i]) == dropped
	}
	return false
}

// markAt says whether a mark of this package begins at byte i.
func (w *window) markAt(i int) bool {
	if _, ok := w.says(i, dropped); ok {
		return true
	}
	if _, ok := w.says(i, masked); ok {
		return true
	}
	for _, m := range marks {
		if open, ok := w.says(i, m[:len(m)-1]); ok {
			if c, _, _ := w.visible(open); c == ']' || c == ':' {
				return true
			}
		}
	}
	return false
}
