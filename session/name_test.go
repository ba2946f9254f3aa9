package session

import "testing"

// Names have ids of their own, wherever one ends and the next begins.
func TestNameID(t *testing.T) {
	seen := map[ID]string{}
	for _, names := range [][]string{{"acme", "mia"}, {"acmem", "ia"}, {"acme", "mib"}, {"acme"}, {"acme", "mia", ""}, {"mia", "acme"}, {"", ""}, {""}} {
		id := NameID(names...)
		if id.IsZero() || seen[id] != "" {
			t.Errorf("%q and %s have one id", names, seen[id])
		}
		if id != NameID(names...) {
			t.Errorf("%q has two ids", names)
		}
		seen[id] = id.String()
	}
}
