package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// clone is what somebody waits who has only heard of Mayfly: from "git clone"
// on a machine with Go, and nothing else, to the first sound of the first
// answer. Floor: the same for a program of ten lines that serves "hello".
func clone(ctx context.Context) (ours, floor measured, err error) {
	if floor, err = hello(ctx); err != nil {
		return ours, floor, err
	}
	p, err := newPlace(ctx)
	if err != nil {
		return ours, floor, err
	}
	defer p.remove()
	began := time.Now()
	if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", "--no-hardlinks", ".", p.tree).CombinedOutput(); err != nil {
		return ours, floor, fmt.Errorf("%w: %s", err, out)
	}
	cloned := time.Since(began)
	program, err := p.run(ctx, "go", "run", "./cmd/mayfly", "--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", filepath.Join(p.folder, "data"))
	if err != nil {
		return ours, floor, err
	}
	defer program.stop()
	if _, err := program.until("Stop "); err != nil {
		return ours, floor, err
	}
	ready := time.Since(began)
	if err := firstSound(filepath.Join(p.folder, "data", "demo.json")); err != nil {
		return ours, floor, err
	}
	all := time.Since(began)
	ours = measured{value: all.Seconds(), unit: "s", note: fmt.Sprintf("clone %.1f s; download, compile and start %.1f s; first sound %.2f s later", cloned.Seconds(), (ready - cloned).Seconds(), (all - ready).Seconds())}
	return ours, floor, nil
}

// firstSound is a visitor with the notice acknowledged who asks one question
// and waits for sound.
func firstSound(demo string) error {
	raw, err := os.ReadFile(demo)
	if err != nil {
		return err
	}
	var at struct {
		URL string `json:"url"`
		Key string `json:"api_key"`
	}
	if err := json.Unmarshal(raw, &at); err != nil {
		return err
	}
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(at.URL, "http", "ws", 1)+"/v1/realtime", http.Header{"Authorization": {"Bearer " + at.Key}})
	if err != nil {
		return err
	}
	defer ws.Close()
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	say := func(e string) error { return ws.WriteMessage(websocket.TextMessage, []byte(e)) }
	if err := say(`{"type":"session.update","session":{"type":"realtime","avatar":{"version":"1","acknowledges_disclosure":true}}}`); err != nil {
		return err
	}
	for {
		var e struct {
			Type   string `json:"type"`
			Notice string `json:"disclosure_id"`
		}
		if err := ws.ReadJSON(&e); err != nil {
			return err
		}
		switch e.Type {
		case "avatar.disclosure.presented":
			for _, m := range []string{
				fmt.Sprintf(`{"type":"avatar.disclosure.acknowledge","disclosure_id":%q}`, e.Notice),
				`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"What is Mayfly?"}]}}`,
				`{"type":"response.create"}`,
			} {
				if err := say(m); err != nil {
					return err
				}
			}
		case "response.output_audio.delta":
			return nil
		}
	}
}

// helloProgram answers one request, as short as Go allows.
const helloProgram = `package main

import (
	"fmt"
	"net"
	"net/http"
)

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	fmt.Println("Open http://" + l.Addr().String())
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }))
}
`

// hello measures the floor.
func hello(ctx context.Context) (m measured, err error) {
	p, err := newPlace(ctx)
	if err != nil {
		return m, err
	}
	defer p.remove()
	if err := os.Mkdir(p.tree, 0o755); err != nil {
		return m, err
	}
	if err := os.WriteFile(filepath.Join(p.tree, "main.go"), []byte(helloProgram), 0o644); err != nil {
		return m, err
	}
	began := time.Now()
	program, err := p.run(ctx, "go", "run", "main.go")
	if err != nil {
		return m, err
	}
	defer program.stop()
	line, err := program.until("Open ")
	if err != nil {
		return m, err
	}
	res, err := http.Get(strings.TrimSpace(strings.TrimPrefix(line, "Open ")))
	if err != nil {
		return m, err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return measured{value: time.Since(began).Seconds(), unit: "s"}, nil
}

// place is a machine on which nothing was ever built.
type place struct {
	folder, tree string
	environ      []string
}

func newPlace(ctx context.Context) (*place, error) {
	folder, err := os.MkdirTemp("", "figures-")
	if err != nil {
		return nil, err
	}
	p := &place{folder: folder, tree: filepath.Join(folder, "mayfly")}
	p.environ = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(folder, "home"), "GOFLAGS=-modcacherw"}
	// Where modules come from is this machine's business and not measured.
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOTOOLCHAIN"} {
		out, err := exec.CommandContext(ctx, "go", "env", name).Output()
		if err != nil {
			return nil, err
		}
		p.environ = append(p.environ, name+"="+strings.TrimSpace(string(out)))
	}
	return p, nil
}

func (p *place) remove() { _ = os.RemoveAll(p.folder) }

// program is a process and those that it starts.
type program struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	errors strings.Builder
}

func (p *place) run(ctx context.Context, name string, args ...string) (*program, error) {
	r := &program{cmd: exec.CommandContext(ctx, name, args...)}
	r.cmd.Dir, r.cmd.Env, r.cmd.Stderr = p.tree, p.environ, &r.errors
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReader(out)
	return r, r.cmd.Start()
}

// until reads lines up to one that begins with a word, and gives it.
func (r *program) until(begins string) (string, error) {
	for {
		line, err := r.out.ReadString('\n')
		if strings.HasPrefix(strings.TrimSpace(line), begins) {
			return line, nil
		}
		if err != nil {
			r.stop()
			return "", fmt.Errorf("it ended: %w: %s", err, r.errors.String())
		}
	}
}

func (r *program) stop() {
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, r.out)
	_ = r.cmd.Wait()
}
