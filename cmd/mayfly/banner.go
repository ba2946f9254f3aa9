package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mayfly/gateway/tenant"
)

// banner is what a person is told when the gateway is ready.
type banner struct {
	Open        string // where to go with a browser
	TLS         string // the same over TLS; empty: not
	CA          string // file with the demonstration's authority; empty: none
	Demo        bool
	BackEnd     *tenant.BackEnd // nil: the built-in engine; of the demonstration
	Speech      *tenant.BackEnd // nil: a voice here; of the demonstration
	Transcriber *tenant.BackEnd // nil: nobody, or a program here; of the demonstration
	Voices      []string        // "en: flite slt", "de: none, text and captions"
	Tenants     int
	Records     bool   // some avatar keeps transcripts, where the person agrees
	Trouble     error  // why nothing can be kept; nil: it could
	Admin       string // a link that signs an admin of the demonstration in, once
	Review      string // the same for a reviewer
	Agent       string // the same for a human who answers
	Data        string
	Media       string // where WebRTC is reached; empty: WebSocket only
}

// print writes the banner. What it says about keeping is computed from what
// answers: the gateway speaks for itself only.
func (b *banner) print(w io.Writer) error {
	var t strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&t, "  %-8s %s\n", name, value)
		}
	}
	t.WriteString("\n  Mayfly is ready. It answers, and forgets.\n\n")
	row("Open", b.Open)
	row("Admin", b.Admin)
	row("Review", b.Review)
	row("Agent", b.Agent)
	row("Docs", strings.TrimSuffix(b.Open, "/")+"/docs")
	row("TLS", b.TLS)
	row("Answers", b.answers())
	row("Voice", strings.Join(b.Voices, "\n           "))
	row("Kept", b.kept())
	if b.Trouble != nil {
		row("Trouble", b.Trouble.Error())
	}
	if b.Media == "" {
		row("Media", "WebSocket only")
	} else {
		row("Media", "WebSocket, and WebRTC at "+b.Media)
	}
	if b.Demo {
		row("Keys", b.Data+"/"+demoFile+" (new at each start, for this machine only)")
	} else {
		row("Data", b.Data)
	}
	row("Stop", "Ctrl-C ends after the sessions have; a second one at once")
	if b.CA != "" && b.TLS != "" {
		fmt.Fprintf(&t, "\n  For Node programs over TLS:\n    export NODE_EXTRA_CA_CERTS=%s\n", shellWord(b.CA))
	}
	t.WriteByte('\n')
	_, err := io.WriteString(w, t.String())
	return err
}

func (b *banner) answers() string {
	switch {
	case !b.Demo && b.Tenants == 1:
		return "as configured, for 1 tenant"
	case !b.Demo:
		return fmt.Sprintf("as configured, for %d tenants", b.Tenants)
	case b.BackEnd != nil:
		return fmt.Sprintf("the model %s at %s", printable(b.BackEnd.Model), b.BackEnd.URL.Host)
	}
	return "the built-in engine, from documents about Mayfly; it is not a language model"
}

// kept says what becomes of what people say.
func (b *banner) kept() string {
	var to []string
	for _, s := range []*tenant.BackEnd{b.BackEnd, b.Speech, b.Transcriber} {
		if s != nil && !slices.Contains(to, s.URL.Host) {
			to = append(to, s.URL.Host)
		}
	}
	switch {
	case b.Records:
		return "what a person agrees to have kept, sealed, in " + b.Data + "; nothing else of what is said"
	case !b.Demo:
		return "nothing of what is said, by this gateway; the servers that are configured keep what they keep"
	case len(to) > 0:
		return "nothing of what is said, by this gateway; " + strings.Join(to, " and ") + " may keep what is sent there"
	}
	return "nothing of what is said; it is gone when a session ends"
}

// printable keeps a name from the operator's settings to one line.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return '?'
		}
		return c
	}, s)
}

// shellWord is a path as it can be pasted into a shell.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
