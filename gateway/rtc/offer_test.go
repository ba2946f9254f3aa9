package rtc

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const print256 = "sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF"

// text is an offer as browsers write it: audio, video, data channel.
func text(change func(string) string) []byte {
	line := func(kind, rest, mid string) string {
		return "m=" + kind + " 9 UDP/" + rest + "\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
			"a=fingerprint:" + print256 + "\r\na=setup:actpass\r\na=mid:" + mid + "\r\n"
	}
	s := "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\na=msid-semantic: WMS\r\n" +
		line("audio", "TLS/RTP/SAVPF 111 0", "0") + "a=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=ssrc:77 cname:x\r\n" +
		line("video", "TLS/RTP/SAVPF 96", "1") + "a=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n" +
		line("application", "DTLS/SCTP webrtc-datachannel", "2") + "a=sctp-port:5000\r\na=max-message-size:262144\r\n"
	return []byte(change(s))
}

func same(s string) string { return s }

func replace(old, new string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("nothing to replace")
		}
		return strings.ReplaceAll(s, old, new)
	}
}

func after(line, more string) func(string) string { return replace(line, line+more) }

func TestCheckOffer(t *testing.T) {
	candidates := strings.Repeat("a=candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host\r\n", MaxCandidates)
	for _, c := range []struct {
		name   string
		change func(string) string
		want   error
	}{
		{"a browser's", same, nil},
		{"lone line feeds", replace("\r\n", "\n"), nil},
		{"no last line end", func(s string) string { return strings.TrimSuffix(s, "\r\n") }, nil},
		{"fifty candidates", after("a=sctp-port:5000\r\n", candidates), nil},
		{"a gibibyte per message", replace("262144", "1073741823"), nil},
		{"session-level fingerprint", func(s string) string {
			return strings.Replace(strings.ReplaceAll(s, "a=fingerprint:"+print256+"\r\n", ""), "t=0 0\r\n", "t=0 0\r\na=fingerprint:"+print256+"\r\n", 1)
		}, nil},
		{"empty", func(string) string { return "" }, ErrOfferMalformed},
		{"one byte too many", func(s string) string { return s + strings.Repeat("a", MaxOffer+1-len(s)) }, ErrOfferTooLarge},
		{"two thousand m-lines", func(s string) string { return s + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 2000) }, ErrOfferTooLarge},
		{"nine m-lines", func(s string) string { return s + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 6) }, ErrTooManyLines},
		{"fifty-one candidates", after("a=sctp-port:5000\r\n", candidates+"a=candidate:2 1 udp 1 192.0.2.1 1 typ host\r\n"), ErrTooManyCandidates},
		{"twenty thousand candidates", after("a=sctp-port:5000\r\n", strings.Repeat(candidates, 400)), ErrOfferTooLarge},
		{"not UTF-8", replace("s=-", "s=\xff"), ErrOfferMalformed},
		{"a NUL", replace("s=-", "s=\x00"), ErrOfferMalformed},
		{"an empty line", after("s=-\r\n", "\r\n"), ErrOfferMalformed},
		{"a line that is none", after("s=-\r\n", "hello\r\n"), ErrOfferMalformed},
		{"a line of a big letter", after("s=-\r\n", "A=x\r\n"), ErrOfferMalformed},
		{"another version", replace("v=0", "v=1"), ErrOfferMalformed},
		{"JSON", func(string) string { return `{"sdp":"v=0"}` }, ErrOfferMalformed},
		{"HTML", func(string) string { return "<!doctype html>\n" }, ErrOfferMalformed},
		{"port 70000", replace("audio 9", "audio 70000"), ErrOfferMalformed},
		{"port of letters", replace("audio 9", "audio x"), ErrOfferMalformed},
		{"no formats", replace(" 111 0", ""), ErrOfferMalformed},
		{"seventy formats", replace(" 111 0", strings.Repeat(" 111", 70)), ErrOfferMalformed},
		{"plain RTP", replace("UDP/TLS/RTP/SAVPF 111", "RTP/AVP 111"), ErrMedia},
		{"an image line", after("a=max-message-size:262144\r\n", "m=image 9 udptl t38\r\n"), ErrMedia},
		{"another application", replace("webrtc-datachannel", "wb"), ErrMedia},
		{"no data channel", func(s string) string { return s[:strings.Index(s, "m=application")] }, ErrNoChannel},
		{"two data channels", func(s string) string { return s + s[strings.Index(s, "m=application"):] }, ErrNoChannel},
		{"no mid", replace("a=mid:1\r\n", ""), ErrMid},
		{"an empty mid", replace("a=mid:1", "a=mid: "), ErrMid},
		{"a long mid", replace("a=mid:1", "a=mid:"+strings.Repeat("x", 33)), ErrMid},
		{"the same mid twice", replace("a=mid:1", "a=mid:0"), ErrMid},
		{"two mids on one line", after("a=mid:1\r\n", "a=mid:9\r\n"), ErrMid},
		{"no bundle", replace("a=group:BUNDLE 0 1 2\r\n", ""), ErrBundle},
		{"two bundles", after("a=group:BUNDLE 0 1 2\r\n", "a=group:BUNDLE 0 1 2\r\n"), ErrBundle},
		{"a bundle of strangers", replace("BUNDLE 0 1 2", "BUNDLE 0 1 2 7"), ErrBundle},
		{"a bundle that repeats", replace("BUNDLE 0 1 2", "BUNDLE 0 1 2 2"), ErrBundle},
		{"a bundle without the data channel", replace("BUNDLE 0 1 2", "BUNDLE 0 1"), ErrBundle},
		{"a bundle of nobody", replace("BUNDLE 0 1 2", "BUNDLE"), ErrBundle},
		{"a bundle by another name", replace("BUNDLE 0 1 2", "BUNDLED 0 1 2"), ErrBundle},
		{"no fingerprint", replace("a=fingerprint:"+print256+"\r\n", ""), ErrFingerprint},
		{"a fingerprint by SHA-1", replace(print256, "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB"), ErrFingerprint},
		{"half a fingerprint", replace(print256, print256[:50]), ErrFingerprint},
		{"a fingerprint that is none", replace("4A:AD", "4A-AD"), ErrFingerprint},
		{"a fingerprint of other digits", replace("4A:AD", "4G:AD"), ErrFingerprint},
		{"two fingerprints", func(s string) string { return strings.Replace(s, "4A:AD", "4B:AD", 1) }, ErrFingerprint},
		{"no ufrag", replace("a=ice-ufrag:abcd\r\n", ""), ErrICE},
		{"a short ufrag", replace("ufrag:abcd", "ufrag:abc"), ErrICE},
		{"a ufrag with a colon", replace("ufrag:abcd", "ufrag:ab:cd"), ErrICE},
		{"no password", replace("a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n", ""), ErrICE},
		{"a short password", replace("pwd:abcdefghijklmnopqrstuvwx", "pwd:abcdef"), ErrICE},
		{"a lite client", after("s=-\r\n", "a=ice-lite\r\n"), ErrICE},
		{"a role that holds", replace("actpass", "holdconn"), ErrSetup},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckOffer(text(c.change))
			require.Equal(t, c.want, err)
		})
	}
}

