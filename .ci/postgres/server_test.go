package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// socket is the folder of the server's only way in.
var socket string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		stop, err := startServer()
		if stop != nil {
			defer stop()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "PostgreSQL does not start:", err)
			return 1
		}
		return m.Run()
	}())
}

// startServer starts a PostgreSQL of its own, in a folder that goes with it and
// without a port. PostgreSQL refuses to run as root: it is then nobody.
func startServer() (stop func(), err error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "mayfly-pg-")
	if err != nil {
		return nil, err
	}
	remove := func() { _ = os.RemoveAll(folder) }
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		who, err := user.Lookup("nobody")
		if err != nil {
			return remove, err
		}
		uid, uidErr := strconv.Atoi(who.Uid)
		gid, gidErr := strconv.Atoi(who.Gid)
		if err := errors.Join(uidErr, gidErr, os.Chown(folder, uid, gid)); err != nil {
			return remove, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	var said bytes.Buffer
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir, c.Env, c.SysProcAttr = folder, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}, attr
		c.Stdout, c.Stderr = &said, &said
		return c
	}
	data := filepath.Join(folder, "data")
	if err := command(initdb, "--pgdata", data, "--no-sync", "--auth=trust", "--username=mayfly", "--encoding=UTF8", "--locale=C").Run(); err != nil {
		return remove, fmt.Errorf("%w\n%s", err, said.String())
	}
	server := command(filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, "-k", folder,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20", "-c", "shared_buffers=16MB")
	if err := server.Start(); err != nil {
		return remove, err
	}
	over := make(chan error, 1)
	go func() { over <- server.Wait() }()
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT) // ends its sessions and stops
		select {
		case <-over:
		case <-time.After(30 * time.Second):
			_ = server.Process.Signal(syscall.SIGQUIT)
			<-over
		}
		remove()
	}
	socket = folder
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := pgx.Connect(context.Background(), address(""))
		if err == nil {
			return stop, c.Close(context.Background())
		}
		select {
		case err := <-over:
			return remove, fmt.Errorf("it ended: %v\n%s", err, said.String())
		default:
		}
		if time.Now().After(deadline) {
			return stop, err
		}
	}
}

// program is a program of the newest PostgreSQL here: Debian keeps them out of
// PATH.
func program(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	best, version := "", 0
	for _, path := range found {
		if n, err := strconv.Atoi(strings.Split(path, "/")[4]); err == nil && n > version {
			best, version = path, n
		}
	}
	if best != "" {
		return best, nil
	}
	return exec.LookPath(name)
}

// address is how to connect, with a schema to look for tables in.
func address(schema string) string {
	a := "host=" + socket + " user=mayfly database=postgres sslmode=disable"
	if schema != "" {
		a += " search_path=" + schema
	}
	return a
}

// connected is a connection that sees one schema.
func connected(t *testing.T, schema string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address(schema))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}
