package gateway

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The opcodes of RFC 6455, 5.2.
const (
	opMore   = 0
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// wireClient speaks WebSocket byte by byte, so that it can do what no library
// would.
type wireClient struct {
	net.Conn
	in *bufio.Reader
}

// rawFrame is one frame as it goes over the wire.
type rawFrame struct {
	more     bool // FIN is not set
	rsv      byte // three bits
	op       byte
	payload  []byte
	unmasked bool
	mask     [4]byte
	declared uint64 // a length that is not the payload's; zero: the payload's
	wide     byte   // bytes for a length that needs fewer: 2 or 8
}

func (f rawFrame) bytes() []byte {
	first := f.rsv<<4 | f.op
	if !f.more {
		first |= 0x80
	}
	n := uint64(len(f.payload))
	if f.declared != 0 {
		n = f.declared
	}
	masked := byte(0x80)
	if f.unmasked {
		masked = 0
	}
	b := []byte{first}
	switch {
	case n <= 125 && f.wide == 0:
		b = append(b, masked|byte(n))
	case n <= 0xFFFF && f.wide != 8:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), n)
	}
	if f.unmasked {
		return append(b, f.payload...)
	}
	b = append(b, f.mask[:]...)
	for i, c := range f.payload {
		b = append(b, c^f.mask[i%4])
	}
	return b
}

// textFrame is a whole text message, masked.
func textFrame(s string) rawFrame {
	return rawFrame{op: opText, payload: []byte(s), mask: [4]byte{0x37, 0xfa, 0x21, 0x3d}}
}

func (w *wireClient) put(frames ...rawFrame) {
	var b []byte
	for _, f := range frames {
		b = append(b, f.bytes()...)
	}
	_, _ = w.Write(b) // the other side may have hung up already: reading says so
}

// next reads one frame of the server. It holds the server to the RFC: no
// mask, no reserved bits, no opcodes but those that there are, short control
// frames, lengths in as few bytes as they take.
func (w *wireClient) next() (op byte, payload []byte, err error) {
	h := make([]byte, 2)
	if _, err = io.ReadFull(w.in, h); err != nil {
		return 0, nil, err
	}
	n, op := uint64(h[1]&0x7F), h[0]&0xF
	switch {
	case h[0]&0x70 != 0:
		return 0, nil, errors.New("reserved bits")
	case h[1]&0x80 != 0:
		return 0, nil, errors.New("a masked frame of a server")
	case op != opText && op != opClose && op != opPing && op != opPong || h[0]&0x80 == 0:
		return 0, nil, fmt.Errorf("first byte %x", h[0])
	case op >= opClose && n > 125:
		return 0, nil, errors.New("a long control frame")
	}
	if n >= 126 {
		wide := make([]byte, 2+6*(n&1))
		if _, err = io.ReadFull(w.in, wide); err != nil {
			return 0, nil, err
		}
		least := uint64(126)
		if n = uint64(0); len(wide) == 2 {
			n = uint64(binary.BigEndian.Uint16(wide))
		} else {
			n, least = binary.BigEndian.Uint64(wide), 1<<16
		}
		if n < least {
			return 0, nil, errors.New("a length that is not in its shortest form")
		}
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(w.in, payload)
	return op, payload, err
}

// handshakeOf is the opening of a WebSocket; change takes and gives its lines.
func (r *rig) handshakeOf(change func([]string) []string) []byte {
	lines := []string{
		"GET /v1/realtime?model=lumen HTTP/1.1", "Host: gateway.example", "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Authorization: Bearer " + r.key,
	}
	return []byte(strings.Join(change(lines), "\r\n") + "\r\n\r\n")
}

func unchanged(l []string) []string { return l }

// knockRaw opens a connection and sends an opening; the answer's body is not
// read.
func (r *rig) knockRaw(opening []byte) (*wireClient, *http.Response) {
	r.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(r.http.URL, "http://"))
	require.NoError(r.t, err)
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	w := &wireClient{Conn: c, in: bufio.NewReader(c)}
	_, err = w.Write(opening)
	require.NoError(r.t, err)
	res, err := http.ReadResponse(w.in, &http.Request{Method: "GET"})
	require.NoError(r.t, err)
	return w, res
}

