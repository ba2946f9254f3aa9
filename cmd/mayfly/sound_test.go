package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/recorder/export"
	"mayfly/recorder/read"
	"mayfly/redact"
)

// opusFile is a second of sound that says of itself what the comments say.
func opusFile(tb testing.TB, comments ...audio.Comment) []byte {
	tb.Helper()
	var tape audio.Tape
	pcm := make([]int16, audio.Rate)
	for i := range pcm {
		pcm[i] = int16(i % 200 * 50)
	}
	require.NoError(tb, tape.Append(pcm))
	require.NoError(tb, tape.End())
	return audio.OggOpus(1, comments, &tape)
}

func replyComments() []audio.Comment {
	return []audio.Comment{{Key: "DIGITALSOURCETYPE", Value: read.SourceTrained}, {Key: "AI_SYSTEM", Value: "x"}, {Key: "DESCRIPTION", Value: read.Label}}
}

func personComments() []audio.Comment {
	return []audio.Comment{{Key: "DIGITALSOURCETYPE", Value: capturedSource}, {Key: "DESCRIPTION", Value: export.PersonLabel}}
}

// exportedSound is a folder with a sound and what is signed of it, and the
// folder with the keys.
func exportedSound(t *testing.T, side redact.Side, data []byte) (path, keys string) {
	t.Helper()
	keys = t.TempDir()
	s := exportable()
	sound := export.NewSound(2, side, time.Now(), 1000, data)
	path = filepath.Join(t.TempDir(), s.Transcript.Session.String()+sound.Ending())
	manifest, err := s.ManifestOf(&sound)
	require.NoError(t, err)
	jws, err := soundSigner(keys)(manifest)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	require.NoError(t, os.WriteFile(path+export.Signed, []byte(jws+"\n"), 0o600))
	return path, keys
}

func checkSound(path, keys string) (string, int) {
	var out, wrong bytes.Buffer
	code := start([]string{"label", "check", path, "--data", keys}, nil, &out, &wrong)
	return out.String() + wrong.String(), code
}

// R21: sound that leaves carries its label, and what is signed of it.
func TestSoundLabel(t *testing.T) {
	path, keys := exportedSound(t, redact.Reply, opusFile(t, replyComments()...))
	said, code := checkSound(path, keys)
	require.Zero(t, code, said)
	for _, part := range []string{"there and whole (Ogg Opus, 1.0 s)", read.Label, read.SourceTrained, "as is signed: the avatar in turn 2"} {
		require.Contains(t, said, part)
	}
	path, keys = exportedSound(t, redact.Person, opusFile(t, personComments()...))
	said, code = checkSound(path, keys)
	require.Zero(t, code, said)
	require.Contains(t, said, "A person speaks")

	// A JOSE library reads it as it is.
	jws, err := os.ReadFile(path + export.Signed)
	require.NoError(t, err)
	parts := strings.Split(strings.TrimSpace(string(jws)), ".")
	require.Len(t, parts, 3)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	require.Contains(t, string(payload), `"type":"mayfly.sound"`)
}

// Whatever was changed in a sound, in its comments, in its name or in what is
// signed of it, is found.
func TestSoundLabelTampered(t *testing.T) {
	whole := opusFile(t, replyComments()...)
	n := 0
	refused := func(name, path, keys string) {
		t.Helper()
		n++
		said, code := checkSound(path, keys)
		require.Equal(t, 1, code, "%s: %s", name, said)
		require.NotContains(t, said, "there and whole", name)
	}
	path, keys := exportedSound(t, redact.Reply, whole)
	for at := 0; at < len(whole); at += 1 + len(whole)/300 {
		changed := bytes.Clone(whole)
		changed[at] ^= 1
		require.NoError(t, os.WriteFile(path, changed, 0o600))
		refused("a bit", path, keys)
	}
	for _, size := range []int{0, 3, 40, len(whole) / 2, len(whole) - 1} {
		require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
		refused("cut", path, keys)
	}
	// Signed as it is, but without a label that is whole.
	for name, comments := range map[string][]audio.Comment{
		"none":            nil,
		"no description":  replyComments()[:2],
		"no source":       replyComments()[1:],
		"no system":       {replyComments()[0], replyComments()[2]},
		"another label":   {replyComments()[0], replyComments()[1], {Key: "DESCRIPTION", Value: "A person."}},
		"a machine's":     {{Key: "DIGITALSOURCETYPE", Value: read.SourceTrained}, {Key: "DESCRIPTION", Value: export.PersonLabel}},
		"twice":           append(replyComments(), replyComments()[0]),
		"a person, as if": personComments(), // what is signed says that it is the avatar
	} {
		path, keys := exportedSound(t, redact.Reply, opusFile(t, comments...))
		refused(name, path, keys)
	}
	path, keys = exportedSound(t, redact.Reply, whole)
	require.NoError(t, os.WriteFile(path, opusFile(t, append(replyComments(), audio.Comment{Key: "TITLE", Value: "x"})...), 0o600))
	refused("another sound, whole", path, keys)
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	other, otherKeys := exportedSound(t, redact.Person, opusFile(t, personComments()...))
	refused("keys of another", path, otherKeys)
	jws, err := os.ReadFile(path + export.Signed)
	require.NoError(t, err)
	for at := range jws[:len(jws)-1] {
		if at%7 != 0 {
			continue
		}
		changed := bytes.Clone(jws)
		changed[at] = map[bool]byte{true: 'B', false: 'A'}[changed[at] == 'A']
		require.NoError(t, os.WriteFile(path+export.Signed, changed, 0o600))
		refused("a letter of what is signed", path, keys)
	}
	theirs, err := os.ReadFile(other + export.Signed)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path+export.Signed, theirs, 0o600))
	refused("what is signed of another", path, otherKeys)
	require.NoError(t, os.Remove(path+export.Signed))
	refused("nothing signed", path, keys)
	path, keys = exportedSound(t, redact.Reply, whole)
	moved := strings.Replace(path, ".2.", ".1.", 1)
	require.NoError(t, os.Rename(path, moved))
	require.NoError(t, os.Rename(path+export.Signed, moved+export.Signed))
	refused("of another turn", moved, keys)
	t.Logf("n = %d", n)
}
