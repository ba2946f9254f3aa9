package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/receipt"
	"mayfly/recorder/export"
	"mayfly/recorder/read"
)

// labelCommands are `mayfly label ...`.
type labelCommands struct {
	Check labelCheck `cmd:"" help:"Say whether a transcript that was exported carries its label, and whether that is whole."`
}

type labelCheck struct {
	File string `arg:"" placeholder:"FILE" help:"A transcript as JSON Lines, JSON, text or WebVTT, the manifest of an export, or a sound of one (.opus, with its .jws beside it); - reads standard input."`
	keyFlags
}

// maxTranscript is the largest transcript that is looked at, in bytes.
const maxTranscript = 64 << 20

// apart implements stoppedCommand.
func (c *labelCheck) apart(ctx context.Context, out io.Writer) error {
	data, err := readBounded(c.File, maxTranscript)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(data, []byte("OggS")) {
		return c.sound(ctx, data, out)
	}
	l, err := labelOf(data)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(c.File), err)
	}
	beside, err := checksum(c.File, data)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The label is there and whole (%s).\n%s\nDigital source type: %s\n", l.form, read.Label, l.source)
	if l.items > 0 {
		fmt.Fprintf(out, "%d items, of which a machine made %d; each says so.\n", l.items, l.made)
	}
	_, err = fmt.Fprintln(out, beside)
	return err
}

// sound checks a file of sound, and what is signed of it.
func (c *labelCheck) sound(ctx context.Context, data []byte, out io.Writer) error {
	l, ms, err := soundLabel(data)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(c.File), err)
	}
	signed, err := soundSigned(c.File, data, l, func() (receipt.JWKS, error) { return c.keys(ctx) })
	if err != nil {
		return err
	}
	said := export.PersonLabel
	if l.made > 0 {
		said = read.Label
	}
	_, err = fmt.Fprintf(out, "The label is there and whole (%s, %.1f s).\n%s\nDigital source type: %s\n%s\n", l.form, float64(ms)/1000, said, l.source, signed)
	return err
}

// label is what a file says of itself.
type label struct {
	form        string
	source      string
	items, made int
}

// Errors of label check.
var (
	errNoLabel  = errors.New("the label is missing: the file does not say that the avatar is an AI system. It was changed, or mayfly did not write it")
	errBadLabel = errors.New("the label is not whole")
	errNoForm   = errors.New("this is no transcript as mayfly writes it; name a file of JSON Lines, JSON, text, WebVTT or Ogg Opus")
)

func badLabel(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errBadLabel, fmt.Sprintf(format, args...))
}

// labelOf finds the label of a file, by what the file begins with.
func labelOf(data []byte) (label, error) {
	switch {
	case bytes.HasPrefix(data, []byte("WEBVTT")):
		return captionsLabel(string(data))
	case bytes.HasPrefix(data, []byte("{\n")) && bytes.Contains(data, []byte(`"mayfly_export"`)):
		return manifestLabel(data)
	case bytes.HasPrefix(data, []byte("{")):
		return jsonLabel(data)
	case bytes.HasPrefix(data, []byte("Conversation with ")):
		return textLabel(string(data))
	}
	return label{}, errNoForm
}

// labelled is what the JSON of a transcript, of its turns and of its items may
// say about who made it.
type labelled struct {
	Type   string `json:"type"`
	Label  string `json:"label"`
	Notice any    `json:"notice"`
	Source string `json:"digital_source_type"`
	Role   string `json:"role"`
	AI     *bool  `json:"ai"`
	Human  bool   `json:"human"`
	Items  any    `json:"items"`
}

// jsonLabel checks JSON Lines, or one object with all items.
func jsonLabel(data []byte) (label, error) {
	l := label{form: "JSON Lines"}
	values := jsontext.NewDecoder(bytes.NewReader(data)) // a key that is there twice is an error
	var sources []string
	for n := 0; ; n++ {
		v, err := values.ReadValue()
		if errors.Is(err, io.EOF) && n > 0 {
			break
		}
		var o labelled
		if err != nil || json.Unmarshal(v, &o) != nil {
			return l, badLabel("value %d is not JSON as mayfly writes it", n+1)
		}
		if n == 0 {
			if err := l.head(&o); err != nil {
				return l, err
			}
			items, err := itemsOf(v)
			if err != nil {
				return l, err
			}
			for i := range items {
				l.form = "JSON"
				if err := l.item(&items[i], &sources); err != nil {
					return l, err
				}
			}
			continue
		}
		if o.Type == "turn" || o.Type == "sound" {
			continue
		}
		if err := l.item(&o, &sources); err != nil {
			return l, err
		}
	}
	if len(sources) > 0 && l.source != read.SourceOf(sources...) && l.source != read.SourceComposite {
		return l, badLabel("the file says %q of the whole and something else of its items", l.source)
	}
	return l, l.whole(data)
}

// itemsOf are the items that stand in the object itself.
func itemsOf(v []byte) ([]labelled, error) {
	var o struct {
		Items []labelled `json:"items"`
	}
	if err := json.Unmarshal(v, &o); err != nil {
		return nil, badLabel("the items are not JSON as mayfly writes it")
	}
	return o.Items, nil
}

