package web

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ours returns every file of the pages and the element, by path.
func ours(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range []string{"client", "shared", "embed"} {
		err := fs.WalkDir(files, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := files.ReadFile(name)
			found[name] = string(text)
			return err
		})
		require.NoError(t, err)
	}
	return found
}

// All that a visitor of the page can be sent fits in 250 KB without
// compression, and so does the element on somebody else's.
func TestSize(t *testing.T) {
	page := 0
	for name, text := range ours(t) {
		if !strings.HasPrefix(name, "embed/") && name != "shared/docs.css" {
			page += len(text)
		}
	}
	element, err := Element()
	require.NoError(t, err)
	other := 0
	for _, part := range element {
		other += len(part)
	}
	t.Logf("the page: %d bytes; the element: %d bytes", page, other)
	require.Less(t, page, 250_000)
	require.Less(t, other, 250_000)
}

// Nothing is kept in a browser, nothing is fetched from strangers, and no text
// becomes markup or script. // R1 R76
func TestForbidden(t *testing.T) {
	rules := map[string]string{
		`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|setHTMLUnsafe`: "text must go in as text",
		`\beval\b|new Function|javascript:`: "no code from text",
		`localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|caches\.|serviceWorker`: "a browser keeps nothing of a conversation",
		`(?i)https?://[a-z0-9]`:                                          "no third-party host",
		`@import|url\(['"]?(https?:|//|data:)|@font-face`:                "styles come from here",
		`setAttribute\('style'|setAttribute\('on|\sstyle="|\son[a-z]+="`: "the content policy forbids inline style and script",
		`console\.`: "words must not reach a console",
		`sendBeacon|navigator\.userAgent|navigator\.plugins|toDataURL|geolocation|enumerateDevices`: "nobody is measured",
	}
	// Names of namespaces are not addresses.
	namespaces := strings.NewReplacer("http://www.w3.org/2000/svg", "", "http://www.w3.org/1999/xhtml", "")
	for name, text := range ours(t) {
		text = namespaces.Replace(text)
		for rule, why := range rules {
			require.NotRegexp(t, regexp.MustCompile(rule), text, "%s: %s", name, why)
		}
	}
}

// The page obeys the policy that it is served with.
func TestPageHasNothingInline(t *testing.T) {
	page := string(Page())
	require.NotRegexp(t, regexp.MustCompile(`<style|<script(?:[^>]*)>[^<]`), page)
	for _, m := range regexp.MustCompile(`<script[^>]*>`).FindAllString(page, -1) {
		require.Contains(t, m, `src="/assets/`)
	}
}

// Every address in the page and every import in a module is a file that exists.
func TestAddresses(t *testing.T) {
	all := ours(t)
	for _, m := range regexp.MustCompile(`(?:href|src)="/assets/([^"]+)"`).FindAllStringSubmatch(string(Page()), -1) {
		require.Contains(t, all, m[1])
		_, err := fs.Stat(Assets(), m[1])
		require.NoError(t, err)
	}
	for name, text := range all {
		for _, m := range regexp.MustCompile(`new URL\('(\./[^']+|\.\./[^']+)', import\.meta\.url\)`).FindAllStringSubmatch(text, -1) {
			if name == "embed/mayfly-avatar.js" {
				continue // Beside the element's own address: TestElement.
			}
			require.Contains(t, all, path.Join(path.Dir(name), m[1]), name)
		}
		for line := range strings.Lines(text) {
			if from, ok := imported(line); ok {
				require.Contains(t, all, path.Join(path.Dir(name), from), name)
			}
		}
	}
	_, err := Assets().Open("docs/promises.md")
	require.ErrorIs(t, err, fs.ErrNotExist, "only the pages are assets")
	_, err = Assets().Open("clientele")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// Each id once, and each that a script asks for is there.
func TestIDs(t *testing.T) {
	page := string(Page())
	var ids []string
	for _, m := range regexp.MustCompile(`\bid="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		require.NotContains(t, ids, m[1])
		ids = append(ids, m[1])
	}
	for name, text := range ours(t) {
		for _, m := range regexp.MustCompile(`\$\('([^']+)'\)`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, ids, m[1], name)
		}
	}
}

