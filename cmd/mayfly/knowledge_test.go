package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// answered asks the guest's nth question and gives the words of the answer.
func (g *guest) answered(n int, question string) string {
	g.t.Helper()
	g.ask(question)
	return replyOf(g.nth("response.done", n)["response"].(map[string]any))
}

// What an avatar knows changes while people talk with it: read again without a
// restart, kept where a document breaks, taken back by command; people are told
// where an answer comes from.
func TestKnowledgeAsRun(t *testing.T) {
	skipUnderRace(t)
	var pages atomic.Int64
	var page atomic.Value
	page.Store(`<html lang="en"><title>Parking</title><body><h1>Parking</h1><h2>Bicycles</h2><p>Bicycles stand in the north yard.</p></body></html>`)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		pages.Add(1)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page.Load().(string)))
	}))
	t.Cleanup(site.Close)
	p := newPlace(t)
	docs := filepath.Join(p.scratch, "docs")
	put := func(name, text string) {
		require.NoError(t, os.MkdirAll(docs, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(docs, name), []byte(text), 0o600))
	}
	put("hours.md", "# Opening hours\n\n## Library\n\nThe library opens at nine.\n")
	put("fees.md", "# Fees\n\nA lost card costs ten euros.\n")
	key, hash := tenant.NewKey()
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `tenants:
  - id: acme
    name: Acme
    keys: [{hash: "sha256:%x"}]
    avatars:
      - {id: ada, name: Ada, knowledge: docs, knowledge_urls: [%q]}
`, hash, site.URL+"/parking"), 0o600))
	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	g := newGuest(t, r.url, key)
	g.say(aware)
	g.acknowledge()
	require.Contains(t, g.answered(1, "When does the library open?"), "opens at nine")
	from := g.nth("avatar.sources", 1)["sources"].([]any)
	require.Equal(t, map[string]any{"title": "Opening hours", "heading": "Library"}, from[0])

	// The page was fetched on its own, not because somebody asked.
	require.Eventually(t, func() bool {
		return strings.Contains(r.did("knowledge", "list"), "Parking") && !strings.Contains(r.did("knowledge", "list"), "never")
	}, 30*time.Second, 50*time.Millisecond)
	fetched := pages.Load()
	require.Contains(t, g.answered(2, "Where do bicycles stand?"), "north yard")
	require.Equal(t, site.URL+"/parking", g.nth("avatar.sources", 2)["sources"].([]any)[0].(map[string]any)["url"])
	require.Equal(t, fetched, pages.Load())

	// A file changes and another breaks: the live session follows the one, and
	// keeps the other as it was.
	put("hours.md", "# Opening hours\n\n## Library\n\nThe library opens at eleven.\n")
	put("fees.md", "caf\xe9")
	list := r.did("knowledge", "reindex")
	require.Contains(t, list, "is not UTF-8; save it as UTF-8 (what was read before is served)")
	require.Contains(t, g.answered(3, "When does the library open?"), "opens at eleven")
	require.Contains(t, g.answered(4, "What does a lost card cost?"), "ten euros")

	// Back to the version before, and on again.
	require.Contains(t, r.did("knowledge", "rollback", "2"), "Answers come from version 2")
	require.Contains(t, g.answered(5, "When does the library open?"), "opens at nine")
	require.Contains(t, r.did("knowledge", "list"), "served, held")
	out, err := r.mayfly("knowledge", "rollback", "99")
	require.Error(t, err)
	require.Contains(t, out, "there is no such version any more")
	require.Contains(t, r.did("knowledge", "reindex"), "3  ")
	require.Contains(t, g.answered(6, "When does the library open?"), "opens at eleven")

	// Nobody says anything: the folder is looked at all the same.
	put("hours.md", "# Opening hours\n\n## Library\n\nThe library opens at twelve.\n")
	n := 6
	require.Eventually(t, func() bool {
		n++
		return strings.Contains(g.answered(n, "When does the library open?"), "opens at twelve")
	}, 60*time.Second, 100*time.Millisecond)

	// A gateway that does not run has read nothing.
	r.stop()
	out, err = r.mayfly("knowledge", "list", "--tenant", "acme", "--avatar", "ada")
	require.Error(t, err, out)
}

