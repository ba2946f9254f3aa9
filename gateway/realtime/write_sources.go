package realtime

import "mayfly/session"

// SourceRef is where a passage is that an answer rests on.
type SourceRef struct {
	Title   string
	URL     string // empty: nowhere that people can go
	Heading string
	Page    int // from 1; zero: it has none
}

// Sources writes avatar.sources, after the first words of the response that it
// is about.
func (f *Frames) Sources(t session.TurnNo, all []SourceRef) {
	f.begin("avatar.sources")
	f.ofTurn(t)
	f.raw(`,"sources":[`)
	for i, s := range all {
		if i > 0 {
			f.raw(",")
		}
		f.raw(`{"title":`)
		f.string(s.Title)
		f.optional("url", s.URL)
		f.optional("heading", s.Heading)
		if s.Page > 0 {
			f.raw(`,"page":`)
			f.int(int64(s.Page))
		}
		f.raw("}")
	}
	f.raw("]")
	f.end()
}
