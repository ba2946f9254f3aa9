package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// testTime is how long a command may take, building included, before it is
// given up.
const testTime = 10 * time.Minute

// hangs is when a test is taken to hang: more than twice what the slowest needs.
const hangs = "4m"

// tree is a copy of the work tree in a temporary folder.
type tree struct{ dir string }

// copyTree copies what git knows or would add, as it is on the disk.
func copyTree(ctx context.Context, root string) (*tree, error) {
	list, err := git(ctx, root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "plants-")
	if err != nil {
		return nil, err
	}
	t := &tree{dir}
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		if err := copyFile(filepath.Join(root, name), filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			continue // deleted in the work tree
		} else if err != nil {
			return nil, errors.Join(err, t.remove())
		}
	}
	return t, nil
}

func copyFile(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (t *tree) remove() error { return os.RemoveAll(t.dir) }

// apply plants the fault, and revert takes it out again.
func (t *tree) apply(ctx context.Context, root string, p plant) error {
	_, err := git(ctx, t.dir, "apply", "--whitespace=nowarn", filepath.Join(root, p.file))
	return err
}

func (t *tree) revert(ctx context.Context, root string, p plant) error {
	_, err := git(ctx, t.dir, "apply", "--whitespace=nowarn", "--reverse", filepath.Join(root, p.file))
	return err
}

// build compiles the packages that the plant changes, and says what kept it.
// A fault that does not compile would fail a test that reads the sources.
func (t *tree) build(ctx context.Context, p plant) (ok bool, output string) {
	args := []string{"build", "-o", os.DevNull}
	for _, file := range p.touches {
		folder := "./" + path.Dir(file)
		if _, err := os.Stat(filepath.Join(t.dir, folder, "go.mod")); err == nil && folder != "./." {
			continue // a module of its own: its test compiles it
		}
		if strings.HasSuffix(file, ".go") && !slices.Contains(args, folder) {
			args = append(args, folder)
		}
	}
	if len(args) == 3 {
		return true, ""
	}
	return t.run(ctx, append([]string{"go"}, args...))
}

// test runs a go test in the tree and gives whether it passed and its output.
func (t *tree) test(ctx context.Context, args []string) (passed bool, output string) {
	// Behind the others: -C must be the first. A test that a fault keeps from
	// ending fails on its own, and says where it stood. What vet finds is no
	// test, and takes as long as to compile.
	return t.run(ctx, append(slices.Clone(args), "-count=1", "-vet=off", "-timeout="+hangs))
}

func (t *tree) run(ctx context.Context, args []string) (ok bool, output string) {
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "PWD="+t.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	return err == nil, string(out)
}

// git runs in dir as if there were no repository above the temporary folder.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
