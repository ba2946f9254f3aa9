package browser

import (
	"github.com/chromedp/cdproto/input"
)

// keys are those that are more than a character.
var keys = map[string]input.DispatchKeyEventParams{
	"Enter":     {Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, Text: "\r"},
	"Tab":       {Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9},
	"Escape":    {Key: "Escape", Code: "Escape", WindowsVirtualKeyCode: 27},
	"Space":     {Key: " ", Code: "Space", WindowsVirtualKeyCode: 32, Text: " "},
	"ArrowDown": {Key: "ArrowDown", Code: "ArrowDown", WindowsVirtualKeyCode: 40},
	"ArrowUp":   {Key: "ArrowUp", Code: "ArrowUp", WindowsVirtualKeyCode: 38},
}

// shift is the modifier of a key event.
const shift = 8

// press presses and releases a key as a keyboard does.
func (tab *Tab) press(name string, modifiers int64) {
	tab.t.Helper()
	p, ok := keys[name]
	if !ok {
		tab.t.Fatalf("rig: no key %s", name)
	}
	p.Modifiers = modifiers
	p.NativeVirtualKeyCode = p.WindowsVirtualKeyCode
	p.Type = input.DispatchKeyEventTypeRawKeyDown
	if p.Text != "" {
		p.Type = input.DispatchKeyEventTypeKeyDown
	}
	call(tab, input.DispatchKeyEvent, p)
	p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(tab, input.DispatchKeyEvent, p)
}

// hold presses a key that letGo releases, with the repeats of a keyboard.
func (tab *Tab) hold(name string) {
	tab.t.Helper()
	p := keys[name]
	p.NativeVirtualKeyCode = p.WindowsVirtualKeyCode
	p.Type = input.DispatchKeyEventTypeKeyDown
	for range 3 {
		call(tab, input.DispatchKeyEvent, p)
		p.AutoRepeat = new(true)
	}
}

func (tab *Tab) letGo(name string) {
	tab.t.Helper()
	p := keys[name]
	p.NativeVirtualKeyCode = p.WindowsVirtualKeyCode
	p.Type, p.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(tab, input.DispatchKeyEvent, p)
}

// write types text into whatever has the keyboard.
func (tab *Tab) write(text string) {
	tab.t.Helper()
	call(tab, input.InsertText, input.InsertTextParams{Text: text})
}

// click presses the mouse in the middle of an element: a real gesture, which
// sound needs.
func (tab *Tab) click(selector string) {
	tab.t.Helper()
	at := eval[[]float64](tab, `(() => { const e = document.querySelector(`+quote(selector)+`);
		if (!e) return null; e.scrollIntoView({ block: 'nearest' }); const b = e.getBoundingClientRect();
		return [b.left + b.width / 2, b.top + b.height / 2, b.width * b.height]; })()`)
	if at == nil || at[2] == 0 {
		tab.t.Fatalf("nobody could press %s: it is not on the page", selector)
	}
	for _, typ := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(tab, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: typ, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
	}
}
