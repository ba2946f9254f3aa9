package line

import (
	"regexp"
	"testing"
)

// Every key is listed once for each place, has a class and says what it is;
// every word of a log line's closed list is one that the log prints. // R6
func TestKeysAreClassified(t *testing.T) {
	type at struct {
		place Place
		name  string
	}
	seen := map[at]bool{}
	name, word := regexp.MustCompile(`^[a-z_]{2,24}$`), regexp.MustCompile(`^[a-z0-9_-]{2,40}$`)
	for _, k := range Keys() {
		switch {
		case seen[at{k.Place, k.Name}]:
			t.Errorf("%s is listed twice", k.Name)
		case k.Class == Unlisted || int(k.Class) >= len(classNames):
			t.Errorf("%s has no class", k.Name)
		case k.What == "" || !name.MatchString(k.Name):
			t.Errorf("%q does not say what it is", k.Name)
		case k.Place == Log && (k.Class == Enum) != (len(k.Words) > 0):
			t.Errorf("%s is a closed list without words, or words without one", k.Name)
		case k.Place == Log && (k.Class == Sentence || k.Class == Field || k.Class == Echo):
			t.Errorf("%s is a %s: none of a log line may be", k.Name, k.Class)
		}
		seen[at{k.Place, k.Name}] = true
		for _, w := range k.Words {
			if !word.MatchString(w) {
				t.Errorf("%s: %q is no word", k.Name, w)
			}
		}
		if got := Of(k.Place, k.Name); got.Class != k.Class {
			t.Errorf("%s is found as %s", k.Name, got.Class)
		}
	}
	if Of(Log, "prompt").Class != Unlisted || Of(Log, "route").Class != Unlisted {
		t.Error("a key that is not listed for a place has no class there")
	}
}