// open is a wireClient that is through the handshake.
func (r *rig) open() *wireClient {
	r.t.Helper()
	w, res := r.knockRaw(r.handshakeOf(unchanged))
	require.Equal(r.t, 101, res.StatusCode)
	return w
}

// outcome is what must come of the bytes of a case.
type outcome struct {
	code   uint16   // of the close; zero: the connection stays
	reason string   // of the close, where it is the gateway's own
	pongs  []string // in order
	empty  bool     // a close without a code
}

var (
	alive   = outcome{}
	broken  = outcome{code: 1002}
	badText = outcome{code: 1007, reason: "invalid_utf8"}
	tooLong = outcome{code: 1009}
)

// wireCase is one requirement of RFC 6455.
type wireCase struct {
	group, name string
	send        []rawFrame
	chop        int // bytes per write; zero: all at once
	want        outcome
}

const after = `{"type":"x","event_id":"after"}`

// run sends a case and says what is wrong about the answer.
func (c wireCase) run(w *wireClient) error {
	var b []byte
	for _, f := range c.send {
		b = append(b, f.bytes()...)
	}
	if c.want.code == 0 && !c.want.empty {
		b = append(b, textFrame(after).bytes()...)
	}
	chop := c.chop
	if chop == 0 {
		chop = len(b)
	}
	for len(b) > 0 {
		n := min(chop, len(b))
		if _, err := w.Write(b[:n]); err != nil {
			break
		}
		b = b[n:]
	}
	var pongs []string
	for {
		op, payload, err := w.next()
		if err != nil {
			return fmt.Errorf("before it was over: %w", err)
		}
		switch op {
		case opPong:
			pongs = append(pongs, string(payload))
		case opText:
			var e event
			if err := json.Unmarshal(payload, &e); err != nil {
				return err
			}
			if e.at("error", "event_id") != "after" {
				continue
			}
			if c.want.code != 0 || c.want.empty {
				return errors.New("the connection stays")
			}
			if strings.Join(pongs, "|") != strings.Join(c.want.pongs, "|") {
				return fmt.Errorf("pongs %q", pongs)
			}
			return nil
		case opClose:
			if c.want.empty && len(payload) == 0 {
				return w.gone()
			}
			if len(payload) < 2 {
				return errors.New("a close without a code")
			}
			code, reason := binary.BigEndian.Uint16(payload), string(payload[2:])
			if code != c.want.code || c.want.reason != "" && reason != c.want.reason {
				return fmt.Errorf("closed with %d %q", code, reason)
			}
			return w.gone()
		}
	}
}

// gone demands that nothing follows.
func (w *wireClient) gone() error {
	if rest, err := io.ReadAll(w.in); err == nil && len(rest) > 0 {
		return fmt.Errorf("%d bytes after the close", len(rest))
	}
	return nil
}

func closeFrame(code uint16, reason string) rawFrame {
	return rawFrame{op: opClose, payload: append(binary.BigEndian.AppendUint16(nil, code), reason...)}
}