// Documents are stored for an avatar while people talk with it: it answers from
// them from the next turn on, a restart keeps them, and one that is removed is
// in no file any more.
func TestDocumentsAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	start := func() *running {
		return launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	}
	file := func(name, text string) string {
		path := filepath.Join(p.scratch, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	config := file("acme.json", `{"id":"acme","name":"Acme","public":true,"avatars":[{"id":"ada","name":"Ada","languages":["en"],"voice":"none"}]}`)
	r := start()
	r.did("tenant", "add", config)
	key := regexp.MustCompile(`mfk?_[\w-]{20,}`).FindString(r.did("key", "issue", "--tenant", "acme", "--role", "caller", "--reason", "a test"))
	require.NotEmpty(t, key)
	g := newGuest(t, r.url, key)
	g.say(aware)
	g.acknowledge()
	require.NotContains(t, g.answered(1, "When does the kestrel room open?"), "half past nine")

	require.Contains(t, r.did("knowledge", "add", "--tenant", "acme", file("hours.md", "# Hours\n\nThe kestrel room opens at half past nine.\n"), file("fees.txt", "Fees\n\nA lost card costs ten euros.\n")), "Stored: fees.txt")
	known := func(words string) {
		t.Helper()
		require.Eventually(t, func() bool { return strings.Contains(r.did("knowledge", "list", "--tenant", "acme"), words) }, 30*time.Second, 50*time.Millisecond)
	}
	known("fees.txt")
	require.Contains(t, g.answered(2, "When does the kestrel room open?"), "half past nine")
	out, err := r.mayfly("knowledge", "add", "--tenant", "acme", file("bad.md", "%PDF-1.7"))
	require.Error(t, err)
	require.Contains(t, out, "let its name end with .pdf")

	// What did not change is there at once after a restart; a gateway that does
	// not run takes documents too.
	r.stop()
	require.Contains(t, r.did("knowledge", "add", "--tenant", "acme", file("map.md", "# Map\n\nThe heron room is upstairs.\n")), "Stored: map.md")
	r = start()
	g = newGuest(t, r.url, key)
	g.say(aware)
	g.acknowledge()
	require.Contains(t, g.answered(1, "When does the kestrel room open?"), "half past nine")
	require.Contains(t, g.answered(2, "Where is the heron room?"), "upstairs")

	require.Contains(t, r.did("knowledge", "remove", "--tenant", "acme", "hours.md"), "Its key is destroyed")
	require.Eventually(t, func() bool { return !strings.Contains(r.did("knowledge", "list", "--tenant", "acme"), "hours.md") }, 30*time.Second, 50*time.Millisecond)
	require.NotContains(t, g.answered(3, "When does the kestrel room open?"), "half past nine")
	out, err = r.mayfly("knowledge", "remove", "--tenant", "acme", "hours.md")
	require.Error(t, err, out)

	// The tenant's log has it, and no name of a file.
	r.stop()
	require.Empty(t, filesWith(t, p.data(), "half past nine"))
	require.Empty(t, filesWith(t, p.data(), "upstairs"), "what is stored is sealed")
}

// filesWith are the files below a folder that hold the words.
func filesWith(t *testing.T, folder, words string) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), words) {
			all = append(all, path)
		}
		return err
	}))
	return all
}

// Tagged documents of two tenants: no session is ever told a word of another
// tenant's, while both are exchanged all the time.
func TestKnowledgeApart(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	keys := map[string]string{}
	config := "tenants:\n"
	tenants := []string{"acme", "beta"}
	put := func(id string, version int) {
		dir := filepath.Join(p.scratch, id)
		require.NoError(t, os.MkdirAll(dir, 0o700))
		text := fmt.Sprintf("# Hours of the library\n\nThe library of %s opens at nine. This is the tag %s%d.\n", id, strings.ToUpper(id), version)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "hours.md"), []byte(text), 0o600))
	}
	for _, id := range tenants {
		put(id, 0)
		key, hash := tenant.NewKey()
		keys[id] = key
		config += fmt.Sprintf("  - {id: %s, name: %s, keys: [{hash: \"sha256:%x\"}], avatars: [{id: ada, name: Ada, knowledge: %s}]}\n", id, id, hash, id)
	}
	file := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	r := launch(t, p, nil, "--config", file, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	stop := make(chan struct{})
	var churn sync.WaitGroup
	churn.Go(func() {
		for version := 1; ; version++ {
			for _, id := range tenants {
				put(id, version)
				_, _ = r.mayfly("knowledge", "reindex", "--tenant", id)
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	var talks sync.WaitGroup
	var turns atomic.Int64
	for i := range 8 {
		id, other := tenants[i%2], strings.ToUpper(tenants[1-i%2])
		g := newGuest(t, r.url, keys[id])
		talks.Go(func() {
			g.say(aware)
			g.acknowledge()
			for n := 1; n <= 25; n++ {
				reply := g.answered(n, "When does the library open?")
				turns.Add(1)
				require.Contains(t, reply, "library of "+id)
				require.Contains(t, reply, strings.ToUpper(id))
				require.NotContains(t, reply, other)
			}
		})
	}
	talks.Wait()
	close(stop)
	churn.Wait()
	t.Logf("n = %d turns", turns.Load())
	for _, id := range tenants {
		list := r.did("knowledge", "list", "--tenant", id)
		require.NotContains(t, list, "was read before is served", "no file was ever half read")
	}
}

// A tenant of the database names pages: they are read as soon as they are
// saved, and let go of when the tenant is gone. What stays is read no more.
func TestKnowledgeFollowsTheTenant(t *testing.T) {
	c, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(c.close)
	of := func(pages ...string) *tenant.Tenant {
		a := tenant.Avatar{ID: "ada", Name: "Ada", Look: "lantern", Voice: "none", Languages: []string{"en"}}
		for _, p := range pages {
			u, err := url.Parse(p)
			require.NoError(t, err)
			a.KnowledgeURLs = append(a.KnowledgeURLs, u)
		}
		return &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{a}}
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "Page\n\nThis is the page "+r.URL.Path+".")
	}))
	t.Cleanup(site.Close)
	first := of(site.URL + "/one")
	c.follow("acme", first)
	one := c.shelved("acme", "ada")
	require.NotNil(t, one)
	require.Eventually(t, func() bool { return one.base.State().Serving == 1 }, 30*time.Second, 10*time.Millisecond)

	// The same pages in another document: the same base goes on.
	same := of(site.URL + "/one")
	same.Avatars[0].Name = "Bob"
	c.follow("acme", same)
	require.Same(t, one, c.shelved("acme", "ada"))

	c.follow("acme", of(site.URL+"/two"))
	two := c.shelved("acme", "ada")
	require.NotSame(t, one, two)
	require.Eventually(t, func() bool { return two.base.State().Serving == 1 }, 30*time.Second, 10*time.Millisecond)
	require.Equal(t, site.URL+"/two", two.base.State().Sources[0].Name)

	c.follow("acme", nil)
	require.Nil(t, c.shelved("acme", "ada"))
	two.base.Reindex() // nobody is there to do it
	require.True(t, two.base.State().Reading)
}
