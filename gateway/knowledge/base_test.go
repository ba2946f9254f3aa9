package knowledge

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar/resident"
	"mayfly/session"
)

// folder is a folder on the disk that a base is read from.
type folder struct {
	t   *testing.T
	dir string
}

func newFolder(t *testing.T, files map[string]string) folder {
	f := folder{t, t.TempDir()}
	for name, text := range files {
		f.put(name, text)
	}
	return f
}

func (f folder) put(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	require.NoError(f.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(f.t, os.WriteFile(path, []byte(text), 0o600))
}

func (f folder) open() (Folder, error) { return os.OpenRoot(f.dir) }

func (f folder) base() *Base { return New(Options{Folder: f.open}) }

// first is the text of the passage that fits best, and where it is from.
func first(b *Base, words string) (text, title string) {
	for from, text := range b.Passages("en", session.NewSpeech([]byte(words)), 1) {
		return text, from.Title
	}
	return "", ""
}

// source is how it stands with a source.
func source(t *testing.T, b *Base, name string) Source {
	t.Helper()
	for _, s := range b.State().Sources {
		if s.Name == name {
			return s
		}
	}
	require.Failf(t, "no such source", name)
	return Source{}
}

func numbers(b *Base) (all []uint64) {
	for _, v := range b.State().Versions {
		all = append(all, v.Number)
	}
	return all
}

// Files of all four forms are found by their words, each under its title.
func TestForms(t *testing.T) {
	f := newFolder(t, map[string]string{
		"hours.md":       "# Opening hours\n\n## Library\n\nThe library opens at nine.\n",
		"fees.txt":       "Fees\n\nA lost card costs ten euros.\n",
		"canteen.html":   "<html lang=en><title>Canteen</title><body><h1>Canteen</h1><h2>Menu</h2><p>Soup costs <b>two</b> euros.</p></body></html>",
		"notes.markdown": "# Notes\n\nThe pool closes in winter.\n",
		"logo.png":       "\x89PNG",
		".hidden/x.md":   "\xff",
	})
	pdf, err := os.ReadFile("testdata/parking.pdf")
	require.NoError(t, err)
	f.put("parking.pdf", string(pdf))
	b := f.base()
	require.NoError(t, b.Read(t.Context()))
	for ask, title := range map[string]string{"when does the library open": "Opening hours", "what does a lost card cost": "Fees", "how much is the soup": "Canteen", "is the pool open in winter": "Notes", "where can visitors park their bicycles": "Parking at the institute"} {
		_, got := first(b, ask)
		require.Equal(t, title, got, ask)
	}
	s := b.State()
	require.Len(t, s.Sources, 5)
	require.Equal(t, uint64(1), s.Serving)
	require.Empty(t, s.Mistake)
	for _, source := range s.Sources {
		require.Empty(t, source.Mistake, source.Name)
		require.Positive(t, source.Words, source.Name)
		require.Positive(t, source.Bytes, source.Name)
	}
}

// R57: a document that is broken never takes the place of a good one: the last
// good form of it stays, with what is wrong beside it, and the others go on.
func TestBrokenFileKeepsTheGoodOne(t *testing.T) {
	for name, broken := range map[string]string{"not UTF-8": "caf\xe9.", "empty": "", "no sentence": "# Title only\n", "too large": strings.Repeat("a ", MaxFile/2+1)} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, map[string]string{"a.md": "# Hours\n\nThe library opens at nine.", "b.md": "# Fees\n\nA lost card costs ten euros."})
			b := f.base()
			require.NoError(t, b.Read(t.Context()))
			f.put("a.md", broken)
			f.put("b.md", "# Fees\n\nA lost card costs twelve euros.")
			require.NoError(t, b.Read(t.Context()))
			text, title := first(b, "when does the library open")
			require.Equal(t, "Hours", title)
			require.Contains(t, text, "at nine")
			text, _ = first(b, "what does a lost card cost")
			require.Contains(t, text, "twelve")
			bad := source(t, b, "a.md")
			require.Contains(t, bad.Mistake, "; ", "it says what to do")
			require.Equal(t, "Hours", bad.Title)
			require.Empty(t, source(t, b, "b.md").Mistake)
			require.Equal(t, []uint64{2, 1}, numbers(b))

			// Put right, it is read again and the mistake is gone.
			f.put("a.md", "# Hours\n\nThe library opens at ten.")
			require.NoError(t, b.Read(t.Context()))
			text, _ = first(b, "when does the library open")
			require.Contains(t, text, "at ten")
			require.Empty(t, source(t, b, "a.md").Mistake)
		})
	}
}

