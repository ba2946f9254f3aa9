package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sinks are the kinds of place where words could be kept: each puts a leak
// into a folder or gives it back as a blob.
var sinks = map[string]func(t *testing.T, dir string, leak []byte) []byte{
	"file": func(t *testing.T, dir string, leak []byte) []byte {
		keepFile(t, dir, "state", leak)
		return nil
	},
	"deep file, no end of line": func(t *testing.T, dir string, leak []byte) []byte {
		keepFile(t, dir, "a/b/.hidden/c.tmp", joined([]byte("x"), leak))
		return nil
	},
	"log line": func(t *testing.T, dir string, leak []byte) []byte {
		var out bytes.Buffer
		fmt.Fprintf(&out, "time=2026-01-01T00:00:00Z level=DEBUG msg=\"bad frame\" excerpt=%s\n", leak)
		return out.Bytes()
	},
	"HTTP body": func(t *testing.T, dir string, leak []byte) []byte {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(leak) }))
		defer server.Close()
		response, err := http.Get(server.URL)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return body
	},
	"metrics": func(t *testing.T, dir string, leak []byte) []byte {
		return joined([]byte("# TYPE mayfly_errors_total counter\nmayfly_errors_total{code=\""), leak, []byte("\"} 1\n"))
	},
	"database page": func(t *testing.T, dir string, leak []byte) []byte {
		page := make([]byte, 3*4096)
		copy(page, "SQLite format 3\x00")
		copy(page[4096-len(leak)/2:], leak) // over the border of two pages
		keepFile(t, dir, "mayfly.db-wal", page)
		return nil
	},
	"gzip": func(t *testing.T, dir string, leak []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(leak)
		require.NoError(t, w.Close())
		keepFile(t, dir, "old.log.gz", out.Bytes())
		return nil
	},
	"gzip inside a file, cut": func(t *testing.T, dir string, leak []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(leak)
		require.NoError(t, w.Flush())
		keepFile(t, dir, "spool", joined([]byte("head"), out.Bytes()))
		return nil
	},
	"zlib inside gzip": func(t *testing.T, dir string, leak []byte) []byte {
		var inner, out bytes.Buffer
		z := zlib.NewWriter(&inner)
		z.Write(leak)
		require.NoError(t, z.Close())
		g := gzip.NewWriter(&out)
		g.Write(inner.Bytes())
		require.NoError(t, g.Close())
		return out.Bytes()
	},
	"zip": func(t *testing.T, dir string, leak []byte) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create("transcript.txt")
		require.NoError(t, err)
		w.Write(leak)
		require.NoError(t, z.Close())
		keepFile(t, dir, "export.zip", out.Bytes())
		return nil
	},
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func keepFile(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	name = filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, b, 0o600))
}

// TestCanarySeen leaks a word in every encoding into every kind of sink and
// demands that each is found, and by its right name.
func TestCanarySeen(t *testing.T) {
	words := newCanaries()
	leaked, other := words.text("leaked"), words.token("other")
	require.NotEqual(t, leaked, other)
	scanner := words.scanner()
	n := 0
	for name, sink := range sinks {
		for _, e := range encodings {
			for variant, text := range e.encode(leaked) {
				dir := t.TempDir()
				blob := sink(t, dir, []byte(text))
				found, err := scanner.dir(dir)
				require.NoError(t, err)
				found = append(found, scanner.blob("blob", blob)...)
				require.Truef(t, saw(found, "leaked", e.name), "%s, %s, variant %d: not found", name, e.name, variant)
				require.Falsef(t, saw(found, "other", ""), "%s, %s: found what is not there", name, e.name)
				require.NotContains(t, fmt.Sprint(found), leaked[:12], "the report repeats the word")
				n++
			}
		}
	}
	t.Logf("n = %d leaks, all found", n)
}

// saw says whether the field was found in the encoding; of text that two
// encodings write alike, the first in the list is named.
func saw(found []sighting, field, encoding string) bool {
	for _, f := range found {
		if f.field == field && (encoding == "" || f.encoding == encoding || like[encoding] == f.encoding) {
			return true
		}
	}
	return false
}

// like are the encodings that leave letters and digits as they are, and so
// are found by them.
var like = map[string]string{"JSON": "plain", "URL": "plain", "base64, URL alphabet": "base64"}

