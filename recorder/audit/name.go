package audit

import "time"

// ParseName says whose log it is, and of which month. An empty tenant is the
// gateway itself.
func ParseName(name string) (tenant string, m Month, err error) { return parseName(name) }

// Begin is when the month begins, in UTC.
func (m Month) Begin() time.Time {
	return time.Date(int(m)/100, time.Month(int(m)%100), 1, 0, 0, 0, 0, time.UTC)
}
