package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
	"mayfly/gateway/witness"
	"mayfly/recorder"
	"mayfly/recorder/audit"
)

// witnessFolder is the folder of what witnesses and webhooks took.
const witnessFolder = "witnesses"

// pushed are the checkpoints that one receiver took, as what sends them has
// them.
type pushed struct {
	recorder *recorder.Recorder
	*audit.Pushed
}

// Waiting implements witness.Log.
func (p pushed) Waiting() ([]witness.Checkpoint, error) {
	all, err := p.Pushed.Waiting()
	var out []witness.Checkpoint
	for _, w := range all {
		out = append(out, witness.Checkpoint{Log: w.Log, Size: w.Size, Note: w.Signed, Old: w.Old})
	}
	return out, err
}

// Proof implements witness.Log.
func (p pushed) Proof(ctx context.Context, c witness.Checkpoint, old int64) ([][32]byte, error) {
	return p.recorder.AuditGrowth(ctx, c.Log, c.Size, old)
}

// Taken implements witness.Log.
func (p pushed) Taken(c witness.Checkpoint, answered []byte) error {
	return p.Pushed.Taken(c.Log, c.Note, answered)
}

// openWitnesses makes those who are given checkpoints. None is dialled before
// there is one to send.
func (a *app) openWitnesses() error {
	for i := range a.settings.Witnesses {
		w := &a.settings.Witnesses[i]
		sink, key, err := a.wayToWitness(w)
		if err != nil {
			return fmt.Errorf("witnesses[%d]: %w", i, err)
		}
		took := audit.OpenPushed(filepath.Join(a.settings.Data, witnessFolder, w.Name), a.audit.to, key)
		a.audit.took = append(a.audit.took, took)
		a.witnesses = append(a.witnesses, witness.New(witness.Options{
			Name: w.Name,
			Log:  pushed{a.recorder, took},
			Sink: sink,
			Turned: func(s witness.State) {
				if s.Failing.IsZero() {
					a.log.Info("checkpoints of audit logs are taken again", "collector", s.Name)
					return
				}
				a.log.Warn("checkpoints of audit logs are not taken", "collector", s.Name, "count", s.Waiting)
			},
			Differs: func(log string) {
				a.log.Error("a witness has seen another history of an audit log: it was changed or cut. Keep a copy of the data folder, and verify an export", "code", auditDisagrees, "collector", w.Name, "log", log)
				a.incidents.disagrees(log)
			},
		}))
	}
	return nil
}

// wayToWitness is the way to one, and its key; nil: it signs nothing.
func (a *app) wayToWitness(w *tenant.Witness) (witness.Sink, *audit.Witness, error) {
	const name = "witness"
	to := egress.Recipient{Name: name, URL: &url.URL{Scheme: w.URL.Scheme, Host: w.URL.Host}, Local: true}
	if w.TokenFile != "" {
		to.Key = func() ([]byte, error) { return readKey(w.TokenFile) }
	}
	if w.CAFile != "" {
		data, err := os.ReadFile(w.CAFile)
		if err != nil {
			return nil, nil, fmt.Errorf("ca_file: it cannot be read (%w); let this user read it", reason(err))
		}
		to.Roots = x509.NewCertPool()
		if !to.Roots.AppendCertsFromPEM(data) {
			return nil, nil, errors.New("ca_file: there is no certificate in it; name a file in PEM")
		}
	}
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{to}, Own: a.company.home.owns, Watch: a.incidents.watcher(), Refused: a.incidents.refused("")})
	if err != nil {
		return nil, nil, err
	}
	client, err := out.Client(name)
	if err != nil || w.To == "webhook" {
		return witness.Webhook{To: client, URL: w.URL}, nil, err
	}
	key, err := audit.ParseWitness(w.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	return witness.Witness{To: client, URL: w.URL}, key, nil
}

// witnessing sends to all of them until stop is called, which waits.
func (a *app) witnessing() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, w := range a.witnesses {
		running.Go(func() { w.Run(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// witnessed is how it stands with all of them.
func (a *app) witnessed() (all []witness.State) {
	for _, w := range a.witnesses {
		all = append(all, w.State())
	}
	return all
}
