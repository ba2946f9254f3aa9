package upstream

import (
	"bytes"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

// event is an event of the server. Its values are slices of the message.
type event struct {
	kind     kind
	response []byte // response_id, as it is quoted
	item     []byte // item_id, as it is quoted
	delta    []byte // as it is quoted
	whole    []byte // transcript, as it is quoted
	body     []byte // the object that the event is about: response, item, session or error
}

// kind is what an event is, of those that are understood.
type kind uint8

const (
	unknown     kind = iota
	expected         // it says what is known already
	created          // session.created
	updated          // session.updated
	failed           // error
	began            // response.created
	item             // response.output_item.added
	written          // a piece of a text answer
	transcribed      // a piece of what is spoken
	sounded          // a piece of sound
	allWritten       // no more of either comes
	allSounded
	called // a function call, or an item that was said
	ended  // response.done

	committed // the sound is an item
	guessed   // a piece of what is understood of it
	heard     // all of that
	unheard   // nothing is
)

// kinds is the closed list of a server that answers. What is not in it changes
// nothing here.
var kinds = map[string]kind{
	`"session.created"`:                        created,
	`"session.updated"`:                        updated,
	`"error"`:                                  failed,
	`"response.created"`:                       began,
	`"response.output_item.added"`:             item,
	`"response.output_text.delta"`:             written,
	`"response.output_audio_transcript.delta"`: transcribed,
	`"response.output_audio.delta"`:            sounded,
	`"response.output_text.done"`:              allWritten,
	`"response.output_audio_transcript.done"`:  allWritten,
	`"response.output_audio.done"`:             allSounded,
	`"response.output_item.done"`:              called,
	`"response.done"`:                          ended,

	`"conversation.created"`:                   expected,
	`"conversation.item.created"`:              expected,
	`"conversation.item.added"`:                expected,
	`"conversation.item.done"`:                 expected,
	`"conversation.item.deleted"`:              expected,
	`"conversation.item.truncated"`:            expected,
	`"response.content_part.added"`:            expected,
	`"response.content_part.done"`:             expected,
	`"response.function_call_arguments.delta"`: expected,
	`"response.function_call_arguments.done"`:  expected,
	`"rate_limits.updated"`:                    expected,
}

// hearingKinds is the closed list of one that writes down what is said.
var hearingKinds = map[string]kind{
	`"session.created"`:              created,
	`"session.updated"`:              updated,
	`"error"`:                        failed,
	`"input_audio_buffer.committed"`: committed,
	`"conversation.item.input_audio_transcription.delta"`:     guessed,
	`"conversation.item.input_audio_transcription.completed"`: heard,
	`"conversation.item.input_audio_transcription.failed"`:    unheard,

	// The notice of another Mayfly.
	`"response.created"`: began,
	`"response.done"`:    ended,

	`"conversation.created"`:       expected,
	`"conversation.item.created"`:  expected,
	`"conversation.item.added"`:    expected,
	`"conversation.item.done"`:     expected,
	`"input_audio_buffer.cleared"`: expected,
	`"rate_limits.updated"`:        expected,
}

// read takes a message apart. Only JSON objects without double names are
// events.
func read(message []byte, known map[string]kind) (event, error) {
	var e event
	if nesting.Deeper(message, depth) {
		return e, errEvent
	}
	dec := jsontext.NewDecoder(bytes.NewReader(message))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return e, errEvent
	}
	var about [4][]byte // response, item, session, error
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return e, errEvent
		}
		at := member(name)
		v, err := dec.ReadValue()
		if err != nil {
			return e, errEvent
		}
		end := dec.InputOffset()
		v = message[end-int64(len(v)) : end]
		switch at {
		case memberType:
			e.kind = known[string(v)]
		case memberResponseID:
			e.response = v
		case memberItemID:
			e.item = v
		case memberDelta:
			e.delta = v
		case memberTranscript:
			e.whole = v
		case memberResponse, memberItem, memberSession, memberError:
			about[at-memberResponse] = v
		}
	}
	if _, err := dec.ReadToken(); err != nil || len(bytes.TrimSpace(message[dec.InputOffset():])) > 0 {
		return e, errEvent
	}
	switch e.kind {
	case began, ended:
		e.body = about[0]
	case item, called:
		e.body = about[1]
	case created, updated:
		e.body = about[2]
	case failed, unheard:
		e.body = about[3]
	}
	return e, nil
}

// member is a name that counts.
type nameOf uint8

const (
	memberOther nameOf = iota
	memberType
	memberResponseID
	memberItemID
	memberDelta
	memberTranscript
	memberResponse
	memberItem
	memberSession
	memberError
)

func member(name jsontext.Value) nameOf {
	switch string(name) {
	case `"type"`:
		return memberType
	case `"response_id"`:
		return memberResponseID
	case `"item_id"`:
		return memberItemID
	case `"delta"`:
		return memberDelta
	case `"transcript"`:
		return memberTranscript
	case `"response"`:
		return memberResponse
	case `"item"`:
		return memberItem
	case `"session"`:
		return memberSession
	case `"error"`:
		return memberError
	}
	return memberOther
}

// response is what is read of a response: nothing of what was said.
type response struct {
	ID       jsontext.Value `json:"id"`
	Status   jsontext.Value `json:"status"`
	Metadata jsontext.Value `json:"metadata"`
	Details  *struct {
		Reason jsontext.Value `json:"reason"`
		Error  *problem       `json:"error"`
	} `json:"status_details"`
	Usage *struct {
		Total jsontext.Value `json:"total_tokens"`
	} `json:"usage"`
}

// problem is what is read of an error: what kind it is, and of which event.
type problem struct {
	Type  jsontext.Value `json:"type"`
	Code  jsontext.Value `json:"code"`
	Event jsontext.Value `json:"event_id"`
}

// output is what is read of an item.
type output struct {
	ID        jsontext.Value `json:"id"`
	Type      jsontext.Value `json:"type"`
	Name      jsontext.Value `json:"name"`
	Arguments jsontext.Value `json:"arguments"`
}

// parse reads an object. What is not one is nothing.
func parse[T any](body []byte) (T, error) {
	var v T
	if len(body) == 0 || body[0] != '{' {
		return v, nil
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, errEvent
	}
	return v, nil
}

// busy says whether an error is of the kind that passes.
func (p *problem) busy() bool {
	if p == nil {
		return false
	}
	for _, v := range []jsontext.Value{p.Type, p.Code} {
		for _, sign := range []string{"429", "503", "rate_limit", "overloaded", "capacity"} {
			if bytes.Contains(v, []byte(sign)) {
				return true
			}
		}
	}
	return false
}
