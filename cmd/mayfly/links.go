package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mayfly/gateway/admin"
	"mayfly/gateway/tenant"
)

// linksFile holds links that were made while no gateway ran: their hashes. The
// next start takes them, and the file away.
const linksFile = "links.json"

// leftLink is one of them.
type leftLink struct {
	Hash   string    `json:"sha256"`
	Tenant string    `json:"tenant"`
	Until  time.Time `json:"until"`
}

// leaveLink makes a link for an admin that the next start knows.
func leaveLink(folder, tenantID string, now time.Time) (secret string, err error) {
	secret, hash := admin.NewLink()
	all := append(leftLinks(folder, now), leftLink{hex.EncodeToString(hash[:]), tenantID, now.Add(admin.LinkTime).UTC()})
	data, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	if err := writeFile(filepath.Join(folder, linksFile), data, 0o600); err != nil {
		return "", fmt.Errorf("the link cannot be left for the gateway in %s (%w); make room there", folder, reason(err))
	}
	return secret, nil
}

// leftLinks are those that have not ended. What cannot be read is none.
func leftLinks(folder string, now time.Time) (all []leftLink) {
	data, err := os.ReadFile(filepath.Join(folder, linksFile))
	if err != nil {
		return nil
	}
	var left []leftLink
	_ = json.Unmarshal(data, &left)
	for _, l := range left {
		if now.Before(l.Until) {
			all = append(all, l)
		}
	}
	return all
}

// takeLinks makes them known to the gateway that starts.
func takeLinks(folder string, to *admin.Links, now time.Time) {
	for _, l := range leftLinks(folder, now) {
		if sum, err := hex.DecodeString(l.Hash); err == nil && len(sum) == 32 {
			to.Take([32]byte(sum), l.Tenant, tenant.Admin, l.Until, now)
		}
	}
	_ = os.Remove(filepath.Join(folder, linksFile))
}