// What is hostile is refused in little time, with little memory and nothing
// left running, and a good client connects at the same time.
func TestHostileOffersCostLittle(t *testing.T) {
	s := newServer(t, Options{})
	before := runtime.NumGoroutine()
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	n, start := int(500**scale), time.Now()
	for range n {
		for _, change := range []func(string) string{
			func(s string) string { return s + strings.Repeat("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", 400) },
			after("a=sctp-port:5000\r\n", strings.Repeat("a=candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host\r\n", 200)),
			replace("a=fingerprint:"+print256+"\r\n", ""),
		} {
			_, _, err := s.Answer(context.Background(), text(change), Permit{}, newPerson())
			require.Error(t, err)
		}
	}
	runtime.ReadMemStats(&m1)
	t.Logf("n=%d offers refused, %v and %d kB each", 3*n, time.Since(start)/time.Duration(3*n), (m1.TotalAlloc-m0.TotalAlloc)/uint64(3*n)/1024)
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
	require.EqualValues(t, 3*n, s.Counts().Refused)
	call(t, s, Permit{}, wish{})
}

// The candidates of an offer, as many as are allowed, cost nothing: no
// goroutine, and no packet to an address that an offer names.
func TestCandidatesAreNeverDialled(t *testing.T) {
	s := newServer(t, Options{})
	h := newPerson()
	trap := newTrap(t)
	var lines strings.Builder
	for i := range MaxCandidates {
		fmt.Fprintf(&lines, "a=candidate:%d 1 udp 2113937151 127.0.0.1 %d typ host\r\n", i, trap.port)
	}
	before := runtime.NumGoroutine()
	plain, _, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.NoError(t, err)
	cost := runtime.NumGoroutine() - before
	before = runtime.NumGoroutine()
	p, _, err := s.Answer(context.Background(), text(after("a=sctp-port:5000\r\n", lines.String())), Permit{}, h)
	require.NoError(t, err)
	// The process has others that come and go; a candidate that had one each would be fifty.
	require.Less(t, runtime.NumGoroutine()-before, cost+MaxCandidates/2)
	time.Sleep(500 * time.Millisecond)
	require.Zero(t, trap.packets())
	plain.Close("done")
	p.Close("done")
	require.Equal(t, Reason("done"), within(t, 5*time.Second, h.lost, "loss"))
}

