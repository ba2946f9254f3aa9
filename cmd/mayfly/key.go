package main

import (
	"fmt"
	"io"

	"mayfly/gateway/tenant"
)

// printKey makes a key and shows it once, with what the configuration keeps of
// it: the hash, from which the key cannot be found again.
func printKey(w io.Writer) error {
	secret, hash := tenant.NewKey()
	_, err := fmt.Fprintf(w, `The key, shown only now. Give it to the program that calls the gateway:

  %s

For the configuration, under the tenant:

    keys:
      - hash: sha256:%x
        role: caller
`, secret, hash)
	return err
}
