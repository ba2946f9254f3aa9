package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed watch.js
var watch string

//go:embed hear.js
var hear string

// chromium is the one browser of a run; every Tab has a profile of its own in it.
var chromium struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// flags keep Chromium to this machine and to itself.
var flags = append(chromedp.DefaultExecAllocatorOptions[:],
	chromedp.NoSandbox,
	chromedp.DisableGPU,
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("use-fake-device-for-media-stream", true),
	chromedp.Flag("use-fake-ui-for-media-stream", true),
	chromedp.Flag("lang", "en-US"),
)

func startChromium() error {
	chromium.once.Do(func() {
		alloc, stop := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
		chromium.ctx, chromium.cancel = ctx, func() { _ = chromedp.Cancel(ctx); cancel(); stop() }
		chromium.err = chromedp.Do(ctx)
	})
	return chromium.err
}

// stopChromium ends the browser, if there was one.
func stopChromium() {
	if chromium.cancel != nil {
		chromium.cancel()
	}
}

// Tab is a page in a profile that nobody has used before, and everything that
// went on in it.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	errors   []string            // Guarded by mu. console errors, exceptions, refused by policy
	dialogs  []string            // Guarded by mu. "type: message"
	requests []string            // Guarded by mu. addresses
	headers  []map[string]string // Guarded by mu. of responses
	received float64             // Guarded by mu. bytes over the network, headers and all
}

// openTab makes a tab whose page is watched and heard; it must be reached
// through a Network, which serves the tap. It is closed when the test ends.
func openTab(t testing.TB) *Tab {
	tab := openWatchedTab(t)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hear})
	return tab
}

// openWatchedTab makes a tab whose sound is left alone.
func openWatchedTab(t testing.TB) *Tab {
	t.Helper()
	tab := openBareTab(t)
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	return tab
}

// openBareTab makes a tab into whose page nothing is put.
func openBareTab(t testing.TB) *Tab {
	t.Helper()
	if err := startChromium(); err != nil {
		t.Fatal("rig: Chromium does not start: ", err)
	}
	return newTab(t, chromium.ctx, chromedp.WithNewBrowserContext())
}

// another opens a second tab beside one, in the same profile, heard as well.
func (tab *Tab) another() *Tab {
	tab.t.Helper()
	second := newTab(tab.t, tab.ctx)
	call(second, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	call(second, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hear})
	return second
}

// newTab makes a tab of which is noted what it does to the outside.
func newTab(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	tab := &Tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			tab.picture("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
			t.Logf("the browser's console said: %q", tab.Errors())
		}
		cancel()
	})
	must(t, chromedp.Listen(ctx, tab.hear))
	call(tab, network.Enable, network.EnableParams{})
	call(tab, cdplog.Enable, cdp.Empty{})
	call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	tab.size(1280, 800)
	return tab
}

// call runs a DevTools command, or ends the test.
func call[P, R any](tab *Tab, cmd cdp.Command[P, R], params P) R {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 30*time.Second)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		tab.t.Fatalf("rig: %s: %v", cmd.Method, err)
	}
	return r
}

// hear notes what went on. It runs inside the reading loop and asks nothing.
func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		tab.errors = append(tab.errors, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var parts []string
			for _, a := range e.Args {
				parts = append(parts, string(a.Value)+a.Description)
			}
			tab.errors = append(tab.errors, "console: "+strings.Join(parts, " "))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Source == cdplog.EntrySourceSecurity {
			tab.errors = append(tab.errors, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *page.EventJavascriptDialogOpening:
		tab.dialogs = append(tab.dialogs, fmt.Sprintf("%s: %s", e.Type, e.Message))
		go func() {
			_, _ = chromedp.Call(tab.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *network.EventRequestWillBeSent:
		tab.requests = append(tab.requests, e.Request.URL)
	case *network.EventWebSocketCreated:
		tab.requests = append(tab.requests, e.URL)
	case *network.EventResponseReceivedExtraInfo:
		seen := map[string]string{}
		for k, v := range e.Headers {
			seen[strings.ToLower(k)] = fmt.Sprint(v)
		}
		tab.headers = append(tab.headers, seen)
	case *network.EventLoadingFinished:
		tab.received += e.EncodedDataLength
	}
}

// Errors are the console errors, exceptions and refusals by policy so far.
func (tab *Tab) Errors() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.errors...)
}

// Dialogs are the browser's own boxes that came up so far.
func (tab *Tab) Dialogs() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.dialogs...)
}

// Requests are the addresses that were asked so far.
func (tab *Tab) Requests() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.requests...)
}

// Headers are those of all answers so far, with names in lower case.
func (tab *Tab) Headers() []map[string]string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]map[string]string(nil), tab.headers...)
}

// Received is how many bytes came over the network so far.
func (tab *Tab) Received() float64 {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return tab.received
}

// eval evaluates an expression, awaiting a promise, into a T.
func eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 60*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`(async () => JSON.stringify((await (`+expression+`)) ?? null))()`, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("rig: %.80s: %v", expression, err)
	}
	var v T
	must(tab.t, json.Unmarshal([]byte(text), &v))
	return v
}

// until waits for an expression to be true; what says what a person waits for.
func (tab *Tab) until(within time.Duration, expression, what string) {
	tab.t.Helper()
	if !eventually(within, func() bool { return eval[bool](tab, "Boolean("+expression+")") }) {
		tab.t.Fatalf("after %v: %s", within, what)
	}
}

// size sets the window, in CSS pixels at one device pixel each.
func (tab *Tab) size(width, height int64) {
	call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// media sets what the person's system says: "prefers-color-scheme", "dark", ...
func (tab *Tab) media(pairs ...string) {
	var features []*emulation.MediaFeature
	for i := 0; i+1 < len(pairs); i += 2 {
		features = append(features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}
