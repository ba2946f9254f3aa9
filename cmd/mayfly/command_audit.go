package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// auditCommands are `mayfly audit ...`.
type auditCommands struct {
	Export auditExport `cmd:"" help:"Write all that the audit log of a tenant has, signed, as lines of JSON to standard output. That it was exported is in the log. The gateway's own log is that of the tenant ~gateway."`
	Verify auditVerify `cmd:"" help:"Check an export without asking anybody: that nothing in it was changed, dropped or cut, and that a gateway with the key signed it. Exits 1 where it was, and names the first bad entry."`
}

type auditExport struct{ whereFlags }

// gatewaysOwn is what the command line calls the gateway's own log.
const gatewaysOwn = "~gateway"

func (c *auditExport) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	res, err := h.open(ctx, http.MethodPost, "/tenants/"+h.tenant+"/audit", "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	// An export that ends too early must not pass for one. What is wrong with
	// the log is not said here: verifying it is somebody else's part.
	read, write := io.Pipe()
	whole := make(chan error, 1)
	go func() {
		_, err := audit.Verify(read, nil, nil)
		_, _ = io.Copy(io.Discard, read)
		whole <- err
	}()
	_, err = io.Copy(io.MultiWriter(out, write), res.Body)
	_ = write.Close()
	ends := <-whole
	if err != nil || errors.Is(ends, audit.ErrTruncated) || errors.Is(ends, audit.ErrNotAnAudit) {
		return errors.New("the export ended too early; look at the gateway's log, and export again")
	}
	return nil
}

// exportAudit gives a log out, and notes it first.
func (o *operator) exportAudit(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("tenant")
	if id == gatewaysOwn {
		id = ""
	}
	from := o.audit
	if from == nil {
		k, err := readAuditKey(o.data)
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("there is no key that signs the audit log yet; the gateway makes it when it starts")
		}
		var to *audit.Published
		if err == nil {
			to, err = k.publish(o.data)
		}
		if err != nil {
			sayWrong(w, http.StatusConflict, err)
			return
		}
		from = newAuditLog(o.recorder, to, slog.New(slog.DiscardHandler)) // there is no log to tell it
	}
	logs, err := o.recorder.AuditLogs(r.Context(), id)
	switch {
	case err != nil:
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	case len(logs) == 0:
		sayWrong(w, http.StatusNotFound, errors.New("there is no log of a tenant "+id+"; mayfly tenant list names the tenants"))
		return
	}
	noted := make(chan error, 1)
	o.recorder.Note(id, session.Fact{Kind: session.AuditExported}, func(err error) { noted <- err })
	if err := <-noted; err != nil {
		sayWrong(w, http.StatusServiceUnavailable, fmt.Errorf("that it is exported cannot be written into the log, so it is not: %w", err))
		return
	}
	// What fails from here on ends too early, which whoever reads it sees.
	_ = from.AuditExport(r.Context(), id, w)
}

type auditVerify struct {
	File        string   `arg:"" placeholder:"FILE" help:"What mayfly audit export wrote, or what /audit/TENANT/export of the gateway answered; - reads standard input."`
	Key         []string `sep:"none" placeholder:"KEY|FILE|URL" shown:"the key of this machine's gateway" help:"The gateway's public key: a line like example.org/audit+9a3f1c02+AXk..., a file with such lines, or the gateway's https://.../.well-known/mayfly-audit-keys.txt. May be given several times."`
	Checkpoints []string `name:"checkpoint" sep:"none" placeholder:"FILE" shown:"none" help:"Checkpoints that were published before: as they were fetched, one after the other, or the gateway's own log with its lines about them. Only with one can it be seen that somebody with the gateway's key wrote the log anew. May be given several times."`
	Witness     []string `sep:"none" placeholder:"KEY" shown:"none" help:"The public key of a witness, a line like witness.example+9a3f1c02+BAXk...: one of the checkpoints at least has to have its signature. May be given several times."`
	Data        string   `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The gateway's data folder, whose key is used where no other is named."`
}

// maxCheckpoints is the largest file of checkpoints, in bytes: that of years.
const maxCheckpoints = 1 << 30

