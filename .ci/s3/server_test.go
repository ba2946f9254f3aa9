package s3test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

const (
	accessKey = "mayfly-test"
	secretKey = "a secret of forty characters, more or less"
	region    = "eu-central-1"
	bucket    = "acme-archive"
)

// server is a VersityGW that keeps objects as files in a folder.
type server struct {
	*started.Process
	t       *testing.T
	folder  string
	address string
}

func newServer(t *testing.T) *server {
	s := &server{t: t, folder: t.TempDir(), address: started.FreePort(t)}
	require.NoError(t, os.MkdirAll(filepath.Join(s.folder, "objects", bucket), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(s.folder, "about"), 0o700))
	s.start()
	return s
}

func (s *server) start() {
	cmd := exec.Command(started.Program("versitygw"), "--port", s.address, "--access", accessKey, "--secret", secretKey, "--region", region, "--quiet",
		"posix", "--sidecar", filepath.Join(s.folder, "about"), filepath.Join(s.folder, "objects"))
	cmd.Dir = s.folder
	cmd.Env = []string{"HOME=" + s.folder, "PATH=" + s.folder, "TMPDIR=" + s.folder}
	s.Process = started.Run(s.t, cmd)
	s.Until("the server answers", func() bool {
		res, err := http.Get("http://" + s.address + "/")
		if err == nil {
			res.Body.Close()
		}
		return err == nil
	})
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
