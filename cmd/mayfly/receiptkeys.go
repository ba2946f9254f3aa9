package main

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mayfly/gateway/receipt"
)

// receiptFile holds the keys that receipts are signed with. With it somebody
// could sign a receipt that the gateway never gave; it opens nothing that is
// stored.
const receiptFile = "receipt-keys.json"

// receiptKeys is what receiptFile holds.
type receiptKeys struct {
	Seed []byte       `json:"seed"` // of the key that signs now
	Made time.Time    `json:"made_at"`
	Old  []receiptOld `json:"old"` // public keys, so that old receipts verify
}

type receiptOld struct {
	Public []byte    `json:"public"`
	Ended  time.Time `json:"ended_at"`
}

// openReceiptKeys reads the keys, or makes the first.
func openReceiptKeys(folder string, now time.Time) (*receipt.Keyring, error) {
	k, err := readReceiptKeys(folder)
	if errors.Is(err, fs.ErrNotExist) {
		k = &receiptKeys{}
		err = k.next(folder, now)
	}
	if err != nil {
		return nil, err
	}
	return k.ring()
}

// rotateReceiptKeys makes a new key. Receipts of the old one still verify.
func rotateReceiptKeys(folder string, now time.Time) (*receipt.Keyring, error) {
	k, err := readReceiptKeys(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no key yet; the gateway makes the first when it starts")
	}
	if err != nil {
		return nil, err
	}
	if err := k.next(folder, now); err != nil {
		return nil, err
	}
	return k.ring()
}

func readReceiptKeys(folder string) (*receiptKeys, error) {
	path := filepath.Join(folder, receiptFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others on this machine can read %s; chmod 600", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the receipts' keys %s cannot be read (%w); give the file to this user", path, reason(err))
	}
	k := &receiptKeys{}
	if !k.parse(data) {
		return nil, fmt.Errorf("the receipts' keys %s cannot be understood; restore the file from a backup, or move it away: then a new key is made, and receipts of the old one verify only with its public key", path)
	}
	return k, nil
}

// parse reads what the file holds.
func (k *receiptKeys) parse(data []byte) bool {
	return json.Unmarshal(data, k) == nil && len(k.Seed) == ed25519.SeedSize
}

// wholeReceiptKeys says whether a file that is restored holds receipts' keys.
func wholeReceiptKeys(name string, data []byte) bool {
	return name == receiptFile && (&receiptKeys{}).parse(data)
}

// next replaces the key that signs, and writes the file.
func (k *receiptKeys) next(folder string, now time.Time) error {
	if k.Seed != nil {
		public := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
		k.Old = append(k.Old, receiptOld{public, now.UTC()})
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	k.Seed, k.Made = private.Seed(), now.UTC()
	data, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(folder, receiptFile), append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("the receipts' keys cannot be written to %s (%w); make room, or name another folder with --data", folder, reason(err))
	}
	return nil
}

func (k *receiptKeys) ring() (*receipt.Keyring, error) {
	var old []ed25519.PublicKey
	for _, o := range k.Old {
		old = append(old, ed25519.PublicKey(o.Public))
	}
	return receipt.NewKeyring(ed25519.NewKeyFromSeed(k.Seed), old...)
}
