package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
)

// Eye is a back end that looks at pictures, and remembers what it was sent.
type Eye struct {
	URL    string
	mu     sync.Mutex
	bodies []string
}

func (e *Eye) seen() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.bodies)
}

// startEye runs a back end that takes pictures until the test ends.
func startEye(t testing.TB) *Eye {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	e := &Eye{URL: "http://" + listener.Addr().String() + "/v1"}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.bodies = append(e.bodies, string(body))
		e.mu.Unlock()
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, `data: {"choices":[{"index":0,"delta":{"content":"I see red above blue."},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return e
}

// pictures are those in a request, decoded.
func (e *Eye) pictures(t testing.TB, nth int) (all []image.Image) {
	t.Helper()
	for _, one := range strings.Split(e.seen()[nth], `"url":"data:image/`)[1:] {
		_, coded, _ := strings.Cut(one, ";base64,")
		coded, _, _ = strings.Cut(coded, `"`)
		b, err := base64.StdEncoding.DecodeString(coded)
		must(t, err)
		if bytes.Contains(b, []byte("Exif")) || bytes.Contains(b, []byte(whereTaken)) {
			t.Error("what says where the picture was taken reached the back end")
		}
		in, _, err := image.Decode(bytes.NewReader(b))
		must(t, err)
		all = append(all, in)
	}
	return all
}

// whereTaken is in a photo where nobody looks.
const whereTaken = "CANARY-taken-at-52.5200-13.4050"

// photoFile is a photo that was held upright, with who took it and where.
func photoFile(t testing.TB, name string) string {
	t.Helper()
	in := image.NewNRGBA(image.Rect(0, 0, 600, 400))
	for y := range 400 {
		for x := range 600 {
			c := color.NRGBA{R: 200, G: 30, B: 30, A: 255}
			if x >= 300 {
				c = color.NRGBA{R: 30, G: 30, B: 200, A: 255}
			}
			in.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, in, nil))
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00" + whereTaken)
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2)), exif...)
	file := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(file, slices.Concat(b.Bytes()[:2], segment, b.Bytes()[2:]), 0o600))
	return file
}

// shownTo is a tenant whose people may show things to a back end.
func shownTo(url string, vision bool) string {
	return fmt.Sprintf(`tenants:
  - id: site
    name: Example Site
    public: true
    policy: {attachments: true}
    avatars:
      - id: lumen
        name: Lumen
        languages: [en, de, he]
        voice: none
        backend: {url: %q, model: m, name: Example Model, vision: %v}
`, url, vision)
}

// files chooses files as a person does in the browser's own box.
func (tab *Tab) files(selector string, files ...string) {
	tab.t.Helper()
	root := call(tab, dom.GetDocument, dom.GetDocumentParams{}).Root
	at := call(tab, dom.QuerySelector, dom.QuerySelectorParams{NodeID: root.NodeID, Selector: selector})
	call(tab, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, NodeID: at.NodeID})
}

// agreesToShow begins a conversation and answers the question.
func (tab *Tab) agreesToShow(yes bool) {
	tab.t.Helper()
	tab.start()
	tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before something is shown")
	if told := tab.text("#ask-consent-text"); !strings.Contains(told, "Example Model") || !strings.Contains(told, "not recorded") {
		tab.t.Errorf("who is asked reads: %q", told)
	}
	if yes {
		tab.click("#ask-consent-yes")
	} else {
		tab.click("#ask-consent-no")
	}
	tab.until(20*time.Second, `!document.querySelector('#attach').hidden`, "there is nothing to press to show something")
}

