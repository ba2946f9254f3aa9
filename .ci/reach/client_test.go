package reachtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

const origin = "https://avatars.test"

// order is what a client is to do.
type order struct {
	Over string // "call", "websocket", or "page": whichever the page takes
	Key  string
	Pin  string // base64 of the SHA-256 of the servers' public key
}

// outcome is what came of it.
type outcome struct {
	Error      string
	Way        string   // "udp host", "tcp host", "udp relay tls": how the call's packets go
	Offered    []string // protocols of the gateway's own addresses, by their priority
	Understood string   // what the gateway says was said
	Answer     string   // what it said
	Heard      time.Duration
	Loud       float64 // root mean square of what was heard
	Took       time.Duration
	Relays     []webrtc.ICEServer
}

// beClient does what is ordered and prints the outcome.
func beClient(said string, out io.Writer) int {
	var o order
	if err := json.Unmarshal([]byte(said), &o); err != nil {
		return 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	t := &talk{key: o.Key, pin: o.Pin, events: make(chan map[string]any, 4096)}
	var err error
	switch o.Over {
	case "call":
		err = t.call(ctx)
	case "websocket":
		err = t.websocket(ctx)
	case "page":
		err = t.page(ctx)
	}
	if err != nil {
		t.outcome.Error = err.Error()
	}
	t.mu.Lock()
	if len(t.heard) > 0 {
		t.outcome.Heard = time.Duration(len(t.heard)) * time.Second / 8000
		t.outcome.Loud = loud(t.heard)
	}
	t.mu.Unlock()
	if json.NewEncoder(out).Encode(t.outcome) != nil {
		return 1
	}
	return 0
}

// talk is one conversation: a spoken question and the answer to it.
type talk struct {
	key     string
	pin     string
	outcome outcome
	events  chan map[string]any
	send    func(map[string]any) error
	speak   func(context.Context, []byte) error // G.711, in the time that it takes

	mu    sync.Mutex
	heard []int16 // Guarded by mu. 8 kHz
}

func (t *talk) header() http.Header {
	return http.Header{"Authorization": {"Bearer " + t.key}}
}

// call talks over WebRTC, with the servers that the gateway names.
func (t *talk) call(ctx context.Context) error {
	start := time.Now()
	var named struct {
		Servers []webrtc.ICEServer `json:"ice_servers"`
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+"/v1/realtime/ice-servers", nil)
	if err != nil {
		return err
	}
	r.Header = t.header()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	err = json.NewDecoder(answer.Body).Decode(&named)
	answer.Body.Close()
	if err != nil {
		return err
	}
	t.outcome.Relays = named.Servers

	var e webrtc.SettingEngine
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	e.LoggerFactory = quiet
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeTCP4})
	m := &webrtc.MediaEngine{}
	g711 := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}
	if err := m.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: g711, PayloadType: 0}, webrtc.RTPCodecTypeAudio); err != nil {
		return err
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{ICEServers: named.Servers})
	if err != nil {
		return err
	}
	defer func() { // what is still dialled where nobody answers would hold it up
		closed := make(chan struct{})
		go func() { _ = pc.Close(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(2 * time.Second):
		}
	}()
	microphone, err := webrtc.NewTrackLocalStaticSample(g711, "microphone", "person")
	if err != nil {
		return err
	}
	if _, err := pc.AddTrack(microphone); err != nil {
		return err
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			t.hear(p.Payload)
		}
	})
	channel, err := pc.CreateDataChannel("oai-events", nil)
	if err != nil {
		return err
	}
	open, failed := make(chan struct{}), make(chan struct{})
	channel.OnOpen(func() { close(open) })
	channel.OnMessage(func(m webrtc.DataChannelMessage) { t.take(m.Data) })
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateFailed {
			once.Do(func() { close(failed) })
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := pc.SetLocalDescription(offer); err != nil {
		return err
	}
	sdp, err := t.exchange(ctx, offer.SDP)
	if err != nil {
		return err
	}
	t.outcome.Offered = offered(sdp)
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}); err != nil {
		return err
	}
	select {
	case <-open:
	case <-failed:
		return errors.New("the call does not connect")
	case <-time.After(20 * time.Second):
		return errors.New("the call does not connect in time")
	}
	t.outcome.Took = time.Since(start)
	t.outcome.Way = way(pc)
	t.send = func(e map[string]any) error {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		return channel.SendText(string(b))
	}
	t.speak = func(ctx context.Context, sound []byte) error {
		clock := time.NewTicker(20 * time.Millisecond)
		defer clock.Stop()
		for ; len(sound) >= 160 && ctx.Err() == nil; sound = sound[160:] {
			if err := microphone.WriteSample(media.Sample{Data: sound[:160], Duration: 20 * time.Millisecond}); err != nil {
				return err
			}
			<-clock.C
		}
		return ctx.Err()
	}
	return t.converse(ctx)
}

