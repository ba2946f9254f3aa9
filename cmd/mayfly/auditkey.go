package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"mayfly/recorder/audit"
)

const (
	// auditKeyFile holds the key that checkpoints of audit logs are signed
	// with. It is in no database and in no backup: whoever has it and the
	// database can make a history that never was.
	auditKeyFile = "audit-key"
	// auditCheckpoints is the folder of the checkpoints that were published.
	auditCheckpoints = "checkpoints"
)

// auditKey is what auditKeyFile holds.
type auditKey struct {
	by     audit.Signer
	public string
}

// openAuditKey reads the key, or makes it, under the name of the host under
// which people reach the gateway. The name stays when that changes: it is part
// of every checkpoint.
func openAuditKey(folder, publicURL string) (auditKey, error) {
	k, err := readAuditKey(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	host := "localhost"
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	secret, err := audit.MakeKey(host + "/audit")
	if err != nil {
		return auditKey{}, err
	}
	if err := writeFile(filepath.Join(folder, auditKeyFile), []byte(secret+"\n"), 0o600); err != nil {
		return auditKey{}, fmt.Errorf("the audit log's key cannot be written to %s (%w); make room, or name another folder with --data", folder, reason(err))
	}
	return readAuditKey(folder)
}

func readAuditKey(folder string) (k auditKey, err error) {
	path := filepath.Join(folder, auditKeyFile)
	info, err := os.Stat(path)
	if err != nil {
		return k, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("others on this machine can read %s; chmod 600", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("the audit log's key %s cannot be read (%w); give the file to this user", path, reason(err))
	}
	if k.by, k.public, err = audit.OpenKey(string(data)); err != nil {
		return k, fmt.Errorf("the audit log's key %s cannot be understood; put back the file that was there, or move it away: then a new key is made, and what the old one signed verifies only with its public key", path)
	}
	return k, nil
}

// publish opens the checkpoints that were published in a data folder.
func (k auditKey) publish(folder string) (*audit.Published, error) {
	return audit.OpenPublished(filepath.Join(folder, auditCheckpoints), k.by, k.public, time.Now)
}
