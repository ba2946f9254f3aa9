package s3test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

// tenantKey is a pair of keys of age, made by its own tool.
type tenantKey struct{ file, public string }

func newKey(t *testing.T) tenantKey {
	t.Helper()
	k := tenantKey{file: filepath.Join(t.TempDir(), "key.txt")}
	said, err := exec.Command(started.Program("age-keygen"), "-o", k.file).CombinedOutput()
	require.NoError(t, err, string(said))
	public, err := exec.Command(started.Program("age-keygen"), "-y", k.file).Output()
	require.NoError(t, err)
	k.public = strings.TrimSpace(string(public))
	return k
}

// opened is what the age tool makes of a folder of the bucket.
func (s *server) opened(t *testing.T, prefix string, key tenantKey) (folder string) {
	t.Helper()
	folder = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "sessions"), 0o700))
	for name := range s.objects(prefix) {
		plain, ok := strings.CutSuffix(name, ".age")
		require.True(t, ok, name)
		said, err := exec.Command(started.Program("age"), "-d", "-i", key.file, "-o", filepath.Join(folder, plain), filepath.Join(s.folder, "objects", bucket, prefix, name)).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, said)
	}
	return folder
}

// to are the arguments of an export to the server.
func (s *server) to(t *testing.T, prefix string, key tenantKey, secret string) []string {
	t.Helper()
	credentials := filepath.Join(t.TempDir(), "credentials")
	text := "[default]\naws_access_key_id = " + accessKey + "\naws_secret_access_key = " + secret + "\n"
	require.NoError(t, os.WriteFile(credentials, []byte(text), 0o600))
	return []string{"export", "--to", "s3://" + bucket + "/" + prefix, "--endpoint", "http://" + s.address, "--region", region,
		"--credentials", credentials, "--recipient", key.public, "--private"}
}

// What is sent only the tenant opens, with the age tool, and elsewhere it is
// the same: counts, and the hash of every file.
func TestSealedToTheTenant(t *testing.T) { // R17
	s, key := newServer(t), newKey(t)
	const n = 45
	for _, runs := range []bool{true, false} {
		prefix := "of/2026 ä+" + map[bool]string{true: "runs", false: "stopped"}[runs]
		g := newGateway(t, runs).opened()
		require.Contains(t, g.did("import", conversations(t, n)), "Imported: 45 sessions, 45 turns, 90 items")
		said := g.did(s.to(t, prefix, key, secretKey)...)
		require.Contains(t, said, "Exported to s3://"+bucket)
		require.Contains(t, said, "45 sessions, 45 turns, 90 items")
		require.Len(t, s.objects(prefix), 3*n+1)
		left, err := filepath.Glob(filepath.Join(g.Data(), "export-*"))
		require.NoError(t, err)
		require.Empty(t, left)
		for name, at := range s.objects(prefix) {
			data, err := os.ReadFile(filepath.Join(s.folder, "objects", bucket, prefix, name))
			require.NoError(t, err)
			require.True(t, bytes.HasPrefix(data, []byte("age-encryption.org/v1\n-> X25519 ")), name)
			require.Equal(t, 1, bytes.Count(data, []byte("\n-> X25519 ")), "sealed to one key")
			require.NotContains(t, string(data), secretWord)
			require.False(t, at.After(s.objects(prefix)["manifest.json.age"]), "the manifest is last")
		}
		sealed := filepath.Join(s.folder, "objects", bucket, prefix, "manifest.json.age")
		require.Error(t, exec.Command(started.Program("age"), "-d", "-i", newKey(t).file, sealed).Run(), "another key opens it")

		opened := s.opened(t, prefix, key)
		other := newGateway(t, false).opened()
		require.Contains(t, other.did("import", opened), "Imported: 45 sessions, 45 turns, 90 items")
		folder := filepath.Join(t.TempDir(), "export")
		other.did("export", folder)
		require.Equal(t, readManifest(t, opened), readManifest(t, folder))

		said, err = g.mayfly(s.to(t, prefix, key, secretKey)...)
		require.Error(t, err)
		require.Contains(t, said, "name another prefix")
	}
}

