package command

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
)

// killWait is how long the pipes of a killed program are waited for.
const killWait = 500 * time.Millisecond

// run is the whole life of one program. When it returns, the program and all
// that it started have ended and were waited for.
func (u *utterance) run() {
	defer close(u.done)
	t := u.transcriber
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-u.ctx.Done():
		u.err = u.verdict(errBusy)
		return
	}
	life, cancel := context.WithTimeoutCause(u.ctx, t.limits.Life, errSlow)
	defer cancel()
	cmd := u.command(life)
	in, err := cmd.StdinPipe()
	if err != nil {
		u.err = failure(err)
		return
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		in.Close()
		u.err = failure(err)
		return
	}
	fed := make(chan struct{})
	fedUp, enough := context.WithCancel(life)
	go func() {
		defer close(fed)
		u.feed(fedUp, in)
	}()
	// A process that left the group may hold the pipe open for ever.
	unstop := context.AfterFunc(life, func() { out.Close() })
	err = u.read(out)
	if err != nil {
		cancel()
	}
	unstop()
	enough()
	in.Close()
	<-fed
	waited := cmd.Wait()
	switch {
	case errors.Is(err, errTooMuch):
	case life.Err() != nil:
		err = context.Cause(life)
	case waited != nil:
		err = waited
	}
	// What it left behind in its group ends with it.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	u.err = u.verdict(err)
}

// verdict is what End tells of an error: nothing of what the program wrote.
func (u *utterance) verdict(err error) error {
	switch {
	case err == nil:
		return nil
	case u.ctx.Err() == nil || errors.Is(context.Cause(u.ctx), errSlow):
		return failure(err)
	}
	return u.ctx.Err() // it was dropped, or its context ended
}

// command prepares the program in a process group of its own, which is killed
// whole when ctx ends.
func (u *utterance) command(ctx context.Context) *exec.Cmd {
	argv := slices.Clone(u.transcriber.options.Argv)
	for i := range argv[1:] {
		argv[1+i] = strings.ReplaceAll(argv[1+i], "{language}", u.language)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killWait
	cmd.Env = voice.Environment()
	cmd.Dir = "/"
	return cmd
}

// feed passes the sound on as it comes, until its end.
func (u *utterance) feed(ctx context.Context, in io.WriteCloser) {
	defer in.Close()
	headed := !u.transcriber.options.WAV
	for {
		sound, last := u.take()
		if !headed {
			headed = true
			if _, err := in.Write(header(len(sound))); err != nil {
				clear(sound)
				return
			}
		}
		_, err := in.Write(sound)
		clear(sound[:cap(sound)])
		if err != nil || last {
			return // a program that wants no more is not forced to
		}
		select {
		case <-u.more:
		case <-ctx.Done():
			return
		}
	}
}

// header is that of a WAV file with n bytes of mono sound, 16 bits at
// avatar.HearingRate.
func header(n int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+n))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = le.AppendUint32(b, avatar.HearingRate)
	b = le.AppendUint32(b, 2*avatar.HearingRate)
	b = append(b, "\x02\x00\x10\x00data"...)
	return le.AppendUint32(b, uint32(n))
}

// read takes in the program's output, line by line, until its end.
func (u *utterance) read(out io.Reader) error {
	buf := make([]byte, u.transcriber.limits.Output)
	defer clear(buf)
	n, start := 0, 0
	for {
		if n == len(buf) {
			return errTooMuch
		}
		k, err := out.Read(buf[n:])
		scan := n
		n += k
		for {
			i := bytes.IndexByte(buf[scan:n], '\n')
			if i < 0 {
				break
			}
			u.hear(buf[start : scan+i])
			scan += i + 1
			start = scan
		}
		if err != nil {
			if start < n {
				u.hear(buf[start:n])
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}
