package redact

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Options say what is hidden. The zero Options replace everything that can be
// recognised without knowing where people live.
type Options struct {
	Email, Card, IBAN, Phone Operator

	Keyer Keyer // of Hash; needed where an operator is that

	// Regions are the ISO 3166 codes ("DE", "JP") of the countries whose
	// numbers people write without a calling code. There a number is taken
	// for a telephone number if it is set in groups as is usual there, or if
	// the words beside it say so. A number with a calling code is known
	// everywhere, and so is one that the words before it call a telephone
	// number.
	Regions []string
}

// Redactor redacts as its Options say. It never changes and may be used from
// many goroutines.
type Redactor struct {
	operators [kinds]Operator
	keyer     Keyer
	regions   []*phoneRegion
}

// New returns a Redactor. The error names every region or operator that there
// is not, and every kind that cannot be hashed because there is no key.
func New(o Options) (*Redactor, error) {
	r := &Redactor{operators: [kinds]Operator{Email: o.Email, Card: o.Card, IBAN: o.IBAN, Phone: o.Phone}, keyer: o.Keyer}
	var wrong []error
	for k, operator := range r.operators {
		if operator >= operators {
			wrong = append(wrong, errors.New("the operator for "+Kind(k).String()+" is none of replace, mask, drop, hash and off"))
		}
		if operator == Hash && o.Keyer == nil {
			wrong = append(wrong, errors.New("there is no key to hash "+Kind(k).String()+" with"))
		}
	}
	for _, name := range o.Regions {
		i, ok := slices.BinarySearchFunc(phoneRegions, strings.ToUpper(name), func(p phoneRegion, name string) int { return strings.Compare(p.name, name) })
		if !ok {
			wrong = append(wrong, errors.New("region "+strconv.Quote(name)+" is not known; use an ISO 3166 code such as DE"))
			continue
		}
		r.regions = append(r.regions, &phoneRegions[i])
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return r, nil
}
