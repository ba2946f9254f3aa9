package processing

import (
	"encoding/json"
	"slices"
)

// Change is what a change of the configuration did to the record.
type Change struct {
	Activities []ActivityChange `json:"activities"`
	Measures   []MeasureChange  `json:"measures"`
	Other      []string         `json:"other" enum:"controller,role,subjects" doc:"What else of the record is different."`
}

// ActivityChange is an activity that begins, ends, or is carried out
// differently.
type ActivityChange struct {
	Key     string   `json:"key"`
	Avatars []string `json:"avatars,omitempty" doc:"None: it is of the tenant."`
	What    string   `json:"what" enum:"added,removed,changed"`
	Fields  []string `json:"fields,omitempty" doc:"Of one that is changed: avatars, purposes, basis, categories, recipients, retention, decisions."`
}

// MeasureChange is a control that is in another state, or for another reason.
type MeasureChange struct {
	Key    string `json:"key"`
	Before State  `json:"before,omitempty" doc:"None: it was not there."`
	After  State  `json:"after,omitempty" doc:"None: it is not there any more."`
}

// Compare tells two records apart. An activity of one key that some of the same
// avatars do is the same one.
func Compare(before, after Record) Change {
	c := Change{Activities: []ActivityChange{}, Measures: []MeasureChange{}, Other: []string{}}
	for _, one := range []struct {
		name    string
		was, is any
	}{{"controller", before.Controller, after.Controller}, {"role", before.Role, after.Role}, {"subjects", before.Subjects, after.Subjects}} {
		if !same(one.was, one.is) {
			c.Other = append(c.Other, one.name)
		}
	}
	was, is := slices.Clone(before.Activities), slices.Clone(after.Activities)
	pair := func(alike func(a, b *Activity) bool) {
		was = slices.DeleteFunc(was, func(a Activity) bool {
			i := slices.IndexFunc(is, func(b Activity) bool { return a.Key == b.Key && alike(&a, &b) })
			if i < 0 {
				return false
			}
			if fields := differences(&a, &is[i]); len(fields) > 0 {
				c.Activities = append(c.Activities, ActivityChange{a.Key, is[i].Avatars, "changed", fields})
			}
			is = slices.Delete(is, i, i+1)
			return true
		})
	}
	pair(func(a, b *Activity) bool { return same(a, b) })
	pair(func(a, b *Activity) bool {
		return len(a.Avatars) == 0 && len(b.Avatars) == 0 || slices.ContainsFunc(a.Avatars, func(id string) bool { return slices.Contains(b.Avatars, id) })
	})
	for _, a := range was {
		c.Activities = append(c.Activities, ActivityChange{Key: a.Key, Avatars: a.Avatars, What: "removed"})
	}
	for _, b := range is {
		c.Activities = append(c.Activities, ActivityChange{Key: b.Key, Avatars: b.Avatars, What: "added"})
	}
	controls := map[string]Control{}
	for _, m := range before.Measures {
		controls[m.Key] = m
	}
	for _, m := range after.Measures {
		if old := controls[m.Key]; old != m {
			c.Measures = append(c.Measures, MeasureChange{m.Key, old.State, m.State})
		}
		delete(controls, m.Key)
	}
	for _, m := range before.Measures {
		if _, gone := controls[m.Key]; gone {
			c.Measures = append(c.Measures, MeasureChange{Key: m.Key, Before: m.State})
		}
	}
	return c
}

// differences names the fields of an activity that are different.
func differences(a, b *Activity) (fields []string) {
	for _, one := range []struct {
		name    string
		was, is any
	}{
		{"avatars", a.Avatars, b.Avatars}, {"purposes", a.Purposes, b.Purposes}, {"basis", a.Basis, b.Basis}, {"categories", a.Categories, b.Categories},
		{"recipients", a.Recipients, b.Recipients}, {"retention", a.Retention, b.Retention}, {"decisions", a.Decisions, b.Decisions},
	} {
		if !same(one.was, one.is) {
			fields = append(fields, one.name)
		}
	}
	return fields
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, also := json.Marshal(b)
	return err == nil && also == nil && string(x) == string(y)
}
