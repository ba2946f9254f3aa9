package nesting

import (
	"strings"
	"testing"
)

func TestDeeper(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want bool
	}{
		{"", 0, false}, {"{}", 0, true}, {"{}", 1, false}, {"[[1],[2]]", 2, false}, {"[[1],[[2]]]", 2, true},
		{`{"a":"[[[["}`, 1, false}, {`{"a":"\"[[[["}`, 1, false}, {`{"a":"\\"  ,"b":[]}`, 1, true}, {`["\`, 1, false},
		{strings.Repeat("[", 1<<20), 1 << 19, true}, {strings.Repeat("[]", 1<<20), 1, false}, {"]]]][[", 0, false},
	} {
		if got := Deeper([]byte(c.text), c.most); got != c.want {
			t.Errorf("%.20q deeper than %d: %v", c.text, c.most, got)
		}
	}
}
