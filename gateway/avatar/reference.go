package avatar

// Reference says where a passage of a document is, as people are told.
type Reference struct {
	Title   string
	URL     string // where it is found; empty: nowhere that people can go
	Heading string // what it stands under; may be empty
	Page    int    // from 1; zero: it has no pages
}
