package recorder

import (
	"context"

	"mayfly/redact"
)

// PreparePseudonyms makes Pseudonym and Keyer work for a tenant.
func (r *Recorder) PreparePseudonyms(ctx context.Context, tenant string) error {
	return r.keys.Prepare(ctx, tenant)
}

// Pseudonym is what stands for the name by which a tenant knows a person, so
// that the name itself is stored nowhere. Another tenant's is another. It is
// empty while the tenant's key cannot be read.
func (r *Recorder) Pseudonym(tenant string, name []byte) string {
	return r.keys.Pseudonym(tenant, name)
}

// Keyer is what a tenant hashes personal data with. It is nil while the
// tenant's key cannot be read.
func (r *Recorder) Keyer(tenant string) redact.Keyer { return r.keys.Keyer(tenant) }
