package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A stock client is told first, as an ordinary reply that it did not ask for,
// and what it asked for meanwhile follows. // R20
func TestStockClientHearsTheNoticeFirst(t *testing.T) {
	engine := &scripted{sentences: []string{"Hello there.", "How are you?"}}
	r := newRig(t, engine, nil)
	c := r.connect()
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})
	c.text("Hi")
	c.send(event{"type": "response.create", "event_id": "mine"})
	c.await("response.done", 2)
	first := c.await("response.done", 1)
	require.Equal(t, "disclosure", first.at("response", "metadata", "mayfly"))
	require.Equal(t, "completed", first.at("response", "status"))
	require.Equal(t, []string{
		"session.created", "session.updated",
		"avatar.disclosure.presented", "response.created", "avatar.provenance",
	}, c.types()[:5])
	text := c.await("response.output_text.done", 2)
	require.Equal(t, "Hello there. How are you?", text["text"])
	require.Equal(t, 1, engine.count())
}

// Nothing is asked, and nothing of an avatar is sent, before a client that
// acknowledges has done so. // R20 R25
func TestAwareClientAcknowledgesFirst(t *testing.T) {
	engine := &scripted{sentences: []string{"Hello there."}}
	r := newRig(t, engine, nil)
	c := r.connect()
	notice := c.aware("text")
	require.Equal(t, true, notice["requires_ack"])
	c.text("Hi")
	c.send(event{"type": "response.create", "event_id": "first"})
	c.send(event{"type": "response.create", "event_id": "second"})
	refused := c.await("error", 1)
	require.Equal(t, "conversation_already_has_active_response", refused.at("error", "code"))
	require.Equal(t, "second", refused.at("error", "event_id"))
	require.Zero(t, engine.count())
	require.NotContains(t, c.types(), "response.created")
	c.acknowledge(notice)
	done := c.await("response.done", 1)
	require.Equal(t, "completed", done.at("response", "status"))
	require.Equal(t, 1, engine.count())
}

// A client that asked for sound alone, of an avatar that has no voice, gets no
// conversation: there is no way to tell it that this is an AI. // R20
func TestNoChannelForTheNotice(t *testing.T) {
	engine := &scripted{sentences: []string{"Hello."}}
	r := newRig(t, engine, nil)
	c := r.connect()
	c.send(event{"type": "response.create"})
	require.Equal(t, "no_notice_channel", c.await("error", 1).at("error", "code"))
	code, reason := c.closed()
	require.Equal(t, 1011, code)
	require.Equal(t, "notice_failed", reason)
	require.Zero(t, engine.count())
}

// A client that acknowledges is told that there is no voice, and reads.
func TestNoVoiceIsWriting(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, nil)
	c := r.ready("audio")
	require.Equal(t, "text", c.await("avatar.ladder.state", 1)["rung"])
	c.send(event{"type": "response.create"})
	c.await("response.output_text.delta", 1)
}

// Another language brings its notice, and nothing is answered before that one
// was acknowledged too. // R24 R27
func TestLanguageChangePresentsTheNoticeAgain(t *testing.T) {
	engine := &scripted{sentences: []string{"Hallo."}}
	r := newRig(t, engine, nil)
	c := r.ready("text")
	c.await("avatar.state", 1)
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "avatar": event{"locale": "de"}}})
	again := c.await("avatar.disclosure.presented", 2)
	require.Equal(t, "de", again["locale"])
	c.text("Hallo?")
	c.send(event{"type": "response.create"})
	c.await("conversation.item.added", 1)
	require.Zero(t, engine.count())
	c.acknowledge(c.await("avatar.disclosure.presented", 1))
	require.Equal(t, "disclosure_not_current", c.await("error", 1).at("error", "code"))
	c.acknowledge(again)
	c.await("response.done", 1)
}
