package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// report is the figures of a run.
var report struct {
	mu   sync.Mutex
	rows [][2]string // Guarded by mu. what, how much
}

// figure notes a figure for the report, and in the log of the test.
func figure(t testing.TB, what, format string, values ...any) {
	t.Helper()
	much := fmt.Sprintf(format, values...)
	t.Logf("%s: %s", what, much)
	report.mu.Lock()
	defer report.mu.Unlock()
	report.rows = append(report.rows, [2]string{what, much})
}

// writeReport prints the figures as one table and writes it beside the pictures.
func writeReport() error {
	report.mu.Lock()
	defer report.mu.Unlock()
	if len(report.rows) == 0 {
		return nil
	}
	slices.SortStableFunc(report.rows, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	wide := 0
	for _, row := range report.rows {
		wide = max(wide, len(row[0]))
	}
	var table strings.Builder
	for _, row := range report.rows {
		fmt.Fprintf(&table, "%-*s  %s\n", wide, row[0], row[1])
	}
	fmt.Printf("\n%s\n", table.String())
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*out, "report.txt"), []byte(table.String()), 0o644)
}
