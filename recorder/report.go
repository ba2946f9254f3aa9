package recorder

// Report says what an erasure, a sweep or the end of a tenant did, in numbers,
// and what it could not reach.
type Report struct {
	Sessions   int      `json:"sessions,omitempty"`
	Turns      int      `json:"turns,omitempty"`
	Sounds     int      `json:"sounds,omitempty"`     // turns whose sound was removed at its own end
	Removed    int      `json:"removed,omitempty"`    // turns that a backup had and that must not come back
	Reports    int      `json:"reports,omitempty"`    // of answers, by people
	Likenesses int      `json:"likenesses,omitempty"` // files of permissions that ended
	Documents  int      `json:"documents,omitempty"`  // of avatars that are gone
	Requests   int      `json:"requests,omitempty"`   // of people, past their time
	Entries    int      `json:"entries,omitempty"`    // of audit logs, past their own
	Held       int      `json:"held,omitempty"`       // sessions, or holds, that were left as they are
	Keys       int64    `json:"keys,omitempty"`       // that were destroyed
	Failed     []string `json:"failed,omitempty"`     // what could not be done, by what it is
	Stays      []string `json:"stays,omitempty"`      // of a tenant that ended: what is left, and until when
	// Unreached is what holds copies that only their keepers can destroy.
	Unreached []string `json:"unreached,omitempty"`
}

// unreached holds for every erasure here.
var unreached = []string{
	"backups made before: their copies open with no key of this gateway once their own keys are destroyed, and are not restored",
	"copies that were exported or read before, and what back ends were sent during the session",
}
