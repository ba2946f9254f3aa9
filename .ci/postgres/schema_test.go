package postgrestest

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// The migrations apply in order and once; back to nothing and again, they do
// the same.
func TestMigrations(t *testing.T) {
	ctx := t.Context()
	used := map[string]int{}
	n := 0
	for _, name := range databases {
		p := provider(t, name, "again_"+name, used)
		first, err := p.Up(ctx)
		require.NoError(t, err)
		require.Len(t, first, len(p.ListSources()))
		second, err := p.Up(ctx)
		require.NoError(t, err)
		require.Empty(t, second, "applied twice")
		once := postgresSchema(t, connected(t, "again_"+name))
		down, err := p.DownTo(ctx, 0)
		require.NoError(t, err)
		require.Len(t, down, len(first))
		require.Empty(t, postgresSchema(t, connected(t, "again_"+name)))
		_, err = p.Up(ctx)
		require.NoError(t, err)
		require.Equal(t, once, postgresSchema(t, connected(t, "again_"+name)))
		n += len(first)
	}
	for _, r := range rules {
		require.NotZero(t, used[r.why], "a rule that nothing needs: %s", r.why)
	}
	t.Logf("n=%d migrations, %d rules of translation", n, len(rules))
}

// What migrations make is the same in both: tables, columns in their order,
// types, nullability, defaults, keys, indexes and triggers.
func TestSchema(t *testing.T) {
	n := 0
	for _, name := range databases {
		want, have := sqliteSchema(t, lite(t, name)), postgresSchema(t, ready(t, name))
		require.NotEmpty(t, want)
		require.Equal(t, strings.Join(want, "\n"), strings.Join(have, "\n"))
		n += len(want)
	}
	t.Logf("n=%d lines of schema", n)
}

// A difference of each kind is seen.
func TestSchemaSeen(t *testing.T) {
	ctx := t.Context()
	c := ready(t, "sqlite")
	want := postgresSchema(t, c)
	for _, fault := range []string{
		"ALTER TABLE turn ALTER COLUMN policy DROP NOT NULL",
		"ALTER TABLE turn ALTER COLUMN policy TYPE INTEGER",
		"ALTER TABLE turn ALTER COLUMN source DROP DEFAULT",
		"ALTER TABLE turn ALTER COLUMN source SET DEFAULT 'x'",
		"ALTER TABLE turn DROP COLUMN source",
		"ALTER TABLE turn ADD COLUMN more TEXT",
		"ALTER TABLE turn RENAME COLUMN source TO origin",
		"ALTER TABLE turn DROP CONSTRAINT turn_pkey",
		"ALTER TABLE turn DROP CONSTRAINT turn_pkey, ADD PRIMARY KEY (tenant, turn, session)",
		"ALTER TABLE credential DROP CONSTRAINT credential_hash_key",
		"ALTER TABLE audit_log ALTER COLUMN id DROP IDENTITY",
		"DROP INDEX conversation_due",
		"DROP INDEX audit_entry_session; CREATE INDEX audit_entry_session ON audit_entry (session)",
		"DROP TRIGGER key_of_sound ON sound",
		"DROP TABLE doomed",
		"CREATE TABLE more (id BIGINT)",
	} {
		tx, err := c.Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, fault)
		require.NoError(t, err, fault)
		require.NotEqual(t, want, postgresSchema(t, tx), "not seen: %s", fault)
		require.NoError(t, tx.Rollback(ctx))
	}
	require.Equal(t, want, postgresSchema(t, c))
}

// What the tables do by themselves they do there too: sound goes with its turn
// and its key is doomed, a log is given a number, and the sessions of facts are
// found by a migration.
func TestByItself(t *testing.T) {
	ctx := t.Context()
	p := provider(t, "sqlite", "itself", map[string]int{})
	c := connected(t, "itself")
	_, err := p.UpTo(ctx, 69)
	require.NoError(t, err)
	var log int64
	require.NoError(t, c.QueryRow(ctx, "INSERT INTO audit_log (tenant, month, base, size) VALUES ('acme', 202611, 0, 4) RETURNING id").Scan(&log))
	for n, leaf := range [][]byte{[]byte(`{"v":1,"session":"01936f0a-5c1e-7d3a-9b1f-2f6f0c7a8e11"}`), []byte(`{"v":1}`), {0xff, 'x'}, nil} {
		_, err = c.Exec(ctx, "INSERT INTO audit_entry (log, n, hashes, leaf) VALUES ($1, $2, '', $3)", log, n, leaf)
		require.NoError(t, err)
	}
	_, err = p.Up(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"01936f0a5c1e7d3a9b1f2f6f0c7a8e11", "", "", ""}, lines(t, c, "SELECT coalesce(encode(session, 'hex'), '') FROM audit_entry ORDER BY n"))

	_, err = c.Exec(ctx, `INSERT INTO turn (tenant, session, turn, at, until, policy, items, key, sealed) VALUES ('acme', 's', 1, 0, 0, 1, 1, 'a', '');
		INSERT INTO sound (tenant, session, turn, side, chunk, at, until, ms, key, sealed) VALUES
			('acme', 's', 1, 0, 0, 0, 0, 0, 'b', ''), ('acme', 's', 1, 0, 1, 0, 0, 0, 'b', ''), ('acme', 's', 2, 0, 0, 0, 0, 0, 'c', '');
		DELETE FROM turn`)
	require.NoError(t, err)
	require.Equal(t, []string{"c"}, lines(t, c, "SELECT convert_from(key, 'UTF8') FROM sound"))
	require.Equal(t, []string{"b"}, lines(t, c, "SELECT convert_from(key, 'UTF8') FROM doomed"))
}

