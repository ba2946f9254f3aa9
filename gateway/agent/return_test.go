package agent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// broken ends a seat's connection as a network does; left as somebody does who
// closes the page's door.
func (s *seat) broken() {
	s.fail(errors.New("connection reset"))
	synctest.Wait()
}

func (s *seat) left() {
	s.fail(ErrLeft)
	synctest.Wait()
}

// number is by which a seat is taken up again.
func (s *seat) number() string { return s.all("ready")[0]["seat"].(string) }

// talking is an agent with a person who agreed to them.
func (o *office) talking(name string) (maya *seat, p *someone, talk *Talk, id session.ID) {
	o.t.Helper()
	maya = o.available(name)
	p, talk = o.ask("acme")
	id = session.ID{o.next}
	maya.send(`{"type":"take","talk":%q}`, id.String())
	synctest.Wait()
	talk.Joined(p.asked(), State{})
	synctest.Wait()
	require.Len(o.t, maya.all("talk.joined"), 1)
	return maya, p, talk, id
}

// An agent whose line breaks is waited for: the person is told, nothing goes to
// anybody meanwhile, and the same agent at the same seat takes the talk up
// where it was, as often as it breaks. // R45
func TestDeskReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya, p, talk, id := o.talking("Maya")
		noah := o.available("Noah")
		n, seat := int(3**scale), maya.number()
		for range n {
			maya.broken()
			require.Equal(t, "cut", p.last())
			require.Empty(t, noah.all("offer"), "the person agreed to Maya")
			require.Equal(t, 1, o.desks.Figures("acme").Talks)
			talk.Tell([]session.Item{{No: 1, Words: session.NewSpeech([]byte("meanwhile"))}})
			talk.Hear(make([]int16, 320), 16000)
			time.Sleep(returnTime - time.Millisecond)
			synctest.Wait()
			require.Equal(t, "cut", p.last())

			again := o.agent("acme", "Maya")
			again.send(`{"type":"say","talk":%q,"text":"not back yet"}`, id.String())
			again.send(`{"type":"return","seat":%q}`, seat)
			synctest.Wait()
			require.Equal(t, "back", p.last())
			again.send(`{"type":"say","talk":%q,"text":"nor is the person told"}`, id.String())
			synctest.Wait()
			require.Empty(t, p.said)
			require.Empty(t, again.all("talk.joined"))
			talk.Returned(State{Recorded: true})
			talk.Tell([]session.Item{{No: 1, Words: session.NewSpeech([]byte("meanwhile"))}})
			again.send(`{"type":"say","talk":%q,"text":"here again"}`, id.String())
			synctest.Wait()
			require.Equal(t, true, again.all("talk.joined")[0]["recorded"])
			require.Len(t, again.all("item"), 1)
			require.Equal(t, []string{"here again"}, p.said)
			require.Equal(t, []any{id.String()}, again.all("returned")[0]["talks"])
			p.said, maya = nil, again
		}
		t.Logf("n = %d breaks", n)
		require.Equal(t, "Maya", maya.all("ready")[0]["name"])
		require.Equal(t, true, maya.all("desk")[len(maya.all("desk"))-1]["available"], "as they were before")
	})
}

// Nobody takes up a talk but who had it: neither another of the desk, nor the
// same key at another seat, nor anybody at another tenant's. // R21 R63
func TestDeskReturnOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya, p, talk, id := o.talking("Maya")
		maya.broken()
		for _, who := range []struct{ tenant, name, seat string }{
			{"acme", "Maya", "GUESSED"}, {"acme", "Maya", ""}, {"acme", "Noah", maya.number()}, {"beta", "Maya", maya.number()},
		} {
			other := o.agent(who.tenant, who.name)
			other.send(`{"type":"return","seat":%q}`, who.seat)
			other.send(`{"type":"say","talk":%q,"text":"somebody else"}`, id.String())
			synctest.Wait()
			require.Equal(t, "no_such_seat", other.all("error")[0]["code"])
			talk.Returned(State{})
			talk.Tell([]session.Item{{No: 1, Words: session.NewSpeech([]byte("a canary"))}})
			synctest.Wait()
			require.Empty(t, other.all("talk.joined"))
			require.Empty(t, other.all("item"))
		}
		require.Empty(t, p.said)
		require.Equal(t, "cut", p.last())
	})
}

