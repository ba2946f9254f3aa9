package hook

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/realtime"
	"mayfly/session"
)

// Entry is a fact as it is in a tenant's log.
type Entry struct {
	Number uint64 // from 1, through all that the tenant's log ever held
	At     time.Time
	Fact   session.Fact
}

// told is a fact as a receiver is told of it: numbers, names from closed lists
// and opaque ids.
type told struct {
	ID       string    `json:"id"` // the same whenever it is sent again
	Tenant   string    `json:"tenant"`
	Kind     string    `json:"kind"`
	At       time.Time `json:"at"`
	Session  string    `json:"session,omitzero"`
	Actor    string    `json:"actor,omitzero"`
	Object   string    `json:"object,omitzero"`
	Turn     uint32    `json:"turn,omitzero"`
	Notice   uint32    `json:"notice,omitzero"`
	Purposes []string  `json:"purposes,omitempty"`
	Reason   string    `json:"reason,omitzero"`
	Policy   uint64    `json:"policy,omitzero"`
	Before   uint64    `json:"before,omitzero"`
	Count    uint64    `json:"count,omitzero"`
	SHA256   string    `json:"sha256,omitzero"`
}

// bodyOf is the JSON array of a delivery.
func bodyOf(tenant string, entries []Entry) ([]byte, error) {
	all := []told{}
	for _, e := range entries {
		f := &e.Fact
		t := told{
			ID: fmt.Sprintf("%s/%d", tenant, e.Number), Tenant: tenant, Kind: f.Kind.String(), At: e.At.UTC(),
			Session: named(f.Session), Actor: named(f.Actor), Object: named(f.Object),
			Turn: uint32(f.Turn), Notice: f.Notice, Purposes: realtime.PurposeNames(f.Purposes), Reason: f.Reason.String(),
			Policy: f.Policy, Before: f.Before, Count: f.Count,
		}
		if f.Hash != [32]byte{} {
			t.SHA256 = hex.EncodeToString(f.Hash[:])
		}
		all = append(all, t)
	}
	return json.Marshal(all)
}

func named(id session.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
