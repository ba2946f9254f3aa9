package witnesstest

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"

	"mayfly.test/started"
)

// witness is litewitness over a database of its own.
type witness struct {
	*started.Process
	t       *testing.T
	folder  string
	address string
	finger  string // of its key
	public  string // its key, as it publishes it

	verifier note.Verifier // by its own library
}

// newWitness makes a key, in an agent as litewitness wants it, and starts one.
func newWitness(t *testing.T) *witness {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring := agent.NewKeyring()
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: &secret}))
	key, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	signer, err := torchwood.NewCosignatureSigner("witness.example", secret)
	require.NoError(t, err)
	w := &witness{t: t, folder: t.TempDir(), address: started.FreePort(t), finger: ssh.FingerprintSHA256(key), verifier: signer.Verifier()}
	l, err := net.Listen("unix", filepath.Join(w.folder, "agent"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	w.start()
	w.Until("it says its key", func() bool {
		if found := vkey.FindStringSubmatch(w.Said.String()); found != nil {
			w.public = found[1]
		}
		return w.public != ""
	})
	return w
}

var vkey = regexp.MustCompile(`vkey=(\S+)`)

func (w *witness) start() {
	w.t.Helper()
	w.Process = started.Run(w.t, exec.Command(started.Program("litewitness"), "-name", "witness.example", "-db", filepath.Join(w.folder, "witness.db"), "-ssh-agent", filepath.Join(w.folder, "agent"), "-key", w.finger, "-listen", w.address))
}

// knows tells the witness which key signs a log.
func (w *witness) knows(origin, key string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.folder, "witness.db")+"?_pragma=busy_timeout(10000)")
	require.NoError(w.t, err)
	defer db.Close()
	const none = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	_, err = db.Exec("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", origin, none)
	require.NoError(w.t, err)
	_, err = db.Exec("INSERT INTO key (origin, key) VALUES (?, ?)", origin, key)
	require.NoError(w.t, err)
}

// signed waits until the gateway gives a checkpoint of acme that the witness
// signed, and gives that.
func (w *witness) signed(g *gateway) []byte {
	w.t.Helper()
	var last []byte
	w.Until("the gateway gives its signature", func() bool {
		time.Sleep(200 * time.Millisecond) // for the limit on requests of one address
		last = g.get("/audit/acme/checkpoint")
		n, err := note.Open(last, note.VerifierList(w.verifier))
		return err == nil && len(n.Sigs) == 1
	})
	return last
}

func sizeOf(checkpoint []byte) string { return strings.Split(string(checkpoint), "\n")[1] }

// A witness that others wrote signs what the gateway publishes, again after it
// was dead, and refuses a history that somebody with the gateway's own key made
// anew, which the gateway says.
func TestWitness(t *testing.T) { // R65
	w := newWitness(t)
	home := started.Home(t.TempDir())
	g := start(t, home, w)
	key := strings.TrimSpace(string(g.get("/.well-known/mayfly-audit-keys.txt")))
	origin, _, _ := strings.Cut(string(g.get("/audit/acme/checkpoint")), "\n")
	says := func(what string) {
		t.Helper()
		g.Until("it says "+what, func() bool { return strings.Contains(g.Said.String(), what) })
	}
	says("checkpoints of audit logs are not taken") // it does not know the log yet
	w.knows(origin, key)
	w.knows(strings.Replace(origin, "/acme/", "/~gateway/", 1), key)
	first := w.signed(g)
	says("checkpoints of audit logs are taken again")

	// It grows, and what was signed shows to anybody.
	export := filepath.Join(string(home), "export")
	require.NoError(t, os.WriteFile(export, g.get("/audit/acme/export"), 0o600))
	second := w.signed(g)
	require.NotEqual(t, sizeOf(first), sizeOf(second))
	require.NoError(t, os.WriteFile(export, g.get("/audit/acme/export"), 0o600))
	kept := filepath.Join(string(home), "kept")
	require.NoError(t, os.WriteFile(kept, append(bytes.Clone(first), second...), 0o600))
	said, err := exec.Command(started.Mayfly(), "audit", "verify", export, "--key", key, "--checkpoint", kept, "--witness", w.public).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "witness.example saw acme/")
	stranger := newWitness(t)
	said, err = exec.Command(started.Mayfly(), "audit", "verify", export, "--key", key, "--checkpoint", kept, "--witness", stranger.public).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "has the signature of witness.example")

	// Dead, it keeps nobody waiting; there again, it is given the newest.
	w.Kill()
	g.get("/audit/acme/export")
	third := g.get("/audit/acme/checkpoint")
	require.NotEqual(t, sizeOf(second), sizeOf(third))
	w.start()
	require.Equal(t, sizeOf(third), sizeOf(w.signed(g)))
	g.Stop()

	// All is made anew, with the key: the log is of the same name, signed by
	// the right key, and no database knows of the one before.
	old, err := filepath.Glob(filepath.Join(home.Data(), "*"))
	require.NoError(t, err)
	for _, name := range old {
		if filepath.Base(name) != "audit-key" {
			require.NoError(t, os.RemoveAll(name))
		}
	}
	g = start(t, home, w)
	require.Equal(t, origin, strings.SplitN(string(g.get("/audit/acme/checkpoint")), "\n", 2)[0])
	g.Until("it says that a witness disagrees", func() bool {
		time.Sleep(200 * time.Millisecond)
		g.get("/audit/acme/export") // until it is longer than what was signed
		g.get("/audit/acme/checkpoint")
		return strings.Contains(g.Said.String(), "a witness has seen another history of an audit log")
	})
	require.Contains(t, g.Said.String(), "audit_log_disagrees")
}
