package hook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/again"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// ExportType is the header "typ" of the JWS over a file of an export: so it is
// no delivery of facts.
const ExportType = "mayfly-export+jws"

const (
	fileAttempts = 6 // of one file

	// A receiver has answerTime for a file, and as much longer as its bytes
	// take at slowest bytes a second.
	slowest = 32 << 10
)

// filePauses are those between two attempts to send a file.
var filePauses = again.Pauses{First: 500 * time.Millisecond, Most: 15 * time.Second}

// Errors of an export to a receiver. Each says what to do.
var (
	ErrNoReceiver = errors.New("this tenant has no receiver: set webhook in its document, or export to a folder or a bucket")
	ErrNotTaken   = errors.New("the receiver does not take the files of an export: see that it answers them with 2xx, or say the same again later: it goes on where it was")
	ErrNotReached = errors.New("the receiver may not be reached: its address is a private one that only the configuration file may name, is not among --tenant-hosts, or it sends elsewhere")
)

// Files takes the files of a tenant's export to its receiver, one delivery
// each, signed as deliveries of facts are. It implements export.Objects: what a
// receiver answered with 2xx is there. It may be used by any number of
// goroutines.
type Files struct {
	teller *Teller
	of     *tenant.Tenant
	pause  func(context.Context, time.Duration) error
}

// Files makes the way to a tenant's receiver. It is ErrNoReceiver without one.
func (t *Teller) Files(of *tenant.Tenant) (*Files, error) {
	if of.Webhook == nil {
		return nil, ErrNoReceiver
	}
	return &Files{teller: t, of: of, pause: again.Wait}, nil
}

// sentFile is one file as a receiver gets it.
type sentFile struct {
	ID        string `json:"id"` // the same whenever the same is sent again
	Tenant    string `json:"tenant"`
	File      string `json:"file"`
	Bytes     int    `json:"bytes"`
	SHA256    string `json:"sha256,omitzero"`
	Withdrawn bool   `json:"withdrawn,omitzero"` // it was erased here meanwhile: erase it
	Data      []byte `json:"data,omitempty"`     // sealed; base64
}

// Empty implements export.Objects: nobody knows what a receiver has, and it
// may have had other exports.
func (f *Files) Empty(context.Context) (bool, error) { return true, nil }

// Put implements export.Objects.
func (f *Files) Put(ctx context.Context, name string, data []byte) error {
	sum := sha256.Sum256(data)
	return f.send(ctx, sentFile{File: name, Bytes: len(data), SHA256: hex.EncodeToString(sum[:]), Data: data})
}

// Has implements export.Objects. It is asked only of what was taken.
func (f *Files) Has(context.Context, string, int, [32]byte) (bool, error) { return true, nil }

// Delete implements export.Objects.
func (f *Files) Delete(ctx context.Context, name string) error {
	return f.send(ctx, sentFile{File: name, Withdrawn: true})
}

// send sends a file until it is taken, or will not be.
func (f *Files) send(ctx context.Context, file sentFile) error {
	file.Tenant = f.of.ID
	file.ID = f.of.ID + "/" + file.File + "/" + file.SHA256
	body, err := json.Marshal(map[string]sentFile{"export": file})
	if err != nil {
		return err
	}
	within := f.teller.answer + time.Duration(len(body)/slowest)*time.Second
	for failed := 0; ; failed++ {
		status, err := f.teller.post(ctx, f.of, body, ExportType, within)
		refused := (*egress.Refusal)(nil)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused), errors.As(err, &noWay{}):
			return ErrNotReached
		case err == nil && status/100 == 2:
			return nil
		case err == nil && !again.Later(status):
			return fmt.Errorf("%w (status %d)", ErrNotTaken, status)
		case failed+1 == fileAttempts && err != nil:
			return ErrNotTaken
		case failed+1 == fileAttempts:
			return fmt.Errorf("%w (status %d)", ErrNotTaken, status)
		}
		if err := f.pause(ctx, filePauses.Apart(failed)); err != nil {
			return err
		}
	}
}
