package rtc

import (
	"fmt"
	"net/netip"
	"strings"
)

// Stream is the stream id of everything that the avatar sends: players group
// tracks by it, and a second id would replace the first track in some.
const Stream = "mayfly"

// labelLine marks the session as what it is, for clients and for whoever
// keeps the signalling: RFC 8866, 6 lets unknown attributes be ignored.
const labelLine = "a=ai-generated"

// dress finishes pion's answer: the label, the public addresses in place of
// the local ones where there are any, and no candidates of a second component,
// which pion writes although RTP and RTCP share the first.
func (s *Server) dress(answer string) []byte {
	var b strings.Builder
	b.Grow(len(answer) + 512)
	first := true
	for line := range strings.SplitSeq(strings.TrimSuffix(answer, "\r\n"), "\r\n") {
		switch {
		case strings.HasPrefix(line, "m="):
			if first {
				writeLine(&b, labelLine)
			}
			first = false
		case strings.HasPrefix(line, "a=candidate:") && (len(s.public) > 0 || strings.Fields(line)[1] == "2"):
			continue
		case line == "a=end-of-candidates":
			for _, c := range s.public {
				writeLine(&b, c)
			}
		}
		writeLine(&b, line)
	}
	return []byte(b.String())
}

// publicCandidates are the candidate lines of the addresses under which the
// world sees the ports: host candidates, UDP before TCP, earlier addresses
// before later ones (RFC 8445, 5.1.2.1; RFC 6544, 4.2). A port of zero is the
// one listened on. They are written into the answer and not told to pion: a
// check that arrives is matched by its password, not by its address.
func publicCandidates(addresses []netip.AddrPort, port uint16) (lines []string) {
	for i, a := range addresses {
		if a.Port() == 0 {
			a = netip.AddrPortFrom(a.Addr(), port)
		}
		local := 65535 - 2*i
		lines = append(lines,
			fmt.Sprintf("a=candidate:%d 1 udp %d %s %d typ host", 100+2*i, 126<<24|local<<8|255, a.Addr(), a.Port()),
			fmt.Sprintf("a=candidate:%d 1 tcp %d %s %d typ host tcptype passive", 101+2*i, 90<<24|local<<8|255, a.Addr(), a.Port()))
	}
	return lines
}
