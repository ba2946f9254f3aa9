package read

import "slices"

// What made the words of an avatar, in the words of the IPTC
// (cv.iptc.org/newscodes/digitalsourcetype).
const (
	sourceTerms     = "http://cv.iptc.org/newscodes/digitalsourcetype/"
	SourceRules     = sourceTerms + "algorithmicMedia"                     // rules, without a trained model
	SourceTrained   = sourceTerms + "trainedAlgorithmicMedia"              // a trained model
	SourceComposite = sourceTerms + "compositeWithTrainedAlgorithmicMedia" // both
)

// KnownSource says that something is a digital source type of an avatar.
func KnownSource(s string) bool {
	return slices.Contains([]string{SourceRules, SourceTrained, SourceComposite}, s)
}

// SourceOf is the digital source type of what was made by several: theirs if it
// is one, else both. What is not known counts as a trained model.
func SourceOf(all ...string) string {
	one := ""
	for _, s := range all {
		if !KnownSource(s) {
			s = SourceTrained
		}
		if one != "" && one != s {
			return SourceComposite
		}
		one = s
	}
	if one == "" {
		return SourceTrained
	}
	return one
}

// Source is the digital source type of a transcript.
func (t *Transcript) Source() string {
	var all []string
	for i := range t.Turns {
		all = append(all, t.Turns[i].Source)
	}
	return SourceOf(all...)
}
