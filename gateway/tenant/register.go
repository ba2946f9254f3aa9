package tenant

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"mayfly/session"
)

// Document is a recipient as the register of recipients names it: what it is
// for, what it is sent, and what it declares. Its address is its host alone,
// and who declared it is not in it.
func (r *Recipient) Document() map[string]any {
	host := ""
	if r.URL != nil {
		host = r.URL.Hostname()
	}
	terms := r.Terms.document()
	delete(terms, "declared_by")
	o := object{"role": r.Role.String(), "name": r.Name, "host": host, "gets": r.Gets.Names(), "terms": terms}
	put(o, "region", r.Region, "")
	return o
}

// Hash is the SHA-256 of the document: facts and receipts say with it under
// which declaration somebody was sent something.
func (r *Recipient) Hash() [sha256.Size]byte {
	raw, err := canonical(r.Document())
	if err != nil {
		return [sha256.Size]byte{} // text that is not UTF-8: Parse lets none in
	}
	return sha256.Sum256(raw)
}

// RegisterEntry is a recipient with the avatars that send it something.
type RegisterEntry struct {
	Recipient
	Avatars []string
}

// Register lists everybody who may be sent something of a tenant's sessions,
// once for each role and declaration, in the order of the document.
func (t *Tenant) Register() []RegisterEntry {
	var all []RegisterEntry
	at := map[[sha256.Size]byte]int{}
	for i := range t.Avatars {
		a := &t.Avatars[i]
		for _, r := range t.Recipients(a) {
			hash := r.Hash()
			j, known := at[hash]
			if !known {
				j = len(all)
				at[hash] = j
				all = append(all, RegisterEntry{Recipient: r})
			}
			if !slices.Contains(all[j].Avatars, a.ID) {
				all[j].Avatars = append(all[j].Avatars, a.ID)
			}
		}
	}
	return all
}

// RegisterHash is the version of a register: the SHA-256 of its entries'
// hashes, whatever their order.
func RegisterHash(all []RegisterEntry) [sha256.Size]byte {
	var hashes [][]byte
	for i := range all {
		h := all[i].Hash()
		hashes = append(hashes, h[:])
	}
	slices.SortFunc(hashes, bytes.Compare)
	return sha256.Sum256(bytes.Join(hashes, nil))
}

// RecipientFacts says that a change of the tenant changes who may be sent
// something, or what they declare.
func RecipientFacts(before, after *Tenant, by session.ID, number uint64) []session.Fact {
	var was []RegisterEntry
	if before != nil {
		was = before.Register()
	}
	is := after.Register()
	if RegisterHash(was) == RegisterHash(is) {
		return nil
	}
	return []session.Fact{{Kind: session.RecipientsChanged, Actor: by, Policy: number, Count: uint64(len(is)), Hash: RegisterHash(is)}}
}
