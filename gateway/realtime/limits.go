package realtime

// Limits of what is read. Lengths are bytes of UTF-8 unless said otherwise.
const (
	maxDepth        = 16  // nested objects and arrays
	maxMembers      = 64  // of an object down to depth maxMembersDepth
	maxMembersDepth = 4   // event, session, audio, input
	maxDeepMembers  = 256 // of an object below that: a tool's JSON Schema
	maxName         = 256 // of a member's name as written

	maxEventID   = 512
	maxID        = 64        // an id that a client chose or repeats, a function's name
	maxText      = 64 << 10  // instructions, the text of an item, arguments
	maxOutput    = 256 << 10 // a tool's output
	maxParts     = 64        // content parts of an item
	maxInput     = 128       // items of response.create's input
	maxMetadata  = 8 << 10   // response.create's metadata as JSON
	maxTools     = 128       // of a session
	maxToolBytes = 64 << 10  // all tools together as JSON

	maxAvatarID   = 64
	maxLocale     = 35 // RFC 5646 section 4.4.1
	maxSubject    = 128
	maxToken      = 512 // a resume token
	maxOrigins    = 32
	maxOrigin     = 253 + 16 // a host name, its scheme and port
	maxReported   = 8 << 10  // the text of one line of a report
	maxReport     = 32 << 10 // all of a report's lines and its note together
	maxReportNote = 4 << 10
	maxSDP        = 16 << 10

	defaultSeconds = 600 // until a client secret ends
)