// Somebody shows a picture: they see it before it is sent, read who gets it,
// take it away and choose it again, and it reaches what answers upright and
// without anything that says where it was taken. // R41 R57 R81
func TestShowPicture(t *testing.T) {
	for _, over := range []string{"webrtc", "websocket"} {
		t.Run(over, func(t *testing.T) {
			t.Parallel()
			eye := startEye(t)
			setup := Setup{Config: shownTo(eye.URL, true)}
			if over == "websocket" {
				setup.Args = []string{"--media-listen", "off"}
			}
			n := startNetwork(t, setup)
			tab := openTab(t)
			tab.arrive(n.URL)
			tab.agreesToShow(true)
			file := photoFile(t, "holiday of Ada.jpg")
			choose := func() {
				tab.files(`#tray input`, file)
				tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "what was chosen is not shown")
			}
			choose()
			if hint := tab.text(".tray-hint"); hint != "When you send it, Example Model gets it. It is not recorded here." {
				t.Errorf("before it is sent the person reads %q", hint)
			}
			if said := strings.Join(tab.announced("polite"), " "); !strings.Contains(said, "holiday of Ada.jpg is here and not sent yet. When you send it, Example Model gets it.") {
				t.Errorf("a screen reader hears %q", said)
			}
			if drawn := eval[[]int](tab, `[...document.querySelector('.tray-one canvas').getContext('2d').getImageData(10, 10, 1, 1).data]`); drawn[0] < 120 {
				t.Errorf("the picture that waits shows %v where it is red", drawn)
			}
			tab.settled()
			tab.picture("show-waits-" + over)
			// By keyboard: the button to take it away has a name, and the keyboard goes back to the field.
			eval[any](tab, `document.querySelector('.tray-remove').focus()`)
			if name := eval[string](tab, `document.activeElement.getAttribute('aria-label')`); name != "Remove holiday of Ada.jpg" {
				t.Errorf("the button says %q", name)
			}
			tab.press("Enter", 0)
			tab.until(20*time.Second, `document.querySelector('#tray').hidden && document.activeElement.id === 'field'`, "it is not taken away, or the keyboard is lost")
			if got := len(eye.seen()); got != 0 {
				t.Errorf("%d requests went before anything was sent", got)
			}
			choose()
			tab.write("What is above?")
			tab.press("Enter", 0)
			tab.until(15*time.Second, line("avatar")+`?.textContent.includes('red above blue')`, "there is no answer; the page says "+tab.text("#toast"))
			tab.until(20*time.Second, `document.querySelectorAll('#lines canvas').length === 1`, "the picture is not in the conversation")
			if says := eval[string](tab, `document.querySelector('#lines canvas').closest('.words').textContent`); says != "Picture holiday of Ada.jpg" {
				t.Errorf("the line says %q", says)
			}
			pictures := eye.pictures(t, 0)
			if len(pictures) != 1 || pictures[0].Bounds().Size() != image.Pt(400, 600) {
				t.Fatalf("%d pictures reached the back end", len(pictures))
			}
			red, _, _, _ := pictures[0].At(200, 150).RGBA()
			_, _, blue, _ := pictures[0].At(200, 450).RGBA()
			if red < 100<<8 || blue < 100<<8 {
				t.Error("the picture does not stand upright")
			}
			if strings.Contains(eye.seen()[0], "holiday") {
				t.Error("the name of the file reached the back end")
			}
			for _, header := range tab.Headers() {
				if strings.Contains(fmt.Sprint(header), "holiday") {
					t.Error("the name of the file was sent")
				}
			}
			tab.picture("show-sent-" + over)
			// Nothing of it is in the browser's own storage.
			if left := eval[int](tab, `localStorage.length + sessionStorage.length`); left != 0 {
				t.Error("something is in the browser's storage")
			}
			// A second one, dropped, and without a word.
			eval[any](tab, `(() => { const c = document.createElement('canvas'); c.width = c.height = 3000; c.getContext('2d').fillRect(0, 0, 99, 99);
				c.toBlob((b) => { const d = new DataTransfer(); d.items.add(new File([b], 'dropped.png', { type: 'image/png' }));
					const talk = document.querySelector('#talk'); for (const type of ['dragover', 'drop']) talk.dispatchEvent(new DragEvent(type, { dataTransfer: d, bubbles: true, cancelable: true })); }); })()`)
			tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "what was dropped is not shown")
			tab.click("#send")
			tab.until(15*time.Second, `document.querySelectorAll('#lines canvas').length === 2`, "what was dropped is not sent; the page says "+tab.text("#toast"))
			if !eventually(10*time.Second, func() bool { return len(eye.seen()) == 2 }) {
				t.Fatal("what was shown without a word is not answered")
			}
			if got := eye.pictures(t, 1); len(got) != 2 || got[1].Bounds().Dx() != 2048 {
				t.Errorf("%d pictures reached the back end", len(got))
			}
			// A pasted one, and the person takes their yes back: all of it is gone from the page and from the gateway.
			eval[any](tab, `(() => { const c = document.createElement('canvas'); c.width = c.height = 30;
				c.toBlob((b) => { const d = new DataTransfer(); d.items.add(new File([b], 'pasted.png', { type: 'image/png' }));
					document.querySelector('#field').dispatchEvent(new ClipboardEvent('paste', { clipboardData: d, bubbles: true, cancelable: true })); }); })()`)
			tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "what was pasted is not shown")
			tab.click("#options")
			tab.until(20*time.Second, `document.querySelector('#options-box').open`, "the options do not open")
			eval[any](tab, `document.querySelector('[data-purpose=attachments]').click()`)
			tab.until(20*time.Second, `document.querySelectorAll('#lines canvas').length === 0`, "what was shown is still on the page")
			tab.click("#options-close")
			asked := tab.ask("What did I show?")
			tab.said(asked, 15*time.Second)
			if got := eye.pictures(t, 2); len(got) != 0 {
				t.Errorf("%d pictures reached the back end after the no", len(got))
			}
			if wrong := tab.Errors(); len(wrong) > 0 {
				t.Errorf("the browser complained: %q", wrong)
			}
		})
	}
}