// TestCanaryCut finds a run of twelve bytes wherever the word was cut, and
// nothing of eleven.
func TestCanaryCut(t *testing.T) {
	words := newCanaries()
	word := words.token("cut")
	scanner := words.scanner()
	for at := 0; at+12 <= len(word); at++ {
		require.Len(t, scanner.blob("b", []byte("..."+word[at:at+12]+"...")), 1)
		require.Empty(t, scanner.blob("b", []byte("..."+word[at:at+11]+"...")))
	}
}

// TestCanaryLogged sees a word through the handlers that programs log with,
// and in the ways that Go prints bytes.
func TestCanaryLogged(t *testing.T) {
	words := newCanaries()
	word := words.text("logged")
	scanner := words.scanner()
	var out bytes.Buffer
	for name, log := range map[string]func(){
		"JSON":       func() { slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", word) },
		"text":       func() { slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", word) },
		"%q":         func() { fmt.Fprintf(&out, "%q", word) },
		"%+q":        func() { fmt.Fprintf(&out, "%+q", word) },
		"%x":         func() { fmt.Fprintf(&out, "%x", word) },
		"% X":        func() { fmt.Fprintf(&out, "% X", word) },
		"%v, bytes":  func() { fmt.Fprintf(&out, "%v", []byte(word)) },
		"%d, struct": func() { fmt.Fprintf(&out, "%d", struct{ b []byte }{[]byte(word)}) },
	} {
		out.Reset()
		log()
		require.NotEmptyf(t, scanner.blob("log", out.Bytes()), "%s: not found", name)
	}
}

// TestCanaryNames finds words in the names of files and folders and in links.
func TestCanaryNames(t *testing.T) {
	words := newCanaries()
	word := words.token("name")
	scanner := words.scanner()
	dir := t.TempDir()
	keepFile(t, dir, "a/"+word+"/empty", nil)
	require.NoError(t, os.Symlink("/nowhere/"+word, filepath.Join(dir, "link")))
	found, err := scanner.dir(dir)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.NotContains(t, fmt.Sprint(found), word)
	keepFile(t, dir, "a/"+word+"/full", []byte(word))
	found, err = scanner.dir(dir)
	require.NoError(t, err)
	require.Len(t, found, 3)
	require.NotContains(t, fmt.Sprint(found), word)
	found, err = scanner.dir(filepath.Join(dir, "not there"))
	require.NoError(t, err)
	require.Empty(t, found)
}

// TestCanaryUnseen is the negative control: noise and other words are not
// taken for what was said, and 100 MB take seconds.
func TestCanaryUnseen(t *testing.T) {
	words, others := newCanaries(), newCanaries()
	var noise bytes.Buffer
	for i := range 100 {
		field := fmt.Sprint("field ", i)
		words.text(field)
		for _, e := range encodings {
			for _, text := range e.encode(others.text(field)) {
				noise.WriteString(text)
			}
		}
	}
	_, err := io.CopyN(&noise, rand.Reader, 16<<20)
	require.NoError(t, err)
	scanner := words.scanner()
	started := time.Now()
	require.Empty(t, scanner.blob("noise", noise.Bytes()))
	took := time.Since(started)
	t.Logf("n = %d runs sought in %d MB: %.0f MB/s", len(scanner.runs), noise.Len()>>20, float64(noise.Len()>>20)/took.Seconds())
}

// TestCanaryMemory finds a word in the memory of another process.
func TestCanaryMemory(t *testing.T) {
	words := newCanaries()
	word, absent := words.token("in memory"), words.token("absent")
	require.NotEqual(t, word, absent)
	cmd := exec.Command("sleep", "60")
	cmd.Env = append(os.Environ(), "X="+word)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	var found []sighting
	require.Eventually(t, func() bool {
		var err error
		found, err = words.scanner().process(cmd.Process.Pid)
		if os.IsPermission(err) {
			t.Skip("may not trace a child here")
		}
		return err == nil && len(found) > 0
	}, 30*time.Second, 10*time.Millisecond)
	require.False(t, saw(found, "absent", ""))
	require.True(t, strings.HasPrefix(found[0].source, "memory "))
}
