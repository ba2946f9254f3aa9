package recorder

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

var manyDocuments = DocumentLimits{Documents: 3, Size: 1 << 20, Words: 1000, Text: 1 << 20}

func document(name string) Document {
	return Document{Tenant: "acme", Avatar: "ada", Name: name, Words: 10, Text: 60}
}

// needlesOfDocuments are the bytes by which stored documents would be known in
// a file: of each, its key and what it sealed.
func needlesOfDocuments(t *testing.T, r *Recorder) (all [][]byte) {
	t.Helper()
	rows, err := r.store.DB().Query("SELECT key, sealed FROM knowledge")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var key, sealed []byte
		require.NoError(t, rows.Scan(&key, &sealed))
		all = append(all, key, sealed[len(sealed)-32:])
	}
	require.NoError(t, rows.Err())
	return all
}

// A document that an avatar answers from is stored sealed, and gone in every
// file with whatever ends it.
func TestDocumentEnds(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(t *testing.T, r *Recorder, c *clock){
		"removed": func(t *testing.T, r *Recorder, _ *clock) {
			require.NoError(t, r.RemoveDocument(ctx, "acme", "ada", "hours.md", admin))
		},
		"replaced": func(t *testing.T, r *Recorder, _ *clock) {
			require.NoError(t, r.PutDocument(ctx, document("hours.md"), []byte("# Other hours"), manyDocuments, admin))
		},
		"its avatar is gone for long": func(t *testing.T, r *Recorder, c *clock) {
			_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin, Recording: map[string]bool{"bob": false}})
			require.NoError(t, err)
			c.move(29 * 24 * time.Hour)
			_, err = r.Sweep(ctx)
			require.NoError(t, err)
			_, err = r.ReadDocument(ctx, "acme", "ada", "hours.md")
			require.NoError(t, err, "whoever takes it back has it again")
			c.move(2 * 24 * time.Hour)
			rep, err := r.Sweep(ctx)
			require.NoError(t, err)
			require.Equal(t, 1, rep.Documents)
		},
		"the tenant ends": func(t *testing.T, r *Recorder, _ *clock) {
			_, err := r.RemoveTenant(ctx, "acme", admin)
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := started(t)
			plain := bytes.Repeat([]byte("The library opens at nine. "), 4000)
			require.NoError(t, r.PutDocument(ctx, document("hours.md"), plain, manyDocuments, admin))
			require.False(t, inFiles(rawFiles(t, r), plain[:64]), "it is sealed")
			data, err := r.ReadDocument(ctx, "acme", "ada", "hours.md")
			require.NoError(t, err)
			require.Equal(t, plain, data)
			stored := factsOf(t, r, "acme", session.KnowledgeStored)[0]
			require.Equal(t, session.NameID("acme", "ada"), stored.Object)
			require.Equal(t, admin, stored.Actor)
			require.EqualValues(t, len(plain), stored.Count)
			needles := needlesOfDocuments(t, r)
			require.Len(t, needles, 2)
			for _, needle := range needles {
				require.True(t, inFiles(rawFiles(t, r), needle), "the search must find what is there")
			}
			end(t, r, c)
			require.Empty(t, whereLeft(t, r, needles))
			switch name {
			case "replaced":
				data, err = r.ReadDocument(ctx, "acme", "ada", "hours.md")
				require.NoError(t, err)
				require.Equal(t, "# Other hours", string(data))
			default:
				_, err = r.ReadDocument(ctx, "acme", "ada", "hours.md")
				require.ErrorIs(t, err, ErrUnknown)
			}
		})
	}
}

// A document is kept as long as its avatar is, past every month; it is one
// tenant's and one avatar's; and there are bounds.
func TestDocuments(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{}`), By: admin, Recording: map[string]bool{"ada": false}})
	require.NoError(t, err)
	require.NoError(t, r.PutDocument(ctx, document("b.md"), []byte("bees"), manyDocuments, admin))
	require.NoError(t, r.PutDocument(ctx, document("a.pdf"), []byte("ants"), manyDocuments, admin))
	c.move(400 * 24 * time.Hour)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	docs, err := r.Documents(ctx, "acme", "ada")
	require.NoError(t, err)
	require.Len(t, docs, 2)
	require.Equal(t, "a.pdf", docs[0].Name)
	require.Equal(t, 4, docs[0].Size)
	data, err := r.ReadDocument(ctx, "acme", "ada", "b.md")
	require.NoError(t, err)
	require.Equal(t, "bees", string(data))
	for _, of := range [][2]string{{"beta", "ada"}, {"acme", "bob"}} {
		_, err = r.ReadDocument(ctx, of[0], of[1], "b.md")
		require.ErrorIs(t, err, ErrUnknown)
		require.ErrorIs(t, r.RemoveDocument(ctx, of[0], of[1], "b.md", admin), ErrUnknown)
		docs, err = r.Documents(ctx, of[0], of[1])
		require.NoError(t, err)
		require.Empty(t, docs)
	}
	for what, most := range map[string]DocumentLimits{
		"documents": {Documents: 2, Size: 100, Words: 100, Text: 1000},
		"size":      {Documents: 9, Size: 11, Words: 100, Text: 1000},
		"words":     {Documents: 9, Size: 100, Words: 29, Text: 1000},
		"text":      {Documents: 9, Size: 100, Words: 100, Text: 179},
	} {
		err := r.PutDocument(ctx, document("c.md"), []byte("cats"), most, admin)
		require.ErrorIs(t, err, ErrBeyond)
		require.Equal(t, Beyond{what}, err)
		// What takes the place of another counts in its place.
		require.NoError(t, r.PutDocument(ctx, document("b.md"), []byte("boas"), most, admin), what)
	}
	require.ErrorIs(t, r.PutDocument(ctx, document("c.md"), nil, manyDocuments, admin), ErrInvalid)
	nobody := document("c.md")
	nobody.Tenant = "nobody"
	require.ErrorIs(t, r.PutDocument(ctx, nobody, []byte("x"), manyDocuments, admin), ErrUnknown)
}

// A document that was removed after a backup was made does not come back from
// it, and what was not does. // R82
func TestDocumentStaysRemoved(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.PutDocument(ctx, document("gone.md"), bytes.Repeat([]byte("the old price "), 100), manyDocuments, admin))
	needles := needlesOfDocuments(t, r)
	require.NoError(t, r.PutDocument(ctx, document("stays.md"), []byte("hours"), manyDocuments, admin))
	folder := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, folder)
	require.NoError(t, err)
	c.move(time.Minute)
	require.NoError(t, r.RemoveDocument(ctx, "acme", "ada", "gone.md", admin))
	for tombstones, want := range map[string]int{r.store.Folder(): 1, "": 0} {
		to := filepath.Join(t.TempDir(), "data")
		_, err = Restore(ctx, RestoreOptions{From: folder, To: to, Tombstones: tombstones, MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
		require.NoError(t, err)
		back, err := Open(ctx, Options{Folder: to, MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
		require.NoError(t, err)
		docs, err := back.Documents(ctx, "acme", "ada")
		require.NoError(t, err)
		require.Len(t, docs, want)
		if want == 1 {
			data, err := back.ReadDocument(ctx, "acme", "ada", "stays.md")
			require.NoError(t, err)
			require.Equal(t, "hours", string(data))
		}
		require.Empty(t, whereLeft(t, back, needles))
		require.NoError(t, back.Close())
	}
}