// A server that dies is waited for; one that stays away is an error, and what
// it has is not sent again.
func TestServerDies(t *testing.T) {
	s, key := newServer(t), newKey(t)
	const n = 200
	g := newGateway(t, true).opened()
	g.did("import", conversations(t, n))
	half := func(prefix string, process *exec.Cmd) map[string]time.Time {
		t.Helper()
		require.NoError(t, process.Start())
		require.Eventually(t, func() bool { return len(s.objects(prefix)) > n }, 60*time.Second, 5*time.Millisecond)
		s.Kill()
		had := s.objects(prefix)
		require.NotContains(t, had, "manifest.json.age")
		require.Less(t, len(had), 3*n)
		return had
	}
	same := func(prefix string, had map[string]time.Time) {
		t.Helper()
		again := 0
		for name, at := range s.objects(prefix) {
			if before, ok := had[name]; ok && !before.Equal(at) {
				again++
			}
		}
		// What was under way when the server died may be sent twice: three
		// objects of one session.
		require.LessOrEqual(t, again, 3)
		m := readManifest(t, s.opened(t, prefix, key))
		require.Equal(t, n, m.Sessions)
		require.Len(t, s.objects(prefix), 3*n+1)
		t.Logf("%d of %d objects were there when the server died, %d were sent again", len(had), 3*n+1, again)
	}

	process := g.Command(s.to(t, "waited", key, secretKey)...)
	said := &started.Lines{}
	process.Stdout, process.Stderr = said, said
	had := half("waited", process)
	time.Sleep(time.Second)
	s.start()
	require.NoError(t, process.Wait(), said.String())
	same("waited", had)

	// The command is cut off, too.
	process = g.Command(s.to(t, "cut", key, secretKey)...)
	had = half("cut", process)
	require.NoError(t, process.Process.Kill())
	require.Error(t, process.Wait())
	s.start()
	g.did(s.to(t, "cut", key, secretKey)...)
	same("cut", had)

	// One that stays away.
	process = g.Command(s.to(t, "away", key, secretKey)...)
	said = &started.Lines{}
	process.Stdout, process.Stderr = said, said
	had = half("away", process)
	require.Error(t, process.Wait())
	require.Contains(t, said.String(), "say the same again later")
	s.start()
	// An object that is not what was sent is sent again.
	victim := ""
	for _, name := range keys(had) {
		if strings.HasSuffix(name, "000000000000.jsonl.age") {
			victim = name
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(s.folder, "objects", bucket, "away", victim), []byte("not this"), 0o600))
	delete(had, victim)
	g.did(s.to(t, "away", key, secretKey)...)
	for _, ending := range []string{"jsonl", "txt", "vtt"} { // of the session that is sent again
		delete(had, strings.Replace(victim, "jsonl", ending, 1))
	}
	same("away", had)
}

func keys(m map[string]time.Time) (all []string) {
	for name := range maps.Keys(m) {
		all = append(all, name)
	}
	return all
}

// What is refused says what is wrong, and nothing is sent.
func TestRefused(t *testing.T) {
	s, key := newServer(t), newKey(t)
	g := newGateway(t, false).opened()
	g.did("import", conversations(t, 2))
	right := s.to(t, "refused", key, secretKey)
	with := func(flag, value string) []string {
		args := append([]string(nil), right...)
		for i := range args {
			if args[i] == flag {
				args[i+1] = value
			}
		}
		return args
	}
	another := s.to(t, "refused", key, "another secret")
	stranger := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(stranger, []byte("aws_access_key_id=nobody\naws_secret_access_key=x\n"), 0o600))
	empty := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(empty, []byte("[other]\naws_access_key_id=x\naws_secret_access_key=x\n"), 0o600))
	secret, err := os.ReadFile(key.file)
	require.NoError(t, err)
	identity := strings.TrimSpace(string(secret[bytes.Index(secret, []byte("AGE-SECRET-KEY-")):]))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"wrong secret":    {another, "SignatureDoesNotMatch"},
		"unknown key":     {with("--credentials", stranger), "look at both"},
		"wrong region":    {with("--region", "us-west-2"), "region"},
		"no bucket":       {with("--to", "s3://not-there/x"), "there is no such bucket"},
		"not private":     {right[:len(right)-1], "--private"},
		"no key in file":  {with("--credentials", empty), "holds no access key"},
		"a secret key":    {with("--recipient", identity), "this is a secret key"},
		"no public key":   {with("--recipient", "age1qqqq"), "no public key of age"},
		"no bucket named": {with("--to", "https://x"), "write s3://BUCKET/PREFIX"},
		"two places":      {append([]string{"export", t.TempDir()}, right[1:]...), "either a folder, or a bucket"},
		"no place":        {[]string{"export"}, "either a folder, or a bucket"},
		"not encrypted":   {with("--endpoint", "http://192.168.77.77"), "without encryption only this machine"},
	} {
		said, err := g.mayfly(c.args...)
		require.Error(t, err, name)
		require.Contains(t, said, c.want, name)
		require.NotContains(t, said, identity)
		require.NotContains(t, said, secretKey)
		require.Empty(t, s.objects("refused"), name)
	}
	g.did(right...)
}
