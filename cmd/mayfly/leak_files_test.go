package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// chat holds conversations with the demonstration: written over a WebSocket,
// spoken over a WebSocket, and over WebRTC.
func chat(t *testing.T, r *running) *leakRun {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.place.data(), demoFile))
	require.NoError(t, err)
	var demo demoAddress
	require.NoError(t, json.Unmarshal(b, &demo))
	run := &leakRun{words: newCanaries(), evidence: &evidence{}, program: r, keys: []string{demo.APIKey}}
	for name, form := range map[string]string{"written": "text", "spoken": "audio"} {
		v := run.visit(t, name, demo.Avatar, demo.APIKey)
		v.declare(form)
		v.acknowledge()
		v.prompt()
		v.respond()
		if form == "audio" {
			v.await("response.output_audio.delta", 2)
		} else {
			v.await("response.done", 1)
		}
		v.leave(true)
	}
	v, c := run.call(t, "called", demo.Avatar, demo.APIKey)
	v.declare("text")
	v.acknowledge()
	c.speak(10)
	v.prompt()
	v.respond()
	v.await("response.done", 1)
	v.leave(true)
	res, err := http.Get(r.url + "/")
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	_ = res.Body.Close()
	return run
}

// opened is a line of strace about a file that can be written: the call, and
// its path.
var opened = regexp.MustCompile(`\b(open|openat|openat2|creat|memfd_create|rename|renameat|renameat2|link|linkat|symlink|symlinkat|mkdir|mkdirat|mknod|mknodat|unlink|unlinkat|truncate)\((.*)`)

// R1 R2: these are all files that the program, and the voices it starts, open
// for writing, make, rename or remove while people talk, as the system sees
// it. In memory only a voice makes one. Threat M8.
func TestFilesWritten(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("which files the program writes is not shown: run this on Linux, without -short")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("which files the program writes is not shown: install strace")
	}
	t.Parallel()
	p := newPlace(t)
	trace := filepath.Join(p.scratch, "trace")
	r := launch(t, p, []string{strace, "-f", "-qq", "-s", "4096", "-e", "signal=none", "-e", "trace=%file,memfd_create", "-o", trace},
		"--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--log-level", "debug")
	chat(t, r)
	// The program, not strace, which would end it by force.
	pid, err := os.ReadFile(filepath.Join(p.data(), "LOCK"))
	require.NoError(t, err)
	require.NoError(t, signalText(string(pid)))
	r.ended(30 * time.Second)

	f, err := os.Open(trace)
	require.NoError(t, err)
	defer f.Close()
	calls, touched := 0, map[string]int{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		calls++
		match := opened.FindStringSubmatch(line)
		if match == nil || strings.Contains(line, " = -1 ") {
			continue
		}
		call, args := match[1], match[2]
		if strings.HasPrefix(call, "open") && !regexp.MustCompile(`O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE`).MatchString(args) {
			continue
		}
		for _, quoted := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(args, -1) {
			touched[call+" "+strings.TrimPrefix(quoted[1], p.root)]++
		}
	}
	require.NoError(t, lines.Err())
	require.Greater(t, calls, 100, "strace saw the program")
	allowed := regexp.MustCompile(`^(open(at)? /data/LOCK|mkdir(at)? /data/checkpoints(/[a-z0-9~_-]+(/[0-9]{4}-[0-9]{2})?)?|unlink(at)? /data/control|(open(at)?|rename(at|at2)?|unlink(at)?) /data/(\.(write|demo\.json|demo-ca\.pem|receipt-keys\.json|audit-key|master\.key)-[0-9A-Z]{26}|checkpoints/[a-z0-9~_-]+/[0-9]{4}-[0-9]{2}/(\.next-[0-9A-Z]{26}|[0-9-]{10})|demo\.json|demo-ca\.pem|receipt-keys\.json|audit-key|master\.key|ballast|(mayfly|keys)\.db(-wal|-journal)?)|open(at)? /dev/(null|fd/3)|memfd_create (sound|pulseaudio)|open(at)? /proc/self/\S+)$`)
	var names []string
	for name := range touched {
		names = append(names, name)
		require.Regexp(t, allowed, name)
	}
	slices.Sort(names)
	t.Logf("n = %d system calls about files, and these alone write: %v", calls, names)
	for _, left := range filesIn(p.root) {
		name := filepath.Base(left.source)
		if _, err := time.Parse(time.DateOnly, name); err == nil {
			continue // a checkpoint of an audit log, by its day
		}
		require.Contains(t, []string{"LOCK", "audit-key", "ballast", "keys.db", "keys.db-wal", "master.key", "mayfly.db", "mayfly.db-wal", "receipt-keys.json"}, name)
	}
}

// signalText sends SIGTERM, twice, to the process whose number is in the text.
func signalText(text string) error {
	match := regexp.MustCompile(`\d+`).FindString(text)
	pid := 0
	for _, c := range match {
		pid = pid*10 + int(c-'0')
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	time.Sleep(50 * time.Millisecond)
	_ = syscall.Kill(pid, syscall.SIGTERM)
	return nil
}

// R1: without a folder for temporary files everything works, so nothing needs
// one. Threat M8.
func TestNoTemporaryFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built without the race detector")
	}
	p := newPlace(t)
	require.NoError(t, os.Remove(p.tmp()))
	require.NoError(t, os.WriteFile(p.tmp(), nil, 0o400)) // also root cannot write below a file
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0")
	chat(t, r)
	r.stop()
}

// R1: what is left of conversations in the memory of the process that held
// them, after other people talked. It is a figure and not a promise: memory is
// given back, and not all of it was ours to clear.
func TestResidue(t *testing.T) {
	if testing.Short() {
		t.Skip("what is left in memory is not measured: run this without -short")
	}
	t.Parallel()
	p := newPlace(t)
	r := newLeakRun(t, p, false)
	talk := func(run *leakRun, i int, name string) {
		v := run.ready(t, name, []string{"resident", "good"}[i%2], "text")
		v.chatter()
		v.prompt()
		v.respond()
		v.await("response.done", 1)
		v.say(object{"type": "avatar.session.end"})
		v.leave(true)
	}
	n := max(5, int(10**scale))
	for i := range n {
		talk(r, i, "early "+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	pid := r.program.cmd.Process.Pid
	count := func() (words map[string]int, ok bool) {
		found, err := r.words.scanner().process(pid)
		if err != nil {
			t.Logf("the memory cannot be read here: %v", err)
			return nil, false
		}
		fields, words := map[string]bool{}, map[string]int{}
		for _, s := range found {
			if name, field, _ := strings.Cut(s.field, "/"); strings.HasPrefix(name, "early ") {
				if strings.HasPrefix(field, "header ") {
					field = "headers" // net/http's memory
				}
				if !fields[s.field] {
					fields[s.field] = true
					words[field]++
				}
			}
		}
		return words, true
	}
	before, ok := count()
	if !ok {
		return
	}
	others := &leakRun{words: newCanaries(), evidence: r.evidence, program: r.program, keys: r.keys}
	for i := range 2 * n {
		talk(others, i, "late "+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	after, _ := count()
	t.Logf("n = %d sessions with %d words; in memory when they had ended: %v; after %d other sessions: %v", n, len(r.words.words)-len(modes), before, 2*n, after)
	r.program.stop()
}
