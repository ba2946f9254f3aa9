package resident

import "unicode/utf8"

// distance is the number of letters that are wrong, missing, too many or
// exchanged with their neighbour between a and b (optimal string alignment),
// or limit+1 when there are more than limit.
func distance(a []byte, b string, limit int) int {
	const longest = 32 // characters
	var x, y [longest]rune
	n, m := 0, 0
	for i := 0; i < len(a); n++ {
		r, size := utf8.DecodeRune(a[i:])
		if n == longest {
			return limit + 1
		}
		x[n] = r
		i += size
	}
	for _, r := range b {
		if m == longest {
			return limit + 1
		}
		y[m] = r
		m++
	}
	var rows [3][longest + 1]int
	for j := range m + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= n; i++ {
		row, above, twice := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		least := i
		for j := 1; j <= m; j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], twice[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
	}
	return min(rows[n%3][m], limit+1)
}