// A folder that is gone, or empty, or too much for a moment changes nothing.
func TestBrokenFolderKeepsAll(t *testing.T) {
	f := newFolder(t, map[string]string{"a.md": "# Hours\n\nThe library opens at nine."})
	b := f.base()
	require.NoError(t, b.Read(t.Context()))
	require.NoError(t, os.Rename(f.dir, f.dir+".away"))
	require.ErrorContains(t, b.Read(t.Context()), "cannot be opened")
	_, title := first(b, "when does the library open")
	require.Equal(t, "Hours", title)
	require.NotEmpty(t, b.State().Mistake)
	require.NoError(t, os.Mkdir(f.dir, 0o700))
	require.ErrorContains(t, b.Read(t.Context()), "no .md, .txt, .html or .pdf file")
	_, title = first(b, "when does the library open")
	require.Equal(t, "Hours", title)
	require.Equal(t, []uint64{1}, numbers(b))
	f.put("b.md", "# Fees\n\nA card costs ten euros.")
	require.NoError(t, b.Read(t.Context()))
	require.Empty(t, b.State().Mistake)
	_, title = first(b, "when does the library open")
	require.Empty(t, title, "the file was taken away, and others are there: it is forgotten")
}

// At the start there is no good form: what cannot be read is left out and
// named, and a folder of which nothing can be read is refused.
func TestBrokenFromTheStart(t *testing.T) {
	f := newFolder(t, map[string]string{"a.md": "\xff", "b.md": "# Fees\n\nA card costs ten euros.", "c.pdf": "no PDF"})
	b := f.base()
	require.NoError(t, b.Read(t.Context()))
	require.Equal(t, 1, b.State().Versions[0].Documents)
	require.Equal(t, notUTF8, source(t, b, "a.md").Mistake)
	require.Contains(t, source(t, b, "c.pdf").Mistake, "damaged, or no PDF")

	f = newFolder(t, map[string]string{"a.md": "\xff", "d/b.md": ""})
	err := f.base().Read(t.Context())
	require.ErrorContains(t, err, `"a.md" is not UTF-8; save it as UTF-8`)
	require.ErrorContains(t, err, `"d/b.md" has no sentence in it; write something or remove it`)
}

// A link that leads out of the folder is refused by name, and what it leads to
// is not told.
func TestLinkOutOfTheFolder(t *testing.T) {
	f := newFolder(t, map[string]string{"a.md": "It is open."})
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(f.dir, "b.md")))
	b := f.base()
	require.NoError(t, b.Read(t.Context()))
	require.Equal(t, unreadable, source(t, b, "b.md").Mistake)
	require.NotContains(t, fmt.Sprint(b.State()), "/etc")
}

// The bounds, on both sides of each.
func TestBounds(t *testing.T) {
	t.Run("documents", func(t *testing.T) {
		f := newFolder(t, nil)
		for i := range MaxDocuments {
			f.put(fmt.Sprintf("%04d.txt", i), "Words.")
		}
		b := f.base()
		require.NoError(t, b.Read(t.Context()))
		require.Equal(t, MaxDocuments, b.State().Versions[0].Documents)
		f.put("9999.txt", "Words.")
		require.ErrorContains(t, b.Read(t.Context()), "beyond the first 2000 documents; use fewer")
		require.Equal(t, MaxDocuments, b.State().Versions[0].Documents, "the last good version stays")
	})
	t.Run("bytes of a file", func(t *testing.T) {
		sentence := "This is one. "
		text := strings.Repeat(sentence, MaxFile/len(sentence)+1)
		_, mistake := plain.read(t.Context(), "a.txt", "", []byte(text[:MaxFile]))
		require.Empty(t, mistake)
		_, mistake = plain.read(t.Context(), "a.txt", "", []byte(text[:MaxFile+1]))
		require.Equal(t, tooLargeText, mistake)
		_, mistake = portable.read(t.Context(), "a.pdf", "", make([]byte, MaxPDF+1))
		require.Equal(t, tooLargePDF, mistake)
	})
	t.Run("bytes and words of all", func(t *testing.T) {
		of := func(text string) *item {
			d := resident.Parse("a.txt", []byte(text))
			return &item{source: Source{Name: "a.txt", Words: d.Words()}, document: d}
		}
		word := of("a" + strings.Repeat("b", 99) + ".")
		var all []*item
		for range MaxWords / 1000 {
			all = append(all, &item{source: Source{Name: "w.txt", Words: 1000}, document: word.document})
		}
		require.Len(t, all, MaxDocuments)
		require.NoError(t, within(all))
		all[0] = &item{source: Source{Name: "w.txt", Words: 1001}, document: word.document}
		require.ErrorContains(t, within(all), "beyond the first 2000000 words; use fewer or shorter documents")

		big := of(strings.Repeat("a", 1<<20-1) + ".")
		require.Equal(t, 1<<20, big.document.Bytes())
		all = nil
		for range MaxBytes >> 20 {
			all = append(all, big)
		}
		require.NoError(t, within(all))
		require.ErrorContains(t, within(append(all, word)), "beyond the first 32 MiB; use fewer or shorter documents")
	})
}

