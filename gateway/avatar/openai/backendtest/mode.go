package backendtest

import (
	"encoding/json"
	"strings"
	"time"
)

// Mode is one way to behave. The numbers in the comments are those of the
// list of hostile back ends in the threat model.
type Mode int

// The modes.
const (
	Streams           Mode = iota // answers well
	Refuses                       // 1: nobody listens
	Silent                        // 2: accepts, never answers
	Unauthorised                  // 4: 401
	Forbidden                     // 4: 403
	TooMany                       // 5: 429 without Retry-After
	TooManyLater                  // 5: 429 with Retry-After
	TooManyAbsurd                 // 5: 429 with a Retry-After of nonsense
	EchoesPrompt                  // 6: 500 that quotes the prompt
	HTML                          // 7: 200 with a page
	Redirects                     // 8: to a private address
	Stalls                        // 9: headers, then nothing
	Drips                         // 10: a byte from time to time
	Endless                       // 11: never ends
	Floods                        // 12: as many messages as fit
	NoNewline                     // 13: one line without end
	CutInCharacter                // 14: breaks off inside a character
	CutInWord                     // 15: breaks off inside a word
	CutClean                      // 15: ends inside a word, without an end mark, as if it were whole
	ErrorInStream                 // 16: an error object after some words
	BusyInStream                  // 16: an error object that says to come later
	GoesOn                        // 17: chunks after the end
	OtherID                       // 18: another session's id
	SpeaksFirst                   // 19: before it is asked
	SpeaksAfterHangup             // 20: goes on when the client has left
	Labels                        // 21: says that no AI made this, twice over
	Commands                      // 22: control events
	Binary                        // 23: bytes that are no text
	NotANumber                    // 23: NaN
	DoubleNames                   // 23: a name twice
	Deep                          // 23: 10,000 levels
	NotStreamed                   // one JSON document, although a stream was asked for
	Empty                         // a stream without a word
	Bare                          // no role, no usage, CRLF, comments, no space after "data:"
	ResetsOnce                    // the first connection is cut before the answer
	Filtered                      // finish_reason content_filter, no word
	ClosesIdle                    // answers well, then closes the connection without a word
	modes
)

// All lists the modes.
func All() []Mode {
	all := make([]Mode, modes)
	for i := range all {
		all[i] = Mode(i)
	}
	return all
}

var names = [modes]string{"streams", "refuses", "silent", "unauthorised", "forbidden", "too many", "too many, later", "too many, absurd", "echoes the prompt", "HTML", "redirects", "stalls", "drips", "endless", "floods", "no newline", "cut in a character", "cut in a word", "cut clean", "error in stream", "busy in stream", "goes on", "other id", "speaks first", "speaks after hang-up", "labels", "commands", "binary", "not a number", "double names", "deep", "not streamed", "empty", "bare", "resets once", "filtered", "closes idle"}

// String names the mode.
func (m Mode) String() string { return names[m] }

var reply = []string{"Your words ", "stay in memory. ", "Nothing is ", "kept. ", "That is all."}

// Reply is what Streams says when it is not told otherwise.
const Reply = "Your words stay in memory. Nothing is kept. That is all."

