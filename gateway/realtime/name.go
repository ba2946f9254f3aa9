package realtime

// Names that are the operator's or the gateway's own, and therefore may be
// strings, logged and compared: a character outside their alphabet is refused.

// name is [a-z0-9_-], as the ids of avatars and queues are.
func (d *decoder) name(v []byte, limit int, at string) string {
	return d.alphabet(v, limit, at, func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	})
}

// label is [A-Za-z0-9._-].
func (d *decoder) label(v []byte, limit int, at string) string {
	return d.alphabet(v, limit, at, func(c byte) bool {
		return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	})
}

// hex is exactly n lower-case hexadecimal digits.
func (d *decoder) hex(v []byte, n int, at string) string {
	s := d.alphabet(v, n, at, func(c byte) bool { return c >= 'a' && c <= 'f' || c >= '0' && c <= '9' })
	if s != "" && len(s) != n {
		d.fail(CodeInvalidValue, at)
		return ""
	}
	return s
}

func (d *decoder) alphabet(v []byte, limit int, at string, in func(byte) bool) string {
	b := d.text(v, limit, at)
	if b == nil && !absent(v) {
		d.fail(CodeInvalidValue, at)
	}
	for _, c := range b {
		if !in(c) {
			d.fail(CodeInvalidValue, at)
			return ""
		}
	}
	return string(b)
}
