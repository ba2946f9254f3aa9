package agent

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Bounds of a message, in bytes and characters.
const (
	// MessageMost is the longest message of an agent, in bytes.
	MessageMost = 128 << 10
	textMost    = 8000
	nameMost    = 40
	pcmMost     = 24000 // samples: a second
	queueShown  = 50
)

// message is what an agent wants.
type message struct {
	kind   string
	talk   session.ID
	name   string
	seat   string
	words  []byte
	pcm    []int16
	paused bool
}

func (m *message) forget() {
	clear(m.words)
	clear(m.pcm)
}

// sent is a message as it is on the wire.
type sent struct {
	Type   string         `json:"type"`
	Talk   string         `json:"talk"`
	Name   string         `json:"name"`
	Seat   string         `json:"seat"`
	Text   jsontext.Value `json:"text"`
	Audio  jsontext.Value `json:"audio"`
	Paused bool           `json:"paused"`
}

// decode reads a message. One that is not to the letter is none.
func decode(b []byte) (m message, ok bool) {
	var s sent
	defer func() { clear(s.Text); clear(s.Audio) }()
	if len(b) > MessageMost || json.Unmarshal(b, &s, json.RejectUnknownMembers(true)) != nil {
		return message{}, false
	}
	m.kind, m.seat, m.paused = s.Type, s.Seat, s.Paused
	if s.Talk != "" {
		if m.talk, ok = session.ParseID(s.Talk); !ok {
			return message{}, false
		}
	}
	if m.name = strings.TrimSpace(s.Name); !plain(m.name) {
		return message{}, false
	}
	if len(s.Text) > 0 {
		words, err := jsontext.AppendUnquote(nil, s.Text)
		if err != nil || len(words) == 0 || utf8.RuneCount(words) > textMost {
			clear(words)
			return message{}, false
		}
		m.words = words
	}
	if len(s.Audio) > 0 {
		if m.pcm, ok = samples(s.Audio); !ok {
			return message{}, false
		}
	}
	if m.kind == "say" && m.words == nil || m.kind == "sound" && m.pcm == nil && !m.paused {
		return message{}, false
	}
	return m, true
}

// plain says whether a name is one line without anything that reads as what it
// is not.
func plain(name string) bool {
	if utf8.RuneCountInString(name) > nameMost {
		return false
	}
	for _, c := range name {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) || c == utf8.RuneError {
			return false
		}
	}
	return true
}