// apart implements stoppedCommand.
func (c *auditVerify) apart(ctx context.Context, out io.Writer) error {
	known, err := c.keys(ctx)
	if err != nil {
		return err
	}
	var earlier []audit.Checkpoint
	var published []byte
	for _, name := range c.Checkpoints {
		data, err := readBounded(name, maxCheckpoints)
		if err != nil {
			return err
		}
		all, err := audit.ReadCheckpoints(data, known)
		if err != nil {
			return fmt.Errorf("%s: %w", printable(name), err)
		}
		earlier = append(earlier, all...)
		published = append(append(published, data...), '\n')
	}
	witnesses := make([]*audit.Witness, len(c.Witness))
	for i, text := range c.Witness {
		if witnesses[i], err = audit.ParseWitness(text); err != nil {
			return err
		}
	}
	in := os.Stdin
	if c.File != "-" {
		if in, err = os.Open(c.File); err != nil {
			return fmt.Errorf("%s cannot be read (%w); correct its name, or let this user read it", printable(c.File), reason(err))
		}
		defer in.Close()
	}
	report, err := audit.Verify(in, known, earlier)
	if err == nil && len(earlier) > 0 && report.Agreed == 0 {
		err = fmt.Errorf("none of the checkpoints is of the tenant %s; give those of its logs", tenantOf(&report))
	}
	if err != nil {
		return fmt.Errorf("%s: NOT GOOD: %w", printable(c.File), err)
	}
	said := verified(&report, len(earlier))
	for _, by := range witnesses {
		last, at, err := audit.LastSeen(published, known, report.Tenant, by)
		if err != nil {
			return fmt.Errorf("none of the checkpoints of the tenant %s has the signature of %s (%w); give with --checkpoint one that it signed, as /audit/TENANT/checkpoint of the gateway has it", tenantOf(&report), printable(by.Name()), err)
		}
		said += fmt.Sprintf("%s saw %s with %d entries at %s.\n", printable(by.Name()), last.Log, last.Size, when(at))
	}
	_, err = io.WriteString(out, said)
	return err
}

// keys are the public keys that may have signed.
func (c *auditVerify) keys(ctx context.Context) (audit.Verifiers, error) {
	var text strings.Builder
	for _, from := range c.Key {
		switch {
		case strings.Contains(from, "://"):
			data, err := fetch(ctx, from, 64<<10)
			if err != nil {
				return nil, err
			}
			text.Write(data)
		case strings.Count(from, "+") >= 2 && !isFile(from):
			text.WriteString(from)
		default:
			data, err := readBounded(from, 64<<10)
			if err != nil {
				return nil, err
			}
			text.Write(data)
		}
		text.WriteByte('\n')
	}
	if len(c.Key) == 0 {
		folder, err := c.Data, error(nil)
		if folder == "" {
			folder, err = dataFolder(os.Environ())
		}
		k := auditKey{}
		if err == nil {
			k, err = readAuditKey(folder)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("no gateway on this machine has a key to check with; name that of the gateway with --key: a file, or https://.../.well-known/mayfly-audit-keys.txt")
		}
		if err != nil {
			return nil, err
		}
		text.WriteString(k.public)
	}
	return audit.ParseKeys(text.String())
}

func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func tenantOf(r *audit.Report) string {
	if r.Tenant == "" {
		return gatewaysOwn
	}
	return r.Tenant
}

// verified says what was found of an export that is good.
func verified(r *audit.Report, given int) string {
	var t strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	say("GOOD: the audit log of %s. Entries: %d, the newest of %s.", tenantOf(r), r.Recomputed+r.Stored+r.Dropped, when(r.Newest))
	say("")
	say("Recomputed from what they say: %d.", r.Recomputed)
	say("Dropped at the end of their retention, by a fact in the log: %d.", r.Dropped)
	for _, d := range r.DroppedBy {
		say("  Fact %d says that it dropped %d.", d.Fact, d.Count)
	}
	say("Proven by their stored hash only, since that fact was dropped too: %d.", r.Stored)
	say("")
	for _, h := range r.Heads {
		say("%s is signed to its last entry, the number %d of that month.", h.Log, h.Size)
	}
	for _, s := range r.SetBack {
		say("The clock went back: entry %d is %s earlier than the one before it.", s.Number, s.By)
	}
	say("")
	switch {
	case given == 0:
		say("No earlier checkpoint was given: that somebody with the gateway's key and its database wrote all of this anew cannot be seen without one.")
	case r.Agreed < given:
		say("Earlier checkpoints that agree: %d. Nothing that they reach to was changed since. Of other tenants, and not looked at: %d.", r.Agreed, given-r.Agreed)
	default:
		say("Earlier checkpoints that agree: %d, which is all. Nothing that they reach to was changed since.", r.Agreed)
	}
	return t.String()
}
