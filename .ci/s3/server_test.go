package s3test

import (
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	accessKey = "mayfly-test"
	secretKey = "a secret of forty characters, more or less"
	region    = "eu-central-1"
	bucket    = "acme-archive"
)

// server is a VersityGW that keeps objects as files in a folder.
type server struct {
	t       *testing.T
	folder  string
	address string
	process *exec.Cmd
}

func newServer(t *testing.T) *server {
	s := &server{t: t, folder: t.TempDir(), address: freePort(t)}
	require.NoError(t, os.MkdirAll(filepath.Join(s.folder, "objects", bucket), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(s.folder, "about"), 0o700))
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *server) start() {
	s.process = exec.Command(programs["versitygw"], "--port", s.address, "--access", accessKey, "--secret", secretKey, "--region", region, "--quiet",
		"posix", "--sidecar", filepath.Join(s.folder, "about"), filepath.Join(s.folder, "objects"))
	s.process.Dir = s.folder
	s.process.Env = []string{"HOME=" + s.folder, "PATH=" + s.folder, "TMPDIR=" + s.folder}
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(s.t, s.process.Start())
	require.Eventually(s.t, func() bool {
		res, err := http.Get("http://" + s.address + "/")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	}, 60*time.Second, 20*time.Millisecond, "the server does not start")
}

func (s *server) kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
	s.process = nil
}

// objects are the files under a prefix, with the time of each.
func (s *server) objects(prefix string) map[string]time.Time {
	root := filepath.Join(s.folder, "objects", bucket, prefix)
	all := map[string]time.Time{}
	_ = filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				all[strings.TrimPrefix(path, root+"/")] = info.ModTime()
			}
		}
		return nil
	})
	return all
}

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
