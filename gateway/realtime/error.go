package realtime

// Code says what is wrong with something that a client sent. The list is
// closed; the texts are the stable codes of the protocol.
type Code string

// The codes of this package.
const (
	CodeInvalidJSON      Code = "invalid_json"                // not JSON as of RFC 7493: syntax, UTF-8, a name twice, something after the end
	CodeJSONLimit        Code = "json_limit_exceeded"         // too deep, too many members, a name too long
	CodeMissing          Code = "missing_required_parameter"  // a field that must be there is not
	CodeInvalidType      Code = "invalid_type"                // a field of the wrong JSON type
	CodeInvalidValue     Code = "invalid_value"               // right type, wrong value; also an unknown event type
	CodeUnknownParameter Code = "unknown_parameter"           // only under the key avatar, where names are ours
	CodeTooLong          Code = "string_above_max_length"     // in bytes of UTF-8
	CodeTooMany          Code = "array_above_max_length"      // elements
	CodeOutOfRange       Code = "number_out_of_range"         // see the schema for the range
	CodeInvalidBase64    Code = "invalid_base64"              // not padded standard base64
	CodeUnsupported      Code = "unsupported_value"           // known to the protocol, not served by this gateway
	CodeVoiceFrozen      Code = "cannot_update_voice"         // the session has already been heard
	CodeVersionFrozen    Code = "cannot_update_avatar_notice" // avatar.version is declared once, before the notice
	CodeAvatarFrozen     Code = "cannot_update_avatar"        // a session has one avatar
	CodeImageElsewhere   Code = "image_url_not_fetched"       // an address instead of the picture
)

// The classes of errors in the protocol.
const (
	TypeInvalidRequest = "invalid_request_error" // the client can do something about it
	TypeServer         = "server_error"          // it cannot
)

// Error says what is wrong with a client's message, without a word of it:
// Param is a path of the schema, never a name that the client wrote.
type Error struct {
	Code    Code
	Param   string // "session.audio.input.format"; empty when no field is to blame
	Takes   string // what the field takes instead, in words of this package; empty: the schema says
	EventID []byte // the client's event_id, to be echoed and nothing else; nil if it sent none or none could be read
}

// Error gives code and param.
func (e *Error) Error() string {
	if e.Param == "" {
		return "realtime: " + string(e.Code)
	}
	return "realtime: " + string(e.Code) + " " + e.Param
}

// Codes lists every code that an Error can have, so that whoever has a sentence
// for each can be tested to have one for all.
func Codes() []Code {
	return []Code{
		CodeInvalidJSON, CodeJSONLimit, CodeMissing, CodeInvalidType, CodeInvalidValue, CodeUnknownParameter, CodeTooLong,
		CodeTooMany, CodeOutOfRange, CodeInvalidBase64, CodeUnsupported, CodeVoiceFrozen, CodeVersionFrozen, CodeAvatarFrozen,
		CodeImageElsewhere,
	}
}
