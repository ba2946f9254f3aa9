package browser

import (
	"strings"
	"testing"
	"time"
)

// On somebody else's page, under the policy that the documents give it, a
// person is asked, chooses a picture, sees it, reads who gets it, and is
// answered about it; an element without the attribute offers nothing. // R41 R81
func TestElementShows(t *testing.T) {
	t.Parallel()
	eye := startEye(t)
	s := startSite(t, func(string) string { return "    policy: {attachments: true}\n" }, "        voice: none\n        backend: {url: "+quote(eye.URL)+", model: m, name: Example Model, vision: true}\n")
	s.put("/", s.script(t, s.integrity(t)), strings.Replace(s.element("Ada", "lumen"), " silent", " silent attachments", 1)+s.element("Nox", "lumen"))
	tab := openTab(t)
	tab.visit(s.URL + "/")
	e, plain := embedded(tab, "#Ada"), embedded(tab, "#Nox")
	e.shows("arrive", 10*time.Second)
	e.begin()
	tab.until(20*time.Second, e.part("notice")+`?.hidden === false && `+e.part("notice-text")+`.textContent.includes('Example Model')`, "the element does not ask before anything is shown")
	tab.picture("embed-show-asked")
	e.click("yes")
	tab.until(20*time.Second, e.part("attach")+`.hidden === false`, "there is nothing to press")
	choose := func() {
		eval[any](tab, `(() => { const c = document.createElement('canvas'); c.width = 60; c.height = 40; const x = c.getContext('2d'); x.fillStyle = '#c81e1e'; x.fillRect(0, 0, 60, 40);
			c.toBlob((b) => { const d = new DataTransfer(); d.items.add(new File([b], 'garden.png', { type: 'image/png' }));
				for (const type of ['dragover', 'drop']) `+e.part("box")+`.dispatchEvent(new DragEvent(type, { dataTransfer: d, bubbles: true, cancelable: true })); }); })()`)
		tab.until(20*time.Second, e.part("tray-name")+`?.textContent === 'garden.png'`, "what was dropped is not shown")
	}
	choose()
	if hint := e.text("tray-hint"); hint != "When you send it, Example Model gets it. It is not recorded here." {
		t.Errorf("before it is sent the person reads %q", hint)
	}
	tab.picture("embed-show-waits")
	e.click("tray-remove")
	tab.until(20*time.Second, e.part("tray")+`.hidden`, "it cannot be taken away")
	choose()
	e.click("send")
	e.answered("red above blue")
	if got := eye.pictures(t, 0); len(got) != 1 || got[0].Bounds().Dx() != 60 {
		t.Errorf("%d pictures reached the back end", len(got))
	}
	if drawn := eval[int](tab, e.js+`.shadowRoot.querySelectorAll('[part~=words] canvas').length`); drawn != 1 {
		t.Errorf("%d pictures are in the conversation", drawn)
	}
	tab.picture("embed-show-sent")
	plain.begin()
	if hidden := eval[bool](tab, plain.part("attach")+`.hidden`); !hidden {
		t.Error("an element without the attribute lets people show something")
	}
	if refused := eval[[]string](tab, `__rig.violations`); len(refused) > 0 {
		t.Errorf("the page's policy refused: %q", refused)
	}
	if wrong := tab.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
}
