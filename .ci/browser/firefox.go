package browser

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// quietly keeps Firefox from calling anybody and lets a click be a gesture.
const quietly = `user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.region.network.url", "");
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.disable_beforeunload", false);
user_pref("extensions.update.enabled", false);
user_pref("intl.accept_languages", "en-US,en");
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.disablePrefetch", true);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.enabled", false);
`

// Fox is a page in a Firefox of its own, driven over WebDriver BiDi.
type Fox struct {
	t       testing.TB
	socket  *websocket.Conn
	context string

	mu      sync.Mutex
	next    int                     // Guarded by mu.
	waiting map[int]chan bidiAnswer // Guarded by mu. by the id of the command
	errors  []string                // Guarded by mu. of the console
	asked   []string                // Guarded by mu. addresses
}

type bidiAnswer struct {
	ID      int             `json:"id"`
	Type    string          `json:"type"` // success, error, event
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Message string          `json:"message"`
}

var bidiAddress = regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)

// openFox starts a Firefox whose page first runs watch.js and then prelude,
// before anything of its own. It is closed when the test ends. Without a
// loudspeaker Firefox runs no sound at all.
func openFox(t testing.TB, sound *Loudspeaker, prelude string) *Fox {
	t.Helper()
	home := t.TempDir()
	profile := filepath.Join(home, "profile")
	must(t, os.Mkdir(profile, 0o700))
	must(t, os.WriteFile(filepath.Join(profile, "user.js"), []byte(quietly), 0o600))
	cmd := exec.Command("firefox-esr", "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile, "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+home, "MOZ_CRASHREPORTER_DISABLE=1", "PULSE_SERVER="+sound.Server)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StderrPipe()
	must(t, err)
	if err := cmd.Start(); err != nil {
		t.Fatal("rig: Firefox does not start: ", err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	fox := &Fox{t: t, waiting: map[int]chan bidiAnswer{}}
	address := foxAddress(t, out)
	fox.socket, _, err = websocket.DefaultDialer.Dial(address+"/session", http.Header{})
	if err != nil {
		t.Fatal("rig: Firefox does not answer: ", err)
	}
	t.Cleanup(func() { _ = fox.socket.Close() })
	go fox.listen()
	fox.call("session.new", `{"capabilities":{"alwaysMatch":{"unhandledPromptBehavior":{"beforeUnload":"accept","default":"accept"}}}}`)
	fox.call("session.subscribe", `{"events":["log.entryAdded","network.beforeRequestSent"]}`)
	for _, script := range []string{watch, prelude} {
		fox.call("script.addPreloadScript", `{"functionDeclaration":`+quote("() => {"+script+"\n}")+`}`)
	}
	var made struct {
		Context string `json:"context"`
	}
	must(t, json.Unmarshal(fox.call("browsingContext.create", `{"type":"tab"}`), &made))
	fox.context = made.Context
	t.Cleanup(func() {
		if t.Failed() {
			defer func() { _ = recover() }() // it may be the reason that there is no picture
			fox.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
			t.Logf("the browser's console said: %q", fox.Errors())
		}
	})
	return fox
}

// foxAddress reads what Firefox says at its start up to its address.
func foxAddress(t testing.TB, out io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := bidiAddress.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case address, ok := <-found:
		if !ok {
			t.Fatal("rig: Firefox ended at once")
		}
		return address
	case <-time.After(60 * time.Second):
		t.Fatal("rig: Firefox was not ready after 60 s")
	}
	return ""
}

// listen hands answers to who waits for them, and notes what went on.
func (fox *Fox) listen() {
	for {
		var a bidiAnswer
		if err := fox.socket.ReadJSON(&a); err != nil {
			return
		}
		fox.mu.Lock()
		if to := fox.waiting[a.ID]; a.Type != "event" && to != nil {
			delete(fox.waiting, a.ID)
			to <- a
		}
		var p struct {
			Level, Text string
			Request     struct{ URL string }
		}
		if a.Type == "event" && json.Unmarshal(a.Params, &p) == nil {
			switch {
			case a.Method == "network.beforeRequestSent":
				fox.asked = append(fox.asked, p.Request.URL)
			case p.Level == "error" || p.Level == "warn":
				fox.errors = append(fox.errors, p.Text)
			}
		}
		fox.mu.Unlock()
	}
}

// call runs a command, or ends the test.
func (fox *Fox) call(method, params string) json.RawMessage {
	fox.t.Helper()
	answer := make(chan bidiAnswer, 1)
	fox.mu.Lock()
	fox.next++
	id := fox.next
	fox.waiting[id] = answer
	err := fox.socket.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":%d,"method":%s,"params":%s}`, id, quote(method), params))
	fox.mu.Unlock()
	must(fox.t, err)
	select {
	case a := <-answer:
		if a.Type != "success" {
			fox.t.Fatalf("rig: %s: %s", method, a.Message)
		}
		return a.Result
	case <-time.After(20 * time.Second):
		panic(hung(method))
	}
}

// hung is a command that Firefox never answered: headless, on a busy machine,
// it sometimes stops drawing, and then it answers nothing any more.
type hung string

// retried runs a journey, and again with another Firefox if that one hung.
func retried(t testing.TB, journey func()) {
	t.Helper()
	answered := func() (ok bool) {
		defer func() {
			if why := recover(); why != nil {
				method, is := why.(hung)
				if !is {
					panic(why)
				}
				t.Logf("rig: Firefox hung at %s", string(method))
			}
		}()
		journey()
		return true
	}
	for range 3 {
		if answered() {
			return
		}
	}
	t.Fatal("rig: Firefox hung three times")
}

// Errors are the errors and warnings of the console so far.
func (fox *Fox) Errors() []string {
	fox.mu.Lock()
	defer fox.mu.Unlock()
	return append([]string(nil), fox.errors...)
}

// Asked are the addresses that were asked so far.
func (fox *Fox) Asked() []string {
	fox.mu.Lock()
	defer fox.mu.Unlock()
	return append([]string(nil), fox.asked...)
}

// text evaluates an expression into a string.
func (fox *Fox) text(expression string) string {
	fox.t.Helper()
	params := `{"expression":` + quote(`(async () => String(await (`+expression+`)))()`) + `,"target":{"context":` + quote(fox.context) + `},"awaitPromise":true}`
	var r struct {
		Type      string
		Result    struct{ Value string }
		Exception struct{ Text string } `json:"exceptionDetails"`
	}
	must(fox.t, json.Unmarshal(fox.call("script.evaluate", params), &r))
	if r.Type != "success" {
		fox.t.Fatalf("rig: %.80s: %s", expression, r.Exception.Text)
	}
	return r.Result.Value
}

// until waits for an expression to be true; what says what a person waits for.
func (fox *Fox) until(within time.Duration, expression, what string) {
	fox.t.Helper()
	if !eventually(within, func() bool { return fox.text("Boolean("+expression+")") == "true" }) {
		fox.t.Fatalf("after %v: %s", within, what)
	}
}

// visit opens an address and waits until the page has loaded.
func (fox *Fox) visit(address string) {
	fox.t.Helper()
	fox.call("browsingContext.navigate", `{"context":`+quote(fox.context)+`,"url":`+quote(address)+`,"wait":"complete"}`)
}

// click presses the mouse in the middle of an element.
func (fox *Fox) click(selector string) {
	fox.t.Helper()
	var at []float64
	must(fox.t, json.Unmarshal([]byte(fox.text(`(() => { const e = document.querySelector(`+quote(selector)+`);
		e?.scrollIntoView({ block: 'nearest' }); const b = e?.getBoundingClientRect();
		return JSON.stringify(b ? [b.left + b.width / 2, b.top + b.height / 2, b.width * b.height] : [0, 0, 0]); })()`)), &at))
	if at[2] == 0 {
		fox.t.Fatalf("nobody could press %s: it is not on the page", selector)
	}
	fox.act(fmt.Sprintf(`{"type":"pointer","id":"mouse","actions":[{"type":"pointerMove","x":%d,"y":%d},{"type":"pointerDown","button":0},{"type":"pointerUp","button":0}]}`, int(at[0]), int(at[1])))
}

// foxKeys are the keys that are more than a character, as WebDriver names them.
var foxKeys = strings.NewReplacer("\n", "\uE007", "\t", "\uE004", "\x1b", "\uE00C")

// press presses and releases the key of every character: "\n" is Enter, "\t"
// Tab, "\x1b" Escape.
func (fox *Fox) press(keys string) {
	fox.t.Helper()
	var all []string
	for _, key := range foxKeys.Replace(keys) {
		for _, way := range []string{"keyDown", "keyUp"} {
			all = append(all, `{"type":"`+way+`","value":`+quote(string(key))+`}`)
		}
	}
	fox.act(`{"type":"key","id":"keyboard","actions":[` + strings.Join(all, ",") + `]}`)
}

func (fox *Fox) act(source string) {
	fox.t.Helper()
	fox.call("input.performActions", `{"context":`+quote(fox.context)+`,"actions":[`+source+`]}`)
}

// picture writes a screenshot to the folder for pictures.
func (fox *Fox) picture(name string) {
	var shot struct{ Data string }
	must(fox.t, json.Unmarshal(fox.call("browsingContext.captureScreenshot", `{"context":`+quote(fox.context)+`}`), &shot))
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	must(fox.t, err)
	keepPicture(fox.t, name, png)
}
