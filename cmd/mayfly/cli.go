package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// commandLine is what can be said to mayfly. Every flag is text here: what it
// means, and what is wrong with it, is found in one place for flags, the
// environment and the file together (settings.go). No flag takes a secret:
// others on the machine can read a process's arguments.
type commandLine struct {
	Serve      serveFlags         `cmd:"" default:"withargs" help:"Run the gateway. This is what mayfly does when nothing else is said."`
	Init       initFlags          `cmd:"" help:"Begin: write a configuration, make the first tenant, and print a link for its admin."`
	Tenant     tenantCommands     `cmd:"" help:"The organisations: list, show, add, change, export, remove."`
	Key        keyCommands        `cmd:"" help:"Credentials. Without more said: make one, and print it with the lines for the configuration."`
	Recording  recordingCommands  `cmd:"" help:"Force recording off, or let the policy count again."`
	Access     accessCommands     `cmd:"" help:"Reach what is stored for a tenant: for a reason, for a time, and seen by the tenant."`
	Disclosure disclosureCommands `cmd:"" help:"What an authority is given: two people decide it, and it is counted."`
	Transcript transcriptCommands `cmd:"" help:"What is stored: list, read, erase."`
	Knowledge  knowledgeCommands  `cmd:"" help:"What avatars answer from: list it, read it again, go back to an earlier version."`
	Likeness   likenessCommands   `cmd:"" help:"What people gave for their likeness to be used: store it until their permission ends."`
	Receipt    receiptCommands    `cmd:"" help:"The signed statements that people take home: verify one, rotate the key that signs them."`
	Statement  statementCommands  `cmd:"" help:"What was stored in a time, and that nothing was where nothing was, from the audit log: make a statement, check one."`
	Audit      auditCommands      `cmd:"" help:"The log of what happened: export it, and verify an export without asking anybody."`
	Evidence   evidenceCommands   `cmd:"" help:"Write all that an auditor asks for about a tenant into one folder, signed, and check such a folder."`
	SBOM       sbomFlags          `cmd:"" name:"sbom" help:"Print what this program is made of, as CycloneDX 1.6."`
	Export     exportFlags        `cmd:"" help:"Write all that is stored for a tenant into a folder, as files that others can read, labelled and with checksums."`
	Import     importFlags        `cmd:"" help:"Store what mayfly export wrote, until the times that it was to be stored."`
	Label      labelCommands      `cmd:"" help:"The label of what was exported: check one."`
	Backup     backupFlags        `cmd:"" help:"Write a backup while the gateway runs: the database, and apart from it the keys."`
	Restore    restoreFlags       `cmd:"" help:"Make a data folder from a backup. What was erased or has expired since does not come back."`
	Tombstones tombstonesFlags    `cmd:"" help:"Print what must not come back from a backup, as ids. Keep it beside the backups."`
	SIEM       siemCommands       `cmd:"" name:"siem" help:"The collectors that are sent the audit logs: how it stands with them."`
	Redact     redactFlags        `cmd:"" help:"Hide personal data in a text."`
	Incident   incidentCommands   `cmd:"" help:"What went wrong, or may have: list it, open it, note, report and close it."`
	Drill      drillFlags         `cmd:"" help:"Stage a leak in the gateway that runs, and see that it is found within 60 seconds, that an incident is opened, that the alert is sent and that the clock runs. Exits 1 where one of it fails."`
	Doctor     doctorFlags        `cmd:"" help:"Try every way to a gateway from where this runs, and say which rule is missing. Exits 1 where one is closed."`
}

