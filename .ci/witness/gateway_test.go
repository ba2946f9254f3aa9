package witnesstest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

func TestMain(m *testing.M) {
	os.Exit(started.Main(m.Run, "filippo.io/torchwood/cmd/litewitness"))
}

// reviewer is the key of a reviewer of acme.
const reviewer = "mfk_wtns-wtns-wtns-wtns-wtns-wtns-wtns-wtns-0"

// gateway is the program that runs over a data folder.
type gateway struct {
	*started.Gateway
	t   *testing.T
	url string
}

// start runs the program over the folder home/data, with a witness.
func start(t *testing.T, home started.Home, w *witness) *gateway {
	t.Helper()
	home.Configure(t, fmt.Sprintf(`
media: {listen: "off"}
witnesses: [{name: lite, to: witness, url: "http://%s/", key: "%s"}]
tenants:
  - id: acme
    name: Acme
    keys: [{hash: "sha256:%x", role: reviewer}]
    avatars: [{id: ada, name: Ada}]
`, w.address, w.public, sha256.Sum256([]byte(reviewer))))
	g := home.Serve(t, "127.0.0.1:0")
	return &gateway{Gateway: g, t: t, url: g.Row("Open")}
}

// get is what an address answers.
func (g *gateway) get(path string) []byte {
	g.t.Helper()
	r, err := http.NewRequest(http.MethodGet, g.url+path, nil)
	require.NoError(g.t, err)
	r.Header.Set("Authorization", "Bearer "+reviewer)
	res, err := http.DefaultClient.Do(r)
	require.NoError(g.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(g.t, err)
	require.Equal(g.t, http.StatusOK, res.StatusCode, "%s: %s", path, body)
	return body
}
