package browser

import (
	"strings"
	"testing"
	"time"
)

// On somebody else's page an answer is reported as on the gateway's own: what
// would be sent is shown, nothing is ticked, and only what was ticked goes.
func TestElementReport(t *testing.T) { // R48
	t.Parallel()
	s := startSite(t, nil)
	tab := openWatchedTab(t)
	s.put("/", s.script(t, s.integrity(t)), s.element("Ada", "lumen"))
	tab.visit(s.URL + "/")
	e := embedded(tab, "#Ada")
	e.shows("arrive", 10*time.Second)
	eval[any](tab, `(() => { window.__reports = []; const real = WebSocket.prototype.send;
		WebSocket.prototype.send = function (text) { const e = JSON.parse(text); if (e.type === 'avatar.report.submit') __reports.push(e); return real.call(this, text); }; })()`)
	e.begin()
	eval[any](tab, e.js+`.ask('What are you?')`)
	e.answered("AI")
	tab.until(20*time.Second, e.part("report-this"), "an answer cannot be reported")
	e.click("report-this")
	tab.until(20*time.Second, e.part("report")+`.hidden === false`, "Report shows nothing")
	tab.picture("embed-report")
	if shown := e.text("report"); !strings.Contains(shown, "What are you?") || !strings.Contains(shown, "90 days") {
		t.Errorf("before a report a person is shown %q", shown)
	}
	if set := eval[int](tab, e.js+`.shadowRoot.querySelectorAll('[part~=tick-box]:checked').length`); set != 0 {
		t.Errorf("%d lines are ticked before anybody ticked one", set)
	}
	e.click("report-yes")
	tab.until(20*time.Second, e.part("report-said")+`.textContent.includes('Tick')`, "with nothing ticked nobody is told to tick something")
	eval[any](tab, `(() => { const all = `+e.js+`.shadowRoot.querySelectorAll('[part~=tick-box]'); all[all.length - 1].click(); Object.assign(`+e.part("report-reason")+`, { value: 'wrong' }); })()`)
	e.click("report-yes")
	tab.until(20*time.Second, e.part("report")+`.hidden && `+e.part("note-text")+`.textContent.startsWith('Reported')`, "a report is sent and nobody is told; the element says "+e.text("report-said"))
	if sent := eval[[]struct {
		Items []struct{ Text string }
	}](tab, `__reports`); len(sent) != 1 || len(sent[0].Items) != 1 || strings.Contains(sent[0].Items[0].Text, "What are you?") {
		t.Errorf("the answer alone was ticked and this went: %+v", sent)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
