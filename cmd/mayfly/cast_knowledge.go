package main

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/egress"
	"mayfly/gateway/knowledge"
	"mayfly/gateway/tenant"
)

// library is what every avatar knows. What is read for one is read for no
// other: two avatars that name the same folder have two bases.
type library struct {
	mu    sync.Mutex
	hired map[string]*shelf // by tenant and avatar. Guarded by mu.
	tried map[string]*shelf // read to see whether it can be, by the same. Guarded by mu.
}

// shelf is what one avatar knows.
type shelf struct {
	of    *tenant.Avatar // what it was made from: of it, only the sources count
	local bool
	base  *knowledge.Base
	out   *egress.Egress
	told  func(knowledge.State)
	reads bool        // there is something that can change
	runs  atomic.Bool // people talk with the avatar
	stop  func()      // nil: it has not begun. Guarded by library.mu.
}

// shelf gives what an avatar knows: as it is, if its sources are the same ones,
// else read anew. The files are read here; nothing is dialled.
func (c *company) shelf(t *tenant.Tenant, a *tenant.Avatar) (*shelf, error) {
	key, local := t.ID+"/"+a.ID, t.Source != tenant.SourceStore || t.Demo
	c.library.mu.Lock()
	for _, has := range []*shelf{c.library.hired[key], c.library.tried[key]} {
		if has != nil && has.local == local && has.of.SameKnowledge(a) {
			c.library.mu.Unlock()
			return has, nil
		}
	}
	c.library.mu.Unlock()
	s, err := c.newShelf(t, a, local)
	if err != nil {
		return nil, err
	}
	c.library.mu.Lock()
	defer c.library.mu.Unlock()
	if c.library.tried == nil {
		c.library.tried = map[string]*shelf{}
	}
	c.library.tried[key] = s
	return s, nil
}

func (c *company) newShelf(t *tenant.Tenant, a *tenant.Avatar, local bool) (*shelf, error) {
	s := &shelf{of: a, local: local}
	o := knowledge.Options{Pages: a.KnowledgeURLs, Refresh: a.KnowledgeRefresh}
	if c.documents != nil && t.Source != tenant.SourceFile {
		o.Stored = storedDocuments(c.documents, t.ID, a.ID)
	}
	switch a.Knowledge {
	case "":
	case tenant.Documents:
		documents, err := resident.DemoDocuments()
		if err != nil {
			return nil, err
		}
		o.Fixed = documents
	default:
		path := a.Knowledge
		o.Folder = func() (knowledge.Folder, error) { return openFolder(path) }
	}
	var all []egress.Recipient
	for _, u := range a.KnowledgeURLs {
		name := pageRecipient(a, u)
		if !slices.ContainsFunc(all, func(r egress.Recipient) bool { return r.Name == name }) {
			all = append(all, egress.Recipient{Name: name, URL: origin(u), Local: local})
		}
	}
	var err error
	if s.out, err = egress.New(egress.Options{Recipients: all, Own: c.home.owns, Hosts: c.hosts, Watch: c.incidents.watcher(), Refused: c.incidents.refused(t.ID)}); err != nil {
		return nil, err
	}
	o.Fetch = func(u *url.URL) (*http.Client, error) { return s.out.Client(pageRecipient(a, u)) }
	tenantID, avatarID := t.ID, a.ID
	s.told = func(now knowledge.State) {
		wrong := 0
		for _, source := range now.Sources {
			if source.Mistake != "" {
				wrong++
			}
		}
		if wrong > 0 || now.Mistake != "" {
			c.log.Warn("some of what an avatar answers from cannot be read: mayfly knowledge list", "tenant", tenantID, "avatar", avatarID, "count", wrong)
		}
		if now.Serving > 0 {
			c.log.Info("an avatar answers from its documents", "tenant", tenantID, "avatar", avatarID, "version", now.Serving)
		}
	}
	o.Told = func(now knowledge.State) {
		if s.runs.Load() {
			s.told(now)
		}
	}
	s.reads = o.Folder != nil || o.Stored != nil || len(o.Pages) > 0
	s.base = knowledge.New(o)
	if o.Folder != nil || o.Stored != nil {
		// Where a store does not give what is in it, the avatar talks without.
		if err := s.base.Read(context.Background()); err != nil && o.Folder != nil {
			s.out.Close()
			return nil, err
		}
	}
	return s, nil
}