// wireCases are the requirements, by what they are about.
func wireCases() []wireCase {
	var all []wireCase
	add := func(group, name string, want outcome, send ...rawFrame) {
		all = append(all, wireCase{group: group, name: name, send: send, want: want})
	}
	message := func(n int) string { // JSON where it fits
		const head = `{"type":"x","event_id":"m","x":"`
		if n < len(head)+2 {
			return strings.Repeat("x", n)
		}
		return head + strings.Repeat("a", n-len(head)-2) + `"}`
	}

	// 5.2 lengths, and however the network cuts them.
	for _, n := range []int{0, 1, 125, 126, 127, 128, 65535, 65536, 1 << 20} {
		add("length", fmt.Sprint(n), alive, textFrame(message(n)))
	}
	for _, n := range []int{125, 126, 65536} {
		for _, chop := range []int{1, 13, 997, 4096} {
			if n/chop > 10_000 {
				continue
			}
			all = append(all, wireCase{"length", fmt.Sprintf("%d in writes of %d", n, chop), []rawFrame{textFrame(message(n))}, chop, alive})
		}
	}
	add("length", "1 MiB and a byte", tooLong, textFrame(message(1<<20+1)))
	for _, n := range []uint64{1<<20 + 1, 1 << 32, 1 << 62, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		add("length", fmt.Sprintf("%d declared", n), tooLong, rawFrame{op: opText, declared: n, payload: []byte("{")})
	}
	add("length", "more fragments than 1 MiB", tooLong, append([]rawFrame{{op: opText, more: true, payload: make([]byte, 1<<20)}}, rawFrame{payload: []byte("x")})...)
	add("length", "2^63-1 after a fragment", tooLong, rawFrame{op: opText, more: true, payload: []byte("x")}, rawFrame{declared: 1<<63 - 1, payload: []byte("x")})

	// 5.5.2, 5.5.3 ping and pong.
	for _, p := range []string{"", "Hello", "\x00\xff\xfe\xfd", strings.Repeat("p", 125)} {
		add("ping", fmt.Sprintf("%d bytes", len(p)), outcome{pongs: []string{p}}, rawFrame{op: opPing, payload: []byte(p)})
		add("ping", fmt.Sprintf("pong of %d bytes that nobody asked for", len(p)), alive, rawFrame{op: opPong, payload: []byte(p)})
	}
	add("ping", "126 bytes", broken, rawFrame{op: opPing, payload: make([]byte, 126)})
	add("ping", "pong of 126 bytes", broken, rawFrame{op: opPong, payload: make([]byte, 126)})
	add("ping", "in two parts", broken, rawFrame{op: opPing, more: true, payload: []byte("x")}, rawFrame{payload: []byte("y")})
	add("ping", "pong in two parts", broken, rawFrame{op: opPong, more: true, payload: []byte("x")})
	ten, pongs := []rawFrame{}, []string{}
	for i := range 10 {
		ten, pongs = append(ten, rawFrame{op: opPing, payload: []byte{byte('0' + i)}}), append(pongs, string(rune('0'+i)))
	}
	add("ping", "ten", outcome{pongs: pongs}, ten...)
	all = append(all, wireCase{"ping", "ten, a byte a write", ten, 1, outcome{pongs: pongs}})

	// 5.2 reserved bits and opcodes.
	for rsv := byte(1); rsv < 8; rsv++ {
		for _, op := range []byte{opText, opBinary, opClose, opPing, opPong} {
			add("reserved", fmt.Sprintf("bits %03b, opcode %d", rsv, op), broken, rawFrame{rsv: rsv, op: op, payload: []byte("\x03\xe8")})
		}
		add("reserved", fmt.Sprintf("bits %03b, continuation", rsv), broken, rawFrame{op: opText, more: true, payload: []byte("{")}, rawFrame{rsv: rsv, payload: []byte("}")})
	}
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		add("reserved", fmt.Sprintf("opcode %d", op), broken, rawFrame{op: op})
		add("reserved", fmt.Sprintf("opcode %d with a payload", op), broken, rawFrame{op: op, payload: []byte("x")})
		add("reserved", fmt.Sprintf("opcode %d inside a message", op), broken, rawFrame{op: opText, more: true, payload: []byte("{")}, rawFrame{op: op})
	}

	// 5.4 fragmentation.
	start := func(s string) rawFrame { return rawFrame{op: opText, more: true, payload: []byte(s)} }
	more := func(s string) rawFrame { return rawFrame{more: true, payload: []byte(s)} }
	last := func(s string) rawFrame { return rawFrame{payload: []byte(s)} }
	ping := rawFrame{op: opPing, payload: []byte("p")}
	pong := outcome{pongs: []string{"p"}}
	add("fragments", "two", alive, start(`{"type":`), last(`"x"}`))
	add("fragments", "three", alive, start(`{"type"`), more(`:`), last(`"x"}`))
	add("fragments", "the first empty", alive, start(""), last(`{"type":"x"}`))
	add("fragments", "the last empty", alive, start(`{"type":"x"}`), last(""))
	add("fragments", "empty between", alive, start(`{"type":`), more(""), more(""), last(`"x"}`))
	add("fragments", "all empty", alive, start(""), more(""), last(""))
	hundred := []rawFrame{start("")}
	for range 100 {
		hundred = append(hundred, more("x"))
	}
	add("fragments", "a hundred of a byte", alive, append(hundred, last(""))...)
	add("fragments", "two messages one after the other", alive, start(`{"type":`), last(`"x"}`), start(`{"type":`), last(`"x"}`))
	add("fragments", "a ping between", pong, start(`{"type":`), ping, last(`"x"}`))
	add("fragments", "pings between all", outcome{pongs: []string{"p", "p", "p"}}, ping, start(`{"type":`), ping, more(""), ping, last(`"x"}`))
	add("fragments", "a pong between", alive, start(`{"type":`), rawFrame{op: opPong}, last(`"x"}`))
	add("fragments", "a close between", outcome{code: 1000}, start(`{"type":`), closeFrame(1000, ""))
	add("fragments", "a continuation of nothing", broken, last("x"))
	add("fragments", "a continuation of nothing, and more", broken, more("x"))
	add("fragments", "a continuation after a whole message", broken, textFrame(`{"type":"x"}`), last("x"))
	add("fragments", "a continuation after the last", broken, start("{"), last("}"), last("x"))
	add("fragments", "a message inside another", broken, start("{"), textFrame(`{"type":"x"}`))
	add("fragments", "a first part inside a message", broken, start("{"), start("}"))
	add("fragments", "bytes inside a message", broken, start("{"), rawFrame{op: opBinary, payload: []byte("x")})
	add("fragments", "bytes in two parts", outcome{code: 1008, reason: "binary_not_supported"}, rawFrame{op: opBinary, more: true, payload: []byte("x")}, last("y"))
	add("fragments", "bytes", outcome{code: 1008, reason: "binary_not_supported"}, rawFrame{op: opBinary, payload: []byte("x")})
	add("fragments", "no bytes", outcome{code: 1008, reason: "binary_not_supported"}, rawFrame{op: opBinary})

	// 8.1 UTF-8: what is text passes, whole, in fragments cut inside a letter,
	// and a byte a write; what is not is refused.
	for _, s := range goodUTF8() {
		add("UTF-8", fmt.Sprintf("%+q", s), alive, textFrame(s))
		if len(s) > 1 {
			add("UTF-8", fmt.Sprintf("%+q, cut inside", s), alive, start(s[:len(s)-1]), last(s[len(s)-1:]))
		}
	}
	for _, s := range badUTF8() {
		add("UTF-8", fmt.Sprintf("% x", s), badText, textFrame(s))
	}
	add("UTF-8", "bad in the second part", badText, start("good"), last("\xff"))
	add("UTF-8", "good apart and bad together", badText, start("\xed"), last("\xa0\x80"))

	// 5.5.1, 7.4 close.
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999} {
		add("close", fmt.Sprint(code), outcome{code: code}, closeFrame(code, ""))
	}
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		add("close", fmt.Sprintf("%d, which is none", code), broken, closeFrame(code, ""))
	}
	add("close", "no code", outcome{empty: true}, rawFrame{op: opClose})
	add("close", "half a code, which is taken for none", outcome{empty: true}, rawFrame{op: opClose, payload: []byte{3}})
	add("close", "a reason of 123 bytes", outcome{code: 1000}, closeFrame(1000, strings.Repeat("r", 123)))
	add("close", "a reason of 124 bytes", broken, closeFrame(1000, strings.Repeat("r", 124)))
	add("close", "a reason that is no text", broken, closeFrame(1000, "\xff\xfe"))
	add("close", "in two parts", broken, rawFrame{op: opClose, more: true, payload: []byte("\x03\xe8")})
	add("close", "twice", outcome{code: 1000}, closeFrame(1000, ""), closeFrame(1001, ""))
	add("close", "and a ping after it", outcome{code: 1000}, closeFrame(1000, ""), ping)
	add("close", "and a message after it", outcome{code: 1000}, closeFrame(1000, ""), textFrame(after))

	// 5.1, 5.3 masks.
	for _, m := range [][4]byte{{}, {1}, {0xff, 0xff, 0xff, 0xff}, {'"', '{', '}', 0}, {0, 0, 0, 1}} {
		f := textFrame(message(200))
		f.mask = m
		add("mask", fmt.Sprintf("% x", m), alive, f)
	}
	for _, op := range []byte{opText, opBinary, opClose, opPing, opPong} {
		add("mask", fmt.Sprintf("none, opcode %d", op), broken, rawFrame{op: op, unmasked: true, payload: []byte("\x03\xe8")})
	}
	add("mask", "none on a continuation", broken, start("{"), rawFrame{unmasked: true, payload: []byte("}")})
	return all
}