// pion finds fault with some that the gate lets through: still our error.
func TestOffersThatPionRefuses(t *testing.T) {
	s := newServer(t, Options{})
	for name, change := range map[string]func(string) string{
		"no common codec":    replace("a=rtpmap:111 opus/48000/2", "a=rtpmap:111 speex/16000"),
		"lines out of order": replace("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n", "v=0\r\n"),
		"two microphones":    after("a=ssrc:77 cname:x\r\n", "a=ssrc:78 cname:y\r\n"),
		"an odd time line":   replace("t=0 0", "t=zero zero"),
	} {
		if name == "no common codec" {
			change = func(f func(string) string) func(string) string {
				return func(s string) string { return f(strings.Replace(s, "SAVPF 111 0", "SAVPF 111", 1)) }
			}(change)
		}
		_, _, err := s.Answer(context.Background(), text(change), Permit{Microphone: true}, newPerson())
		require.Equal(t, ErrOfferRefused, err, name)
	}
	require.Zero(t, s.Counts().Peers)
}

func TestNarrow(t *testing.T) {
	for _, c := range []struct {
		offered    string
		microphone bool
		want       string
		hears      bool
		refused    []string
	}{
		{"sendrecv", false, "recvonly", true, []string{MicrophoneNotEnabled, VideoNotEnabled}},
		{"sendrecv", true, "sendrecv", true, []string{VideoNotEnabled}},
		{"sendonly", false, "inactive", false, []string{MicrophoneNotEnabled, VideoNotEnabled}},
		{"sendonly", true, "sendonly", false, []string{VideoNotEnabled}},
		{"recvonly", true, "recvonly", true, []string{VideoNotEnabled}},
		{"inactive", true, "inactive", false, []string{VideoNotEnabled}},
	} {
		o, err := parseOffer(text(replace("a=sendrecv", "a="+c.offered)))
		require.NoError(t, err)
		sdp, r := o.narrow(Permit{Microphone: c.microphone})
		audio, video, _ := strings.Cut(sdp, "m=video")
		require.Equal(t, c.want, direction(strings.Split(audio, "\r\n")), c.offered)
		require.Equal(t, "inactive", direction(strings.Split(video, "\r\n")))
		require.Equal(t, c.hears, r.hears)
		require.Equal(t, c.microphone && strings.HasPrefix(c.offered, "send"), r.speaks)
		require.Equal(t, c.refused, r.refused)
		require.Equal(t, r.speaks, strings.Contains(audio, "a=ssrc:77"), "only a microphone that is permitted has a source")
		require.NotContains(t, sdp, "candidate")
	}
	// A direction on the session's level holds for lines without their own.
	o, err := parseOffer(text(func(s string) string {
		return strings.Replace(strings.Replace(s, "a=sendrecv\r\n", "", 1), "t=0 0\r\n", "t=0 0\r\na=sendonly\r\n", 1)
	}))
	require.NoError(t, err)
	require.Equal(t, "sendonly", o.media[0].direction)
	// A second audio line is not the conversation's.
	o, err = parseOffer(text(func(s string) string {
		i := strings.Index(s, "m=video")
		return strings.Replace(s[:i]+strings.Replace(s[strings.Index(s, "m=audio"):i], "a=mid:0", "a=mid:3", 1)+s[i:], "BUNDLE 0 1 2", "BUNDLE 0 3 1 2", 1)
	}))
	require.NoError(t, err)
	_, r := o.narrow(Permit{Microphone: true})
	require.Equal(t, []string{AudioLineIgnored, VideoNotEnabled}, r.refused)
}

func FuzzCheckOffer(f *testing.F) {
	f.Add(text(same))
	f.Add(text(replace("\r\n", "\n")))
	f.Add([]byte("v=0"))
	f.Add([]byte("\n\n\n"))
	f.Fuzz(func(t *testing.T, sdp []byte) {
		o, err := parseOffer(sdp)
		require.Equal(t, err, CheckOffer(sdp))
		if err != nil {
			var e Error
			require.ErrorAs(t, err, &e)
			require.NotContains(t, e.Code(), " ")
			return
		}
		require.LessOrEqual(t, len(o.media), MaxLines)
		for _, mic := range []bool{false, true} {
			narrowed, r := o.narrow(Permit{Microphone: mic})
			again, err := parseOffer([]byte(narrowed))
			if err == ErrOfferTooLarge { // a direction more per line
				continue
			}
			require.NoError(t, err, "a narrowed offer is an offer")
			require.NotContains(t, narrowed, "a=candidate:")
			require.True(t, again.sameLines(o))
			_, twice := again.narrow(Permit{Microphone: mic})
			require.Equal(t, r.hears, twice.hears)
			require.Equal(t, r.speaks, twice.speaks)
			require.Empty(t, twice.refused, "narrowing is done at once")
			require.False(t, r.speaks && !mic)
		}
	})
}

func BenchmarkCheckOffer(b *testing.B) {
	sdp := text(same)
	b.ReportAllocs()
	for b.Loop() {
		_ = CheckOffer(sdp)
	}
}
