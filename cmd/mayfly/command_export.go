package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mayfly/recorder"
)

// exportFlags are `mayfly export`.
type exportFlags struct {
	whereFlags
	Folder string `arg:"" optional:"" placeholder:"FOLDER" help:"Where to: a folder that is empty, does not exist yet, or holds the same export, cut off. The gateway writes it. Or a bucket, with --to."`
	bucketFlags
	Avatar  string `placeholder:"ID" shown:"all" help:"Only of this avatar."`
	Subject string `placeholder:"TEXT" shown:"all" help:"Only of the person with this pseudonym."`
}

func (c *exportFlags) run(ctx context.Context, h *host, out io.Writer) error {
	if (c.Folder == "") == (c.To == "") {
		return errors.New("say where to: either a folder, or a bucket with --to")
	}
	asked := transferAsked{Query: map[string]string{"avatar": c.Avatar, "subject": c.Subject}}
	to, err := filepath.Abs(c.Folder)
	if err != nil {
		return errNoFolder
	}
	asked.Folder = to
	if c.To != "" {
		to, asked.Folder = printable(c.To), ""
		if asked.Bucket, err = c.bucket(); err != nil {
			return err
		}
	}
	done, err := c.transfer(ctx, h, out, "export", asked)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Exported to %s: %d sessions, %d turns, %d items%s. SHA-256 of its manifest: %s\n", to, done.Sessions, done.Turns, done.Items, soundsOf(done), done.Manifest)
	if done.LeftOut > 0 {
		fmt.Fprintf(out, "Left out: %d sessions, whose use the person restricted.\n", done.LeftOut)
	}
	return nil
}

// importFlags are `mayfly import`.
type importFlags struct {
	whereFlags
	Folder string `arg:"" placeholder:"FOLDER" help:"A folder that mayfly export wrote. The gateway reads it."`
}

func (c *importFlags) run(ctx context.Context, h *host, out io.Writer) error {
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return errNoFolder
	}
	done, err := c.transfer(ctx, h, out, "import", transferAsked{Folder: folder})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Imported: %d sessions, %d turns, %d items%s. SHA-256 of the manifest: %s\n", done.Sessions, done.Turns, done.Items, soundsOf(done), done.Manifest)
	for _, left := range []struct {
		n   int
		why string
	}{{done.There, "sessions are here already"}, {done.Expired, "turns are past their time"}, {done.Erased, "turns were erased here before"}} {
		if left.n > 0 {
			fmt.Fprintf(out, "Not imported: %d %s.\n", left.n, left.why)
		}
	}
	return nil
}

// soundsOf counts the sounds of a transfer, if there are any.
func soundsOf(done *transferResult) string {
	if done.Sounds == 0 {
		return ""
	}
	return fmt.Sprintf(", %d sounds", done.Sounds)
}

// transferStep is one line of the gateway's answer while it transfers.
type transferStep struct {
	Done   int             `json:"done"`
	Of     int             `json:"of"`
	Error  string          `json:"error,omitempty"`
	Result *transferResult `json:"result,omitempty"`
}

// transferResult is what a transfer came to.
type transferResult struct {
	Sessions int    `json:"sessions"`
	Turns    int    `json:"turns"`
	Items    int    `json:"items"`
	Sounds   int    `json:"sounds,omitempty"`
	LeftOut  int    `json:"left_out"`
	Expired  int    `json:"expired"`
	Erased   int    `json:"erased"`
	There    int    `json:"there"`
	Manifest string `json:"manifest_sha256"`
}

// transferAsked is what the gateway is asked to transfer: to or from a folder,
// or to a bucket.
type transferAsked struct {
	Folder string            `json:"folder,omitempty"`
	Bucket *bucketAsked      `json:"bucket,omitempty"`
	Query  map[string]string `json:"query,omitempty"`

	disclosure string // its id, where that says what is exported
}

var errNoFolder = errors.New("the current folder is gone; give an absolute path")

