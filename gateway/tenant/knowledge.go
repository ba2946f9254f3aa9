package tenant

import (
	"net/url"
	"slices"
)

// readKnowledge reads the address of a page that an avatar answers from. In
// the configuration file it may be on this machine or a private network.
func readKnowledge(r *reader, s string) (*url.URL, error) {
	u, err := webURL(s)
	if err != nil {
		return nil, err
	}
	if u.Fragment != "" {
		return nil, fault("this names a place in a page", "leave out what stands after the #: the whole page is read")
	}
	if r.stored {
		if err := outside(u); err != nil {
			return nil, fault("this may be the address of a machine inside", "use https and the name that its certificate has; other addresses can only stand in the configuration file")
		}
	}
	return u, nil
}

// checkKnowledge looks at what no single key shows.
func checkKnowledge(r *reader, path string, a *Avatar) {
	at := under(path, "knowledge_urls")
	if _, tried := r.at[at]; tried && len(a.KnowledgeURLs) == 0 {
		r.mistakeOnce(at, fault("the list is empty", "name at least one page, or leave the key out"))
	}
	seen := map[string]bool{}
	for _, u := range a.KnowledgeURLs {
		if u == nil {
			continue
		}
		if seen[u.String()] {
			r.mistakeOnce(at, fault("a page is there twice", "leave one out"))
		}
		seen[u.String()] = true
	}
	if _, said := r.at[under(path, "knowledge_refresh")]; said && len(a.KnowledgeURLs) == 0 {
		r.mistakeOnce(under(path, "knowledge_refresh"), fault("there are no pages that it could be of", "leave it out: files are looked at all the time"))
	}
}

// documentKnowledge adds what a database can hold of where an avatar's
// documents are: pages outside.
func (a *Avatar) documentKnowledge(o object) {
	var pages []string
	for _, u := range a.KnowledgeURLs {
		if outside(u) == nil {
			pages = append(pages, u.String())
		}
	}
	putList(o, "knowledge_urls", pages)
	if len(pages) > 0 && a.KnowledgeRefresh != 0 {
		o["knowledge_refresh"] = short(a.KnowledgeRefresh)
	}
}

// SameKnowledge says whether two avatars answer from the same sources.
func (a *Avatar) SameKnowledge(b *Avatar) bool {
	return a.Knowledge == b.Knowledge && a.KnowledgeRefresh == b.KnowledgeRefresh &&
		slices.EqualFunc(a.KnowledgeURLs, b.KnowledgeURLs, func(x, y *url.URL) bool { return x.String() == y.String() })
}
