package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var (
	groupPattern = regexp.MustCompile(`\(([^()]*)\)`)
	digitCount   = regexp.MustCompile(`\\d(?:\{(\d+)(?:,(\d+))?\})?|\[[^\]]*\](?:\{(\d+)(?:,(\d+))?\})?|\d`)
)

// groupsOf lists how numbers of a region are usually set: 0x334 is three
// digits, three, four. Only what has two groups or more says anything. A
// region without formats of its own has those of the main region of its code.
func groupsOf(all *phonenumbers.PhoneMetadataCollection, m *phonenumbers.PhoneMetadata) []string {
	formats := m.GetNumberFormat()
	if len(formats) == 0 {
		for _, main := range all.GetMetadata() {
			if main.GetCountryCode() == m.GetCountryCode() && main.GetMainCountryForCode() {
				formats = main.GetNumberFormat()
			}
		}
	}
	var found []string
	for _, f := range formats {
		var sizes [][]int // of each group of the pattern: what it can be
		for _, g := range groupPattern.FindAllStringSubmatch(strings.ReplaceAll(f.GetPattern(), "(?:", ""), -1) {
			sizes = append(sizes, sizesOf(g[1]))
		}
		shapes := [][]int{{}}
		joined := false
		for i := 0; i < len(f.GetFormat()); i++ {
			c := f.GetFormat()[i]
			if c != '$' {
				joined = false
				continue
			}
			i++
			n := int(f.GetFormat()[i]-'0') - 1
			if n < 0 || n >= len(sizes) {
				shapes = nil
				break
			}
			var next [][]int
			for _, s := range shapes {
				for _, size := range sizes[n] {
					if joined {
						longer := slices.Clone(s)
						longer[len(longer)-1] += size
						next = append(next, longer)
					} else {
						next = append(next, append(slices.Clone(s), size))
					}
				}
			}
			shapes = next
			joined = true
		}
		for _, s := range shapes {
			if len(s) < 2 || len(s) > 7 || slices.Max(s) > 9 {
				continue
			}
			text := "0x"
			for _, n := range s {
				text += strconv.Itoa(n)
			}
			found = append(found, text)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// sizesOf are the lengths that a group of a pattern can have.
func sizesOf(pattern string) []int {
	var all []int
	for _, branch := range strings.Split(pattern, "|") {
		low, high := 0, 0
		for _, m := range digitCount.FindAllStringSubmatch(branch, -1) {
			l, h := 1, 1
			from, to := m[1]+m[3], m[2]+m[4]
			if from != "" {
				l, _ = strconv.Atoi(from)
				h = l
			}
			if to != "" {
				h, _ = strconv.Atoi(to)
			}
			low, high = low+l, high+h
		}
		for n := low; n <= high && n > 0; n++ {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