// sqliteTypes are the types that columns may have, with those of PostgreSQL.
var sqliteTypes = map[string]string{"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}

// sqliteSchema describes a database, a line for each thing in it. A column of a
// primary key counts as one that is never NULL: SQLite says so only where the
// migration does, PostgreSQL always.
func sqliteSchema(t *testing.T, db *sql.DB) []string {
	t.Helper()
	ask := func(query string, args ...any) []string {
		rows, err := db.Query(query, args...)
		require.NoError(t, err)
		defer rows.Close()
		var out []string
		for rows.Next() {
			var one string
			require.NoError(t, rows.Scan(&one))
			out = append(out, one)
		}
		require.NoError(t, rows.Err())
		return out
	}
	var out []string
	for _, table := range ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('goose_db_version', 'written_by')") {
		keys := ask("SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", table)
		for _, column := range ask("SELECT (cid + 1) || ' ' || name || ' ' || type || CASE WHEN \"notnull\" OR pk THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || dflt_value, '') FROM pragma_table_info($1)", table) {
			f := strings.Fields(column)
			require.Contains(t, sqliteTypes, f[2], "%s.%s has a type that has no counterpart", table, f[1])
			if len(keys) == 1 && keys[0] == f[1] && f[2] == "INTEGER" {
				column += " IDENTITY"
			}
			out = append(out, table+" column "+strings.Replace(column, f[2], sqliteTypes[f[2]], 1))
		}
		out = append(out, fmt.Sprintf("%s primary key (%s)", table, strings.Join(keys, ", ")))
		for _, index := range ask("SELECT name || ' ' || origin || ' ' || \"unique\" FROM pragma_index_list($1) WHERE origin <> 'pk'", table) {
			f := strings.Fields(index)
			columns := strings.Join(ask("SELECT name FROM pragma_index_info($1) ORDER BY seqno", f[0]), ", ")
			line := fmt.Sprintf("%s index %s (%s)", table, f[0], columns)
			if f[1] == "u" {
				line = fmt.Sprintf("%s unique (%s)", table, columns)
			} else {
				require.Equal(t, "0", f[2], "a unique index that is no constraint: %s", f[0])
				text := ask("SELECT sql FROM sqlite_schema WHERE name = $1", f[0])[0]
				if _, where, partial := strings.Cut(text, " WHERE "); partial {
					line += " WHERE " + where
				}
			}
			out = append(out, line)
		}
		for _, trigger := range ask("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = $1", table) {
			out = append(out, table+" trigger "+trigger)
		}
	}
	slices.Sort(out)
	return out
}

// inPostgres describes the schema that a connection sees, as sqliteSchema does.
const inPostgres = `
WITH tables AS (SELECT c.oid, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname NOT IN ('goose_db_version', 'written_by')),
indexes AS (SELECT t.name, i.indisprimary AS main, i.indisunique AS one, c.relname AS index, pg_get_expr(i.indpred, i.indrelid) AS pred,
	(SELECT string_agg(a.attname, ', ' ORDER BY k.ord) FROM unnest(i.indkey) WITH ORDINALITY k(num, ord)
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num) AS columns
	FROM tables t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid)
SELECT t.name || ' column ' || row_number() OVER (PARTITION BY t.oid ORDER BY a.attnum) || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
	|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
	|| CASE WHEN a.attidentity <> '' THEN ' IDENTITY' ELSE '' END
	FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
UNION ALL SELECT name || ' primary key (' || columns || ')' FROM indexes WHERE main
UNION ALL SELECT name || ' unique (' || columns || ')' FROM indexes WHERE one AND NOT main
UNION ALL SELECT name || ' index ' || index || ' (' || columns || ')' || coalesce(' WHERE ' || trim(BOTH '()' FROM pred), '') FROM indexes WHERE NOT one
UNION ALL SELECT t.name || ' trigger ' || g.tgname FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal`

// cast is how PostgreSQL says of which type a default is.
var cast = regexp.MustCompile(`(DEFAULT '[^']*')::text`)

type querier interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

func postgresSchema(t *testing.T, c querier) []string {
	t.Helper()
	out := lines(t, c, inPostgres)
	for i := range out {
		out[i] = cast.ReplaceAllString(out[i], "$1")
	}
	slices.Sort(out)
	return out
}

func lines(t *testing.T, c querier, query string) []string {
	t.Helper()
	rows, err := c.Query(t.Context(), query)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}
