package recorder

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"mayfly/recorder/store"
)

// HasTenant says whether the database in a folder holds a tenant of its own,
// without opening it for anything else. One that cannot be looked into may
// hold some: Open says what is wrong with it.
func HasTenant(folder string) bool {
	path := filepath.Join(folder, store.DataFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(200)")
	if err != nil {
		return true
	}
	defer db.Close()
	var n int
	err = db.QueryRow(`SELECT COUNT(*) FROM tenant t JOIN tenant_version v ON v.tenant = t.id AND v.number = t.number
		WHERE t.ended = 0 AND v.source = 'store'`).Scan(&n)
	return err != nil || n > 0
}