// goodUTF8 are texts at the borders of UTF-8.
func goodUTF8() []string {
	good := []string{"Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "שלום", "こんにちは", "\x00", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\uffff", "\U00010000", "\U0010ffff", "\ufeff", "\u202e", "e\u0301"}
	for plane := rune(1); plane <= 16; plane += 3 {
		good = append(good, string(plane<<16|0xFFFE), string(plane<<16|0xFFFF))
	}
	return good
}

// badUTF8 are byte strings that are no text.
func badUTF8() []string {
	bad := []string{
		"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80\xbf\x80", // continuations alone
		"\xc2", "\xdf ", "\xe0\xa0", "\xef\xbf ", "\xf0\x90\x80", "\xf4\x8f\xbf ", "\xe1", "\xf1\x80", // cut off
		"\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf", // longer than need be
		"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf", // five and six bytes
		"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf", // surrogates
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf7\xbf\xbf\xbf", // beyond the last letter
		"\xfe", "\xff", "\xfe\xfe\xff\xff", "κόσμε\xf4\x90\x80\x80edited", "κόσμε\xed\xa0\x80edited", `{"type":"x` + "\xff" + `"}`, `{"type":"x"}` + "\xc3",
	}
	for c := 0xC0; c <= 0xFD; c += 4 {
		bad = append(bad, string([]byte{byte(c), ' '}))
	}
	return bad
}

