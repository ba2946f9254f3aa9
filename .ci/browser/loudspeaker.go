package browser

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Loudspeaker is a sound card that no one hears, and a record of what it would
// have played: PulseAudio with a null sink.
type Loudspeaker struct {
	Server string // for PULSE_SERVER

	mu     sync.Mutex
	played bytes.Buffer // Guarded by mu. 16 bit at rate
}

// startLoudspeaker runs one until the test ends.
func startLoudspeaker(t testing.TB) *Loudspeaker {
	t.Helper()
	home := t.TempDir()
	socket := filepath.Join(home, "s")
	l := &Loudspeaker{Server: "unix:" + socket}
	env := append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "PULSE_SERVER="+l.Server)
	start := func(cmd *exec.Cmd) {
		cmd.Env = env
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal("rig: the Debian packages pulseaudio and pulseaudio-utils are missing: ", err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	start(exec.Command("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
		"-L", "module-null-sink sink_name=out rate=48000 channels=2",
		"-L", "module-native-protocol-unix auth-anonymous=1 socket="+socket))
	if !eventually(20*time.Second, func() bool { _, err := os.Stat(socket); return err == nil }) {
		t.Fatal("rig: PulseAudio does not start")
	}
	record := exec.Command("parec", "--device=out.monitor", "--raw", "--format=s16le", "--channels=1", "--rate="+strconv.Itoa(rate), "--latency-msec=50")
	record.Stdout = l
	start(record)
	return l
}

func (l *Loudspeaker) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.played.Write(p)
}

// Take empties what was played since the last time.
func (l *Loudspeaker) Take() *Recording {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &Recording{}
	for l.played.Len() >= 2 {
		r.PCM = append(r.PCM, int16(binary.LittleEndian.Uint16(l.played.Next(2))))
	}
	return r
}
