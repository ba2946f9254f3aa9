package postgrestest

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

const migrations = "../../recorder/store/migrations"

// databases are the folders of migrations: each is a database of SQLite and a
// schema of PostgreSQL.
var databases = []string{"sqlite", "keys"}

// writtenBy is the table that the store makes beside the migrations.
const writtenBy = "CREATE TABLE IF NOT EXISTS written_by (version TEXT NOT NULL)"

// provider has the migrations of a database for PostgreSQL.
func provider(t *testing.T, name, schema string, used map[string]int) *goose.Provider {
	t.Helper()
	files, err := translated(filepath.Join(migrations, name), used)
	require.NoError(t, err)
	c := connected(t, "")
	_, err = c.Exec(t.Context(), "CREATE SCHEMA IF NOT EXISTS "+schema)
	require.NoError(t, err)
	db, err := sql.Open("pgx", address(schema))
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	return p
}

// migrated are the schemas that PostgreSQL has, which tests share.
var migrated = map[string]bool{}

// ready is a connection to the schema of a database, with all migrations.
func ready(t *testing.T, name string) *pgx.Conn {
	t.Helper()
	c := connected(t, name)
	if !migrated[name] {
		_, err := provider(t, name, name, map[string]int{}).Up(t.Context())
		require.NoError(t, err)
		_, err = c.Exec(t.Context(), writtenBy)
		require.NoError(t, err)
		migrated[name] = true
	}
	return c
}

// lite is a database of SQLite with all migrations.
func lite(t *testing.T, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	db.SetMaxOpenConns(1) // each has a database of its own
	t.Cleanup(func() { _ = db.Close() })
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(filepath.Join(migrations, name)), goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = p.Up(context.Background())
	require.NoError(t, err)
	_, err = db.Exec(writtenBy)
	require.NoError(t, err)
	return db
}
