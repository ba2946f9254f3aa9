package witnesstest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// program is the gateway and litewitness the witness, built once.
var program, litewitness string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "mayfly-witness-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		program = filepath.Join(folder, "mayfly")
		cmd := exec.Command("go", "build", "-o", program, "./cmd/mayfly")
		cmd.Dir = "../.."
		if said, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the gateway does not build:\n%s", said)
			return 1
		}
		litewitness = filepath.Join(folder, "litewitness")
		if said, err := exec.Command("go", "build", "-o", litewitness, "filippo.io/torchwood/cmd/litewitness").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "the witness does not build:\n%s", said)
			return 1
		}
		return m.Run()
	}())
}

// reviewer is the key of a reviewer of acme.
const reviewer = "mfk_wtns-wtns-wtns-wtns-wtns-wtns-wtns-wtns-0"

// gateway is the program that runs over a data folder.
type gateway struct {
	t    *testing.T
	home string
	url  string
	said *lines
	stop func()
}

// start runs the program over the folder home/data, with a witness.
func start(t *testing.T, home string, w *witness) *gateway {
	t.Helper()
	hash := sha256.Sum256([]byte(reviewer))
	config := filepath.Join(home, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `
media: {listen: "off"}
witnesses: [{name: lite, to: witness, url: "http://%s/", key: "%s"}]
tenants:
  - id: acme
    name: Acme
    keys: [{hash: "sha256:%s", role: reviewer}]
    avatars: [{id: ada, name: Ada}]
`, w.address, w.public, hex.EncodeToString(hash[:])), 0o600))
	g := &gateway{t: t, home: home}
	cmd := exec.Command(program, "serve", "--config", config, "--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", filepath.Join(home, "data"))
	cmd.Env = []string{"HOME=" + home, "PATH=" + home, "TMPDIR=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	said := &lines{}
	cmd.Stderr, g.said = said, said
	require.NoError(t, cmd.Start())
	g.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	t.Cleanup(func() {
		g.stop()
		if t.Failed() {
			t.Logf("the gateway said:\n%s", said)
		}
	})
	ready := make(chan string)
	go func() {
		open := ""
		for in := bufio.NewScanner(io.TeeReader(out, said)); in.Scan(); {
			if at := address.FindString(in.Text()); at != "" && open == "" {
				open = at
			}
			if strings.Contains(in.Text(), "Ctrl-C") {
				ready <- open
			}
		}
	}()
	select {
	case g.url = <-ready:
	case <-time.After(60 * time.Second):
		t.Fatalf("the gateway did not start:\n%s", said)
	}
	return g
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// get is what an address answers.
func (g *gateway) get(path string) []byte {
	g.t.Helper()
	r, err := http.NewRequest(http.MethodGet, g.url+path, nil)
	require.NoError(g.t, err)
	r.Header.Set("Authorization", "Bearer "+reviewer)
	res, err := http.DefaultClient.Do(r)
	require.NoError(g.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(g.t, err)
	require.Equal(g.t, http.StatusOK, res.StatusCode, "%s: %s", path, body)
	return body
}

// lines is what a process prints.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
