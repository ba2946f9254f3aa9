package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// fill leaves no room on the disk of a folder, not even what is kept for what
// is urgent, and gives what makes room again.
func fill(t *testing.T, folder string) (room func()) {
	t.Helper()
	_ = os.Remove(filepath.Join(folder, "ballast"))
	f, err := os.Create(filepath.Join(folder, "filler"))
	require.NoError(t, err)
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	require.NoError(t, f.Close())
	return func() { require.NoError(t, os.Remove(f.Name())) }
}

// R12: a session that is not recorded never fails because a disk is full: not
// one that goes on, nor one that begins then. What its audit log missed is in
// it when there is room again, or is counted as lost.
func TestFullDiskAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	if err := unix.Mount("tmpfs", p.data(), "tmpfs", 0, "size=48m,mode=700"); err != nil {
		t.Skipf("needs leave to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(p.data(), unix.MNT_DETACH) })
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	key := demoOf(t, p.data()).APIKey
	begin := func() *guest {
		g := newGuest(t, r.url, key)
		g.say(aware)
		g.acknowledge()
		g.recording("off")
		return g
	}
	amid := begin()
	amid.ask("is anybody there")
	amid.nth("response.done", 1)

	room := fill(t, p.data())
	const more = 5
	for n := range more {
		amid.ask("and now")
		amid.nth("response.done", n+2)
		later := begin()
		later.ask("is anybody there")
		later.nth("response.done", 1)
		require.NoError(t, later.ws.Close())
	}
	_, err := r.mayfly("audit", "export")
	require.Error(t, err, "that it is taken along is written first, or it is not")

	room()
	require.NoError(t, amid.ws.Close())
	r.stop()
	log := r.did("audit", "export")
	_, err = verifyAudit(file(t, "audit.jsonl", log), "--data", p.data())
	require.NoError(t, err)
	if !strings.Contains(log, `"kind":"facts_lost"`) {
		require.Equal(t, more+1, strings.Count(log, `"kind":"session_started"`))
		require.Equal(t, more+1, strings.Count(log, `"kind":"session_ended"`))
	}
}