// Who does not come back in time, says that they go, or is sent away is not
// waited for; the person is first in the queue. // R45
func TestDeskNoReturn(t *testing.T) {
	for name, end := range map[string]func(o *office, maya *seat, good *bool){
		"late":              func(_ *office, maya *seat, _ *bool) { maya.broken(); time.Sleep(returnTime) },
		"left":              func(_ *office, maya *seat, _ *bool) { maya.left() },
		"revoked":           func(o *office, _ *seat, good *bool) { *good = false; o.desks.Check() },
		"cut, then revoked": func(o *office, maya *seat, good *bool) { maya.broken(); *good = false; o.desks.Check() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, tenant.Handoff{})
				defer o.desks.Close()
				o.good = true
				maya, p, _, _ := o.talking("Maya")
				waiting, _ := o.ask("acme")
				maya.send(`{"type":"away"}`)
				synctest.Wait()
				began := time.Now()
				end(o, maya, &o.good)
				synctest.Wait()
				if name != "late" {
					require.Zero(t, time.Since(began), "at once, not with the next sign of life")
				}
				require.Contains(t, p.told, "left human_lost again=true")
				require.Equal(t, "queued 1 0s", p.last())
				require.Contains(t, waiting.last(), "queued 2")
				if name == "revoked" {
					require.Equal(t, "invalid_credential", maya.reason)
				}
				again := o.agent("acme", "Maya")
				again.send(`{"type":"return","seat":%q}`, maya.number())
				synctest.Wait()
				require.Equal(t, "no_such_seat", again.all("error")[0]["code"])
			})
		})
	}
}

// Whoever comes back before the gateway knows that they were gone takes up what
// they had, and the line before is closed. // R45
func TestDeskReturnBeforeTheBreakIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya, p, talk, id := o.talking("Maya")
		asked, asking := o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		again := o.agent("acme", "Maya")
		again.send(`{"type":"return","seat":%q}`, maya.number())
		synctest.Wait()
		require.Equal(t, "seat_taken", maya.reason)
		require.Equal(t, "back", p.last())
		require.Len(t, again.all("talk.asking"), 1, "who is asked about Maya is asked about Maya still")
		talk.Returned(State{})
		asking.Joined(asked.asked(), State{})
		again.send(`{"type":"say","talk":%q,"text":"still here"}`, id.String())
		synctest.Wait()
		require.Len(t, again.all("talk.joined"), 2)
		require.Equal(t, []string{"still here"}, p.said)
		require.NotContains(t, p.told, "cut")
		require.Equal(t, Figures{Open: true, Agents: 1, Available: 1, Talks: 2}, o.desks.Figures("acme"))

		// The person may go while nobody is there to be told.
		again.broken()
		talk.Over("ended_by_person")
		third := o.agent("acme", "Maya")
		third.send(`{"type":"return","seat":%q}`, maya.number())
		synctest.Wait()
		require.Equal(t, "back", asked.last())
		require.Equal(t, 1, o.desks.Figures("acme").Talks)
	})
}

// An agent is told that something was shown, in its place, and given nothing of
// it. // R45
func TestDeskShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya, _, talk, _ := o.talking("Maya")
		canary := session.NewContent([]byte("a canary"))
		talk.Tell([]session.Item{
			{No: 1, Attachments: []session.Attachment{{Kind: session.Picture, Content: canary}, {Kind: session.Document, Content: canary}}},
			{No: 2, Words: session.NewSpeech([]byte("what is that?"))},
		})
		synctest.Wait()
		all := maya.all("item")
		require.Len(t, all, 2)
		require.Equal(t, []any{"picture", "document"}, all[0]["shown"])
		require.Equal(t, "", all[0]["text"])
		require.NotContains(t, all[1], "shown")
	})
}
