package resident

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	k, err := Demo()
	require.NoError(t, err)
	require.Equal(t, []string{"de", "en", "es", "fr", "he"}, k.Languages())
	require.Len(t, k.Titles("en"), 14)
	for _, d := range k.documents {
		for _, p := range d.passages {
			require.NotEmpty(t, p.heading, d.name)
			for _, s := range p.sentences {
				require.LessOrEqual(t, utf8.RuneCountInString(s), 240, "speakable: %s", s)
				require.NotContains(t, s, "<!--")
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		files fstest.MapFS
		want  []string
	}{
		{"nothing", fstest.MapFS{"a.pdf": {Data: []byte("x")}}, []string{"no .md or .txt file; add one"}},
		{"not UTF-8", fstest.MapFS{"a.md": {Data: []byte("caf\xe9.")}}, []string{`"a.md" is not UTF-8; save it as UTF-8`}},
		{"empty", fstest.MapFS{"a.md": {Data: []byte("# Title only\n\n```\ncode\n```")}}, []string{`"a.md" has no sentence in it; write something or remove it`}},
		{"too large", fstest.MapFS{"a.txt": {Data: make([]byte, MaxFileBytes+1)}}, []string{`"a.txt" is larger than 1 MiB; split it`}},
		{"several at once", fstest.MapFS{"a.md": {Data: []byte("\xff")}, "b/c.md": {Data: nil}, "d.md": {Data: []byte("Fine.")}}, []string{`"a.md" is not UTF-8`, `"b/c.md" has no sentence`}},
		{"not a file", fstest.MapFS{"a.md": {Mode: fs.ModeNamedPipe}}, []string{`"a.md" is not a regular file; remove it`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := Load(c.files)
			require.Nil(t, k)
			require.Error(t, err)
			for _, want := range c.want {
				require.Contains(t, err.Error(), want)
			}
		})
	}

	many := fstest.MapFS{}
	for i := range MaxFiles + 1 {
		many[strconv.Itoa(i)+".txt"] = &fstest.MapFile{Data: []byte("Words.")}
	}
	_, err := Load(many)
	require.ErrorContains(t, err, "beyond the first 2000 files; use fewer files")

	big := fstest.MapFS{}
	line := []byte(strings.Repeat("a", MaxFileBytes))
	for i := range 33 {
		big[strconv.Itoa(i)+".txt"] = &fstest.MapFile{Data: line}
	}
	_, err = Load(big)
	require.ErrorContains(t, err, "beyond the first 32 MiB; use fewer or shorter files")
}

// A folder on the disk, through an os.Root: a link that leads out of it is
// refused by name.
func TestLoadRoot(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.md"), []byte("It is open."), 0o600))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	k, err := Load(root.FS())
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, k.Titles("en"))

	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "b.md")))
	_, err = Load(root.FS())
	require.ErrorContains(t, err, `"b.md" cannot be read`)
	require.NotContains(t, err.Error(), "/etc")
}

func TestLanguageOf(t *testing.T) {
	for name, want := range map[string]string{"hours.de.md": "de", "fr.md": "fr", "es/a.txt": "es", "a.md": "", "notes.old.md": "", "en-GB/a.md": "en"} {
		require.Equal(t, want, languageOfName(name), name)
	}
	for text, want := range map[string]string{
		"Der Hund ist nicht im Haus, und die Katze auch nicht.": "de", "Le chat est dans la maison et il dort.": "fr",
		"El gato está en la casa y duerme.": "es", "החתול לא בבית, הוא בחוץ עם הכלב.": "he", "The cat is in the house.": "en", "": "en",
	} {
		require.Equal(t, want, guess([]byte(text)), text)
	}
	d := parse("x.md", []byte("---\ntitle: \"T\"\nlanguage: fr-CA\n---\nText here."))
	require.Equal(t, "fr", d.language)
	require.Equal(t, "T", d.title)
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"recording", "recordng", 1}, {"recording", "recoridng", 1}, {"a", "b", 1}, {"שלום", "שלם", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {strings.Repeat("a", 40), "a", 3}} {
		require.Equal(t, c.want, distance([]byte(c.a), c.b, 2), "%s %s", c.a, c.b)
	}
}

// Whatever a file holds, it becomes sentences or nothing.
func FuzzParse(f *testing.F) {
	f.Add("a.md", "# T\n\n- a\n- b\n\n| a | b |\n|--|--|\n| c | d |\n\n<!-- also: x -->\n```\ncode\n```\n")
	f.Add("a.txt", "Title\n\n1. one\n2. two")
	f.Add("a.md", "---\ntitle: x\n---\n    code\n> quote\nUnder\n===\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		d := parse(name, []byte(strings.ToValidUTF8(text, "")))
		for _, p := range d.passages {
			require.NotEmpty(t, p.sentences)
			require.LessOrEqual(t, len(p.sentences), passageSentences)
		}
	})
}