// A client of bytes, without any WebSocket library, holds the gateway to RFC
// 6455, requirement by requirement. // R75
func TestConformance(t *testing.T) {
	r := newRig(t, &scripted{}, tone{}).unlimited()
	cases := wireCases()
	rounds := max(int(*scale), 1)
	groups, wrong := map[string]int{}, 0
	for range rounds {
		for _, c := range cases {
			w := r.open()
			if err := c.run(w); err != nil {
				t.Errorf("%s, %s: %v", c.group, c.name, err)
				wrong++
			}
			require.Less(t, wrong, 5, "too many to go on")
			_ = w.Close()
			groups[c.group]++
		}
	}
	require.Eventually(t, func() bool { return r.server.Sessions() == 0 }, 10*time.Second, 10*time.Millisecond)
	t.Logf("n = %d cases in %d rounds: %v", len(cases), rounds, groups)
}

// header changes the line of a header, drops it when the value is "-", and
// adds one that was not there.
func header(name, value string) func([]string) []string {
	return func(lines []string) []string {
		var out []string
		found := false
		for _, l := range lines {
			if n, _, ok := strings.Cut(l, ":"); ok && strings.EqualFold(n, name) {
				found = true
				if value == "-" {
					continue
				}
				l = name + ": " + value
			}
			out = append(out, l)
		}
		if !found && value != "-" {
			out = append(out, name+": "+value)
		}
		return out
	}
}

func plus(lines ...string) func([]string) []string {
	return func(l []string) []string { return append(l, lines...) }
}

func request(line string) func([]string) []string {
	return func(l []string) []string { return append([]string{line}, l[1:]...) }
}

