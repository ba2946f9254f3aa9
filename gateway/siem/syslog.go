package siem

import (
	"context"
	"strconv"
	"time"

	"mayfly/gateway/egress"
)

// Syslog sends records as RFC 5424 over TLS (RFC 5425): each with the count of
// its octets. The protocol has no answer, so each sending has a connection of
// its own, which is ended by both: a receiver that ends it in order has read
// what came before. A connection that breaks is a sending that was not taken.
type Syslog struct {
	To   *egress.Stream
	Host string // that records are from; empty: none is said
}

// facility is RFC 5424's "log audit".
const facility = 13

// levels are syslog's severities by OCSF's.
var levels = [6]int{6, 6, 5, 4, 3, 2}

// Send implements Sink.
func (s Syslog) Send(ctx context.Context, records []Record) error {
	conn, err := s.To.Dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var b, frame []byte
	for _, r := range records {
		frame = s.appendFrame(frame[:0], r)
		b = strconv.AppendInt(b, int64(len(frame)), 10)
		b = append(append(b, ' '), frame...)
	}
	if _, err := conn.Write(b); err != nil {
		return err
	}
	return conn.End()
}

// appendFrame appends a record as a message of RFC 5424. A line is printable
// ASCII, so that there is nothing to escape.
func (s Syslog) appendFrame(b []byte, r Record) []byte {
	level := levels[0]
	if r.Severity > 0 && r.Severity < len(levels) {
		level = levels[r.Severity]
	}
	b = append(b, '<')
	b = strconv.AppendInt(b, int64(facility*8+level), 10)
	b = append(b, ">1 "...)
	b = r.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, ' ')
	b = append(b, word(s.Host, 255)...)
	b = append(b, " mayfly - "...)
	b = append(b, word(r.Kind, 32)...)
	b = append(b, " - "...)
	return append(b, r.Line...)
}

// word is a field of a head: printable, without a space; "-" is none.
func word(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return "-"
		}
	}
	if s == "" {
		return "-"
	}
	return s
}

// stamp is a time as Elastic reads it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