// serveFlags are the flags of the gateway. The tag "shown" is the default as
// people read it; kong gets none, so that an absent flag can be told from one
// that says the same.
type serveFlags struct {
	Listen           string   `placeholder:"ADDR" shown:"127.0.0.1:8080" help:"Address for HTTP and WebSocket without TLS, or off. Other machines are let in only behind a proxy that speaks TLS."`
	TLSListen        string   `name:"tls-listen" placeholder:"ADDR" shown:"127.0.0.1:8443 in the demonstration or with a certificate, else off" help:"Address for the same over TLS, or off."`
	TLSCert          string   `name:"tls-cert" placeholder:"FILE" shown:"none" help:"Certificate chain in PEM, the server's own first. Read again when it changes and on SIGHUP."`
	TLSKey           string   `name:"tls-key" placeholder:"FILE" shown:"none" help:"Private key of the certificate, in PEM."`
	BehindTLSProxy   bool     `name:"behind-tls-proxy" shown:"off" help:"Say that a proxy in front speaks TLS with the world, so that --listen may leave this machine."`
	TrustedProxy     []string `name:"trusted-proxy" sep:"," placeholder:"CIDR" shown:"none" help:"Network or address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed. May be given several times. Implies --behind-tls-proxy."`
	PublicURL        string   `name:"public-url" placeholder:"URL" shown:"the address listened on" help:"Address under which people reach the gateway, without a path."`
	Config           string   `placeholder:"FILE" shown:"none: the demonstration" help:"Tenants, avatars, keys and limits, in YAML or JSON."`
	Data             string   `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"Where the gateway keeps its own files. What is said goes there only where a tenant switched recording on and the person agreed, and sealed."`
	MasterKeyFile    string   `name:"master-key-file" placeholder:"FILE" shown:"master.key in the data folder" help:"Master key: 32 bytes, for this user only. Keep it on another disk than the data folder, or hand it in as a systemd credential. Without it nothing that is stored can be read."`
	LogLevel         string   `name:"log-level" placeholder:"LEVEL" shown:"info" help:"debug, info, warn or error. No level shows what is said."`
	MetricsListen    string   `name:"metrics-listen" placeholder:"ADDR" shown:"off" help:"Address for /metrics: host:port, unix:/path, or off."`
	MetricsTokenFile string   `name:"metrics-token-file" placeholder:"FILE" shown:"none" help:"File with the token that readers of /metrics must show. Needed unless --metrics-listen is unix:/path."`
	MediaListen      string   `name:"media-listen" placeholder:"ADDR" shown:"127.0.0.1:0" help:"Address of the one UDP and the one TCP port for WebRTC; port 0 is any that is free. off leaves WebSocket."`
	PublicAddress    []string `name:"public-address" sep:"," placeholder:"IP" shown:"the addresses of the machine" help:"Address under which --media-listen is reached from outside, where it differs. May be given several times."`
	PiperModel       string   `name:"piper-model" placeholder:"FILE" shown:"none: piper is not used" help:"Voice model (.onnx, with its .onnx.json beside it) for piper, where that is found on PATH. It speaks the language that the model names."`

	BackEnd        string `name:"backend" placeholder:"URL" shown:"the built-in engine" help:"OpenAI-compatible server that answers in the demonstration, with its /v1. Plain http only on this machine."`
	Model          string `placeholder:"NAME" shown:"none; needed with --backend" help:"Name of the model there."`
	BackEndKeyFile string `name:"backend-key-file" placeholder:"FILE" shown:"no key" help:"File with the key for --backend. It is sent to no other server."`
	Speech         string `placeholder:"URL" shown:"a voice on this machine" help:"OpenAI-compatible speech server that speaks in the demonstration, with its /v1."`
	SpeechModel    string `name:"speech-model" placeholder:"NAME" shown:"tts-1" help:"Name of the model there."`
	SpeechVoice    string `name:"speech-voice" placeholder:"NAME" shown:"alloy" help:"Name of the voice there."`

	Microphone       bool   `shown:"off" help:"Let people speak in the demonstration. Takes --transcriber, or pocketsphinx with its English model on PATH."`
	Transcriber      string `placeholder:"URL" shown:"pocketsphinx" help:"OpenAI-compatible server that writes down what people say in the demonstration, with its /v1. It is sent their voice."`
	TranscriberModel string `name:"transcriber-model" placeholder:"NAME" shown:"whisper-1" help:"Name of the model there."`
}

