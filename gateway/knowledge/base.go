package knowledge

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/resident"
	"mayfly/session"
)

// Options say what a base is read from.
type Options struct {
	// Folder opens the files; who opens it closes it. Nil: there are none. It
	// is opened anew each time, so that a folder that is swapped as a whole is
	// followed. A link must not lead out of it: hand in that of an os.Root.
	Folder func() (Folder, error)
	// Fixed are documents that are part of the program. They come first.
	Fixed []*resident.Document
	// Stored lists the documents that are stored for the avatar, by name. Nil:
	// none are. It is asked at the start, and when Look or Reindex is called.
	Stored func(context.Context) ([]Stored, error)
	// Pages are the addresses that are fetched, and no others. Fetch is the
	// way to one of them: it follows no redirect and goes to the page's own
	// host only.
	Pages []*url.URL
	Fetch func(page *url.URL) (*http.Client, error)
	// Refresh is how often a page is asked for; zero means an hour.
	Refresh time.Duration
	// Told is called after each exchange, and when sources have mistakes that
	// they had not; nil: nobody is told.
	Told func(State)
}

// Folder is an opened folder.
type Folder interface {
	FS() fs.FS
	Close() error
}

// Stored is a document that is stored for an avatar.
type Stored struct {
	Name string
	Sum  [32]byte // SHA-256 of the bytes: one that did not change is not read again
	Read func(context.Context) ([]byte, error)
}

// Base is what one avatar knows: the version that is served, and those before
// it. It may be used by any number of goroutines.
type Base struct {
	options Options
	serving atomic.Pointer[resident.Knowledge] // nil: nothing is known yet
	again   chan struct{}                      // somebody wants the sources read now

	reading sync.Mutex // held by whoever reads the sources
	items   []*item    // Guarded by reading. What is part of the program, files by name, pages in their order.
	seen    string     // Guarded by reading. The folder as it was when it was read.

	mu    sync.Mutex
	state State  // Guarded by mu.
	count uint64 // Guarded by mu. Versions there were.
	asked uint64 // Guarded by mu. Readings that were asked for,
	begun uint64 // Guarded by mu. and of those, up to which the last that began is for,
	done  uint64 // Guarded by mu. and the last that ended.
	whole bool   // Guarded by mu. Pages too were asked for.
}

// New makes a base that knows nothing yet. Read or Run read the sources.
func New(o Options) *Base {
	if o.Refresh <= 0 {
		o.Refresh = time.Hour
	}
	b := &Base{options: o, again: make(chan struct{}, 1)}
	if o.Stored != nil {
		b.asked = 1 // what is stored is not known before it was read
	}
	for _, d := range o.Fixed {
		b.items = append(b.items, fixed(d))
	}
	for _, u := range o.Pages {
		b.items = append(b.items, &item{source: Source{Name: u.String()}, page: &fetched{}})
	}
	if len(o.Fixed) > 0 {
		b.publish(time.Now(), true)
	}
	return b
}

// Knowledge implements resident.Shelf. It is nil as long as nothing was read.
func (b *Base) Knowledge() *resident.Knowledge {
	if b == nil {
		return nil
	}
	return b.serving.Load()
}

// Passages implements instruct.Knowledge, from the version that is served when
// it is called.
func (b *Base) Passages(language string, words session.Speech, n int) iter.Seq2[avatar.Reference, string] {
	if k := b.Knowledge(); k != nil {
		return k.Passages(language, words, n)
	}
	return func(func(avatar.Reference, string) bool) {}
}

// Read reads the folder and what is stored now, and no page. The error says
// what is wrong with all of it: that there is no document, or that there are
// too many.
func (b *Base) Read(ctx context.Context) error {
	b.reading.Lock()
	defer b.reading.Unlock()
	return b.take(ctx, false, false)
}

