package audio

import "encoding/binary"

// Ogg Opus as RFC 3533 and RFC 7845 have it. pion's oggwriter is not it: it
// says of every file that its first 80 ms are to be skipped, and cannot say
// where in its last packet the sound ends.

// Comment is one of a file's Vorbis comments. The key is printable ASCII
// without an equals sign, the value is UTF-8.
type Comment struct{ Key, Value string }

// oggRate is the rate that positions in Ogg Opus count in, whatever was
// encoded.
const oggRate = 48000

// Kinds of a page.
const (
	oggFirst = 2
	oggLast  = 4
)

// pagePackets is how many packets go into a page: one second.
const pagePackets = 1000 / FrameTime

// OggOpus is a file of the tapes, one after another, in a new piece of memory.
// They have ended. serial names the stream; it need not mean anything.
func OggOpus(serial uint32, comments []Comment, tapes ...*Tape) []byte {
	size := 1 << 10
	for _, t := range tapes {
		size += len(t.packets) + 2*len(t.ends) + 32*(len(t.ends)/pagePackets+1)
	}
	for _, c := range comments {
		size += len(c.Key) + len(c.Value) + 8
	}
	f := oggFile{b: make([]byte, 0, size), serial: serial}

	head := append(make([]byte, 0, 19), "OpusHead"...)
	head = append(head, 1, 1) // version, channels
	head = binary.LittleEndian.AppendUint16(head, lookahead*oggRate/Rate)
	head = binary.LittleEndian.AppendUint32(head, Rate)
	head = append(head, 0, 0, 0) // gain, mapping
	f.packet(head)
	f.page(oggFirst, 0)

	const vendor = "mayfly"
	tags := append([]byte(nil), "OpusTags"...)
	tags = binary.LittleEndian.AppendUint32(tags, uint32(len(vendor)))
	tags = append(tags, vendor...)
	tags = binary.LittleEndian.AppendUint32(tags, uint32(len(comments)))
	for _, c := range comments {
		tags = binary.LittleEndian.AppendUint32(tags, uint32(len(c.Key)+1+len(c.Value)))
		tags = append(append(append(tags, c.Key...), '='), c.Value...)
	}
	f.packet(tags)
	f.page(0, 0)

	at := 0 // samples at Rate until the end of the packet
	for _, t := range tapes {
		begin := 0
		for _, end := range t.ends {
			if f.room() < (end-begin)/255+1 || len(f.body) == pagePackets {
				f.page(0, at*oggRate/Rate)
			}
			f.packet(t.packets[begin:end])
			begin = end
			at += Frame
		}
	}
	// The end says how much of the last packet is sound. Between tapes each
	// packet is heard whole, so only the last tape's rest is cut.
	last := at
	if n := len(tapes); n > 0 {
		t := tapes[n-1]
		last = at - len(t.ends)*Frame + min(t.samples+lookahead, len(t.ends)*Frame)
	}
	f.page(oggLast, last*oggRate/Rate)
	return f.b
}

// oggFile is a file under construction.
type oggFile struct {
	b        []byte
	serial   uint32
	pages    uint32
	segments []byte   // lengths, of the page under way
	body     [][]byte // its packets
}

// room is how many segments the page under way can still take.
func (f *oggFile) room() int { return 255 - len(f.segments) }

// packet adds a packet to the page under way, which has room for it.
func (f *oggFile) packet(p []byte) {
	for n := len(p); ; n -= 255 {
		f.segments = append(f.segments, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	f.body = append(f.body, p)
}

// page ends the page under way at a position.
func (f *oggFile) page(kind byte, position int) {
	at := len(f.b)
	f.b = append(f.b, "OggS\x00"...)
	f.b = append(f.b, kind)
	f.b = binary.LittleEndian.AppendUint64(f.b, uint64(position))
	f.b = binary.LittleEndian.AppendUint32(f.b, f.serial)
	f.b = binary.LittleEndian.AppendUint32(f.b, f.pages)
	f.b = append(f.b, 0, 0, 0, 0, byte(len(f.segments)))
	f.b = append(f.b, f.segments...)
	for _, p := range f.body {
		f.b = append(f.b, p...)
	}
	binary.LittleEndian.PutUint32(f.b[at+22:], oggSum(f.b[at:]))
	f.pages, f.segments, f.body = f.pages+1, f.segments[:0], f.body[:0]
}

// oggSums is CRC-32 with the polynomial 0x04c11db7, highest bit first, which
// hash/crc32 does not have.
var oggSums = func() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			r = r<<1 ^ (r >> 31 * 0x04c11db7)
		}
		table[i] = r
	}
	return table
}()

// oggSum is the checksum of a page in which that is zero.
func oggSum(page []byte) (sum uint32) {
	for _, v := range page {
		sum = sum<<8 ^ oggSums[byte(sum>>24)^v]
	}
	return sum
}
