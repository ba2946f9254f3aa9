package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Failure is why a voice could not speak, without a word of what it was given.
type Failure struct {
	Voice string // the voice's name
	Code  string // "start", "exit", "sound", "timeout", "unreachable", "refused"
	Cause error  // for errors.Is; never shown, since a program may quote its input
}

// Error names the voice and the code only.
func (f *Failure) Error() string { return fmt.Sprintf("voice: %s: %s", f.Voice, f.Code) }

// Unwrap is for errors.Is on the context's errors.
func (f *Failure) Unwrap() error { return f.Cause }

// limits of one program run. A reply's sentence is far below them; they bound
// a program that has gone wrong.
const (
	maxSound     = 300 * Rate * 2         // bytes: five minutes at our rate
	maxRun       = 30 * time.Second       // of one sentence
	killWait     = 500 * time.Millisecond // until a killed program's pipes are given up
	maxProcesses = 8                      // at the same time, per voice
)

// program runs a speech program for one text: words on standard input, never
// as an argument; sound from a pipe or from memory, never from a disk.
type program struct {
	name  string
	path  string
	slots chan struct{} // one per running process
}

func newProgram(name, path string) program {
	return program{name: name, path: path, slots: make(chan struct{}, maxProcesses)}
}

// command prepares the program in a process group of its own, which is killed
// whole when ctx ends. text is copied; the copy is cleared with the input.
func (p *program) command(ctx context.Context, args []string, in *input) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killWait
	cmd.Env = Environment()
	cmd.Stdin = in
	return cmd
}

// Environment is all that a program is told: nothing of the gateway's own, keys
// above all. It has no folder to write in; sound libraries, which programs
// load even where they play nothing, make files in the home folder and in the
// one for temporary files else, and start servers.
func Environment() []string {
	const nowhere = "/dev/null" // no path below it can be made, by nobody
	return []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8",
		"HOME=" + nowhere, "TMPDIR=" + nowhere,
		"XDG_CONFIG_HOME=" + nowhere, "XDG_CACHE_HOME=" + nowhere, "XDG_DATA_HOME=" + nowhere, "XDG_STATE_HOME=" + nowhere, "XDG_RUNTIME_DIR=" + nowhere,
		"PULSE_SERVER=unix:" + nowhere, "PIPEWIRE_RUNTIME_DIR=" + nowhere, // none is asked, so none is started
		"PYTHONDONTWRITEBYTECODE=1",
	}
}

// enter waits for one of the places to run a process.
func (p *program) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stream runs the program and hands what it writes to standard output to
// read, as it comes. It returns when the program has ended and was waited
// for.
func (p *program) stream(ctx context.Context, args []string, text []byte, read func(io.Reader) error) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer func() { <-p.slots }()
	run, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	in := feed(text)
	defer in.clear()
	cmd := p.command(run, args, in)
	sound, far, err := os.Pipe()
	if err != nil {
		return &Failure{p.name, "start", err}
	}
	defer sound.Close()
	cmd.Stdout = far
	err = cmd.Start()
	far.Close()
	if err != nil {
		return &Failure{p.name, "start", err}
	}
	// Reading ends when the program does; after a kill it must not wait for a
	// grandchild that holds the pipe. Closing is the reader's, so a deadline.
	stop := context.AfterFunc(run, func() { _ = sound.SetReadDeadline(time.Now()) })
	readErr := read(io.LimitReader(sound, maxSound))
	stop()
	if readErr != nil {
		cancel()
	}
	sound.Close() // a program that writes on gets a broken pipe
	return p.verdict(ctx, run, readErr, cmd.Wait())
}

// memory runs the program to its end with an anonymous file in memory as file
// descriptor 3, for programs that must seek in their sound. It gives the
// sound and the first kilobytes of standard output.
func (p *program) memory(ctx context.Context, args []string, text []byte) (sound, notes []byte, err error) {
	if err := p.enter(ctx); err != nil {
		return nil, nil, err
	}
	defer func() { <-p.slots }()
	run, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	in := feed(text)
	defer in.clear()
	cmd := p.command(run, args, in)
	file, err := memoryFile()
	if err != nil {
		return nil, nil, &Failure{p.name, "start", err}
	}
	defer file.Close()
	out := capped{room: 64 << 10}
	defer out.clear()
	cmd.Stdout, cmd.ExtraFiles = &out, []*os.File{file}
	if err := cmd.Start(); err != nil {
		return nil, nil, &Failure{p.name, "start", err}
	}
	if err := p.verdict(ctx, run, nil, cmd.Wait()); err != nil {
		return nil, nil, err
	}
	sound, err = io.ReadAll(io.NewSectionReader(file, 0, maxSound))
	if err != nil {
		return nil, nil, &Failure{p.name, "sound", err}
	}
	return sound, out.take(), nil
}

// verdict says how a run ended: the caller's context first, then our own
// limit, then what reading and waiting say.
func (p *program) verdict(ctx, run context.Context, read, wait error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(run.Err(), context.DeadlineExceeded):
		return &Failure{p.name, "timeout", run.Err()}
	case errors.Is(read, errSound):
		return &Failure{p.name, "sound", read}
	case read != nil:
		return read
	case wait != nil:
		return &Failure{p.name, "exit", wait}
	}
	return nil
}
