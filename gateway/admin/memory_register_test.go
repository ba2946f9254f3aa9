package admin

import (
	"context"
	"slices"

	"mayfly/gateway/tenant"
)

// Registers implements Registers: the versions follow from those of the tenant.
func (m *memory) Registers(_ context.Context, id string, before uint64, limit int) (out []tenant.RegisterVersion, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	var all []tenant.RegisterVersion
	for _, v := range t.versions {
		of, err := tenant.ParseDocument(v.Document)
		if err != nil {
			return nil, err
		}
		document, err := tenant.RegisterDocument(of.Register())
		if err != nil {
			return nil, err
		}
		hash := tenant.RegisterHash(of.Register())
		if len(all) == 0 || all[len(all)-1].Hash != hash {
			all = append(all, tenant.RegisterVersion{Number: uint64(len(all) + 1), Policy: v.Number, At: v.At, Hash: hash, Document: document})
		}
	}
	for _, v := range slices.Backward(all) {
		if (before == 0 || v.Number < before) && len(out) < limit {
			out = append(out, v)
		}
	}
	return out, nil
}
