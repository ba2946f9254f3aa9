package realtime

// Problem is what a client is told when something went wrong.
type Problem struct {
	Type    string // TypeInvalidRequest or TypeServer; empty: TypeInvalidRequest
	Code    string // a stable code
	Message string // a public sentence, without a word of the client
	Param   string // a path of the schema; empty: none
	EventID []byte // of the client's event that caused it; nil: none did
}

// Error writes error. If a client's event caused it, its event_id must be
// there: a client whose response.create is refused without one never sends
// another.
func (f *Frames) Error(p Problem) {
	f.begin("error")
	f.raw(`,"error":{"type":`)
	if p.Type == "" {
		f.string(TypeInvalidRequest)
	} else {
		f.string(p.Type)
	}
	f.raw(`,"code":`)
	f.string(p.Code)
	f.raw(`,"message":`)
	f.string(p.Message)
	f.raw(`,"param":`)
	f.nullable(p.Param)
	f.raw(`,"event_id":`)
	if len(p.EventID) == 0 {
		f.raw(`null`)
	} else {
		f.bytes(p.EventID)
	}
	f.raw(`}`)
	f.end()
}