// way is how the packets of a call go.
func way(pc *webrtc.PeerConnection) string {
	all := pc.GetStats()
	for _, of := range all {
		pair, ok := of.(webrtc.ICECandidatePairStats)
		if !ok || !pair.Nominated {
			continue
		}
		local, ok := all[pair.LocalCandidateID].(webrtc.ICECandidateStats)
		if !ok {
			continue
		}
		kind := local.CandidateType.String()
		if local.CandidateType == webrtc.ICECandidateTypePrflx {
			kind = "host" // behind no translation here: the same address, seen from the other end
		}
		return strings.TrimSpace(local.Protocol + " " + kind + " " + local.RelayProtocol)
	}
	return "none"
}

// offered are the protocols of the candidates of an answer, the one that is to
// be preferred first.
func offered(sdp string) []string {
	priority := map[string]int{}
	for line := range strings.Lines(sdp) { // a=candidate:1 1 udp 2130706431 10.77.2.2 3478 typ host
		if f := strings.Fields(line); len(f) > 3 && strings.HasPrefix(f[0], "a=candidate:") {
			n, _ := strconv.Atoi(f[3])
			priority[f[2]] = max(n, priority[f[2]])
		}
	}
	return slices.SortedFunc(maps.Keys(priority), func(a, b string) int { return cmp.Compare(priority[b], priority[a]) })
}

// exchange posts an offer, as the published client does.
func (t *talk) exchange(ctx context.Context, sdp string) (string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range [][3]string{{"sdp", "application/sdp", sdp}, {"session", "application/json", `{"type":"realtime","output_modalities":["audio"],"avatar":{"version":"1","acknowledges_disclosure":true}}`}} {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p[0] + `"`}, "Content-Type": {p[1]}})
		if err != nil {
			return "", err
		}
		if _, err := io.WriteString(part, p[2]); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/v1/realtime/calls", &b)
	if err != nil {
		return "", err
	}
	r.Header = t.header()
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusCreated {
		err = fmt.Errorf("the offer is answered with %d", answer.StatusCode)
	}
	return string(body), err
}

// websocket talks over a WebSocket, with sound in G.711.
func (t *talk) websocket(ctx context.Context) error {
	start := time.Now()
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, "wss://avatars.test/v1/realtime?model=ada", t.header())
	if err != nil {
		return err
	}
	defer ws.Close()
	t.outcome.Took, t.outcome.Way = time.Since(start), "websocket"
	go func() {
		defer close(t.events)
		for {
			_, b, err := ws.ReadMessage()
			if err != nil {
				return
			}
			t.take(b)
		}
	}()
	t.send = func(e map[string]any) error { return ws.WriteJSON(e) }
	t.speak = func(_ context.Context, sound []byte) error {
		for ; len(sound) > 0; sound = sound[min(len(sound), 800):] {
			if err := t.send(map[string]any{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(sound[:min(len(sound), 800)])}); err != nil {
				return err
			}
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	}
	g711 := map[string]any{"format": map[string]any{"type": "audio/pcmu"}}
	if err := t.send(map[string]any{"type": "session.update", "session": map[string]any{
		"type": "realtime", "output_modalities": []string{"audio"}, "audio": map[string]any{"input": g711, "output": g711},
		"avatar": map[string]any{"version": "1", "acknowledges_disclosure": true}}}); err != nil {
		return err
	}
	return t.converse(ctx)
}