// samples reads 16-bit little-endian samples out of a JSON string of base64.
func samples(v jsontext.Value) ([]int16, bool) {
	text, err := jsontext.AppendUnquote(nil, v)
	defer clear(text)
	if err != nil {
		return nil, false
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	defer clear(raw)
	n, err := base64.StdEncoding.Decode(raw, text)
	if err != nil || n%2 != 0 || n == 0 || n > 2*pcmMost {
		return nil, false
	}
	pcm := make([]int16, n/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return pcm, true
}

// line builds a message to an agent: one JSON object.
type line []byte

func begin(kind string) line { return append(line(`{"type":"`), append([]byte(kind), '"')...) }

func (l line) text(name, value string) line {
	if value == "" {
		return l
	}
	return l.quoted(name, []byte(value))
}

func (l line) quoted(name string, value []byte) line {
	l = append(append(append(l, `,"`...), name...), `":`...)
	l, _ = jsontext.AppendQuote(l, value) // what is not UTF-8 is replaced
	return l
}

func (l line) number(name string, n int) line {
	return strconv.AppendInt(append(append(append(l, `,"`...), name...), `":`...), int64(n), 10)
}

func (l line) truth(name string, v bool) line {
	return strconv.AppendBool(append(append(append(l, `,"`...), name...), `":`...), v)
}

func (l line) of(t *Talk) line { return l.text("talk", t.about.Session.String()) }
func (l line) end() []byte     { return append(l, '}') }

func problem(code string) []byte { return begin("error").text("code", code).end() }

// shown is the name that people are told: what the agent calls themselves, and
// where they are.
func (a *Agent) shown(rules *tenant.Handoff) string {
	name := a.name
	if name == "" {
		name = a.who.Name
	}
	if !plain(name) {
		name = ""
	}
	place := rules.Name
	if place == "" {
		if t := a.desk.desks.options.Tenant(a.who.Tenant); t != nil {
			place = t.Name
		}
	}
	if name == "" || name == place {
		return place
	}
	return name + ", " + place
}

// ready is the first message: where the agent is.
func ready(a *Agent, d *desk) []byte {
	l := begin("ready").text("agent", a.who.ID.String()).text("name", a.who.Name).text("seat", a.seat)
	if t := d.desks.options.Tenant(d.tenant); t != nil && t.Handoff != nil {
		l = l.text("tenant", t.Name).text("desk", t.Handoff.Name).text("hours", t.Handoff.Spoken()).number("talks_most", t.Handoff.TalksMost())
	}
	return l.end()
}

// returned lists the talks that an agent has who is back.
func returned(a *Agent) []byte {
	l := append(begin("returned"), `,"talks":[`...)
	for t := range a.talks {
		if l[len(l)-1] != '[' {
			l = append(l, ',')
		}
		l, _ = jsontext.AppendQuote(l, t.about.Session.String())
	}
	return append(l, ']').end()
}

// state is the desk as an agent sees it.
func (d *desk) state(now time.Time, a *Agent, rules *tenant.Handoff) []byte {
	available := 0
	for o := range d.agents {
		if o.free {
			available++
		}
	}
	l := begin("desk").truth("open", rules.Open(now)).truth("available", a.free).
		number("agents", len(d.agents)).number("agents_available", available).number("waiting", len(d.waiting)).
		text("shown_as", a.shown(rules))
	l = append(l, `,"queue":[`...)
	for i, t := range d.waiting[:min(len(d.waiting), queueShown)] {
		if i > 0 {
			l = append(l, ',')
		}
		entry := append(line(`{"position":`), strconv.Itoa(i+1)...).of(t).
			text("avatar", t.about.Avatar).text("locale", t.about.Locale).number("waited_s", int(now.Sub(t.asked).Seconds())).
			truth("free", t.offered == nil || t.offered == a)
		l = append(l, entry.end()...)
	}
	return append(l, ']').end()
}

func offerOf(t *Talk, within time.Duration) []byte {
	return begin("offer").of(t).text("avatar", t.about.Avatar).text("locale", t.about.Locale).
		number("waited_s", int(time.Since(t.asked).Seconds())).number("within_s", int(within.Seconds())).end()
}

func offerOver(t *Talk, reason string) []byte {
	return begin("offer.over").of(t).text("reason", reason).end()
}

// asking: the person is asked whether this human may read and hear them.
func asking(t *Talk) []byte {
	return begin("talk.asking").of(t).text("avatar", t.about.Avatar).text("locale", t.about.Locale).number("within_s", int(answerTime.Seconds())).end()
}

func joined(t *Talk) []byte {
	return begin("talk.joined").of(t).text("avatar", t.about.Avatar).text("locale", t.about.Locale).
		state(t).truth("context", t.state.Context).end()
}

func stands(t *Talk) []byte { return begin("talk.state").of(t).state(t).end() }

func (l line) state(t *Talk) line {
	return l.truth("recorded", t.state.Recorded).truth("microphone", t.state.Microphone).
		truth("written", t.state.Written).text("written_by", t.state.WrittenBy)
}

func over(t *Talk, reason string) []byte {
	return begin("talk.over").of(t).text("reason", reason).end()
}

// said is an item of the conversation, as the person's yes gives it.
func said(t *Talk, it *session.Item) []byte {
	speaker := "person"
	switch {
	case it.Human:
		speaker = "human"
	case it.Role == session.Avatar:
		speaker = "avatar"
	}
	words := it.Words.AppendTo(nil)
	defer clear(words)
	l := begin("item").of(t).number("item", int(it.No)).text("speaker", speaker)
	if it.Role == session.Avatar && !it.Human {
		l = l.truth("ai_generated", true)
	}
	l = l.truth("spoken", it.Form == session.Spoken).quoted("text", words)
	if len(it.Attachments) > 0 {
		l = append(l, `,"shown":[`...)
		for i, a := range it.Attachments {
			if i > 0 {
				l = append(l, ',')
			}
			l = append(l, map[session.AttachmentKind]string{session.Picture: `"picture"`, session.Document: `"document"`}[a.Kind]...)
		}
		l = append(l, ']')
	}
	return l.end()
}

func heard(t *Talk, pcm []int16, rate int) []byte {
	raw := make([]byte, 2*len(pcm))
	defer clear(raw)
	for i, s := range pcm {
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(s))
	}
	l := begin("sound").of(t).number("rate", rate)
	l = append(l, `,"audio":"`...)
	l = base64.StdEncoding.AppendEncode(l, raw)
	return append(l, '"').end()
}