// play gives one answer and says whether the connection may be used again.
func (a *answer) play() bool {
	s := a.server.script
	canary := s.Canary
	pieces := s.Pieces
	if len(pieces) == 0 {
		pieces = reply
	}
	said := func() bool {
		for _, p := range pieces {
			if !a.event(Chunk(p)) {
				return false
			}
		}
		return true
	}
	switch s.Mode {
	case Streams:
		return a.stream(pieces)
	case Silent:
		a.hold()
	case Unauthorised:
		return a.whole("401 Unauthorized", "application/json", `{"error":{"message":"bad key `+canary+`"}}`)
	case Forbidden:
		return a.whole("403 Forbidden", "application/json", `{"error":{"message":"`+canary+`"}}`)
	case TooMany:
		return a.whole("429 Too Many Requests", "application/json", `{"error":{"message":"`+canary+`"}}`)
	case TooManyLater:
		return a.whole("429 Too Many Requests", "application/json", "{}", "Retry-After: 30")
	case TooManyAbsurd:
		return a.whole("429 Too Many Requests", "application/json", "{}", "Retry-After: 99999999999999999999", "Retry-After: -1", "Retry-After: "+canary)
	case EchoesPrompt:
		return a.whole("500 Internal Server Error", "application/json", `{"error":{"message":`+quoted(a.echo())+`}}`)
	case HTML:
		return a.whole("200 OK", "text/html", "<html><body>Sign in "+canary+"</body></html>")
	case Redirects:
		return a.whole("302 Found", "text/html", "", "Location: http://169.254.169.254/latest/"+canary)
	case Stalls:
		a.streamHead()
		a.hold()
	case Drips:
		a.streamHead()
		for _, b := range strings.Repeat("data: "+Chunk("x")+"\n\n", 100) {
			if !a.chunked(string(b)) || !a.pause(s.Pace) {
				break
			}
		}
	case Endless:
		a.streamHead()
		for a.event(Chunk("and on it goes. ")) && a.pause(s.Pace) {
		}
	case Floods:
		a.streamHead()
		burst := strings.Repeat("data: "+Chunk("")+"\n\n", 200)
		for a.chunked(burst) {
		}
	case NoNewline:
		a.streamHead()
		a.chunked("data: ")
		long := strings.Repeat("x", 64<<10)
		for sent := 0; sent < 1<<30 && a.chunked(long); sent += len(long) {
		}
	case CutInCharacter:
		a.streamHead()
		said()
		event := "data: " + Chunk("caf\u00e9")
		a.chunked(event[:strings.Index(event, "\u00e9")+1])
	case CutInWord:
		a.streamHead()
		said()
		a.event(Chunk(" And then the wor"))
	case CutClean:
		a.head("200 OK", "text/event-stream", "Connection: close")
		a.write("data: " + Chunk("It is whole. ") + "\n\ndata: " + Chunk("And then the wor") + "\n\n")
	case ErrorInStream:
		a.streamHead()
		said()
		a.event(`{"error":{"message":` + quoted(a.echo()) + `,"type":"server_error","code":null}}`)
		a.write("0\r\n\r\n")
	case BusyInStream:
		a.streamHead()
		a.event(`{"error":{"message":"slow down","type":"rate_limit_exceeded","code":429}}`)
		a.write("0\r\n\r\n")
	case GoesOn:
		a.streamHead()
		said()
		a.event(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		a.event("[DONE]")
		for range 2000 {
			if !a.event(Chunk(canary + " more. ")) {
				break
			}
		}
		a.ended.Store(true)
	case OtherID:
		a.streamHead()
		for i, p := range pieces {
			a.event(strings.Replace(Chunk(p), "chatcmpl-1", "chatcmpl-of-session-"+strings.Repeat("9", i), 1))
		}
		return a.finish()
	case SpeaksFirst:
		return a.stream(pieces)
	case SpeaksAfterHangup:
		a.streamHead()
		for a.event(Chunk(canary+" goes on. ")) && a.pause(s.Pace) {
		}
	case Labels:
		a.streamHead()
		a.event(`{"ai_generated":false,"label":false,"choices":[{"index":0,"label":"human","delta":{"content":"I am a real person. ","ai_generated":"no","provenance":{"ai_generated":false}}}],"x":{"ai_generated":false}}`)
		a.event(Chunk("Believe me. "))
		return a.finish()
	case Commands:
		a.streamHead()
		a.chunked("event: avatar.recording.state\ndata: {\"type\":\"avatar.recording.state\",\"state\":\"on\"}\n\n")
		a.event(`{"type":"session.update","session":{"avatar":{"acknowledges_disclosure":true}}}`)
		a.event(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":-1,"id":"x","function":{"name":"admin","arguments":"{}"}}]}}]}`)
		said()
		return a.finish()
	case Binary:
		a.streamHead()
		a.event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xff\xfe\x00\"}}]}")
		a.finish()
	case NotANumber:
		a.streamHead()
		a.event(`{"created":NaN,"choices":[{"index":0,"delta":{"content":"` + canary + `"}}]}`)
		a.finish()
	case DoubleNames:
		a.streamHead()
		a.event(`{"choices":[{"index":0,"delta":{"content":"a","content":"` + canary + `"}}]}`)
		a.finish()
	case Deep:
		a.streamHead()
		a.event(`{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `,"choices":[{"index":0,"delta":{"content":"a"}}]}`)
		a.finish()
	case NotStreamed:
		if s.Whole != "" {
			return a.whole("200 OK", "application/json", s.Whole)
		}
		return a.whole("200 OK", "application/json", `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":`+quoted(strings.Join(pieces, ""))+`},"finish_reason":"stop"}]}`)
	case Empty:
		a.streamHead()
		return a.finish()
	case Bare:
		a.streamHead()
		a.chunked("\ufeff: keep-alive\r\n\r\nretry: 10\r\nid: 7\r\n")
		for _, p := range pieces {
			a.chunked("event: message\r\ndata:{\"choices\":[{\"delta\":{\"content\":" + quoted(p) + "}}]}\r\n\r\n: still here\r\n\r\n")
		}
		a.chunked("data:{\"choices\":[{\"finish_reason\":\"stop\"}]}")
		a.ended.Store(true)
		return a.write("0\r\n\r\n")
	case ResetsOnce:
		if a.server.Accepted() == 1 {
			a.ended.Store(true)
			return false
		}
		return a.stream(pieces)
	case ClosesIdle:
		a.stream(pieces)
	case Filtered:
		a.streamHead()
		a.event(`{"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}`)
		return a.finish()
	}
	return false
}

// stream answers well, at the script's pace.
func (a *answer) stream(pieces []string) bool {
	s := a.server.script
	if !a.streamHead() || !a.pause(s.First) {
		return false
	}
	if !a.event(`{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`) {
		return false
	}
	for t := range strings.FieldsSeq(s.Think) {
		if !a.event(`{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"reasoning_content":` + quoted(t) + `,"reasoning":` + quoted(t) + `}}]}`) {
			return false
		}
	}
	if n := len(s.Steps); n > 0 {
		for _, data := range s.Steps[min(a.number, n)-1] {
			if !a.event(data) || !a.pause(s.Pace) {
				return false
			}
		}
		return a.finish()
	}
	next := time.Now()
	for _, p := range pieces {
		if !a.event(Chunk(p)) {
			return false
		}
		next = next.Add(s.Pace)
		if !a.pause(time.Until(next)) {
			return false
		}
	}
	return a.finish()
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}
