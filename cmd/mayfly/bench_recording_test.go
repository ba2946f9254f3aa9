package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// prompt answers at once, in five sentences.
type prompt struct{ parrot }

func (prompt) Answer(_ context.Context, _ avatar.Question, say func(avatar.Sentence) error) error {
	for range 5 {
		if err := say(avatar.Sentence{Words: session.NewSpeech([]byte("The library opens at nine and closes at six. "))}); err != nil {
			return err
		}
	}
	return nil
}

func (prompt) Cast(*tenant.Tenant, *tenant.Avatar) *gateway.Cast {
	none := func(string) voice.Voice { return nil }
	return &gateway.Cast{Engine: prompt{}, Voice: none, Local: none}
}

// quantile of durations, in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	d = slices.Sorted(slices.Values(d))
	return float64(d[int(q*float64(len(d)-1))]) / float64(time.Millisecond)
}

// What recording adds to a turn, with the real recorder: two people take turns,
// one recorded and one not.
func BenchmarkTurnRecorded(b *testing.B) {
	o := newOracle(b, prompt{})
	on, err := o.listen()
	require.NoError(b, err)
	off, err := o.listen()
	require.NoError(b, err)
	off.send(`{"type":"avatar.optout.submit"}`)
	_, err = off.next("avatar.optout.state", patience)
	require.NoError(b, err)
	require.Equal(b, "on", on.recording)
	took := map[*listener][]time.Duration{}
	for b.Loop() {
		for _, l := range []*listener{on, off} {
			time.Sleep(25 * time.Millisecond) // nobody asks faster
			start := time.Now()
			_, err := l.say("When does the library open?")
			require.NoError(b, err)
			took[l] = append(took[l], time.Since(start))
		}
	}
	b.ReportMetric(quantile(took[on], 0.5), "on-p50-ms")
	b.ReportMetric(quantile(took[off], 0.5), "off-p50-ms")
	b.ReportMetric(quantile(took[on], 0.5)/quantile(took[off], 0.5), "on/off")
}

// From the admin's request to the last of a thousand people who is told, with
// the real recorder, while a tenth of them talk.
func BenchmarkOffSwitch(b *testing.B) {
	const people = 1000
	o := newOracle(b, prompt{})
	all := make([]*listener, people)
	for i := range all {
		for all[i] == nil {
			var err error
			all[i], err = o.listen()
			require.NoError(b, err)
		}
		require.Equal(b, "on", all[i].recording)
	}
	told := make([]time.Duration, people)
	failed := make(chan error, people)
	done := make(chan int, people)
	asked := time.Now().Add(time.Second)
	for i, l := range all {
		go func() {
			for l.recording == "on" {
				var err error
				if i%10 == 0 { // 200 turns a second in all
					time.Sleep(time.Duration(250+rand.IntN(500)) * time.Millisecond)
					_, err = l.say("When does the library open?")
				} else {
					_, err = l.next("avatar.recording.state", patience)
				}
				if err != nil {
					failed <- err
					break
				}
			}
			told[i] = time.Since(asked)
			done <- i
		}()
	}
	time.Sleep(time.Until(asked))
	o.toggle(false, 1)
	replied := time.Since(asked)
	rows := o.stored()
	for range people {
		<-done
	}
	require.Empty(b, failed)
	require.Equal(b, rows, o.stored(), "stored after the answer")
	b.ReportMetric(float64(replied)/float64(time.Millisecond), "reply-ms")
	b.ReportMetric(quantile(told, 0.99), "told-p99-ms")
	b.ReportMetric(quantile(told, 1), "told-last-ms")
	b.ReportMetric(0, "ns/op")
}
