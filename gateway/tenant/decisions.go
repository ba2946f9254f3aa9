package tenant

// Decisions says that what people say here is used to decide about them
// without a human. The zero Decisions says that it is not.
type Decisions struct {
	Used        bool
	LogicNotice string // URL of the page that explains how it is decided
	HumanRoute  string // how to have a human decide, in the organisation's words
}

func decisionsTable() table[Decisions] {
	return table[Decisions]{
		one("used", truth(), "false", "Whether what people say is used to decide about them without a human.", func(d *Decisions) *bool { return &d.Used }),
		one("logic_notice", page(), "none; required where used", "The page that explains how it is decided.", func(d *Decisions) *string { return &d.LogicNotice }),
		one("human_route", line(200), "none; required where used", "How to have a human look at a decision.", func(d *Decisions) *string { return &d.HumanRoute }),
	}
}

// checkDecisions demands that people are told how it is decided, and where a
// human is.
func checkDecisions(r *reader, path string, d *Decisions) {
	for _, of := range []struct{ key, is, remedy string }{
		{"logic_notice", "it is not said how it is decided", "add logic_notice, the URL of a page that explains it"},
		{"human_route", "it is not said how to reach a human", "add human_route, with the words and the address that people are shown"},
	} {
		_, tried := r.at[path+"."+of.key]
		switch {
		case d.Used && !tried:
			r.mistake(path+".used", fault(of.is, of.remedy))
		case !d.Used && tried && !r.wrong(path+".used"):
			r.mistake(path+"."+of.key, fault("nobody would be told this", "write used: true, or leave it out"))
		}
	}
}

// document is what a tenant's document holds of it.
func (d *Decisions) document() object {
	o := object{}
	put(o, "used", d.Used, false)
	put(o, "logic_notice", d.LogicNotice, "")
	put(o, "human_route", d.HumanRoute, "")
	return o
}
