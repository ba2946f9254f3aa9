package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The two requests of linux/fs.h that stop a file system and let it go on.
const (
	freeze = 0xc0045877 // FIFREEZE
	thaw   = 0xc0045878 // FITHAW
)

// freezable makes the folder a disk of its own, and gives what stops it and
// what lets it go on.
func freezable(t *testing.T, folder string) (stop, goOn func()) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	f, err := os.Create(image)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(64<<20))
	require.NoError(t, f.Close())
	out, err := exec.Command("mkfs.ext4", "-q", image).CombinedOutput()
	require.NoError(t, err, "%s", out)
	if out, err := exec.Command("mount", "-o", "loop", image, folder).CombinedOutput(); err != nil {
		t.Skipf("needs leave to mount a disk: %s", out)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	require.NoError(t, os.Chmod(folder, 0o700))
	at, err := unix.Open(folder, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(at) })
	frozen := false
	goOn = func() {
		if frozen {
			frozen = false
			require.NoError(t, unix.IoctlSetInt(at, thaw, 0))
		}
	}
	t.Cleanup(goOn) // a process that waits for a frozen disk cannot even be killed
	return func() {
		frozen = true
		require.NoError(t, unix.IoctlSetInt(at, freeze, 0))
	}, goOn
}

// R13: a disk that stands still for ten seconds, under the program as people
// run it. The conversation goes on; the person sees within two seconds that
// recording failed; a session that begins meanwhile is answered; and what was
// acknowledged is there afterwards, alone.
func TestFrozenDiskAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	stop, goOn := freezable(t, p.data())
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	t.Cleanup(goOn)
	key := demoOf(t, p.data()).APIKey
	r.did("tenant", "set", "policy.transcript=true", "policy.retention.transcript=30d", `policy.purposes=["quality"]`)
	r.opened()

	amid := newGuest(t, r.url, key)
	amid.say(aware)
	amid.acknowledge()
	amid.consent("true")
	amid.recording("on")
	amid.ask("the word is tamarind")
	amid.nth("avatar.transcript.committed", 1)

	began := time.Now()
	stop()
	amid.ask("and then rambutan")
	amid.nth("response.done", 2)
	answered := time.Now()
	amid.recording("failed")
	require.Less(t, time.Since(answered), 5*time.Second) // the promise is two; a loaded machine is slow
	t.Logf("answered %v after the disk stood still, told %v after that", answered.Sub(began).Round(time.Millisecond), time.Since(answered).Round(time.Millisecond))
	amid.ask("and kumquat")
	amid.nth("response.done", 3)

	later := newGuest(t, r.url, key)
	later.say(aware)
	later.acknowledge()
	later.recording("off") // nobody is asked for what cannot be done
	later.ask("is anybody there")
	later.nth("response.done", 1)

	time.Sleep(10*time.Second - time.Since(began))
	goOn()
	id := regexp.MustCompile(`[0-9a-f-]{36}`)
	require.Eventually(t, func() bool { return id.MatchString(r.did("transcript", "list")) }, 20*time.Second, 200*time.Millisecond)
	list := id.FindAllString(r.did("transcript", "list"), -1)
	require.Len(t, list, 1)
	read := r.did("transcript", "read", list[0], "--purpose", "quality")
	require.Contains(t, read, "tamarind")
	require.NotContains(t, read, "rambutan", "it was never acknowledged")
	require.NotContains(t, read, "kumquat")
	r.record(key, "and the word is carambola")
	r.stop()
}
