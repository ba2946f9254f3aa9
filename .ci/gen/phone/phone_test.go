package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"mayfly/redact"
)

// scale multiplies the counts of loops: 1 is the quick tier, 50 the full one.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// TestTable: the table in the program is the one that this library makes.
func TestTable(t *testing.T) {
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	if err := write(out); err != nil {
		t.Fatal(err)
	}
	out.Flush()
	want, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../../redact/phone_table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("redact/phone_table.go is not what the library says; write it again: go -C .ci/gen/phone run . | gofmt > redact/phone_table.go")
	}
}

var types = []phonenumbers.PhoneNumberType{
	phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST,
	phonenumbers.VOIP, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL,
}

// covered says whether all of the text from byte start on is hidden.
func covered(r *redact.Redactor, text string, start int) bool {
	spans := r.AppendSpans(nil, []byte(text))
	return slices.ContainsFunc(spans, func(s redact.Span) bool { return s.Start <= start && s.End == len(text) })
}

func regions() []string {
	all := []string{}
	for region := range phonenumbers.GetSupportedRegions() {
		all = append(all, region)
	}
	slices.Sort(all)
	return all
}

// R78: the example of each kind of number of each region is found, as the
// library writes it for the world, and at home where a word says what it is.
func TestExamples(t *testing.T) {
	world, err := redact.New(redact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	abroad, home, missed := 0, 0, 0
	for _, region := range regions() {
		local, err := redact.New(redact.Options{Regions: []string{region}})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range types {
			number := phonenumbers.GetExampleNumberForType(region, kind)
			if number == nil || number.GetNationalNumber() == 0 {
				continue
			}
			for _, form := range []phonenumbers.PhoneNumberFormat{phonenumbers.E164, phonenumbers.INTERNATIONAL} {
				text := phonenumbers.Format(number, form)
				if len(phonenumbers.GetNationalSignificantNumber(number)) < 6 {
					continue // with its code it has fewer digits than are looked for
				}
				abroad++
				if !covered(world, "at "+text, 3) {
					t.Errorf("%s %s: %s is not found", region, phonenumbers.Format(number, phonenumbers.E164), text)
				}
			}
			if text := phonenumbers.Format(number, phonenumbers.NATIONAL); digitsIn(text) >= 7 {
				home++
				if !covered(local, "Tel. "+text, 5) {
					missed++
					t.Logf("%s: %q is not found at home", region, text)
				}
			}
		}
	}
	t.Logf("%d for the world, %d at home, %d missed there", abroad, home, missed)
	if missed > home/200 {
		t.Errorf("%d of %d are not found at home", missed, home)
	}
}

func digitsIn(text string) (n int) {
	for _, c := range text {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// TestDifferential: of random digits after a +, all that the library calls
// valid are found, and all that are found the library calls possible, if only
// within a town or with a trunk zero that people leave in.
func TestDifferential(t *testing.T) {
	r, err := redact.New(redact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	codes := []int{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	valid, found := 0, 0
	n := int(100_000 * *scale)
	for range n {
		text := fmt.Sprint("+", codes[random.IntN(len(codes))])
		for range 6 + random.IntN(9) {
			text += fmt.Sprint(random.IntN(10))
		}
		number, err := phonenumbers.Parse(text, "ZZ")
		hidden := covered(r, text, 0)
		if err == nil && phonenumbers.IsValidNumber(number) && len(text) <= 16 {
			valid++
			completed := len(phonenumbers.GetNationalSignificantNumber(number)) > len(national(text, number))
			if !hidden && !completed { // San Marino: the library puts a prefix in
				t.Errorf("%s is valid and not found", text)
			}
		}
		if hidden {
			found++
			if err != nil {
				t.Errorf("%s is found, and to the library no number: %v", text, err)
				continue
			}
			switch phonenumbers.IsPossibleNumberWithReason(number) {
			case phonenumbers.IS_POSSIBLE, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
			default:
				if kept := national(text, number); kept == "" || kept[0] != '0' && kept[0] != '1' && kept[0] != '8' {
					t.Errorf("%s is found and not possible", text)
				}
			}
		}
	}
	t.Logf("%d numbers: %d valid, %d found", n, valid, found)
	if valid < n/50 {
		t.Errorf("only %d of %d were valid: this shows little", valid, n)
	}
}

// national is what stands behind the calling code.
func national(text string, number *phonenumbers.PhoneNumber) string {
	return text[len(fmt.Sprint("+", number.GetCountryCode())):]
}
