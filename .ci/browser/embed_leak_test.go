package browser

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
)

// left is what a page holds on to, as the browser counts it.
type left map[string]float64

// counted are the figures of the browser that must come back to where they were.
var counted = []string{"Nodes", "JSEventListeners", "RTCPeerConnections", "AudioHandlers", "AudioWorkletProcessors", "WorkerGlobalScopes", "DetachedScriptStates"}

// leftovers collects garbage and counts.
func (tab *Tab) leftovers() left {
	tab.t.Helper()
	all := left{}
	for range 3 {
		call(tab, heapprofiler.CollectGarbage, cdp.Empty{})
	}
	for _, m := range call(tab, performance.GetMetrics, cdp.Empty{}).Metrics {
		all[m.Name] = m.Value
	}
	return all
}

// An element that is taken away leaves nothing behind, whatever it was doing:
// no node, listener, call, sound, socket or memory in the page, and no session
// at the gateway.
func TestElementLeavesNothing(t *testing.T) { // R1
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.put("/", s.script(t, s.integrity(t)), `<div id="here">Here</div>`)
	tab.visit(s.URL + "/")
	call(tab, performance.Enable, performance.EnableParams{})
	// What it opens is counted, and held weakly, so that counting keeps nothing.
	eval[any](tab, `(() => {
		window.__opened = {};
		for (const name of ['WebSocket', 'RTCPeerConnection', 'AudioContext']) {
			const Plain = window[name], all = (__opened[name] = []);
			window[name] = class extends Plain { constructor(...a) { super(...a); all.push(new WeakRef(this)); } };
		}
	})()`)
	tab.click("#here") // sound needs a press, somewhere, once
	// What a page does with it, in five ways to be taken away.
	ways := []struct{ name, until string }{
		{"at rest", `true`},
		{"while connecting", `e.start(), e.state === 'connecting'`},
		{"at the notice", `!e.shadowRoot.querySelector('[part~=notice]').hidden`},
		{"in a conversation", `press('continue'), e.state === 'talking'`},
		{"while it speaks", `ask(), e.dataset.mood === 'speaking'`},
	}
	n := times(100)
	var before left
	round := func(i int) {
		way := i % len(ways)
		silent := ""
		if i/len(ways)%2 == 1 {
			silent = "e.setAttribute('silent', '');"
		}
		eval[any](tab, `(async () => {
			const e = document.createElement('mayfly-avatar');
			e.setAttribute('gateway', `+quote(s.Gateway.URL)+`); e.setAttribute('token-url', '/avatar-token'); e.setAttribute('avatar', 'lumen');`+silent+`
			const press = (part) => { const b = e.shadowRoot.querySelector('[part~=' + part + ']'); if (b.checkVisibility()) b.click(); };
			let asked = false;
			const ask = () => { asked ||= e.ask('What happens to what I say?'); };
			document.querySelector('#here').append(e);
			const wait = async (so, what) => { for (let i = 0; !so(); i++) { if (i > 1500) throw new Error(what); await new Promise((r) => setTimeout(r, 10)); } };
			const steps = [`+steps(ways[:way+1])+`];
			for (const [so, what] of steps) await wait(so, what + ': ' + e.state);
			e.remove();
		})()`)
	}
	warm := 2 * len(ways)
	for i := range warm + n {
		if i == warm {
			s.Gateway.wantNoSessions(t, 30*time.Second)
			time.Sleep(time.Second)
			before = tab.leftovers()
		}
		round(i)
	}
	s.Gateway.wantNoSessions(t, 30*time.Second)
	var after left
	same := func() bool {
		after = tab.leftovers()
		for _, name := range counted {
			if after[name] > before[name] {
				return false
			}
		}
		return true
	}
	if !eventually(20*time.Second, same) {
		for _, name := range counted {
			if after[name] > before[name] {
				t.Errorf("%s: %v before, %v after %d elements", name, before[name], after[name], n)
			}
		}
	}
	const (
		filled = 128 << 10 // bytes that caches of the browser fill once
		leaks  = 2 << 10   // bytes for each element that must be more than noise
	)
	grown := after["JSHeapUsedSize"] - before["JSHeapUsedSize"]
	if grown > filled+float64(n)*leaks {
		t.Errorf("the page's memory grew by %.0f bytes over %d elements", grown, n)
	}
	opened := eval[map[string][2]int](tab, `Object.fromEntries(Object.entries(__opened).map(([name, all]) => [name, [all.length, all.filter((r) => {
		const o = r.deref(); return o && (name === 'WebSocket' ? o.readyState < 2 : name === 'AudioContext' ? o.state !== 'closed' : o.connectionState !== 'closed'); }).length]]))`)
	for name, o := range opened {
		if o[0] < n/10 {
			t.Errorf("only %d of %s were opened: this tried too little", o[0], name)
		}
		if o[1] > 0 {
			t.Errorf("%d of %d of %s are still open", o[1], o[0], name)
		}
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained %d times, first: %q", len(wrong), wrong[0])
	}
	t.Logf("n=%d elements, %.0f sessions; heap %.0f kB before, %.0f kB after; opened %v; left %v", n, s.Gateway.Figure("mayfly_sessions_started_total"),
		before["JSHeapUsedSize"]/1000, after["JSHeapUsedSize"]/1000, opened, pick(after, counted))
}

func steps(ways []struct{ name, until string }) string {
	text := ""
	for _, w := range ways {
		text += `[() => (` + w.until + `), ` + quote(w.name) + `],`
	}
	return text
}

func pick(all left, names []string) map[string]float64 {
	some := map[string]float64{}
	for _, name := range names {
		some[name] = all[name]
	}
	return some
}
