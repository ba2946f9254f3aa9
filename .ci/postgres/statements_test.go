package postgrestest

import (
	"database/sql"
	"fmt"
	"go/ast"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// sqliteOnly are the statements that PostgreSQL does not know, each with what
// it is for.
var sqliteOnly = map[string]string{
	"PRAGMA wal_checkpoint(TRUNCATE)": "empties SQLite's log of what was deleted",
	"PRAGMA wal_checkpoint(PASSIVE)":  "keeps SQLite's log short",
	"PRAGMA integrity_check":          "looks whether a copy of the file is whole",
	"VACUUM INTO $1":                  "copies the file for a backup",
}

// kinds are the types that a value given to a statement may have: those of the
// columns. A narrower one would refuse a value that SQLite takes.
var kinds = map[uint32]string{pgtype.Int8OID: "bigint", pgtype.TextOID: "text", pgtype.ByteaOID: "bytea"}

// Every statement of the recorder is understood by both as it stands, with the
// same types for what is put into it, but for those on the list.
func TestStatements(t *testing.T) {
	all := collected(t)
	calls, texts := map[string]bool{}, map[string]bool{}
	for _, s := range all {
		calls[s.at], texts[s.text] = true, true
	}
	require.Empty(t, complaints(t, all))
	require.Greater(t, len(texts), 150, "statements are not found")
	t.Logf("n=%d statements in %d calls; %d of them are for SQLite only", len(texts), len(calls), len(sqliteOnly))
}

// keyword is how a statement begins.
var keyword = regexp.MustCompile(`^\s*(SELECT|INSERT|REPLACE|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|PRAGMA|VACUUM|ATTACH|SAVEPOINT|RELEASE|ROLLBACK)\s`)

// Text that begins like a statement is in one that was found, and nothing
// beside the recorder speaks to a database.
func TestNoneForgotten(t *testing.T) {
	var found []string
	for _, s := range collected(t) {
		found = append(found, s.text)
	}
	within := strings.Join(found, "\x00")
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax, Dir: root(t)}, "./...")
	require.NoError(t, err)
	n := 0
	for _, p := range loaded {
		if !strings.HasPrefix(p.PkgPath, "mayfly/recorder") {
			require.NotContains(t, p.Imports, "database/sql", "%s", p.PkgPath)
			continue
		}
		for _, f := range p.Syntax {
			ast.Inspect(f, func(node ast.Node) bool {
				lit, ok := node.(*ast.BasicLit)
				if !ok || !strings.ContainsAny(lit.Value[:1], "\"`") {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				if !keyword.MatchString(text) {
					return true
				}
				n++
				for _, part := range verb.Split(text, -1) {
					require.Contains(t, within, part, "%s", p.Fset.Position(lit.Pos()))
				}
				return true
			})
		}
	}
	require.Greater(t, n, 100)
	t.Logf("n=%d texts in %d packages", n, len(loaded))
}

// A statement that only SQLite knows is seen however it is put together, one
// whose text cannot be known is, and so is an entry of the list that nothing
// needs.
func TestStatementsSeen(t *testing.T) {
	faults := []struct{ body, want string }{
		{`_, err := tx.Exec("INSERT OR REPLACE INTO setting (name, value) VALUES ('a', 1)"); return err`, `take "INSERT OR REPLACE INTO setting (name, value) VALUES ('a', 1)"`},
		{`const end = "VALUES ('b', 1)"; for _, how := range []string{"INTO", "OR REPLACE INTO"} { if _, err := tx.Exec("INSERT " + how + " setting (name, value) " + end); err != nil { return err } }; return nil`, `take "INSERT OR REPLACE INTO setting (name, value) VALUES ('b', 1)"`},
		{`q := fmt.Sprintf("INSERT OR %s INTO setting (name, value) VALUES ('c', %d)", "REPLACE", len(os.Args)); _, err := tx.Exec(q); return err`, "len(os.Args) is not followed"},
		{`const how = "REPLACE"; q := fmt.Sprintf("INSERT OR %s INTO setting (name, value) VALUES ('d', %d)", how, 1); _, err := tx.Exec(q); return err`, `take "INSERT OR REPLACE INTO setting (name, value) VALUES ('d', 1)"`},
		{`for _, q := range []struct{ arg any; text string }{{1, "INSERT OR REPLACE INTO setting (name, value) VALUES ('e', $1)"}} { if _, err := tx.Exec(q.text, q.arg); err != nil { return err } }; return nil`, `take "INSERT OR REPLACE INTO setting (name, value) VALUES ('e', $1)"`},
		{`return handedOn(tx, "INSERT OR REPLACE INTO setting (name, value) VALUES ('f', 1)") }; func handedOn(tx *sql.Tx, query string) error { _, err := tx.Exec(query); return err`, `take "INSERT OR REPLACE INTO setting (name, value) VALUES ('f', 1)"`},
		{`_, err := tx.Exec(os.Getenv("STATEMENT")); return err`, `os.Getenv("STATEMENT") is not followed`},
		{`return tx.QueryRow("SELECT value + unixepoch() FROM setting").Err()`, "function unixepoch() does not exist"},
		{`return tx.QueryRow("SELECT rowid FROM turn").Err()`, `column "rowid" does not exist`},
		{`return tx.QueryRow("SELECT tenant, at FROM turn GROUP BY tenant").Err()`, "must appear in the GROUP BY"},
		{`return tx.QueryRow("SELECT turn FROM turn WHERE at = '' || $1", 0).Err()`, "operator does not exist"},
		{`return tx.QueryRow("SELECT turn FROM turn WHERE ($1 = 0 OR turn = $1)", 0).Err()`, "that of no column"},
		{`return tx.QueryRow("SELECT 1 FROM nowhere").Err()`, "SQLite does not take"},
		{`return tx.QueryRow("SELECT 1 FROM nowhere").Err()`, "PostgreSQL does not take"},
	}
	text := "package recorder\n\nimport (\n\t\"database/sql\"\n\t\"fmt\"\n\t\"os\"\n)\n"
	for i, f := range faults {
		text += fmt.Sprintf("\nfunc plant%d(tx *sql.Tx) error { %s }\n", i, f.body)
	}
	all, err := collect(root(t), map[string][]byte{filepath.Join(root(t), "recorder", "planted.go"): []byte(text)})
	require.NoError(t, err)
	got := complaints(t, all)
	for _, f := range faults {
		require.True(t, slices.ContainsFunc(got, func(one string) bool { return strings.Contains(one, f.want) }), "not seen: %s\n%s", f.body, strings.Join(got, "\n"))
	}
	require.Len(t, got, len(faults), strings.Join(got, "\n"))
	for _, one := range got {
		require.True(t, strings.HasPrefix(one, "recorder/planted.go:"), one)
	}

	without := slices.DeleteFunc(slices.Clone(collected(t)), func(s statement) bool { return s.text == "VACUUM INTO $1" })
	require.Len(t, complaints(t, without), 1)
	t.Logf("n=%d faults", len(faults)+1)
}