// converse reads the notice, says yes to being heard, asks aloud, and waits
// for the answer.
func (t *talk) converse(ctx context.Context) error {
	shown, err := t.await(ctx, "avatar.disclosure.presented")
	if err != nil {
		return err
	}
	if err := t.send(map[string]any{"type": "avatar.disclosure.acknowledge", "disclosure_id": shown["disclosure_id"]}); err != nil {
		return err
	}
	asked, err := t.await(ctx, "avatar.consent.requested")
	if err != nil {
		return err
	}
	if err := t.send(map[string]any{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": map[string]bool{"voice_input": true}, "method": "click"}); err != nil {
		return err
	}
	if _, err := t.await(ctx, "avatar.consent.state"); err != nil {
		return err
	}
	question, err := flite("What do you keep of what I say?")
	if err != nil {
		return err
	}
	speaking, quiet := context.WithCancel(ctx)
	defer quiet()
	spoke := make(chan error, 1)
	go func() { spoke <- t.speak(speaking, question) }()
	written, err := t.await(ctx, "conversation.item.input_audio_transcription.completed")
	if err != nil {
		return err
	}
	t.outcome.Understood, _ = written["transcript"].(string)
	done, err := t.await(ctx, "response.done")
	if err != nil {
		return err
	}
	if response, ok := done["response"].(map[string]any); !ok || response["status"] != "completed" {
		return fmt.Errorf("the reply ends %v", response["status"])
	}
	quiet()
	<-spoke
	time.Sleep(time.Second) // the last of it is on the way
	return nil
}

// await takes events up to one of a type, and notes what the avatar says.
func (t *talk) await(ctx context.Context, kind string) (map[string]any, error) {
	seen := ""
	for {
		select {
		case e, ok := <-t.events:
			if !ok {
				return nil, fmt.Errorf("the connection ends before %s; seen:%s", kind, seen)
			}
			name, _ := e["type"].(string)
			seen += " " + name
			switch name {
			case "response.output_audio_transcript.delta":
				delta, _ := e["delta"].(string)
				t.outcome.Answer += delta
			case "response.output_audio.delta":
				delta, _ := e["delta"].(string)
				if b, err := base64.StdEncoding.DecodeString(delta); err == nil {
					t.hear(b)
				}
			case "error":
				return nil, fmt.Errorf("before %s an error: %v", kind, e["error"])
			}
			if name == kind {
				return e, nil
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("no %s in time; seen:%s", kind, seen)
		}
	}
}

func (t *talk) take(b []byte) {
	var e map[string]any
	if json.Unmarshal(b, &e) == nil {
		t.events <- e
	}
}

func (t *talk) hear(payload []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range payload {
		t.heard = append(t.heard, fromULaw(b))
	}
}

// flite says a sentence, as G.711, with silence around it.
func flite(text string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "reach-flite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	wav := filepath.Join(folder, "said.wav")
	if said, err := exec.Command("flite", "-voice", "kal", "-t", text, "-o", wav).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("flite: %s", said)
	}
	b, err := os.ReadFile(wav)
	if err != nil {
		return nil, err
	}
	if len(b) < 44 || binary.LittleEndian.Uint32(b[24:]) != 8000 {
		return nil, errors.New("flite does not speak at 8 kHz")
	}
	sound := bytes.Repeat([]byte{0xff}, 4000)
	for b = b[44:]; len(b) >= 2; b = b[2:] {
		sound = append(sound, toULaw(int16(binary.LittleEndian.Uint16(b))))
	}
	return append(sound, bytes.Repeat([]byte{0xff}, 16000)...), nil
}

// toULaw and fromULaw are G.711.
func toULaw(s int16) byte {
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, 32635) + 0x84
	exponent := byte(7)
	for mask := 0x4000; v&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | exponent<<4 | byte(v>>(exponent+3))&0x0f)
}

func fromULaw(b byte) int16 {
	b = ^b
	v := (int(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

func loud(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}
