package witnesstest

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"
)

// witness is litewitness over a database of its own.
type witness struct {
	t       *testing.T
	folder  string
	address string
	finger  string // of its key
	public  string // its key, as it publishes it
	said    *lines

	verifier note.Verifier // by its own library

	process *exec.Cmd
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
	w := &witness{t: t, folder: t.TempDir(), address: freePort(t), finger: ssh.FingerprintSHA256(key), verifier: signer.Verifier()}
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
	require.Eventually(t, func() bool {
		if found := vkey.FindStringSubmatch(w.said.String()); found != nil {
			w.public = found[1]
		}
		return w.public != ""
	}, time.Minute, 50*time.Millisecond, "%s", w.said)
	return w
}

var vkey = regexp.MustCompile(`vkey=(\S+)`)

// freePort is an address of this machine on which nothing listens. It is below
// those that the kernel hands out by itself, so that nothing that runs
// meanwhile is given it.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(20_000+rand.IntN(12_000))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("rig: no port is free")
	return ""
}

func (w *witness) start() {
	w.t.Helper()
	w.said = &lines{}
	w.process = exec.Command(litewitness, "-name", "witness.example", "-db", filepath.Join(w.folder, "witness.db"), "-ssh-agent", filepath.Join(w.folder, "agent"), "-key", w.finger, "-listen", w.address)
	w.process.Stderr = w.said
	w.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(w.t, w.process.Start())
	stop := sync.OnceFunc(func() { _, _ = w.process.Process.Kill(), w.process.Wait() })
	w.t.Cleanup(stop)
}

func (w *witness) kill() {
	_ = w.process.Process.Kill()
	_ = w.process.Wait()
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
	require.Eventually(w.t, func() bool {
		last = g.get("/audit/acme/checkpoint")
		n, err := note.Open(last, note.VerifierList(w.verifier))
		return err == nil && len(n.Sigs) == 1
	}, 2*time.Minute, 200*time.Millisecond, "no signature of the witness comes:\n%s\nthe witness said:\n%s", last, w.said)
	return last
}

func sizeOf(checkpoint []byte) string { return strings.Split(string(checkpoint), "\n")[1] }

// A witness that others wrote signs what the gateway publishes, again after it
// was dead, and refuses a history that somebody with the gateway's own key made
// anew, which the gateway says.
func TestWitness(t *testing.T) { // R65
	w := newWitness(t)
	home := t.TempDir()
	g := start(t, home, w)
	key := strings.TrimSpace(string(g.get("/.well-known/mayfly-audit-keys.txt")))
	origin, _, _ := strings.Cut(string(g.get("/audit/acme/checkpoint")), "\n")
	require.Eventually(t, func() bool { return strings.Contains(g.said.String(), "checkpoints of audit logs are not taken") }, time.Minute, 50*time.Millisecond, "it does not know the log yet")
	w.knows(origin, key)
	w.knows(strings.Replace(origin, "/acme/", "/~gateway/", 1), key)
	first := w.signed(g)
	require.Eventually(t, func() bool { return strings.Contains(g.said.String(), "checkpoints of audit logs are taken again") }, 2*time.Minute, 50*time.Millisecond, "%s", g.said)

	// It grows, and what was signed shows to anybody.
	export := filepath.Join(home, "export")
	require.NoError(t, os.WriteFile(export, g.get("/audit/acme/export"), 0o600))
	second := w.signed(g)
	require.NotEqual(t, sizeOf(first), sizeOf(second))
	require.NoError(t, os.WriteFile(export, g.get("/audit/acme/export"), 0o600))
	kept := filepath.Join(home, "kept")
	require.NoError(t, os.WriteFile(kept, append(bytes.Clone(first), second...), 0o600))
	said, err := exec.Command(program, "audit", "verify", export, "--key", key, "--checkpoint", kept, "--witness", w.public).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "witness.example saw acme/")
	stranger := newWitness(t)
	said, err = exec.Command(program, "audit", "verify", export, "--key", key, "--checkpoint", kept, "--witness", stranger.public).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "has the signature of witness.example")

	// Dead, it keeps nobody waiting; there again, it is given the newest.
	w.kill()
	g.get("/audit/acme/export")
	third := g.get("/audit/acme/checkpoint")
	require.NotEqual(t, sizeOf(second), sizeOf(third))
	w.start()
	require.Equal(t, sizeOf(third), sizeOf(w.signed(g)))
	g.stop()

	// All is made anew, with the key: the log is of the same name, signed by
	// the right key, and no database knows of the one before.
	data := filepath.Join(home, "data")
	old, err := filepath.Glob(filepath.Join(data, "*"))
	require.NoError(t, err)
	for _, name := range old {
		if filepath.Base(name) != "audit-key" {
			require.NoError(t, os.RemoveAll(name))
		}
	}
	g = start(t, home, w)
	require.Equal(t, origin, strings.SplitN(string(g.get("/audit/acme/checkpoint")), "\n", 2)[0])
	require.Eventually(t, func() bool {
		g.get("/audit/acme/export") // until it is longer than what was signed
		g.get("/audit/acme/checkpoint")
		return strings.Contains(g.said.String(), "a witness has seen another history of an audit log")
	}, 2*time.Minute, 200*time.Millisecond, "%s", g.said)
	require.Contains(t, g.said.String(), "audit_log_disagrees")
}
