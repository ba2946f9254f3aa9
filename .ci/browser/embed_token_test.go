package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mayfly.test/started"
)

// endpoint is a token endpoint of the document: how its code is run.
type endpoint struct {
	heading, language, file string
	command                 func(folder, port string) *exec.Cmd
}

var endpoints = []endpoint{
	{"### Go", "go", "main.go", func(folder, _ string) *exec.Cmd {
		build := exec.Command("go", "build", "-o", "token", "main.go")
		build.Dir = folder
		if said, err := build.CombinedOutput(); err != nil {
			panic("the Go endpoint does not build: " + string(said))
		}
		return exec.Command(filepath.Join(folder, "token"))
	}},
	{"### Node", "js", "token.mjs", func(string, string) *exec.Cmd { return exec.Command("node", "token.mjs") }},
	{"### Python", "python", "token.py", func(string, string) *exec.Cmd { return exec.Command("python3", "token.py") }},
	{"### PHP", "php", "token.php", func(_, port string) *exec.Cmd { return exec.Command("php", "-S", "127.0.0.1:"+port, "token.php") }},
}

// The token endpoints that a site's author copies are short, run as they
// stand, give a token that opens a session to the site's own pages and to no
// others, and let the key out to nobody.
func TestTokenEndpoints(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	for _, e := range endpoints {
		t.Run(strings.TrimPrefix(e.heading, "### "), func(t *testing.T) {
			code := codeAfter(t, e.heading, e.language)
			if n := strings.Count(code, "\n"); n >= 30 {
				t.Errorf("%d lines, want under 30", n)
			} else {
				t.Logf("n=%d lines", n)
			}
			at := e.start(t, code, s.Gateway.URL, s.URL, siteKey)
			token := ask(t, at, s.URL, http.StatusOK)
			if !strings.HasPrefix(token, "ek_") {
				t.Fatalf("the answer has no token: %q", token)
			}
			for origin, want := range map[string]int{s.URL: http.StatusOK, "https://another.example": http.StatusForbidden} {
				if got := useToken(t, s.Gateway.URL, token, origin); got != want {
					t.Errorf("from %s the token is answered %d, want %d", origin, got, want)
				}
			}
			for _, origin := range []string{"https://another.example", s.URL + ".example", "null", ""} {
				if token := ask(t, at, origin, http.StatusForbidden); token != "" {
					t.Errorf("from %q a token is given", origin)
				}
			}
			ask(t, e.start(t, code, s.Gateway.URL, s.URL, "mf_"+strings.Repeat("A", 43)), s.URL, http.StatusUnauthorized)
			ask(t, e.start(t, code, "http://"+started.FreePort(t), s.URL, siteKey), s.URL, http.StatusBadGateway)
		})
	}
}

// start runs the code until the test ends and returns its address.
func (e endpoint) start(t *testing.T, code, gateway, origin, key string) string {
	t.Helper()
	_, port, _ := strings.Cut(started.FreePort(t), ":")
	if e.language != "php" && strings.Count(code, "3000") != 1 {
		t.Fatal("the code does not name its port once")
	}
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, e.file), []byte(strings.ReplaceAll(code, "3000", port)), 0o600))
	cmd := e.command(folder, port)
	cmd.Dir = folder
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.Contains(strings.ToLower(v), "proxy") }),
		"GATEWAY="+gateway, "MAYFLY_API_KEY="+key, "PAGE_ORIGIN="+origin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said := &started.Lines{}
	cmd.Stdout, cmd.Stderr = said, said
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the endpoint said:\n%s", said)
		}
		if strings.Contains(said.String(), key) {
			t.Error("the endpoint says the key")
		}
	})
	at := "http://127.0.0.1:" + port + "/avatar-token"
	if !eventually(20*time.Second, func() bool {
		answer, err := http.Get(at)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				t.Error("a GET is answered as if it were good")
			}
		}
		return err == nil
	}) {
		t.Fatalf("the endpoint does not start:\n%s", said)
	}
	return at
}

// ask asks for a token as the element does, and returns it. Neither key nor
// token is anywhere else in the answer.
func ask(t *testing.T, at, origin string, want int) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, at, strings.NewReader(`{"avatar":"lumen","locale":"en"}`))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != want {
		t.Errorf("from %q: %d, want %d: %s", origin, answer.StatusCode, want, body)
	}
	var headers strings.Builder
	must(t, answer.Header.Write(&headers))
	if all := headers.String() + string(body); strings.Contains(all, "mf_") {
		t.Errorf("the key is in the answer:\n%s", all)
	}
	var token struct {
		Value string `json:"value"`
	}
	_ = json.Unmarshal(body, &token)
	return token.Value
}

// useToken says how the gateway answers a token that comes from an origin.
func useToken(t *testing.T, gateway, token, origin string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, gateway+"/v1/realtime/ice-servers", nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Origin", origin)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	_ = answer.Body.Close()
	return answer.StatusCode
}