var number = regexp.MustCompile(`\$(\d+)`)

// complaints are what is wrong with statements.
func complaints(t *testing.T, all []statement) (out []string) {
	t.Helper()
	var theirs []*sql.DB
	var ours []*pgx.Conn
	for _, name := range databases {
		theirs, ours = append(theirs, lite(t, name)), append(ours, ready(t, name))
	}
	unneeded := maps.Clone(sqliteOnly)
	done := map[string]bool{}
	for _, s := range all {
		if s.err != nil {
			out = append(out, fmt.Sprintf("%s: the text of this statement is not known: %v", s.at, s.err))
			continue
		}
		if done[s.text] {
			continue
		}
		done[s.text] = true
		delete(unneeded, s.text)
		if err := compiled(theirs, s.text); err != nil {
			out = append(out, fmt.Sprintf("%s: SQLite does not take %q: %v", s.at, s.text, err))
		}
		kind, err := prepared(t, ours, s.text)
		switch why, listed := sqliteOnly[s.text]; {
		case listed && err == nil:
			out = append(out, fmt.Sprintf("%s: PostgreSQL takes %q, which is said to be for SQLite only: it %s", s.at, s.text, why))
		case !listed && err != nil:
			out = append(out, fmt.Sprintf("%s: PostgreSQL does not take %q: %v", s.at, s.text, err))
		}
		for i, k := range kind {
			if kinds[k] == "" {
				out = append(out, fmt.Sprintf("%s: $%d of %q has the type %d, which is that of no column", s.at, i+1, s.text, k))
			}
		}
	}
	for text := range unneeded {
		out = append(out, fmt.Sprintf("nothing runs %q, which is said to be for SQLite only", text))
	}
	return out
}

// compiled says whether one of the databases takes a statement.
func compiled(dbs []*sql.DB, text string) (err error) {
	var args []any
	for _, m := range number.FindAllStringSubmatch(text, -1) {
		for n, _ := strconv.Atoi(m[1]); len(args) < n; {
			args = append(args, nil)
		}
	}
	for _, db := range dbs {
		var rows *sql.Rows
		if rows, err = db.Query("EXPLAIN "+text, args...); err == nil {
			return rows.Close()
		}
	}
	return err
}

// prepared are the types of what is put into a statement, if one of the schemas
// takes it.
func prepared(t *testing.T, conns []*pgx.Conn, text string) ([]uint32, error) {
	var errs []string
	for _, c := range conns {
		d, err := c.Prepare(t.Context(), "", text)
		if err == nil {
			return d.ParamOIDs, nil
		}
		errs = append(errs, err.Error())
	}
	return nil, fmt.Errorf("%s", strings.Join(errs, "; "))
}

// once has what collected found.
var once []statement

// collected are the statements of the recorder as it is.
func collected(t *testing.T) []statement {
	t.Helper()
	if once == nil {
		var err error
		once, err = collect(root(t), nil)
		require.NoError(t, err)
	}
	return once
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	require.NoError(t, err)
	return path
}
