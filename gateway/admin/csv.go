package admin

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// wantsTable says whether whoever asks wants CSV.
func (c *call) wantsTable() bool {
	return strings.Contains(c.r.Header.Get("Accept"), "text/csv")
}

// sendTable sends rows as CSV, the names of the columns first. What somebody
// wrote goes through cell before.
func (c *call) sendTable(file string, rows [][]string) *refusal {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows)
	h := c.w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	return c.sendBytes("text/csv; charset=utf-8; header=present", b.Bytes())
}

// cell makes text of what a spreadsheet would take for a formula: what begins
// with = + - @, a tab or a line break, also after spaces and quotes and in
// full width, gets an apostrophe before it.
func cell(s string) string {
	if first := strings.TrimLeft(s, " \u00a0\u3000\"'"); s != "" && (strings.ContainsAny(s[:1], "\t\r\n'") || first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0])) {
		return "'" + s
	}
	return s
}