func (l *label) head(o *labelled) error {
	said := o.Label
	if o.Type == "transcript" {
		said, _ = o.Notice.(string)
	} else if o.Type != "session" {
		return errNoForm
	}
	switch {
	case said == "":
		return errNoLabel
	case said != read.Label:
		return badLabel("it says %q", said)
	case !read.KnownSource(o.Source):
		return badLabel("%q is no digital source type of an avatar", o.Source)
	}
	l.source = o.Source
	return nil
}

func (l *label) item(o *labelled, sources *[]string) error {
	l.items++
	made := o.Role == "avatar" && !o.Human
	switch {
	case o.Type != "item" || !slices.Contains([]string{"user", "avatar", "system"}, o.Role) || o.AI == nil:
		return badLabel("item %d does not say who made it", l.items)
	case *o.AI != made:
		return badLabel("item %d is of %q and says ai: %v", l.items, o.Role, *o.AI)
	case made && !read.KnownSource(o.Source):
		return badLabel("item %d has no digital source type", l.items)
	case !made && o.Source != "":
		return badLabel("item %d has a digital source type, and no machine made it", l.items)
	}
	if made {
		l.made++
		*sources = append(*sources, o.Source)
	}
	return nil
}

// whole reads a file of an export as an import would.
func (l *label) whole(data []byte) error {
	if !bytes.HasPrefix(data, []byte(`{"type":"session",`)) {
		return nil
	}
	if _, err := export.ParseLines(data); err != nil {
		return badLabel("%v", err)
	}
	return nil
}

// manifestLabel checks the label of a manifest.
func manifestLabel(data []byte) (label, error) {
	var m export.Manifest
	switch {
	case json.Unmarshal(data, &m) != nil:
		return label{}, errNoForm
	case m.Label == "":
		return label{}, errNoLabel
	case m.Label != read.Label || !read.KnownSource(m.Source):
		return label{}, badLabel("it says %q, made by %q", m.Label, m.Source)
	}
	return label{form: "manifest", source: m.Source}, nil
}

const sourceLine = "Digital source type: "

// speakers are those that a machine is behind, and the others.
var (
	machines = []string{"Avatar (AI)"}
	others   = []string{"Person", "System", "Human"}
)

// speaker counts an item by who speaks.
func (l *label) speaker(who string) error {
	l.items++
	switch {
	case slices.Contains(machines, who) || strings.HasPrefix(who, "Tool (AI)"):
		l.made++
	case !slices.Contains(others, who):
		return badLabel("%q speaks in item %d: it is not said whether that is a machine", who, l.items)
	}
	return nil
}

var (
	textItem    = regexp.MustCompile(`(?m)^\[\d\d:\d\d:\d\d\] ([^:\n]*): `)
	captionItem = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n(?:<v ([^>\n]*)>)?`)
)

func textLabel(text string) (label, error) {
	l := label{form: "text"}
	lines := strings.SplitN(text, "\n", 4)
	if err := l.lines(lines, 1); err != nil {
		return l, err
	}
	for _, m := range textItem.FindAllStringSubmatch(lines[3], -1) {
		if err := l.speaker(m[1]); err != nil {
			return l, err
		}
	}
	return l, nil
}

func captionsLabel(text string) (label, error) {
	l := label{form: "WebVTT"}
	lines := strings.SplitN(text, "\n", 6)
	if len(lines) < 6 || lines[0] != "WEBVTT" || lines[2] != "NOTE" {
		return l, errNoLabel
	}
	if err := l.lines(lines, 3); err != nil {
		return l, err
	}
	for _, m := range captionItem.FindAllStringSubmatch(lines[5], -1) {
		if err := l.speaker(m[1]); err != nil {
			return l, err
		}
	}
	return l, nil
}

// lines reads the two lines of the label, of which the first is at i.
func (l *label) lines(lines []string, i int) error {
	switch {
	case len(lines) < i+3 || !strings.Contains(lines[i], "AI"):
		return errNoLabel
	case lines[i] != read.Label:
		return badLabel("it says %q", lines[i])
	}
	source, ok := strings.CutPrefix(lines[i+1], sourceLine)
	if !ok || !read.KnownSource(source) {
		return badLabel("%q is no digital source type of an avatar", lines[i+1])
	}
	l.source = source
	return nil
}

// checksum holds a file to the manifest of the export that it is in, if it is
// in one.
func checksum(path string, data []byte) (string, error) {
	const alone = "Whether words were changed since shows beside the manifest of its export only."
	if path == "-" {
		return alone, nil
	}
	folder := filepath.Dir(path)
	if filepath.Base(path) == export.ManifestFile {
		m, _, err := export.Open(folder)
		if err == nil {
			err = m.Each(folder, func(*export.Session) error { return nil })
		}
		return fmt.Sprintf("All %d files have the checksums that it says.", len(m.Files)), err
	}
	m, _, err := export.Open(filepath.Dir(folder))
	if err != nil {
		return alone, nil // in no export, or in one that is not whole
	}
	name := filepath.Base(folder) + "/" + filepath.Base(path)
	for _, f := range m.Files {
		if f.Name != name {
			continue
		}
		if hash := sha256.Sum256(data); hex.EncodeToString(hash[:]) != f.SHA256 {
			return "", fmt.Errorf("%s: the label is there, but the file was changed since it was exported: it has another checksum than manifest.json says", printable(path))
		}
		return "It is as it was exported: manifest.json has its checksum.", nil
	}
	return alone, nil
}
