package sentence

import "strings"

// kind says what an abbreviation's full stop means.
type kind uint8

const (
	none         kind = iota
	beforeName        // never ends a sentence: "Dr."
	beforeNumber      // an abbreviation only before a number: "No. 5"
	anywhere          // ends a sentence only before a capital: "etc."
)

// abbreviations, in small letters and without the last full stop.
var abbreviations = map[string]map[string]kind{
	"en": kinds("dr mr mrs ms prof st vs rev gen hon messrs mt capt sgt col lt e.g i.e cf approx dept ca", "no nos p pp fig vol ch sec art", "etc inc ltd co corp jr sr a.m p.m est tel ext"),
	"de": kinds("dr prof hr fr frl bzw ca evtl ggf inkl exkl vgl z.b d.h u.a z.t i.d.r o.ä sog bspw st dipl ing z d mind max min ugs vs", "nr s abs art bd kap tel abb str", "usw etc u.s.w uvm bzgl mio mrd jh jhd gmbh"),
	"fr": kinds("m mm mme mmes mlle dr me pr p.ex c.-à-d cf env vs st ste", "no n° p pp art vol chap fig tél al", "etc av bd ed éd"),
	"es": kinds("sr sra srta sres dr dra d dña ud uds vd prof p.ej ej cf aprox vs sta sto", "núm n.º no pág págs art vol cap fig tel", "etc ee.uu s.a av avda"),
	"he": kinds("", "", ""),
}

func kinds(names, numbers, others string) map[string]kind {
	all := map[string]kind{}
	for word := range strings.FieldsSeq(names) {
		all[word] = beforeName
	}
	for word := range strings.FieldsSeq(numbers) {
		all[word] = beforeNumber
	}
	for word := range strings.FieldsSeq(others) {
		all[word] = anywhere
	}
	return all
}

// abbreviation looks word up, without regard to capitals, in the list of the
// language.
func abbreviation(language string, word []byte) kind {
	const longest = 16 // bytes; longer than every abbreviation above
	if len(word) > longest {
		return none
	}
	// An array, and a map look-up by converted bytes: no string is left over.
	// Only ASCII is lowered: no abbreviation begins with another capital.
	var lower [longest]byte
	n := copy(lower[:], word)
	for i, b := range lower[:n] {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return abbreviations[primary(language)][string(lower[:n])]
}

// primary is the primary subtag of a BCP 47 tag, in the spelling it has.
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		return tag[:i]
	}
	return tag
}