// Run reads the sources, and again whenever they may have changed, until ctx
// ends.
func (b *Base) Run(ctx context.Context) {
	if !b.reads() {
		return
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var pending string // what the folder was when it was seen to differ: it is read once it stays so
	b.round(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.again:
			b.round(ctx)
		case <-look.C:
			if b.held() {
				continue
			}
			now, changed := b.changed(pending)
			if changed || b.due(time.Now()) {
				b.round(ctx)
				now = ""
			}
			pending = now
		}
	}
}

// round reads what is due, or was asked for, unless a version is held.
func (b *Base) round(ctx context.Context) {
	b.reading.Lock()
	defer b.reading.Unlock()
	b.mu.Lock()
	b.begun = b.asked
	whole := b.whole
	b.whole = false
	if b.state.Held {
		b.done = b.begun
		b.mu.Unlock()
		return
	}
	b.state.Reading = true
	b.mu.Unlock()
	_ = b.take(ctx, true, whole)
	b.mu.Lock()
	b.state.Reading, b.done = false, b.begun
	b.mu.Unlock()
}

// Reindex has all sources read now, whatever they say about themselves, and
// lets a version that was held go. It does not wait.
func (b *Base) Reindex() {
	if !b.reads() {
		return
	}
	b.mu.Lock()
	b.asked++
	b.whole, b.state.Held = true, false
	b.mu.Unlock()
	b.wake()
}

// Look has the documents read that changed, and no page that is not due, unless
// a version is held. It does not wait.
func (b *Base) Look() {
	if !b.reads() {
		return
	}
	b.mu.Lock()
	held := b.state.Held
	if !held {
		b.asked++
	}
	b.mu.Unlock()
	if !held {
		b.wake()
	}
}

func (b *Base) wake() {
	select {
	case b.again <- struct{}{}:
	default: // it is asked for already
	}
}

// Rollback serves an earlier version from the next turn on, and holds it until
// Reindex. It is false if there is none of that number.
func (b *Base) Rollback(number uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.state.Versions {
		if v := &b.state.Versions[i]; v.Number == number {
			b.serving.Store(resident.Collect(v.documents))
			b.state.Serving, b.state.Held = number, true
			return true
		}
	}
	return false
}

// State is how it stands.
func (b *Base) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.state
	s.Sources, s.Versions = slices.Clone(s.Sources), slices.Clone(s.Versions)
	s.Reading = s.Reading || b.asked > b.done
	return s
}

// reads says whether there is anything that can change.
func (b *Base) reads() bool {
	return b.options.Folder != nil || b.options.Stored != nil || len(b.options.Pages) > 0
}

func (b *Base) held() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Held
}

