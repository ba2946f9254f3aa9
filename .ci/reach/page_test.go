package reachtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/dns/dnsmessage"
)

// calls has the page's calls at hand, to ask how they go, and listens in.
const calls = `(() => {
	const Peer = RTCPeerConnection;
	window.__peers = [];
	window.__loudest = 0;
	window.RTCPeerConnection = class extends Peer {
		constructor(...a) {
			super(...a);
			window.__peers.push(this);
			this.addEventListener('track', (e) => {
				const context = new AudioContext();
				const ear = context.createAnalyser();
				context.createMediaStreamSource(e.streams[0]).connect(ear);
				const wave = new Float32Array(ear.fftSize);
				setInterval(() => {
					ear.getFloatTimeDomainData(wave);
					window.__loudest = Math.max(window.__loudest, Math.hypot(...wave) / Math.sqrt(wave.length));
				}, 50);
			});
		}
	};
})()`

// how asks for the way of the live call, and for what is heard of it.
const how = `(async () => {
	const found = { way: document.documentElement.dataset.transport ?? 'none', loudest: window.__loudest * 32768, seconds: 0 };
	for (const peer of window.__peers) {
		if (peer.connectionState !== 'connected') continue;
		const all = await peer.getStats();
		all.forEach((s) => {
			if (s.type === 'transport' && s.selectedCandidatePairId) {
				const local = all.get(all.get(s.selectedCandidatePairId).localCandidateId);
				const kind = local.candidateType === 'prflx' ? 'host' : local.candidateType;
				found.way = [local.protocol, kind, local.relayProtocol].filter(Boolean).join(' ');
			}
			if (s.type === 'inbound-rtp' && s.kind === 'audio') found.seconds = s.packetsReceived * .02;
		});
	}
	return found;
})()`

// page talks in Chromium, on the gateway's own page, as a person does: reads
// the notice, agrees to be heard, presses the microphone, asks, and listens.
func (t *talk) page(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "reach-page-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	microphone := filepath.Join(folder, "said.wav")
	if said, err := exec.Command("sh", "-c", `flite -voice kal16 -t "What do you keep of what I say?" -o `+folder+`/short.wav && sox `+folder+`/short.wav -r 48000 -b 16 -c 1 `+microphone+` pad 1 60`).CombinedOutput(); err != nil {
		return fmt.Errorf("no sound for the microphone: %s", said)
	}
	names, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	defer names.Close()
	go answerNames(names)
	alloc, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("ignore-certificate-errors-spki-list", t.pin), // for pages and relays alike
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", microphone),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("lang", "en-US"),
	)...)
	defer stop()
	tab, end := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	defer end()
	until := func(what, js string) error {
		for last := time.Now().Add(25 * time.Second); time.Now().Before(last); time.Sleep(50 * time.Millisecond) {
			if ok, err := chromedp.Run(tab, chromedp.Evaluate[bool](`!!(`+js+`)`)); err == nil && ok {
				return nil
			}
		}
		text, _ := chromedp.Run(tab, chromedp.Evaluate[string](`document.documentElement.dataset.state + ' ' + document.body.innerText`))
		return fmt.Errorf("%s; the page says: %.600s", what, text)
	}
	click := func(at string) error {
		_, err := chromedp.Run(tab, chromedp.Evaluate[any](`void document.querySelector('`+at+`').click()`))
		return err
	}
	line := func(who string) string {
		return `[...document.querySelectorAll('#lines > li')].filter((l) => l.dataset.who === '` + who + `').at(-1)`
	}
	for try := 0; ; try++ { // a network that has just come up makes Chromium try again, or wait for a part of the page for ever
		err := chromedp.Do(tab, chromedp.Navigate(origin))
		if err == nil {
			err = until("the page does not come", `document.documentElement.dataset.state === 'arrive'`)
		}
		if err == nil {
			break
		} else if try == 5 {
			return err
		}
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[any](calls)); err != nil {
		return err
	}
	start := time.Now()
	if err := errors.Join(click("#start"), until("Start begins nothing", `document.documentElement.dataset.state === 'talking'`)); err != nil {
		return err
	}
	t.outcome.Took = time.Since(start)
	if err := errors.Join(
		until("nobody is asked before being heard", `document.querySelector('#ask-consent').open`), click("#ask-consent-yes"),
		until("there is no microphone", `!document.querySelector('#mic').hidden`), click("#mic"),
		until("what was said is not written down", line("you")+`?.dataset.status === 'done'`),
		until("there is no whole answer", line("avatar")+`?.dataset.status === 'done' && `+line("avatar")+`.compareDocumentPosition(`+line("you")+`) & Node.DOCUMENT_POSITION_PRECEDING`),
	); err != nil {
		return err
	}
	t.outcome.Understood, _ = chromedp.Run(tab, chromedp.Evaluate[string](line("you")+`.querySelector('.words').textContent`))
	t.outcome.Answer, _ = chromedp.Run(tab, chromedp.Evaluate[string](line("avatar")+`.querySelector('.words').textContent`))
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		found, err := chromedp.Run(tab, chromedp.Evaluate[struct {
			Way              string
			Loudest, Seconds float64
		}](how, chromedp.EvalAwaitPromise))
		if err != nil {
			return err
		}
		t.outcome.Way, t.outcome.Loud, t.outcome.Heard = found.Way, found.Loudest, time.Duration(found.Seconds*float64(time.Second))
		if found.Loudest > 300 || found.Way == "websocket" {
			return nil
		}
	}
	return errors.New("nothing is heard")
}

// answerNames is a name server, as closed networks have one too: Chromium
// asks it for addresses of the other family, which /etc/hosts does not have.
func answerNames(c net.PacketConn) {
	var b [1500]byte
	for {
		n, from, err := c.ReadFrom(b[:])
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(b[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: true, RecursionAvailable: true}
		m.Additionals = nil
		q := m.Questions[0]
		at := map[string]string{"avatars.test.": atGateway, "turn.test.": atRelay}[q.Name.String()]
		switch {
		case at == "":
			m.RCode = dnsmessage.RCodeNameError
		case q.Type == dnsmessage.TypeA:
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60},
				Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(at).To4())},
			}}
		}
		if out, err := m.Pack(); err == nil {
			_, _ = c.WriteTo(out, from)
		}
	}
}
