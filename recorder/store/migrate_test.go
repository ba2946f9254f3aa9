package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
)

// A database of before has the sessions of its facts after the migration: of
// facts without one, and of those whose leaf was dropped or damaged, nothing. A
// damaged leaf does not keep the database from being opened.
func TestMigrateSessionsOfFacts(t *testing.T) {
	ctx := context.Background()
	s := opened(t)
	require.NoError(t, s.Close())
	db, err := openFile(ctx, filepath.Join(s.Folder(), DataFile), 1)
	require.NoError(t, err)
	files, err := fs.Sub(migrations, "migrations/sqlite")
	require.NoError(t, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = p.DownTo(ctx, 50)
	require.NoError(t, err)
	_, err = db.Exec("INSERT INTO audit_log (id, tenant, month, base, size) VALUES (1, 'acme', 202611, 0, 4)")
	require.NoError(t, err)
	const id = "01936f0a-5c1e-7d3a-9b1f-2f6f0c7a8e11"
	for n, leaf := range []any{
		[]byte(fmt.Sprintf(`{"v":1,"at":1764144000000,"kind":"session_started","session":"%s","policy":4,"salt":"00"}`, id)),
		[]byte(`{"v":1,"at":1764144000000,"kind":"gateway_started","salt":"00"}`),
		nil,
		[]byte("{damaged"),
	} {
		_, err = db.Exec("INSERT INTO audit_entry (log, n, hashes, leaf) VALUES (1, $1, x'00', $2)", n, leaf)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())

	s, err = Open(ctx, s.Folder())
	require.NoError(t, err)
	defer s.Close()
	var have []string
	rows, err := s.DB().Query("SELECT hex(session) FROM audit_entry ORDER BY n")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var one sql.NullString
		require.NoError(t, rows.Scan(&one))
		have = append(have, one.String)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, []string{"01936F0A5C1E7D3A9B1F2F6F0C7A8E11", "", "", ""}, have)
}