// The opening of a WebSocket, RFC 6455, 4.2: what is one is answered with the
// right words, without a word of compression, and what is none with an error
// of the table. The label is on every answer. // R21 R75
func TestHandshake(t *testing.T) {
	r := newRig(t, &scripted{}, tone{}).unlimited()
	rt := "realtime, openai-insecure-api-key.x"
	for _, c := range []struct {
		name     string
		change   func([]string) []string
		status   int
		code     string // of the error
		protocol string // that was chosen
	}{
		{"as it should be", unchanged, 101, "", ""},
		{"words in other cases", func(l []string) []string {
			return header("Upgrade", "WebSocket")(header("Connection", "keep-alive, UPGRADE")(l))
		}, 101, "", ""},
		{"the protocol", plus("Sec-WebSocket-Protocol: realtime"), 101, "", "realtime"},
		{"the protocol and the key, which is never said back", plus("Sec-WebSocket-Protocol: " + rt), 101, "", "realtime"},
		{"the protocol last", plus("Sec-WebSocket-Protocol: openai-insecure-api-key.x, openai-agents-sdk.0.20.0, realtime"), 101, "", "realtime"},
		{"protocols in two headers", plus("Sec-WebSocket-Protocol: openai-insecure-api-key.x", "Sec-WebSocket-Protocol: realtime"), 101, "", "realtime"},
		{"another protocol", plus("Sec-WebSocket-Protocol: chat"), 101, "", ""},
		{"a query of elsewhere", request("GET /v1/realtime?model=gpt-realtime&x=y HTTP/1.1"), 101, "", ""},
		{"no Upgrade", header("Upgrade", "-"), 426, "upgrade_required", ""},
		{"Upgrade to something else", header("Upgrade", "h2c"), 426, "upgrade_required", ""},
		{"no Connection", header("Connection", "-"), 426, "upgrade_required", ""},
		{"Connection without Upgrade", header("Connection", "keep-alive"), 426, "upgrade_required", ""},
		{"no version", header("Sec-WebSocket-Version", "-"), 426, "upgrade_required", ""},
		{"version 8", header("Sec-WebSocket-Version", "8"), 426, "upgrade_required", ""},
		{"version 14", header("Sec-WebSocket-Version", "14"), 426, "upgrade_required", ""},
		{"version 0", header("Sec-WebSocket-Version", "0"), 426, "upgrade_required", ""},
		{"version thirteen", header("Sec-WebSocket-Version", "thirteen"), 426, "upgrade_required", ""},
		{"two versions", header("Sec-WebSocket-Version", "13, 8"), 426, "upgrade_required", ""},
		{"no key", header("Sec-WebSocket-Key", "-"), 400, "invalid_handshake", ""},
		{"an empty key", header("Sec-WebSocket-Key", ""), 400, "invalid_handshake", ""},
		{"a key of 15 bytes", header("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(make([]byte, 15))), 400, "invalid_handshake", ""},
		{"a key of 17 bytes", header("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(make([]byte, 17))), 400, "invalid_handshake", ""},
		{"a key that is no base64", header("Sec-WebSocket-Key", "this is no base64 !!!!=="), 400, "invalid_handshake", ""},
		{"a long key", header("Sec-WebSocket-Key", strings.Repeat("A", 4000)), 400, "invalid_handshake", ""},
		{"a POST", request("POST /v1/realtime HTTP/1.1"), 405, "", ""},
		{"HTTP/1.0 without Upgrade", func(l []string) []string {
			return header("Connection", "-")(request("GET /v1/realtime HTTP/1.0")(l))
		}, 426, "upgrade_required", ""},
		{"no Host", header("Host", "-"), 400, "", ""},
		{"two Hosts", plus("Host: other.example"), 400, "", ""},
		{"a header of no name", plus(": x"), 400, "", ""},
		{"a header with a NUL", plus("X: a\x00b"), 400, "", ""},
		{"no credential", header("Authorization", "-"), 401, "missing_credential", ""},
		{"a credential that is none", header("Authorization", "Bearer x"), 401, "invalid_credential", ""},
		{"a page of elsewhere", plus("Origin: https://evil.example"), 403, "origin_not_allowed", ""},
		{"a sideband", request("GET /v1/realtime?call_id=x HTTP/1.1"), 400, "not_supported", ""},
		{"deflate", plus("Sec-WebSocket-Extensions: permessage-deflate"), 101, "", ""},
		{"deflate as browsers ask", plus("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"), 101, "", ""},
		{"deflate without context", plus("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"), 101, "", ""},
		{"deflate with a window", plus("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"), 101, "", ""},
		{"deflate twice", plus("Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate; client_max_window_bits"), 101, "", ""},
		{"deflate of Safari", plus("Sec-WebSocket-Extensions: x-webkit-deflate-frame"), 101, "", ""},
		{"deflate of 2011", plus("Sec-WebSocket-Extensions: deflate-stream"), 101, "", ""},
		{"extensions that are none", plus("Sec-WebSocket-Extensions: ;;,=,"), 101, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, res := r.knockRaw(r.handshakeOf(c.change))
			defer w.Close()
			require.Equal(t, c.status, res.StatusCode)
			require.Empty(t, res.Header.Values("Sec-Websocket-Extensions"), "compression")
			if res.Header.Get("Content-Type") != "text/plain; charset=utf-8" { // net/http's own refusals of what is no HTTP
				require.Equal(t, aiDisclosure, res.Header.Get("AI-Disclosure"))
			}
			if c.status != 101 {
				if c.code != "" {
					b, _ := io.ReadAll(res.Body)
					require.Equal(t, c.code, parse(t, string(b)).at("error", "code"))
				}
				if c.status == 426 {
					require.Equal(t, "13", res.Header.Get("Sec-Websocket-Version"))
				}
				return
			}
			sum := sha1.Sum([]byte("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			require.Equal(t, base64.StdEncoding.EncodeToString(sum[:]), res.Header.Get("Sec-Websocket-Accept"))
			require.Equal(t, c.protocol, res.Header.Get("Sec-Websocket-Protocol"))
			for _, v := range res.Header {
				require.NotContains(t, strings.Join(v, ""), "insecure")
			}
			// Compressed all the same, a frame breaks the protocol.
			deflated := wireCase{send: []rawFrame{{rsv: 4, op: opText, payload: []byte{0xaa, 0x56, 0x2a, 0xa9, 0x2c, 0x48, 0x55, 0x02, 0}}}, want: broken}
			require.NoError(t, deflated.run(w))
		})
	}
}

// What the client of bytes finds in a server that keeps the rules and breaks
// one: the client can fail.
func TestConformanceSeen(t *testing.T) {
	for name, answer := range map[string][]byte{
		"a masked frame":       rawFrame{op: opText, payload: []byte("{}")}.bytes(),
		"reserved bits":        rawFrame{op: opText, rsv: 4, unmasked: true, payload: []byte("{}")}.bytes(),
		"half a message":       rawFrame{op: opText, more: true, unmasked: true, payload: []byte("{}")}.bytes(),
		"bytes":                rawFrame{op: opBinary, unmasked: true, payload: []byte("{}")}.bytes(),
		"a wide length":        rawFrame{op: opText, wide: 2, unmasked: true, payload: []byte("{}")}.bytes(),
		"another code":         rawFrame{op: opClose, unmasked: true, payload: []byte("\x03\xe8")}.bytes(),
		"words after the end":  append(rawFrame{op: opClose, unmasked: true, payload: []byte("\x03\xea")}.bytes(), 0x81, 0),
		"no close, just gone":  nil,
		"a close without code": rawFrame{op: opClose, unmasked: true}.bytes(),
		"it goes on":           rawFrame{op: opText, unmasked: true, payload: []byte(`{"error":{"event_id":"after"}}`)}.bytes(),
	} {
		here, there := net.Pipe()
		go func() {
			_, _ = io.CopyN(io.Discard, there, 6)
			_, _ = there.Write(answer)
			_ = there.Close()
		}()
		c := wireCase{send: []rawFrame{{op: 3}}, want: broken}
		require.Error(t, c.run(&wireClient{Conn: here, in: bufio.NewReader(here)}), name)
		_ = here.Close()
	}
	require.Equal(t, []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}, textFrame("Hello").bytes(), "the example of RFC 6455, 5.7")
	require.False(t, bytes.Equal(textFrame("Hello").bytes(), rawFrame{op: opText, payload: []byte("Hello")}.bytes()))
}