// transfer has the gateway export or import, and shows how far it is.
func (w *whereFlags) transfer(ctx context.Context, h *host, out io.Writer, what string, asked transferAsked) (*transferResult, error) {
	if err := h.sole(ctx); err != nil {
		return nil, err
	}
	res, err := h.open(ctx, http.MethodPost, "/tenants/"+h.tenant+"/"+what, "", asked)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	kind, _, _ := strings.Cut(what, "/")
	bar := newProgress(out, map[string]string{"export": "sessions exported", "import": "sessions imported", "disclosures": "sessions handed over"}[kind])
	defer bar.end()
	steps := json.NewDecoder(res.Body)
	for {
		var s transferStep
		if err := steps.Decode(&s); err != nil {
			return nil, errors.New("the gateway went away; say the same again: " + map[string]string{
				"export": "an export goes on where it was cut off", "import": "what was stored already is not stored twice",
				"disclosures": "it goes on where it was cut off",
			}[kind])
		}
		switch {
		case s.Error != "":
			return nil, errors.New(s.Error)
		case s.Result != nil:
			return s.Result, nil
		}
		bar.show(s.Done, s.Of, time.Now())
	}
}

// progress says how far something is: on a terminal in one line that changes,
// elsewhere in a line every five seconds.
type progress struct {
	out      io.Writer
	what     string
	terminal bool
	last     time.Time
	shown    bool
}

const (
	progressEvery = 5 * time.Second        // elsewhere
	progressBlink = 100 * time.Millisecond // on a terminal
)

func newProgress(out io.Writer, what string) *progress {
	f, ok := out.(*os.File)
	return &progress{out: out, what: what, terminal: ok && isTerminal(f), last: time.Now()}
}

func (p *progress) show(done, of int, now time.Time) {
	every, begin, end := progressEvery, "", "\n"
	if p.terminal {
		every, begin, end = progressBlink, "\r", ""
	}
	if now.Sub(p.last) < every && (done < of || !p.terminal) {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.out, "%s%d of %d %s%s", begin, done, of, p.what, end)
}

// end leaves the line that changes.
func (p *progress) end() {
	if p.terminal && p.shown {
		fmt.Fprintln(p.out)
	}
}

// transfer answers an export or an import, a line at a time.
func (o *operator) transfer(do func(ctx context.Context, asked transferAsked, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked transferAsked
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || asked.Bucket == nil && !filepath.IsAbs(asked.Folder) {
			sayWrong(w, http.StatusBadRequest, errors.New("name the folder, with its whole path"))
			return
		}
		id := r.PathValue("tenant")
		if o.directory.Tenant(id) == nil {
			sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+id+"; mayfly tenant list names them"))
			return
		}
		lines, flush := json.NewEncoder(w), http.NewResponseController(w)
		say := func(s transferStep) {
			_ = lines.Encode(s)
			_ = flush.Flush()
		}
		say(transferStep{})
		asked.disclosure = r.PathValue("disclosure")
		q := recorder.Query{Tenant: id, Avatar: asked.Query["avatar"], Subject: asked.Query["subject"]}
		t, err := do(r.Context(), asked, q, func(done, of int) { say(transferStep{Done: done, Of: of}) })
		if err != nil {
			say(transferStep{Error: err.Error()})
			return
		}
		say(transferStep{Result: &transferResult{
			Sessions: t.Sessions, Turns: t.Turns, Items: t.Items, Sounds: t.Sounds, LeftOut: t.LeftOut, Expired: t.Expired, Erased: t.Erased, There: t.There,
			Manifest: hex.EncodeToString(t.Manifest[:]),
		}})
	}
}

// mover is how the host takes words out and in, under an access of the
// operator: the tenant answers for it.
func mover(ctx context.Context) recorder.Access {
	return recorder.Access{Actor: under(ctx), Purpose: "export"}
}

func (o *operator) exportTo(ctx context.Context, asked transferAsked, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error) {
	if asked.Bucket != nil {
		return o.exportSealed(ctx, asked.Bucket, q, progress)
	}
	return o.recorder.Export(ctx, q, mover(ctx), asked.Folder, progress)
}

func (o *operator) importFrom(ctx context.Context, asked transferAsked, q recorder.Query, progress func(done, of int)) (recorder.Transfer, error) {
	if asked.Bucket != nil {
		return recorder.Transfer{}, errors.New("name a folder with what was opened; only the tenant can open what is in a bucket")
	}
	return o.recorder.Import(ctx, q.Tenant, asked.Folder, mover(ctx), progress)
}