// What answers looks at no pictures: the person reads it before anything is
// sent, and shows a document instead; a document that cannot be opened says why.
func TestShowToABlindModel(t *testing.T) {
	t.Parallel()
	eye := startEye(t)
	n := startNetwork(t, Setup{Config: shownTo(eye.URL, false), Args: []string{"--media-listen", "off"}})
	tab := openTab(t)
	tab.arrive(n.URL)
	tab.agreesToShow(true)
	if label := eval[string](tab, `document.querySelector('#attach').getAttribute('aria-label')`); label != "Show a document" {
		t.Errorf("the button says %q", label)
	}
	upload := func(name string, text []byte) {
		file := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(file, text, 0o600))
		tab.files(`#tray input`, file)
	}
	tab.files(`#tray input`, photoFile(t, "photo.jpg"))
	tab.until(20*time.Second, `document.querySelector('#toast p').textContent.startsWith('photo.jpg cannot be shown here.')`, "a picture is not refused in words; the page says "+tab.text("#toast"))
	tab.picture("show-blind")
	upload("broken.pdf", []byte("%PDF-1.7\nnothing"))
	tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "a document cannot be chosen")
	tab.write("What is in it?")
	tab.press("Enter", 0)
	tab.until(60*time.Second, `document.querySelector('#toast p').textContent.startsWith('broken.pdf is damaged')`, "a broken document is not refused in words; the page says "+tab.text("#toast"))
	if back := eval[string](tab, `document.querySelector('#field').value`); back != "What is in it?" {
		t.Errorf("the words that could not be asked are %q", back)
	}
	if got := len(eye.seen()); got != 0 {
		t.Errorf("%d requests went although nothing could be shown", got)
	}
	eval[any](tab, `document.querySelector('.tray-remove').click()`)
	upload("minutes.txt", []byte("The meeting is on Tuesday."))
	tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 1`, "a document cannot be chosen")
	eval[any](tab, `document.querySelector('#field').focus()`)
	tab.press("Enter", 0)
	if !eventually(15*time.Second, func() bool { return len(eye.seen()) == 1 }) {
		t.Fatal("a document is not answered; the page says " + tab.text("#toast"))
	}
	var body struct {
		Messages []struct{ Content any }
	}
	must(t, json.Unmarshal([]byte(eye.seen()[0]), &body))
	if last := fmt.Sprint(body.Messages[len(body.Messages)-1].Content); !strings.Contains(last, "The meeting is on Tuesday.") || !strings.Contains(last, "What is in it?") {
		t.Errorf("the back end was sent %q", last)
	}
}

// What waits to be sent, as it looks: phone and desktop, light and dark, and
// right to left.
func TestShowLooks(t *testing.T) {
	t.Parallel()
	eye := startEye(t)
	n := startNetwork(t, Setup{Config: shownTo(eye.URL, true), Args: []string{"--media-listen", "off"}})
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
		locale        string
	}{{"desktop-light", 1440, 900, "light", "en"}, {"desktop-dark", 1440, 900, "dark", "en"}, {"phone-light", 390, 844, "light", "en"}, {"phone-dark", 390, 844, "dark", "de"}, {"small-rtl", 320, 640, "light", "he"}} {
		t.Run(look.name, func(t *testing.T) {
			tab := openTab(t)
			tab.size(look.width, look.height)
			tab.media("prefers-color-scheme", look.scheme)
			tab.arrive(n.URL)
			tab.inLanguage(look.locale)
			tab.start()
			tab.until(20*time.Second, `document.querySelector('#ask-consent').open`, "nobody is asked before something is shown")
			tab.settled()
			tab.picture("show-asked-" + look.name)
			tab.click("#ask-consent-yes")
			tab.until(20*time.Second, `!document.querySelector('#attach').hidden`, "there is nothing to press")
			tab.files(`#tray input`, photoFile(t, "a-photo-with-quite-a-long-name-indeed.jpg"), photoFile(t, "b.jpg"))
			tab.until(20*time.Second, `document.querySelectorAll('.tray-one').length === 2`, "what was chosen is not shown")
			tab.settled()
			tab.picture("show-waits-" + look.name)
			if wide := eval[bool](tab, `document.documentElement.scrollWidth > innerWidth`); wide {
				t.Error("the page is wider than the window")
			}
			tab.write("?")
			tab.press("Enter", 0)
			tab.until(15*time.Second, `document.querySelectorAll('#lines canvas').length === 2 && `+line("avatar")+`?.dataset.status === 'done'`, "nothing is answered; the page says "+tab.text("#toast"))
			tab.settled()
			tab.picture("show-sent-" + look.name)
			check := axeOf(t, tab)
			check("after something was shown")
		})
	}
}