// take reads the files, with pages those pages that are due, with whole all of
// them, and exchanges the version if that changed a document. Called with
// reading held.
func (b *Base) take(ctx context.Context, pages, whole bool) error {
	now := time.Now()
	next, err := b.stored(ctx, now)
	if err == nil && b.options.Stored == nil {
		next, err = b.folder(ctx, now)
	}
	if err == nil {
		next = append(b.items[:len(b.options.Fixed):len(b.options.Fixed)], next...)
		for _, it := range b.items {
			if it.page == nil {
				continue
			}
			if pages && (it.page.due(now, b.options.Refresh) || whole && now.After(it.page.wait)) {
				it = b.fetch(ctx, it)
			}
			next = append(next, it)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err = within(next); err != nil {
			b.items = asked(b.items, next)
		}
	}
	if err == nil && b.options.Folder != nil && len(b.options.Pages) == 0 && !slices.ContainsFunc(next, known) {
		err = none(next)
	}
	if err != nil {
		// Nothing of it counts: a folder that is being copied is no reason to
		// forget what it held.
		b.note(func(s *State) { s.Mistake, s.Looked = err.Error(), now })
		return err
	}
	same := slices.EqualFunc(documents(b.items), documents(next), func(x, y *resident.Document) bool { return x == y })
	b.items = next
	none := b.options.Stored != nil && !slices.ContainsFunc(next, known)
	b.publish(now, !same || b.serving.Load() == nil && !none)
	return nil
}

// asked are the items as they were, with when the pages were asked for: a
// server is not asked again at once because what it sent is too much.
func asked(items, next []*item) []*item {
	at := map[string]*fetched{}
	for _, it := range next {
		if it.page != nil {
			at[it.source.Name] = it.page
		}
	}
	all := slices.Clone(items)
	for i, it := range all {
		if it.page == nil || at[it.source.Name] == it.page {
			continue
		}
		was, now := *it, *it.page
		now.at, now.wait = at[it.source.Name].at, at[it.source.Name].wait
		now.failed++
		was.page = &now
		all[i] = &was
	}
	return all
}

func known(it *item) bool { return it.document != nil }

func documents(items []*item) (all []*resident.Document) {
	for _, it := range items {
		if known(it) {
			all = append(all, it.document)
		}
	}
	return all
}

// within refuses more than the memory of a gateway is for.
func within(items []*item) error {
	count, bytes, words := 0, 0, 0
	for _, it := range items {
		if !known(it) {
			continue
		}
		count++
		bytes += it.document.Bytes()
		words += it.source.Words
		switch {
		case count > MaxDocuments:
			return mistake(it.source.Name, fmt.Sprintf("is beyond the first %d documents; use fewer", MaxDocuments))
		case words > MaxWords:
			return mistake(it.source.Name, fmt.Sprintf("is beyond the first %d words; use fewer or shorter documents", MaxWords))
		case bytes > MaxBytes:
			return mistake(it.source.Name, fmt.Sprintf("is beyond the first %s; use fewer or shorter documents", mib(MaxBytes)))
		}
	}
	return nil
}

// mistake names a source and what is wrong with it.
func mistake(name, what string) error { return fmt.Errorf("knowledge: %q %s", name, what) }

// publish makes a version of the items, if they are another than the last, and
// serves it, unless an earlier one is held. Called with reading held.
func (b *Base) publish(now time.Time, changed bool) {
	var fresh *Version
	if changed {
		var with []*item
		v := &Version{At: now, documents: documents(b.items)}
		for _, it := range b.items {
			if known(it) {
				with = append(with, it)
				v.Documents++
				v.Bytes += it.source.Bytes
				v.Words += it.source.Words
			}
		}
		v.Fingerprint = fingerprint(with)
		fresh = v
	}
	b.note(func(s *State) {
		s.Mistake, s.Looked, s.Sources = "", now, nil
		for _, it := range b.items {
			s.Sources = append(s.Sources, it.source)
		}
		if fresh != nil {
			b.count++
			fresh.Number = b.count
			s.Versions = append([]Version{*fresh}, s.Versions...)
			for i := len(s.Versions) - 1; len(s.Versions) > Kept; i-- {
				if !s.Held || s.Versions[i].Number != s.Serving {
					s.Versions = slices.Delete(s.Versions, i, i+1)
				}
			}
		}
		if !s.Held && len(s.Versions) > 0 && s.Serving != s.Versions[0].Number {
			b.serving.Store(resident.Collect(s.Versions[0].documents))
			s.Serving = s.Versions[0].Number
		}
	})
}

// note changes the state and tells of it if something is new in it.
func (b *Base) note(change func(*State)) {
	b.mu.Lock()
	serving, wrong := b.state.Serving, mistakes(b.state)
	change(&b.state)
	news := b.state.Serving != serving || mistakes(b.state) != wrong
	b.mu.Unlock()
	if news && b.options.Told != nil {
		b.options.Told(b.State())
	}
}

// mistakes are all that a state has, as one text to compare.
func mistakes(s State) string {
	all := s.Mistake
	for _, source := range s.Sources {
		if source.Mistake != "" {
			all += "\n" + source.Name + " " + source.Mistake
		}
	}
	return all
}
