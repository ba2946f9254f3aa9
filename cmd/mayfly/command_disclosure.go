package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"mayfly/recorder"
	"mayfly/session"
)

// disclosureCommands are `mayfly disclosure ...`.
type disclosureCommands struct {
	Propose  disclosurePropose  `cmd:"" help:"Say that an authority wants what is stored of a session, a person or a time. Nothing is handed over before an admin of the tenant confirms it."`
	List     disclosureList     `cmd:"" help:"List the disclosures there were, and how each stands."`
	Confirm  disclosureConfirm  `cmd:"" help:"Says how a disclosure is confirmed: by an admin of the tenant, never from here."`
	HandOver disclosureHandOver `cmd:"" name:"hand-over" help:"Write what was confirmed into a folder. It takes an open access, is counted, and the tenant sees it."`
	Withdraw disclosureWithdraw `cmd:"" help:"Take a disclosure back before something was handed over."`
}

type disclosurePropose struct {
	whereFlags
	Basis   string `required:"" enum:"court_order,warrant,subpoena,statutory_request,emergency,supervisory_authority" placeholder:"BASIS" shown:"none; needed" help:"What obliges or allows it: court_order, warrant, subpoena, statutory_request, emergency or supervisory_authority."`
	Case    string `required:"" placeholder:"NUMBER" shown:"none; needed" help:"The number of the matter: not what it is about. The tenant reads it."`
	Session string `placeholder:"ID" shown:"any" help:"Of this session only."`
	Subject string `placeholder:"TEXT" shown:"any" help:"Of the person with this pseudonym only."`
	From    string `placeholder:"TIME" shown:"any" help:"Of conversations begun then or later: a day like 2026-11-26, or a time."`
	To      string `placeholder:"TIME" shown:"now" help:"Of conversations begun before. What begins after it was proposed is never in it."`
}

func (c *disclosurePropose) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	asked := map[string]string{"basis": c.Basis, "case": c.Case}
	for name, value := range map[string]string{"session": c.Session, "subject": c.Subject, "from": c.From, "to": c.To} {
		if value != "" {
			asked[name] = value
		}
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := h.call(ctx, http.MethodPost, "disclosures", asked, &made); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Proposed: %s. An admin of %s has to confirm it; they are shown it on the administration page.\n", made.ID, h.tenant)
	return err
}

type disclosureList struct{ whereFlags }

func (c *disclosureList) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Disclosures []struct {
			ID       string    `json:"id"`
			Basis    string    `json:"basis"`
			Case     string    `json:"case"`
			State    string    `json:"state"`
			At       time.Time `json:"proposed_at"`
			Sessions int       `json:"sessions"`
		} `json:"disclosures"`
	}
	if err := h.call(ctx, http.MethodGet, "accesses", nil, &answer); err != nil {
		return err
	}
	var rows [][]string
	for _, d := range answer.Disclosures {
		rows = append(rows, []string{d.ID, d.Basis, d.Case, when(d.At), strings.ReplaceAll(d.State, "_", " "), fmt.Sprint(d.Sessions)})
	}
	return table(out, []string{"DISCLOSURE", "BASIS", "CASE", "PROPOSED", "STATE", "SESSIONS"}, rows)
}

type disclosureConfirm struct {
	whereFlags
	ID string `arg:"" placeholder:"ID" help:"The disclosure, from mayfly disclosure list."`
}

// run confirms nothing: whoever has the machine is one person.
func (c *disclosureConfirm) run(context.Context, *host, io.Writer) error {
	return fmt.Errorf("an admin of the tenant confirms it, on the administration page or with POST /v1/admin/disclosures/%s/confirm: the operator is one person, and two are needed", printable(c.ID))
}

type disclosureWithdraw struct {
	whereFlags
	ID string `arg:"" placeholder:"ID" help:"The disclosure, from mayfly disclosure list."`
}

func (c *disclosureWithdraw) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodDelete, "disclosures/"+url.PathEscape(c.ID), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "Withdrawn. Nothing was handed over.")
	return err
}

type disclosureHandOver struct {
	whereFlags
	ID     string `arg:"" placeholder:"ID" help:"The disclosure, from mayfly disclosure list."`
	Folder string `arg:"" placeholder:"FOLDER" help:"A folder that is empty or does not exist yet. What was cut off goes on in the same folder, and in no other. The gateway writes it."`
}

func (c *disclosureHandOver) run(ctx context.Context, h *host, out io.Writer) error {
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return errNoFolder
	}
	done, err := c.transfer(ctx, h, out, "disclosures/"+url.PathEscape(c.ID), transferAsked{Folder: folder})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Written to %s: %d sessions, %d turns, %d items%s. SHA-256 of its manifest: %s\n", folder, done.Sessions, done.Turns, done.Items, soundsOf(done), done.Manifest)
	if done.LeftOut > 0 {
		fmt.Fprintf(out, "Left out: %d sessions, whose use the person restricted.\n", done.LeftOut)
	}
	return nil
}

// handOver writes what was confirmed.
func (o *operator) handOver(ctx context.Context, asked transferAsked, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error) {
	id, ok := session.ParseID(asked.disclosure)
	if !ok || asked.Bucket != nil {
		return recorder.Transfer{}, errNoDisclosure
	}
	t, err := o.recorder.HandDisclosure(ctx, q.Tenant, id, mover(ctx), asked.Folder, progress)
	switch {
	case errors.Is(err, recorder.ErrUnknown):
		err = errNoDisclosure
	case errors.Is(err, recorder.ErrExists):
		err = errors.New("it was handed over before, once and whole")
	}
	return t, err
}

var errNoDisclosure = errors.New("there is no such disclosure; mayfly disclosure list names them")
