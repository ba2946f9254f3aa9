package rtc

import (
	"context"
	"net"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
)

// answerer is a way to connect: ours, or plain pion as its examples do it.
type answerer struct {
	name   string
	answer func(b *testing.B, offer []byte) (answer []byte, opened <-chan struct{}, end func())
}

func answerers(b *testing.B) []answerer {
	s := newQuietServer(b, Options{MaxPeers: 5000})
	return []answerer{
		{"mayfly", func(b *testing.B, offer []byte) ([]byte, <-chan struct{}, func()) {
			h := newPerson()
			p, answer, err := s.Answer(context.Background(), offer, Permit{}, h)
			require.NoError(b, err)
			return answer, h.opened, func() { p.Close("done"); <-h.lost }
		}},
		{"plain pion", func(b *testing.B, offer []byte) ([]byte, <-chan struct{}, func()) {
			var e webrtc.SettingEngine
			e.SetIncludeLoopbackCandidate(true)
			e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
			m := &webrtc.MediaEngine{}
			require.NoError(b, m.RegisterDefaultCodecs())
			pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
			require.NoError(b, err)
			opened := make(chan struct{})
			pc.OnDataChannel(func(d *webrtc.DataChannel) { d.OnOpen(func() { close(opened) }) })
			track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "voice", "plain")
			require.NoError(b, err)
			_, err = pc.AddTrack(track)
			require.NoError(b, err)
			require.NoError(b, pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)}))
			answer, err := pc.CreateAnswer(nil)
			require.NoError(b, err)
			gathered := webrtc.GatheringCompletePromise(pc)
			require.NoError(b, pc.SetLocalDescription(answer))
			<-gathered
			return []byte(pc.LocalDescription().SDP), opened, func() { _ = pc.GracefulClose() }
		}},
	}
}

// BenchmarkSetup: offer to answer, offer to open data channel, and the CPU of
// both ends, ours and plain pion's turn by turn in the same run.
func BenchmarkSetup(b *testing.B) {
	for _, a := range answerers(b) {
		b.Run(a.name, func(b *testing.B) {
			var answered, open []time.Duration
			cpu := cpuTime(b)
			for b.Loop() {
				c := newClient(b, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
				offer := c.offer(b, nil)
				start := time.Now()
				answer, opened, end := a.answer(b, offer)
				answered = append(answered, time.Since(start))
				c.take(b, answer)
				<-opened
				open = append(open, time.Since(start))
				_ = c.pc.GracefulClose()
				end()
			}
			b.ReportMetric(milliseconds(middle(answered)), "ms-to-answer-p50")
			b.ReportMetric(milliseconds(middle(open)), "ms-to-open-p50")
			b.ReportMetric(milliseconds(cpuTime(b)-cpu)/float64(b.N), "cpu-ms-both-ends")
		})
	}
}

// BenchmarkIdlePeers: what a hundred connected peers hold. The far ends live
// in this process too and are the same in both, so that the difference is the
// server's.
func BenchmarkIdlePeers(b *testing.B) {
	const n = 100
	for _, a := range answerers(b) {
		b.Run(a.name, func(b *testing.B) {
			for b.Loop() {
				goroutines, memory, sockets := runtime.NumGoroutine(), held(), descriptors(b)
				var ends []func()
				for range n {
					c := newClient(b, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
					answer, opened, end := a.answer(b, c.offer(b, nil))
					c.take(b, answer)
					<-opened
					ends = append(ends, end, func() { _ = c.pc.GracefulClose() })
				}
				b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/n, "goroutines-both-ends")
				b.ReportMetric(float64(held()-memory)/n, "kB-both-ends")
				b.ReportMetric(float64(descriptors(b)-sockets)/n, "sockets-both-ends")
				cpu := cpuTime(b)
				time.Sleep(2 * time.Second)
				b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/2/n, "idle-cpu-us/s-both-ends")
				for _, end := range ends {
					end()
				}
			}
		})
	}
}

func BenchmarkPlay(b *testing.B) {
	s := newQuietServer(b, Options{})
	p, _, _ := call(b, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	frame := make([]int16, Frame)
	for i := range frame {
		frame[i] = int16(8000 * (1 - 2*(i/60%2)))
	}
	for _, loss := range []int32{0, expectedLoss} {
		b.Run("expecting "+strconv.Itoa(int(loss))+" % loss", func(b *testing.B) {
			p.voice.loss.Store(loss)
			b.ReportAllocs()
			for b.Loop() {
				_ = p.Play(frame)
			}
		})
	}
}

// BenchmarkSendPacket is what the pacer does for one packet of one voice.
func BenchmarkSendPacket(b *testing.B) {
	s := newQuietServer(b, Options{})
	p, _, _ := call(b, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	v := p.voice
	packet := make([]byte, 80)
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i += phases {
		v.mu.Lock()
		v.ring[v.head], v.n = append(v.ring[v.head][:0], packet...), 1
		v.mu.Unlock()
		v.send(i)
	}
}

func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// held is what the process's heap and stacks hold, in kB.
func held() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc+m.StackInuse) >> 10
}
