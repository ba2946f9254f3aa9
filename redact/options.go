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
	Email, Card, IBAN, Phone             Operator
	IP, MAC, Secret                      Operator
	SSN, NationalID, Passport, BirthDate Operator
	Custom                               Operator

	Keyer Keyer // of Hash; needed where an operator is that

	// Regions are the ISO 3166 codes ("DE", "JP") of the countries whose
	// numbers people write without a calling code. There a number is taken
	// for a telephone number if it is set in groups as is usual there, or if
	// the words beside it say so. A number with a calling code is known
	// everywhere, and so is one that the words before it call a telephone
	// number.
	Regions []string

	// Patterns are regular expressions (RE2) of what else is to be hidden,
	// and Words are words and names, in letters of any case. CheckPattern
	// says what they may cost.
	Patterns, Words []string
}

// Of is the operator of a kind.
func (o *Options) Of(k Kind) *Operator {
	return [kinds]*Operator{
		Email: &o.Email, Card: &o.Card, IBAN: &o.IBAN, Phone: &o.Phone, IP: &o.IP, MAC: &o.MAC, Secret: &o.Secret,
		SSN: &o.SSN, NationalID: &o.NationalID, Passport: &o.Passport, BirthDate: &o.BirthDate, Custom: &o.Custom,
	}[k]
}

// Redactor redacts as its Options say. It never changes and may be used from
// many goroutines.
type Redactor struct {
	operators [kinds]Operator
	keyer     Keyer
	regions   []*phoneRegion
	custom    *custom // nil: there are no own patterns
}

// New returns a Redactor. The error names every region, operator or pattern
// that there cannot be, and every kind that cannot be hashed because there is
// no key.
func New(o Options) (*Redactor, error) {
	r := &Redactor{keyer: o.Keyer}
	var wrong []error
	for k := range kinds {
		operator := *o.Of(k)
		r.operators[k] = operator
		if operator >= operators {
			wrong = append(wrong, errors.New("the operator for "+k.String()+" is none of replace, mask, drop, hash and off"))
		}
		if operator == Hash && o.Keyer == nil {
			wrong = append(wrong, errors.New("there is no key to hash "+k.String()+" with"))
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
	var err error
	if r.custom, err = newCustom(o.Patterns, o.Words); err != nil {
		wrong = append(wrong, err)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return r, nil
}
