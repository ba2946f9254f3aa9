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
	for _, folder := range append(Folders(), "embed") {
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

// htmls are the pages, by the folder of their own scripts.
func htmls(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for name, text := range ours(t) {
		if path.Ext(name) == ".html" {
			found[path.Dir(name)] = append(found[path.Dir(name)], text)
		}
	}
	require.Len(t, found, 5)
	return found
}

// All that a visitor of the page is sent, in English and the language with the
// longest words, fits in 352 KB without compression, and the element on
// somebody else's page, which is every language in one file, in 307 KB. What
// belongs to the other pages is not sent to either.
func TestSize(t *testing.T) {
	page, longest := 0, 0
	for name, text := range ours(t) {
		if strings.HasPrefix(name, "shared/words/") && name != "shared/words/en.js" {
			longest = max(longest, len(text))
			continue
		}
		if !strings.HasPrefix(name, "embed/") && !strings.HasPrefix(name, "admin/") && !strings.HasPrefix(name, "agent/") && !strings.HasPrefix(name, "review/") && !strings.HasPrefix(name, "me/") && !strings.HasPrefix(name, "shared/docs.") {
			page += len(text)
		}
		if strings.HasPrefix(name, "client/") || strings.HasPrefix(name, "shared/") || strings.HasPrefix(name, "embed/") {
			require.NotRegexp(t, regexp.MustCompile(`from '[./]*/(admin|agent|review|me)/|/assets/(admin|agent|review|me)/`), text, name)
		}
	}
	element, err := Element()
	require.NoError(t, err)
	other := 0
	for _, part := range element {
		other += len(part)
	}
	page += longest
	t.Logf("the page: %d bytes; the element: %d bytes", page, other)
	require.Less(t, page, 352_000)
	require.Less(t, other, 307_000)
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

// The pages obey the policy that they are served with.
func TestPageHasNothingInline(t *testing.T) {
	for _, pages := range htmls(t) {
		for _, page := range pages {
			require.NotRegexp(t, regexp.MustCompile(`<style|<script(?:[^>]*)>[^<]`), page)
			for _, m := range regexp.MustCompile(`<script[^>]*>`).FindAllString(page, -1) {
				require.Contains(t, m, `src="/assets/`)
			}
		}
	}
}

// Every address in the page and every import in a module is a file that exists.
func TestAddresses(t *testing.T) {
	all := ours(t)
	for _, pages := range htmls(t) {
		for _, page := range pages {
			for _, m := range regexp.MustCompile(`(?:href|src)="/assets/([^"]+)"`).FindAllStringSubmatch(page, -1) {
				require.Contains(t, all, m[1])
				_, err := fs.Stat(Assets(), m[1])
				require.NoError(t, err)
			}
		}
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

// Each id once in a page, and each that the scripts of its folder ask for is
// there. The parts in shared know no ids.
func TestIDs(t *testing.T) {
	known := map[string][]string{"shared": {}, "embed": {}}
	for folder, pages := range htmls(t) {
		for _, page := range pages {
			var ids []string
			for _, m := range regexp.MustCompile(`\bid="([^"]+)"`).FindAllStringSubmatch(page, -1) {
				require.NotContains(t, ids, m[1])
				ids = append(ids, m[1])
			}
			known[folder] = append(known[folder], ids...)
		}
	}
	asked := 0
	for name, text := range ours(t) {
		for _, m := range regexp.MustCompile(`\$\('([^']+)'\)`).FindAllStringSubmatch(text, -1) {
			folder, _, _ := strings.Cut(name, "/")
			require.Contains(t, known[folder], m[1], name)
			asked++
		}
	}
	t.Logf("n=%d places that ask for an id", asked)
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

// catalogues are the folders of words, with the folders of those who say them.
var catalogues = map[string][]string{"shared/words": {"client", "embed", "shared"}, "me/words": {"me"}}

// Every language says everything, with the same places to fill. // R24
func TestCatalogues(t *testing.T) {
	saying, err := files.ReadFile("shared/saying.js")
	require.NoError(t, err)
	line := regexp.MustCompile(`LANGUAGES = \{(.*)\};`).FindStringSubmatch(string(saying))
	require.NotNil(t, line)
	var languages []string
	for _, m := range regexp.MustCompile(`(\w+): '`).FindAllStringSubmatch(line[1], -1) {
		languages = append(languages, m[1])
	}
	for folder := range catalogues {
		english := catalogue(t, folder+"/en.js")
		require.Greater(t, len(english), 80)
		names, err := fs.Glob(files, folder+"/*.js")
		require.NoError(t, err)
		require.Len(t, names, 5)
		for i, name := range names {
			names[i] = strings.TrimSuffix(path.Base(name), ".js")
		}
		require.ElementsMatch(t, languages, names, "what can be chosen and what is said")
		for _, name := range names {
			words := catalogue(t, folder+"/"+name+".js")
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
}

// What the pages and their scripts say is in the catalogue of their folder.
func TestWordsExist(t *testing.T) {
	said := 0
	for folder, sayers := range catalogues {
		english := catalogue(t, folder+"/en.js")
		for name, text := range ours(t) {
			own, _, _ := strings.Cut(name, "/")
			if !slices.Contains(sayers, own) {
				continue
			}
			for _, m := range regexp.MustCompile(`\.say\('(\w+)'|data-t(?:-label|-placeholder)?="([^"]+)"`).FindAllStringSubmatch(text, -1) {
				require.Contains(t, english, m[1]+m[2], name)
				said++
			}
		}
	}
	t.Logf("n=%d places that say something", said)
	english := catalogue(t, "shared/words/en.js")
	for _, state := range []string{"connecting", "idle", "listening", "hearing", "muted", "thinking", "speaking", "writing", "handoff", "reconnecting", "gone"} {
		require.Contains(t, english, "status_"+state)
	}
	mine := catalogue(t, "me/words/en.js")
	for _, key := range []string{"genuine", "changed", "foreign", "cannot", "noKeys", "kind_access", "kind_correct", "kind_erase", "kind_restrict", "kind_object", "kind_appeal",
		"state_open", "state_carried_out", "state_refused", "given", "refused", "withdrawn", "purpose_transcript", "purpose_voice_input", "purpose_quality"} {
		require.Contains(t, mine, key)
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