// Versions are counted, the last five are kept, one that is chosen is served
// and held until the sources are read again.
func TestRollback(t *testing.T) {
	f := newFolder(t, nil)
	b := f.base()
	for i := range 7 {
		f.put("a.md", fmt.Sprintf("# Hours\n\nThe library opens at %d.", i+1))
		require.NoError(t, b.Read(t.Context()))
	}
	require.Equal(t, []uint64{7, 6, 5, 4, 3}, numbers(b))
	says := func(want string) {
		t.Helper()
		text, _ := first(b, "when does the library open")
		require.Contains(t, text, want)
	}
	says("at 7")
	require.False(t, b.Rollback(2), "it is not kept")
	require.False(t, b.Rollback(0))
	require.True(t, b.Rollback(4))
	says("at 4")
	s := b.State()
	require.True(t, s.Held)
	require.Equal(t, uint64(4), s.Serving)

	// What is read meanwhile does not take its place, and does not push it out.
	for i := 8; i < 14; i++ {
		f.put("a.md", fmt.Sprintf("# Hours\n\nThe library opens at %d.", i))
		require.NoError(t, b.Read(t.Context()))
	}
	says("at 4")
	require.Contains(t, numbers(b), uint64(4))
	require.Len(t, b.State().Versions, Kept)

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	b.Reindex()
	require.Eventually(t, func() bool { s := b.State(); return !s.Reading && !s.Held && s.Serving == 13 }, 20*time.Second, 5*time.Millisecond)
	says("at 13")
	cancel()
	<-done

	// The same contents have the same fingerprint, whichever process read them.
	f.put("a.md", "# Hours\n\nThe library opens at 4.")
	again := f.base()
	require.NoError(t, again.Read(t.Context()))
	require.NoError(t, b.Read(t.Context()))
	require.Equal(t, again.State().Versions[0].Fingerprint, b.State().Versions[0].Fingerprint)
	require.NotEqual(t, b.State().Versions[0].Fingerprint, b.State().Versions[1].Fingerprint)
}

// A file that changes is read again without anybody asking, once it has
// settled.
func TestWatched(t *testing.T) {
	defer goleak.VerifyNone(t)
	f := newFolder(t, map[string]string{"a.md": "# Hours\n\nThe library opens at nine."})
	told := make(chan State, 64)
	b := New(Options{Folder: f.open, Told: func(s State) { told <- s }})
	require.NoError(t, b.Read(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	read := b.State().Looked
	go func() { b.Run(ctx); close(done) }()
	// Run reads at once, and a file that is written just then is empty for it
	// for a moment: that is told too, and is not what this is about.
	require.Eventually(t, func() bool { return b.State().Looked.After(read) }, 60*time.Second, time.Millisecond)
	f.put("a.md", "# Hours\n\nThe library opens at eleven.")
	require.Eventually(t, func() bool {
		text, _ := first(b, "when does the library open")
		return strings.Contains(text, "eleven")
	}, 60*time.Second, 20*time.Millisecond)
	cancel()
	<-done
	require.Equal(t, uint64(1), (<-told).Serving)
	require.Equal(t, uint64(2), (<-told).Serving)
}

// Readers find either the one version or the other while it is exchanged.
func TestSwapUnderReaders(t *testing.T) {
	f := newFolder(t, map[string]string{"a.md": "# Hours\n\nThe library opens at one. It closes at one."})
	b := f.base()
	require.NoError(t, b.Read(t.Context()))
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			text, _ := first(b, "when does the library open")
			if ones, twos := strings.Count(text, "one"), strings.Count(text, "two"); ones != 2 && twos != 2 {
				t.Errorf("half of each: %q", text)
				return
			}
		}
	}()
	for i := range 50 {
		word := []string{"two", "one"}[i%2]
		f.put("a.md", "# Hours\n\nThe library opens at "+word+". It closes at "+word+".")
		require.NoError(t, b.Read(t.Context()))
	}
	close(stop)
	<-done
}

// A nil base, and one that nothing was read for, know nothing.
func TestNothingKnown(t *testing.T) {
	var none *Base
	require.Nil(t, none.Knowledge())
	for _, b := range []*Base{none, New(Options{})} {
		_, title := first(b, "anything")
		require.Empty(t, title)
	}
	b := New(Options{})
	b.Reindex()
	b.Run(t.Context()) // there is nothing to keep up to date: it returns
	require.False(t, b.State().Reading)
}
