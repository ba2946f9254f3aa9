package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/session"
)

// receiptCommands are `mayfly receipt ...`.
type receiptCommands struct {
	Verify receiptVerify `cmd:"" help:"Check a receipt without asking anybody, and say what it states."`
	Rotate receiptRotate `cmd:"" help:"Sign receipts with a new key from now on. Older ones verify as before."`
}

type receiptVerify struct {
	File string `arg:"" placeholder:"FILE" help:"The receipt as it was saved; - reads standard input."`
	keyFlags
}

// keyFlags say which public keys may have signed.
type keyFlags struct {
	Keys []string `sep:"none" placeholder:"FILE|URL" shown:"the keys of this machine's gateway" help:"The gateway's public keys: what its /.well-known/mayfly-receipt-keys.json answers, as a file, or that address itself. May be given several times."`
	Data string   `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The gateway's data folder, whose keys are used where no others are named."`
}

// apart implements stoppedCommand.
func (c *receiptVerify) apart(ctx context.Context, out io.Writer) error {
	text, err := readBounded(c.File, 1<<20)
	if err != nil {
		return err
	}
	jws, err := receiptIn(text)
	if err != nil {
		return err
	}
	keys, err := c.keys(ctx)
	if err != nil {
		return err
	}
	r, err := receipt.Verify(jws, keys)
	if err != nil {
		return err
	}
	return tellReceipt(out, r)
}

// keys are the public keys that may have signed.
func (c *keyFlags) keys(ctx context.Context) (receipt.JWKS, error) {
	if len(c.Keys) == 0 {
		folder, err := c.Data, error(nil)
		if folder == "" {
			folder, err = dataFolder(os.Environ())
		}
		if err != nil {
			return receipt.JWKS{}, errors.New("no keys to check with; name them with --keys")
		}
		k, err := readReceiptKeys(folder)
		if errors.Is(err, fs.ErrNotExist) {
			return receipt.JWKS{}, errors.New("no gateway on this machine has keys to check with; name those of the gateway that made the receipt with --keys: a file, or https://.../.well-known/mayfly-receipt-keys.json")
		}
		if err != nil {
			return receipt.JWKS{}, err
		}
		ring, err := k.ring()
		if err != nil {
			return receipt.JWKS{}, err
		}
		return ring.Keys(), nil
	}
	var all receipt.JWKS
	for _, from := range c.Keys {
		read := readBounded
		if strings.Contains(from, "://") {
			read = func(address string, most int64) ([]byte, error) { return fetch(ctx, address, most) }
		}
		text, err := read(from, 1<<20)
		if err != nil {
			return receipt.JWKS{}, err
		}
		keys, err := receipt.ParseKeys(text)
		if err != nil {
			return receipt.JWKS{}, fmt.Errorf("%s: %w", printable(from), err)
		}
		all.Keys = append(all.Keys, keys.Keys...)
	}
	return all, nil
}

// receiptIn is the receipt in what somebody saved: the text alone, or a file of
// the page with it in its member "jws".
func receiptIn(text []byte) (string, error) {
	plain := strings.TrimSpace(string(text))
	if strings.HasPrefix(plain, "{") {
		var file struct {
			JWS string `json:"jws"`
		}
		if json.Unmarshal([]byte(plain), &file) != nil || file.JWS == "" {
			return "", receipt.ErrNoReceipt
		}
		return file.JWS, nil
	}
	return plain, nil
}

// readBounded reads a file that is small, or standard input.
func readBounded(path string, most int64) ([]byte, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, fmt.Errorf("%s cannot be read (%w); correct its name, or let this user read it", printable(path), reason(err))
		}
		defer f.Close()
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read (%w); name a file", printable(path), reason(err))
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes; name another file", printable(path), most)
	}
	return data, nil
}

// fetchTime is how long an address that somebody names may take to answer.
const fetchTime = 10 * time.Second

// fetch reads what an address answers that stands on the command line.
func fetch(ctx context.Context, address string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s is no address; write all of it, beginning with https", printable(address))
	}
	// Whoever types a command may name any machine of theirs.
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "keys", URL: u, Local: true}}})
	if err != nil {
		return nil, err
	}
	defer out.Close()
	client, err := out.Client("keys")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s did not answer (%w); save what it answers to a file and name that", printable(address), err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil || res.StatusCode != http.StatusOK || int64(len(data)) > most {
		return nil, fmt.Errorf("%s did not answer with keys (status %d); correct the address", printable(address), res.StatusCode)
	}
	return data, nil
}

type receiptRotate struct{ whereFlags }

func (c *receiptRotate) run(ctx context.Context, h *host, out io.Writer) error {
	var answer struct {
		Key string `json:"key_id"`
		Old int    `json:"old_keys"`
	}
	if err := h.request(ctx, http.MethodPost, "/receipt-keys", "", nil, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Receipts are signed with key %s from now on. Those of %d older keys verify as before.\n", answer.Key, answer.Old)
	return err
}

// rotateReceiptKeys makes a new key, and a gateway that runs take it at once.
func (o *operator) rotateReceiptKeys(w http.ResponseWriter, r *http.Request) {
	ring, err := rotateReceiptKeys(o.data, time.Now())
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	if o.signer != nil {
		o.signer.Replace(ring)
	}
	noted := make(chan error, 1)
	o.recorder.Note("", session.Fact{Kind: session.ReceiptKeyRotated}, func(err error) { noted <- err })
	if err := <-noted; err != nil {
		sayWrong(w, http.StatusServiceUnavailable, fmt.Errorf("the new key signs, but that is not in the audit log: %w", err))
		return
	}
	say(w, map[string]any{"key_id": ring.KeyID(), "old_keys": len(ring.Keys().Keys) - 1})
}
