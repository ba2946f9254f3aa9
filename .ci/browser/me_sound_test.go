package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A person sees how much sound is kept of them, hears it, takes it along and
// erases it, and the page keeps nothing of it.
func TestMySound(t *testing.T) { // R41 R46 R48
	t.Parallel()
	n := startNetwork(t, Setup{Tenant: strings.NewReplacer(`"voice":"none"`, `"voice":"builtin"`, `"avatars":[{`, `"policy":{"transcript":true,"audio":true,"purposes":["quality"],"retention":{"transcript":"30d","audio":"7d"}},"avatars":[{`).Replace(university)})
	person := openTab(t)
	person.arrive(n.URL)
	person.start()
	for range 2 { // the words, and the sound apart from them
		person.until(20*time.Second, `document.querySelector('#ask-consent').open`, "a person is not asked for words and sound apart")
		person.settled()
		person.click("#ask-consent-yes")
		person.settled()
	}
	before := person.ask("What are you?")
	person.said(before, 30*time.Second)
	person.quiet(60 * time.Second)
	person.click("#leave")
	person.until(20*time.Second, `document.querySelector('#ask-leave').open`, "something is stored and whoever leaves is not asked about the key")
	person.settled()
	person.click("#ask-leave-yes")
	person.until(20*time.Second, `document.documentElement.dataset.state === 'ended'`, "Leave does not leave")
	address := eval[string](person, `document.querySelector('#read').href`)

	mine := openWatchedTab(t)
	mine.media("prefers-color-scheme", "dark")
	mine.size(390, 844)
	mine.visit(strings.Split(address, "#")[0])
	eval[any](mine, `(() => { window.__blobs = []; window.__saved = []; window.__asked = 0;
		const make = URL.createObjectURL; URL.createObjectURL = (b) => { const url = make.call(URL, b); __blobs.push([url, b]); return url; };
		const press = HTMLAnchorElement.prototype.click; HTMLAnchorElement.prototype.click = function () { if (this.download) __saved.push([this.download, this.href]); else press.call(this); };
		const real = window.fetch; window.fetch = (...all) => { if (String(all[0]).includes('/sound/')) __asked++; return real(...all); };
		location.hash = `+quote(address[strings.Index(address, "#"):])+`; })()`)
	mine.until(20*time.Second, `document.querySelector('#shown h1')?.textContent.startsWith('Kept until')`, "the key opens nothing")
	if told := mine.text("#shown .facts"); !strings.Contains(told, "Sound kept") || !strings.Contains(told, "sec, until") {
		t.Errorf("sound is kept and the person is told %q", told)
	}
	mine.pressed("Read it")
	mine.until(20*time.Second, `document.querySelectorAll('.script .sound').length === 1 && document.querySelector('.script .avatar .sound')`, "the sound of one answer is kept and it does not stand at that answer")
	mine.settled()
	mine.picture("me-sound-listen")
	if asked := eval[int](mine, `__asked`); asked != 0 {
		t.Errorf("before anybody listens, sound is asked for %d times", asked)
	}
	mine.click(".sound button")
	mine.until(20*time.Second, `document.querySelector('.sound audio')?.duration > 0.5 && document.querySelector('.sound audio').currentTime > 0`, "the sound cannot be heard")
	mine.settled()
	mine.picture("me-sound-heard")
	mine.click(".sound button")
	mine.until(20*time.Second, `__saved.length === 1`, "the sound cannot be taken along")
	if name := eval[string](mine, `__saved[0][0]`); !strings.HasSuffix(name, "-avatar.opus") {
		t.Errorf("the sound is saved as %q", name)
	}
	if head := eval[string](mine, `__blobs.find(([url]) => url === __saved[0][1])[1].slice(0, 4).text()`); head != "OggS" {
		t.Errorf("what is saved begins with %q, which is no Ogg", head)
	}
	mine.inLanguage("he")
	mine.until(20*time.Second, `document.documentElement.dir === 'rtl' && document.querySelector('.sound audio')?.duration > 0.5`, "in another language the sound is gone")
	mine.settled()
	mine.picture("me-sound-he")
	mine.inLanguage("en")
	if asked := eval[int](mine, `__asked`); asked != 1 {
		t.Errorf("one sound was asked for %d times, and each is noted in the log", asked)
	}
	if wrong := mine.Errors(); len(wrong) > 0 {
		t.Errorf("the browser complained: %q", wrong)
	}
	const works = `Promise.all(__blobs.map(([url]) => new Promise((done) => { const a = new Audio(url); a.onloadedmetadata = () => done(1); a.onerror = () => done(0); }))).then((all) => all.reduce((a, b) => a + b, 0))`
	if now := eval[int](mine, works); now == 0 {
		t.Error("rig: while it is shown no address of sound works")
	}
	mine.pressed("Erase it")
	mine.until(20*time.Second, `document.querySelector('dialog[open]')?.textContent.includes('Their sound goes with them.')`, "nobody is told that the sound goes too")
	mine.settled()
	mine.picture("me-sound-erase")
	mine.click("#erase-yes")
	mine.until(20*time.Second, `document.querySelector('#shown h1')?.textContent === 'Gone.'`, "what was erased is not gone")
	time.Sleep(1500 * time.Millisecond) // what is saved may be read by the browser for a second
	if left := eval[int](mine, works); left != 0 {
		t.Errorf("after erasing, %d addresses of sound still work in the page", left)
	}
	_, key, _ := strings.Cut(address, "#key=")
	if status := getMine(t, n.URL, key); status != http.StatusUnauthorized {
		t.Errorf("after erasing, the key is answered with %d", status)
	}
}
