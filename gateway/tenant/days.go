package tenant

import (
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// parseDays reads whole days, as "30d", and what Go calls a duration.
func parseDays(s string) (time.Duration, bool) {
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 || n > 100_000 || strconv.Itoa(n) != digits {
			return 0, false
		}
		return time.Duration(n) * day, true
	}
	v, err := time.ParseDuration(s)
	return v, err == nil
}

// FormatDays writes a time as a document does, and parseDays reads it: whole
// days as "30d".
func FormatDays(v time.Duration) string {
	if v > 0 && v%day == 0 {
		return strconv.FormatInt(int64(v/day), 10) + "d"
	}
	return short(v)
}