var (
	catalogueKey = regexp.MustCompile(`(?m)^  (\w+): ('.*'|".*"),$`)
	place        = regexp.MustCompile(`\{\w+\}`)
)

// catalogue returns a language's keys and texts.
func catalogue(t *testing.T, name string) map[string]string {
	t.Helper()
	words := map[string]string{}
	text, err := files.ReadFile(name)
	require.NoError(t, err)
	for _, m := range catalogueKey.FindAllStringSubmatch(string(text), -1) {
		require.NotContains(t, words, m[1], "%s says it twice", name)
		words[m[1]] = m[2]
	}
	require.Equal(t, strings.Count(string(text), "\n  "), len(words), "%s: a line that is no entry", name)
	return words
}

// Every language says everything, with the same places to fill. // R24
func TestCatalogues(t *testing.T) {
	english := catalogue(t, "shared/words/en.js")
	require.Greater(t, len(english), 100)
	names, err := fs.Glob(files, "shared/words/*.js")
	require.NoError(t, err)
	require.Len(t, names, 5)
	for _, name := range names {
		words := catalogue(t, name)
		for key, text := range english {
			require.Contains(t, words, key, name)
			theirs, here := place.FindAllString(text, -1), place.FindAllString(words[key], -1)
			slices.Sort(theirs)
			slices.Sort(here)
			require.Equal(t, theirs, here, "%s: %s", name, key)
			require.Equal(t, text == "''", words[key] == "''", "%s: %s is empty", name, key)
		}
		require.Len(t, words, len(english), name)
	}
}

// What the page and its scripts say is in the catalogue.
func TestWordsExist(t *testing.T) {
	english := catalogue(t, "shared/words/en.js")
	for _, m := range regexp.MustCompile(`data-t(?:-label|-placeholder)?="([^"]+)"`).FindAllStringSubmatch(string(Page()), -1) {
		require.Contains(t, english, m[1])
	}
	for name, text := range ours(t) {
		for _, m := range regexp.MustCompile(`\.say\('(\w+)'`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, english, m[1], name)
		}
	}
	for _, state := range []string{"connecting", "idle", "listening", "thinking", "speaking", "writing", "handoff", "reconnecting", "gone"} {
		require.Contains(t, english, "status_"+state)
	}
}

var (
	importLine = regexp.MustCompile(`^import \{ [\w$, ]+ \} from '\.{1,2}/[\w/.-]+\.js';\n$`)
	topName    = regexp.MustCompile(`^(?:export )?(?:async )?(?:const|let|class|function) ([\w$]+)`)
)

// The element is one module: nothing is imported, no name is declared twice,
// and what it is made of follows the rules that joining relies on.
func TestElement(t *testing.T) {
	for name, text := range ours(t) {
		if path.Ext(name) != ".js" {
			continue
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "import ") {
				require.Regexp(t, importLine, line, name)
			}
			if strings.HasPrefix(line, "export ") {
				require.Regexp(t, topName, line, name)
			}
		}
	}
	element, err := Element()
	require.NoError(t, err)
	require.Contains(t, element, "worklet.js")
	declared := map[string]bool{}
	exports := 0
	for line := range strings.Lines(string(element["mayfly-avatar.js"])) {
		require.False(t, strings.HasPrefix(line, "import "), line)
		if strings.HasPrefix(line, "export ") {
			exports++
		}
		if m := topName.FindStringSubmatch(line); m != nil {
			require.False(t, declared[m[1]], "%s is declared by two modules", m[1])
			declared[m[1]] = true
		}
	}
	require.Equal(t, 1, exports, "the element's class")
	require.Contains(t, declared, "MayflyAvatar")
	require.Contains(t, declared, "Conversation")
	again, err := Element()
	require.NoError(t, err)
	require.Equal(t, element, again, "the same bytes each time, or its hash means nothing")
}