// begin keeps the shelf up to date from now on.
func (s *shelf) begin() {
	s.runs.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	if s.reads {
		s.told(s.base.State())
		work.Go(func() { s.base.Run(ctx) })
	}
	s.stop = func() {
		cancel()
		work.Wait()
		s.out.Close()
	}
}

// shelve keeps what a tenant's avatars know up to date, and lets go of what
// they knew and do not any more. Without any, the tenant is gone.
func (c *company) shelve(tenantID string, now map[string]*shelf) {
	var gone []*shelf
	c.library.mu.Lock()
	if c.library.hired == nil {
		c.library.hired = map[string]*shelf{}
	}
	for key := range c.library.tried {
		if id, _, _ := strings.Cut(key, "/"); id == tenantID {
			delete(c.library.tried, key)
		}
	}
	for key, was := range c.library.hired {
		id, of, _ := strings.Cut(key, "/")
		if id == tenantID && now[of] != was {
			delete(c.library.hired, key)
			gone = append(gone, was)
		}
	}
	for of, s := range now {
		if s.stop == nil {
			s.begin()
		}
		c.library.hired[tenantID+"/"+of] = s
	}
	c.library.mu.Unlock()
	for _, s := range gone {
		s.stop()
	}
}

// follow has what a tenant's avatars know read as soon as the tenant changes,
// not only when somebody talks with them, and lets go of it when the tenant is
// gone: after is nil.
func (c *company) follow(tenantID string, after *tenant.Tenant) {
	if after == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if p := c.troupes[tenantID]; p != nil {
			delete(c.troupes, tenantID)
			p.egress.Close() // what is under way goes on
		}
		c.shelve(tenantID, nil)
		return
	}
	for i := range after.Avatars {
		a := &after.Avatars[i]
		// A shelf that is there lets go of pages that are no longer named.
		if len(a.KnowledgeURLs) > 0 || c.shelved(tenantID, a.ID) != nil || c.stores(after, a) {
			c.Cast(after, a)
			return
		}
	}
}

// stores says whether documents are stored for an avatar.
func (c *company) stores(t *tenant.Tenant, a *tenant.Avatar) bool {
	if c.documents == nil || t.Source == tenant.SourceFile {
		return false
	}
	all, err := c.documents.Documents(context.Background(), t.ID, a.ID)
	return err == nil && len(all) > 0
}

// shelved is what an avatar knows that people talk with; nil: there is none of
// that name.
func (c *company) shelved(tenantID, avatarID string) *shelf {
	c.library.mu.Lock()
	defer c.library.mu.Unlock()
	return c.library.hired[tenantID+"/"+avatarID]
}

// close ends what keeps the shelves up to date.
func (l *library) close() {
	l.mu.Lock()
	all := l.hired
	l.hired, l.tried = nil, nil
	l.mu.Unlock()
	for _, s := range all {
		s.stop()
	}
}

// pageRecipient is what egress calls the server of a page.
func pageRecipient(a *tenant.Avatar, u *url.URL) string {
	return a.ID + "/knowledge/" + u.Scheme + "://" + u.Host
}

// openFolder opens the folder, or the one file, that an avatar answers from. A
// link in it cannot lead out of it.
func openFolder(path string) (knowledge.Folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return os.OpenRoot(path)
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return single{root, filepath.Base(path)}, nil
}

// single is a folder of which one file is seen.
type single struct {
	*os.Root
	name string
}

// FS implements knowledge.Folder.
func (s single) FS() fs.FS { return singleFS{s.Root.FS(), s.name} }

type singleFS struct {
	fs.FS
	name string
}

// Open implements fs.FS.
func (s singleFS) Open(name string) (fs.File, error) {
	if name != "." && name != s.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.FS.Open(name)
}

// ReadDir implements fs.ReadDirFS.
func (s singleFS) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(s.FS, s.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
