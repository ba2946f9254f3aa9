package browser

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What stands in a document is text on the page, and nothing else: no link, no
// picture, no markup is made of it, and nothing is fetched. Under the answer
// stands where it comes from. R57
func TestKnowledgeIsText(t *testing.T) {
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var calls atomic.Int64
	go func() {
		for {
			c, err := sink.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { _ = sink.Close() })
	to := "http://" + sink.Addr().String()
	docs := t.TempDir()
	for name, text := range map[string]string{
		"kestrel.txt": "The kestrel <b>room</b>\n\nThe kestrel room is open from nine to six. ![x](" + to + "/i.png?q=words) <img src=\"" + to + "/e\" onerror=\"fetch('" + to + "/f')\"> [press](" + to + "/l) <script>fetch('" + to + "/s')</script> <a href=\"" + to + "\">here</a>.",
		"heron.md":    "# Heron\n\n## The room <img src=x onerror=\"fetch('" + to + "/h')\">\n\nThe heron room is open from ten to four.",
	} {
		must(t, os.WriteFile(filepath.Join(docs, name), []byte(text), 0o600))
	}
	model := startModel(t, func(string) string {
		return "It is open. ![status](" + to + "/m.png?q=words) <img src=\"" + to + "/n\"> [press here](" + to + "/o). "
	})
	n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - {id: quotes, name: Ada, voice: none, knowledge: %q}
      - {id: writes, name: Bob, voice: none, knowledge: %q, backend: {url: %q, model: m}}
`, docs, docs, model.URL)})
	for _, avatar := range []string{"quotes", "writes"} {
		tab := openWatchedTab(t)
		tab.arrive(n.URL + "/?avatar=" + avatar)
		tab.start()
		for _, bird := range []string{"kestrel", "heron"} {
			before := tab.ask("When is the " + bird + " room open?")
			said := tab.said(before, 20*time.Second)
			if !strings.Contains(said, "open") {
				t.Errorf("%s says %q", avatar, said)
			}
			tab.until(20*time.Second, `document.querySelector('#lines > li:last-child .from')?.hidden === false`, "where it comes from is not said")
			if from := tab.text("#lines > li:last-child .from"); !strings.HasPrefix(from, "From: ") || !strings.Contains(strings.ToLower(from), bird) {
				t.Errorf("where %s has it from is %q", avatar, from)
			}
		}
		if made := eval[int](tab, `document.querySelectorAll('#lines a, #lines img, #lines script, #lines b, #lines iframe, #caption a, #caption img').length`); made != 0 {
			t.Errorf("%s: %d links, pictures and marks were made of what was said", avatar, made)
		}
		tab.leave()
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d requests went where documents point", n)
	}
}

// An admin sees what an avatar answers from and what is wrong with it, reads it
// again, and goes back to an earlier version.
func TestKnowledgeOnTheAdminPage(t *testing.T) {
	docs := t.TempDir()
	put := func(name, text string) { must(t, os.WriteFile(filepath.Join(docs, name), []byte(text), 0o600)) }
	put("hours.md", "# Hours\n\nThe library opens at nine.")
	n := startNetwork(t, Setup{Config: fmt.Sprintf(`
tenants:
  - id: acme
    name: Acme
    public: true
    avatars:
      - {id: ada, name: Ada, voice: none, knowledge: %q}
`, docs)})
	admin := adminOf(t, n.Gateway)
	admin.view("avatar/ada")
	admin.until(20*time.Second, `document.querySelector('.editor')?.textContent.includes('Version 1 is served.')`, "what is served is not shown")
	put("hours.md", "# Hours\n\nThe library opens at ten.")
	put("fees.md", "caf\xe9")
	admin.pressed("Read the sources again")
	admin.until(20*time.Second, `document.querySelector('.editor').textContent.includes('Version 2 is served.')`, "it was not read again")
	admin.until(20*time.Second, `document.querySelector('.editor').textContent.includes('is not UTF-8; save it as UTF-8')`, "the mistake is not shown")
	eval[any](admin, `document.querySelectorAll('.editor details').forEach((d) => { d.open = true; })`)
	admin.pressed("Answer from this")
	admin.pressed("Answer from it")
	admin.until(20*time.Second, `document.querySelector('.editor').textContent.includes('Version 1 was chosen by hand.')`, "it did not go back")
	if list := n.Gateway.command(t, "knowledge", "list"); !strings.Contains(list, "served, held") {
		t.Errorf("the command line says %s", list)
	}
}

// An admin gives an avatar documents on the page: chosen, replaced after a
// question, refused with what to do, dropped, removed; and sees what it would
// answer from them.
func TestDocumentsOnTheAdminPage(t *testing.T) {
	n := startNetwork(t, Setup{Tenant: university})
	admin := adminOf(t, n.Gateway)
	admin.view("avatar/ada")
	files := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(files, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	choose := func(paths ...string) {
		t.Helper()
		admin.until(20*time.Second, `document.querySelector('.documents input[type=file]')`, "documents cannot be given")
		admin.files(".documents input[type=file]", paths...)
	}
	choose(file("hours.md", "# Hours\n\nThe kestrel room opens at half past nine."), file("scan.pdf", "no PDF at all"))
	admin.until(20*time.Second, `document.querySelector('.documents table')?.textContent.includes('hours.md')`, "what was given is not shown")
	admin.until(20*time.Second, `document.querySelector('.documents .wrong').textContent.includes('scan.pdf: ') && document.querySelector('.documents .wrong').textContent.includes('is not a PDF by what is in it')`, "what is wrong is not said")
	asked := func(want string) {
		t.Helper()
		admin.until(20*time.Second, `document.querySelector('.known .lead-line')?.textContent.endsWith('read now.') || /Version \d+ is served/.test(document.querySelector('.known .lead-line')?.textContent ?? '')`, "it is not read")
		admin.pressed("Try a question…")
		admin.until(20*time.Second, `document.querySelector('dialog[open] input[name=question]')`, "a question cannot be tried")
		admin.click("dialog[open] input[name=question]")
		admin.write("When does the kestrel room open?")
		admin.pressed("Ask")
		admin.until(20*time.Second, `document.querySelector('dialog[open] .tried blockquote')?.textContent.includes(`+quote(want)+`)`, "it would not answer "+want)
		admin.pressed("Close")
		admin.until(20*time.Second, `!document.querySelector('dialog[open]')`, "the question stays")
	}
	asked("half past nine")

	// One of the same name takes its place, after a question.
	choose(file("hours.md", "# Hours\n\nThe kestrel room opens at noon."))
	admin.pressed("Replace")
	admin.until(20*time.Second, `/Version 3 is served/.test(document.querySelector('.known .lead-line')?.textContent)`, "it is not replaced")
	asked("at noon")

	// One is dropped.
	eval[any](admin, `(() => {
		const data = new DataTransfer();
		data.items.add(new File(['Fees\n\nA lost card costs ten euros.'], 'fees.txt', { type: 'text/plain' }));
		document.querySelector('.documents').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
	})()`)
	admin.until(20*time.Second, `document.querySelector('.documents table')?.textContent.includes('fees.txt')`, "what is dropped is not taken")
	admin.pressed("Remove hours.md")
	admin.pressed("Remove it")
	admin.until(20*time.Second, `!document.querySelector('.documents table').textContent.includes('hours.md')`, "it is not removed")
	if list := n.Gateway.command(t, "knowledge", "list"); strings.Contains(list, "hours.md") || !strings.Contains(list, "fees.txt") {
		t.Errorf("the command line says %s", list)
	}
	if found := holds(t, n.Gateway.Data(), "A lost card costs"); len(found) > 0 {
		t.Errorf("a document lies open in %q", found)
	}
}

// The documents of a tenant of the configuration file stand there: the page
// says in which line, and takes none.
func TestDocumentsOfTheFile(t *testing.T) {
	n := startNetwork(t, Setup{Config: "tenants:\n  - {id: acme, name: Acme, public: true, avatars: [{id: ada, name: Ada, voice: none, knowledge: demo}]}\n"})
	admin := adminOf(t, n.Gateway)
	admin.view("avatar/ada")
	admin.until(20*time.Second, `document.querySelector('.known')?.textContent.includes('line 2 of the configuration file')`, "where its documents stand is not said")
	if eval[bool](admin, `!!document.querySelector('.known input[type=file]')`) {
		t.Error("documents can be given to a tenant of the file")
	}
}
