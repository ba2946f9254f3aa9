package browser

import (
	"strings"
	"testing"
	"time"
)

// endless is a reply that nobody would hear to its end.
var endless = strings.Repeat("The river runs over the stones and under the bridge and along the old road to the sea. ", 12)

// A key press silences the avatar, over a call and over a plain line.
func TestInterrupt(t *testing.T) {
	for over, count := range map[string]int{"webrtc": times(20), "websocket": times(10)} {
		t.Run(over, func(t *testing.T) {
			model := startModel(t, func(string) string { return endless })
			args := []string{"--backend", model.URL, "--model", "m"}
			if over == "websocket" {
				args = append(args, "--media-listen", "off")
			}
			n := startNetwork(t, Setup{Args: args})
			tab := openTab(t)
			tab.arrive(n.URL)
			tab.start()
			if got := tab.data("transport"); got != over {
				t.Fatalf("the conversation runs over %q, want %q", got, over)
			}
			var ends, mouth, first []float64
			for i := range count {
				tab.take()
				tab.ask("Tell me about the river, please.")
				tab.until(20*time.Second, `document.documentElement.dataset.avatarState === 'speaking'`, "the avatar never began to speak")
				time.Sleep(time.Duration(400+i*37%300) * time.Millisecond)
				tab.press("Escape", 0)
				time.Sleep(500 * time.Millisecond)
				r := tab.take()
				keys := r.Of("key")
				key := keys[len(keys)-1]
				var pressed float64
				if _, at, ok := strings.Cut(key.Value, "Escape "); ok {
					pressed = number(at)
				} else {
					t.Fatalf("rig: the key that arrived was %q", key.Value)
				}
				if spans := r.Utterances(1500); len(spans) > 0 {
					ends = append(ends, r.silenceAfter(pressed, 450))
					first = append(first, spans[0].From-keys[0].At)
				} else {
					t.Errorf("the avatar moved its mouth and nothing was heard")
				}
				mouth = append(mouth, r.mouthDelays(150)...)
				if tab.data("mouth") != "0" {
					t.Errorf("half a second after the key the mouth still moves")
				}
			}
			figure(t, "barge-in, key to below -60 dBFS, "+over, "%s", spread(ends))
			figure(t, "from Enter to the first sound, model, "+over, "%s", spread(first))
			figure(t, "mouth against sound, model, "+over, "%s", spread(absolute(mouth)))
			// The last of many is a figure: it depends on what else the machine does.
			if p50 := quantile(ends, .5); p50 > 100 || len(ends) < count {
				t.Errorf("after a key press the avatar is heard for %.0f ms more (median of %d), want at most 100 ms", p50, len(ends))
			}
			if p50 := quantile(absolute(mouth), .5); p50 > 80 || len(mouth) < count {
				t.Errorf("the mouth begins %.0f ms away from the sound (median of %d), want at most 80 ms", p50, len(mouth))
			}
			tab.leave()
			n.Gateway.wantNoSessions(t, 5*time.Second)
		})
	}
}