// errHelp means that help was asked for and printed: there is nothing to run.
var errHelp = errors.New("help was printed")

// Help is what kong prints between a command's summary and its flags.
func (serveFlags) Help() string {
	return `With nothing configured it runs a demonstration for this machine only. "mayfly key" makes a key for the configuration.

Every flag is also read from the environment: --log-level from MAYFLY_LOG_LEVEL. A flag comes before the environment, that before the file.`
}

// readFlags reads arguments and environment, and says which command was asked
// for. from tells for each flag that is set where it was: "--listen" or
// "MAYFLY_LISTEN".
func readFlags(args, environ []string, out io.Writer) (line commandLine, command string, target any, from map[string]string, err error) {
	from = map[string]string{}
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix) && value != "" {
			env[name] = value
		}
	}
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
		// Help about the program is help about running it.
		args = append([]string{"serve", "--help"}, args[1:]...)
	}
	helped := false
	var wrong []error // in the environment
	parser, err := kong.New(&line,
		kong.Name("mayfly"),
		kong.Description("An AI avatar gateway that forgets."),
		kong.Writers(out, out),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
		kong.ValueFormatter(helpText),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			value, ok := env[envName(flag.Name)]
			if !ok || flag.Name == "help" {
				return nil, nil
			}
			from[flag.Name] = envName(flag.Name)
			if flag.IsBool() && value != "true" && value != "false" {
				wrong = append(wrong, fmt.Errorf("%s: this is not true or false; write true or false", envName(flag.Name)))
				return nil, nil
			}
			return value, nil
		})),
	)
	if err != nil {
		return line, "", nil, nil, err
	}
	ctx, err := parser.Parse(args)
	switch {
	case helped:
		return line, "", nil, nil, errHelp
	case err != nil:
		return line, "", nil, nil, fmt.Errorf("%w; mayfly --help lists what can be said", err)
	}
	for _, p := range ctx.Path {
		if p.Flag != nil && !p.Resolved {
			from[p.Flag.Name] = "--" + p.Flag.Name
		}
	}
	target = ctx.Selected().Target.Addr().Interface()
	return line, ctx.Command(), target, from, errors.Join(append(wrong, misspelt(env, parser.Model)...)...)
}

const envPrefix = "MAYFLY_"

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// helpText adds default and environment to a flag's help.
func helpText(v *kong.Value) string {
	if v.Flag == nil || v.Name == "help" {
		return v.Help
	}
	return fmt.Sprintf("%s Default: %s. [%s]", v.Help, shownDefault(v), envName(v.Name))
}

func shownDefault(v *kong.Value) string {
	return strings.ReplaceAll(v.Tag.Get("shown"), "$$", "$")
}

// misspelt refuses variables that were meant for a flag and miss it by a
// letter. Others that begin alike are let be: a cluster makes
// MAYFLY_SERVICE_HOST by itself.
func misspelt(env map[string]string, app *kong.Application) []error {
	var known []string
	for _, f := range flagsOf(app) {
		known = append(known, envName(f.Name))
	}
	var all []error
	for name := range env {
		if slices.Contains(known, name) {
			continue
		}
		for _, k := range known {
			if oneLetter(name, k) {
				all = append(all, fmt.Errorf("%s: there is no such setting; did you mean %s?", name, k))
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return all
}

// flagsOf lists the flags of the gateway.
func flagsOf(app *kong.Application) []*kong.Flag {
	for _, c := range app.Children {
		if c.Name == "serve" {
			return c.Flags
		}
	}
	return nil
}

// oneLetter says whether a becomes b by changing, adding, leaving out or
// swapping one letter, or by joining its words differently.
func oneLetter(a, b string) bool {
	if strings.ReplaceAll(a, "_", "") == strings.ReplaceAll(b, "_", "") {
		return true
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == "" || b == "":
		return len(a)+len(b) == 1
	case a[1:] == b[1:] || a[1:] == b || a == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}
