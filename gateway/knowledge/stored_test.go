package knowledge

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar/resident"
)

// cupboard holds documents as a store does.
type cupboard struct {
	mu     sync.Mutex
	files  map[string]string
	opened int
	broken bool
}

func (c *cupboard) put(name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[name] = text
}

func (c *cupboard) remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.files, name)
}

func (c *cupboard) list(context.Context) (all []Stored, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return nil, errors.New("the disk is gone")
	}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		text := c.files[name]
		all = append(all, Stored{Name: name, Sum: sha256.Sum256([]byte(text)), Read: func(context.Context) ([]byte, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.opened++
			return []byte(text), nil
		}})
	}
	return all, nil
}

// What is stored is answered from as soon as somebody looks, also its last
// document is forgotten with it, and what did not change is not opened again.
func TestStored(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := &cupboard{files: map[string]string{"hours.md": "# Hours\n\nThe library opens at nine."}}
	b := New(Options{Stored: c.list})
	require.True(t, b.State().Reading, "nothing is known before it was read")
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { b.Run(ctx) })
	defer work.Wait()
	defer stop()
	settled := func() State {
		t.Helper()
		require.Eventually(t, func() bool { return !b.State().Reading }, 30*time.Second, time.Millisecond)
		return b.State()
	}
	require.EqualValues(t, 1, settled().Serving)
	text, _ := first(b, "When does the library open?")
	require.Contains(t, text, "nine")

	c.put("fees.txt", "Fees\n\nA lost card costs ten euros.")
	b.Look()
	require.EqualValues(t, 2, settled().Serving)
	require.Equal(t, 2, c.opened)
	text, _ = first(b, "What does a lost card cost?")
	require.Contains(t, text, "ten euros")

	// One that is held stays, whatever is stored, until it is let go.
	require.True(t, b.Rollback(1))
	c.put("hours.md", "# Hours\n\nThe library opens at eleven.")
	b.Look()
	require.EqualValues(t, 1, settled().Serving)
	require.Equal(t, 2, c.opened)
	b.Reindex()
	require.EqualValues(t, 3, settled().Serving)
	text, _ = first(b, "When does the library open?")
	require.Contains(t, text, "eleven")

	// A store that does not answer changes nothing.
	c.broken = true
	b.Look()
	require.Contains(t, settled().Mistake, "cannot be listed")
	require.EqualValues(t, 3, b.State().Serving)
	c.broken = false

	c.remove("hours.md")
	c.remove("fees.txt")
	b.Look()
	now := settled()
	require.Empty(t, now.Mistake)
	require.Empty(t, now.Sources)
	require.Zero(t, now.Versions[0].Documents)
	text, _ = first(b, "When does the library open?")
	require.Empty(t, text, "what was removed is not answered from")
}

// Without a document nothing is said to be served; a document of the program
// does not stand for one that is stored under its name.
func TestNothingStored(t *testing.T) {
	c := &cupboard{files: map[string]string{}}
	b := New(Options{Stored: c.list})
	require.NoError(t, b.Read(t.Context()))
	require.Zero(t, b.State().Serving)

	own := resident.ParseAt("hours.md", "", []byte("# Hours\n\nThe gateway is open always."))
	c.put("hours.md", "\x00")
	b = New(Options{Stored: c.list, Fixed: []*resident.Document{own}})
	require.NoError(t, b.Read(t.Context()))
	sources := b.State().Sources
	require.Len(t, sources, 2)
	require.NotEmpty(t, sources[1].Mistake)
	require.Zero(t, sources[1].Words)
}

// What is given is looked at before it is stored: its name, and what is in it,
// whatever the name says.
func TestCheck(t *testing.T) {
	pdf, err := os.ReadFile("testdata/parking.pdf")
	require.NoError(t, err)
	for _, good := range []struct{ name, data string }{
		{"hours.md", "# Hours\n\nThe library opens at nine."},
		{"Öffnungszeiten (neu).txt", "Die Bibliothek öffnet um neun."},
		{"hours.de.html", "<!doctype html><html lang=de><body><h1>Zeiten</h1><p>Um neun.</p>"},
		{"hours.PDF", string(pdf)},
		{"tags.md", "A line with <b>a tag</b> in it."},
	} {
		c, mistake := Check(t.Context(), good.name, []byte(good.data))
		require.Empty(t, mistake, good.name)
		require.Positive(t, c.Words, good.name)
		require.Positive(t, c.Text, good.name)
	}
	for _, bad := range []struct{ name, data, says string }{
		{"", "x", "has no name"},
		{strings.Repeat("x", 120) + ".md", "x", "has no name, or a longer one"},
		{".hidden.md", "x", "begins with a dot"},
		{"../hours.md", "x", "begins with a dot"},
		{"a/b.md", "x", "not every system takes"},
		{"a\\b.md", "x", "not every system takes"},
		{"a\nb.md", "x", "not every system takes"},
		{"a\u202eb.md", "x", "not every system takes"},
		{"hours.docx", "PK\x03\x04", "is none of"},
		{"hours", "x", "is none of"},
		{"hours.md", "%PDF-1.7 ...", "let its name end with .pdf"},
		{"hours.pdf", "The library opens at nine.", "is not a PDF by what is in it"},
		{"hours.txt", "\xef\xbb\xbf <!DOCTYPE html><p>x", "let its name end with .html"},
		{"hours.md", "PK\x03\x04\x00\x00", "is no text"},
		{"hours.md", "caf\xe9", "is not UTF-8"},
		{"hours.md", " \n", "has no sentence"},
		{"hours.md", strings.Repeat("x", MaxFile+1), "is larger than 1 MiB"},
		{"hours.pdf", "%PDF-" + strings.Repeat("x", MaxPDF), "is larger than 16 MiB"},
		{"hours.pdf", "%PDF-1.7\nbroken", "cannot be used"},
	} {
		_, mistake := Check(t.Context(), bad.name, []byte(bad.data))
		require.Contains(t, mistake, bad.says, bad.name)
		require.Contains(t, mistake, ";", "what is wrong, then what to do")
	}
}
