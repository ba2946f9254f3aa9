// Package nesting bounds how deep JSON may be nested before anything decodes
// it: a decoder's own limit is 10,000.
package nesting

// Deeper says that the brackets of a JSON text, outside of its strings, are
// nested deeper than most. The text need not be valid.
func Deeper(text []byte, most int) bool {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if open++; open > most {
				return true
			}
		case c == '}' || c == ']':
			open--
		}
	}
	return false
}
