package realtime

import "mayfly/session"

// Part says where in a response something belongs.
type Part struct {
	Turn    session.TurnNo
	Item    session.ItemNo
	Output  int // index of the item in the response
	Content int // index of the part in the item
}

// Outcome is how a response ended.
type Outcome uint8

// The outcomes. There are no others: a client that reads another name waits
// for the end of the response for ever.
const (
	Done Outcome = iota
	Cancelled
	Failed
	Unfinished // "incomplete"
)

// Reason says why a response ended before its time.
type Reason string

// The reasons.
const (
	ReasonTurnDetected    Reason = "turn_detected"     // Cancelled: the person spoke
	ReasonClientCancelled Reason = "client_cancelled"  // Cancelled: response.cancel
	ReasonMaxTokens       Reason = "max_output_tokens" // Unfinished
	ReasonContentFilter   Reason = "content_filter"    // Unfinished
	ReasonInterrupted     Reason = "interruption"      // Unfinished: the connection was lost
)

// Response is one reply as its events describe it.
type Response struct {
	Turn      session.TurnNo
	Form      session.Form
	Format    Format // of Spoken
	Voice     string // of Spoken; empty: none
	MaxTokens int
	OutOfBand bool
	Notice    bool           // the disclosure: metadata.mayfly is "disclosure"
	Metadata  session.Speech // the client's, as JSON; not with Notice

	// What follows is for ResponseDone.

	Outcome Outcome
	Reason  Reason         // of Cancelled and Unfinished
	Code    string         // of Failed: a stable code
	Items   []session.Item // in full; nil leaves output empty, where it would be too long
	Usage   Usage
}

// Usage counts tokens, as far as the engine says them.
type Usage struct {
	InputText, InputAudio, InputCached int
	OutputText, OutputAudio            int
}

// ResponseCreated writes response.created.
func (f *Frames) ResponseCreated(r *Response) {
	f.begin("response.created")
	f.raw(`,"response":`)
	f.response(r)
	f.raw(`,"status":"in_progress","status_details":null,"output":[],"usage":null}`)
	f.end()
}

// ResponseDone writes response.done, which every response.created is followed
// by, once.
func (f *Frames) ResponseDone(r *Response) {
	f.begin("response.done")
	f.raw(`,"response":`)
	f.response(r)
	switch r.Outcome {
	case Cancelled:
		f.raw(`,"status":"cancelled","status_details":{"type":"cancelled","reason":`)
		f.string(string(r.Reason))
		f.raw(`}`)
	case Failed:
		f.raw(`,"status":"failed","status_details":{"type":"failed","error":{"type":"server_error","code":`)
		f.string(r.Code)
		f.raw(`}}`)
	case Unfinished:
		f.raw(`,"status":"incomplete","status_details":{"type":"incomplete","reason":`)
		f.string(string(r.Reason))
		f.raw(`}`)
	default:
		f.raw(`,"status":"completed","status_details":null`)
	}
	f.raw(`,"output":[`)
	for i := range r.Items {
		if i > 0 {
			f.raw(`,`)
		}
		f.whole(&r.Items[i])
	}
	f.raw(`],"usage":`)
	f.usage(r.Usage)
	f.raw(`}`)
	f.end()
}

// response writes what both events have, without the closing brace.
func (w *writer) response(r *Response) {
	w.raw(`{"id":`)
	w.turn(r.Turn)
	w.raw(`,"object":"realtime.response","conversation_id":`)
	if r.OutOfBand {
		w.raw(`null`)
	} else {
		w.raw(`"conv_`)
		w.room(len(w.ids.prefix))
		w.b = append(w.b, w.ids.prefix...)
		w.raw(`"`)
	}
	w.raw(`,"output_modalities":`)
	w.form(r.Form)
	w.raw(`,"max_output_tokens":`)
	w.limit(r.MaxTokens)
	if r.Form == session.Spoken {
		w.raw(`,"audio":{"output":{"format":`)
		w.format(r.Format)
		w.raw(`,"voice":`)
		w.nullable(r.Voice)
		w.raw(`}}`)
	}
	w.raw(`,"metadata":`)
	if r.Notice {
		w.raw(`{"mayfly":"disclosure"}`)
	} else {
		w.json(r.Metadata, `null`)
	}
}

func (w *writer) usage(u Usage) {
	input, output := u.InputText+u.InputAudio, u.OutputText+u.OutputAudio
	w.raw(`{"total_tokens":`)
	w.int(int64(input + output))
	w.raw(`,"input_tokens":`)
	w.int(int64(input))
	w.raw(`,"output_tokens":`)
	w.int(int64(output))
	w.raw(`,"input_token_details":{"text_tokens":`)
	w.int(int64(u.InputText))
	w.raw(`,"audio_tokens":`)
	w.int(int64(u.InputAudio))
	w.raw(`,"cached_tokens":`)
	w.int(int64(u.InputCached))
	w.raw(`},"output_token_details":{"text_tokens":`)
	w.int(int64(u.OutputText))
	w.raw(`,"audio_tokens":`)
	w.int(int64(u.OutputAudio))
	w.raw(`}}`)
}

// OutputItemAdded writes response.output_item.added: the item in progress and
// without content, whatever it is by now.
func (f *Frames) OutputItemAdded(turn session.TurnNo, output int, it *session.Item) {
	f.outputItem("response.output_item.added", turn, output)
	f.begun(it)
	f.end()
}

// OutputItemDone writes response.output_item.done: the item in full.
func (f *Frames) OutputItemDone(turn session.TurnNo, output int, it *session.Item) {
	f.outputItem("response.output_item.done", turn, output)
	f.whole(it)
	f.end()
}

func (f *Frames) outputItem(typ string, turn session.TurnNo, output int) {
	f.begin(typ)
	f.raw(`,"response_id":`)
	f.turn(turn)
	f.raw(`,"output_index":`)
	f.int(int64(output))
	f.raw(`,"item":`)
}

// ItemBegun writes conversation.item.added for an item of a reply, as
// OutputItemAdded shows it.
func (f *Frames) ItemBegun(it *session.Item, previous session.ItemNo) {
	f.begin("conversation.item.added")
	f.raw(`,"previous_item_id":`)
	f.previous(previous)
	f.raw(`,"item":`)
	f.begun(it)
	f.end()
}

// RateLimit is what is left of a limit.
type RateLimit struct {
	Tokens    bool // of tokens; of requests otherwise: the only names there are
	Limit     int
	Remaining int
	Reset     float64 // seconds
}

// RateLimits writes rate_limits.updated.
func (f *Frames) RateLimits(limits ...RateLimit) {
	f.begin("rate_limits.updated")
	f.raw(`,"rate_limits":[`)
	for i, l := range limits {
		if i > 0 {
			f.raw(`,`)
		}
		if l.Tokens {
			f.raw(`{"name":"tokens","limit":`)
		} else {
			f.raw(`{"name":"requests","limit":`)
		}
		f.int(int64(l.Limit))
		f.raw(`,"remaining":`)
		f.int(int64(l.Remaining))
		f.raw(`,"reset_seconds":`)
		f.float(l.Reset)
		f.raw(`}`)
	}
	f.raw(`]`)
	f.end()
}
