package gateway

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

const callsPath = "/v1/realtime/calls"

// turn has a client that acknowledged ask something and hear the answer.
func (p *phone) turn() {
	p.t.Helper()
	n := p.count("response.done")
	p.text("Hello?")
	p.send(event{"type": "response.create"})
	require.Equal(p.t, "completed", p.await("response.done", n+1).at("response", "status"))
	require.Eventually(p.t, func() bool { packets, _ := p.sound(); return packets > 0 }, 30*time.Second, 5*time.Millisecond)
}

// An offer comes in three forms, and each gets the whole answer: 201, where
// the call is, the labels of the answer and of the description, a turn in
// sound, and an end. // R20 R21
func TestCallForms(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, tone{}, withMedia(t))
	session := `{"type":"realtime","output_modalities":["audio"],"avatar":{"version":"1","acknowledges_disclosure":true}}`
	for name, post := range map[string]func(*phone) reply{
		"raw": func(p *phone) reply { return r.dialCall(p, r.key, "") },
		"a form": func(p *phone) reply {
			return r.dialCall(p, r.key, session)
		},
		"JSON": func(p *phone) reply {
			body := `{"sdp":` + strconv.Quote(p.offer()) + `,"session":` + session + `}`
			return r.ask("POST", callsPath, http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/json"}}, strings.NewReader(body))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t, listener)
			answer := post(p)
			require.Equal(t, http.StatusCreated, answer.status, answer.body)
			require.Equal(t, "application/sdp", answer.header.Get("Content-Type"))
			require.Equal(t, aiDisclosure, answer.header.Get("AI-Disclosure"))
			require.Contains(t, answer.body, "a=ai-generated\r\n")
			require.Empty(t, answer.header.Values("Mayfly-Refused"))
			location := answer.header.Get("Location")
			id := location[strings.LastIndexByte(location, '/')+1:] // as the published client finds it
			require.Len(t, id, 36)
			p.take(answer.body)
			if name == "raw" {
				p.aware("audio")
			}
			p.acknowledge(p.await("avatar.disclosure.presented", 1))
			p.turn()
			require.NotContains(t, p.types(), "response.output_audio.delta", "sound is on its line")
			for method, path := range map[string]string{"DELETE": location, "POST": location + "/hangup", "PATCH": location} {
				require.Equal(t, 401, r.ask(method, path, nil, nil).status, "%s without a credential", method)
				require.Equal(t, 404, r.ask(method, path, http.Header{"Authorization": {"Bearer " + r.secret(`{}`)}}, nil).status, "%s with another credential", method)
			}
			method, path := "DELETE", location
			if name == "JSON" {
				method, path = "POST", location+"/hangup"
			}
			require.Equal(t, 200, r.ask(method, path, r.bearer(), nil).status)
			<-p.done
			require.Eventually(t, func() bool { return r.ask(method, path, r.bearer(), nil).status == 404 }, 30*time.Second, 10*time.Millisecond)
			require.Zero(t, r.server.Sessions())
		})
	}
}

// A microphone and a picture that the tenant did not enable are answered with
// lines that take nothing, each with its code, and the rest of the call goes
// on. // R3 R4
func TestLinesThatAreNotEnabled(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, tone{}, withMedia(t))
	for name, c := range map[string]struct {
		offered line
		audio   string
		video   string
		refused []string
		hears   bool
	}{
		"a microphone and a picture": {line{webrtc.RTPTransceiverDirectionSendrecv, webrtc.RTPTransceiverDirectionRecvonly}, "sendonly", "inactive", []string{"microphone_not_enabled", "video_not_enabled"}, true},
		"a camera":                   {line{webrtc.RTPTransceiverDirectionRecvonly, webrtc.RTPTransceiverDirectionSendrecv}, "sendonly", "inactive", []string{"video_not_enabled"}, true},
		"a microphone alone":         {line{audio: webrtc.RTPTransceiverDirectionSendonly}, "inactive", "", []string{"microphone_not_enabled"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, answer := r.call(c.offered, "")
			require.ElementsMatch(t, c.refused, answer.header.Values("Mayfly-Refused"), "in the order of the lines of the offer")
			direction := func(kind string) string {
				_, rest, found := strings.Cut(answer.body, "m="+kind)
				if !found {
					return ""
				}
				rest, _, _ = strings.Cut(rest, "\r\nm=")
				for _, d := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
					if strings.Contains(rest+"\r\n", "a="+d+"\r\n") {
						return d
					}
				}
				return "none"
			}
			require.Equal(t, c.audio, direction("audio"))
			require.Equal(t, c.video, direction("video"))
			p.acknowledge(p.aware("audio"))
			if c.hears {
				p.turn()
				return
			}
			p.text("Hello?")
			p.send(event{"type": "response.create"})
			p.await("response.done", 1)
		})
	}
	// A page on the tenant's list may read the codes.
	h := r.bearer()
	h.Set("Origin", r.origin)
	require.Contains(t, r.ask("OPTIONS", callsPath, h, nil).header.Get("Access-Control-Expose-Headers"), "Mayfly-Refused")
}

// What is wrong with an offer is refused with a code that says what, the
// largest that is permitted passes, and one step more does not. A refusal
// opens nothing. // R75
func TestOffersAtTheDoor(t *testing.T) {
	r := newRig(t, &scripted{}, tone{}, withMedia(t)).unlimited()
	offer := newPhone(t, listener).offer()
	pad := func(n int) string { // unknown attributes are ignored
		s := offer
		for n-len(s) > 1000 {
			s += "a=x:" + strings.Repeat("y", 500) + "\r\n"
		}
		return s + "a=x:" + strings.Repeat("y", n-len(s)-6) + "\r\n"
	}
	candidates := func(n int) string {
		return offer + strings.Repeat("a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n", n)
	}
	lines := func(n int) string {
		s := offer
		for i := strings.Count(offer, "m="); i < n; i++ {
			s += "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:x" + strconv.Itoa(i) + "\r\na=inactive\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
		}
		return s
	}
	sdp := http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/sdp"}}
	as := func(kind string) http.Header {
		return http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {kind}}
	}
	kind, twice := form(t, offer, `{}`)
	whole, err := io.ReadAll(twice)
	require.NoError(t, err)
	boundary := strings.TrimPrefix(kind, "multipart/form-data; boundary=")
	part := func(name, body string) string {
		return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + body + "\r\n"
	}
	end := "--" + boundary + "--\r\n"
	for name, c := range map[string]struct {
		h           http.Header
		body        string
		status      int
		code, param string
	}{
		"as large as may be":       {sdp, pad(rtc.MaxOffer), 201, "", ""},
		"a byte more":              {sdp, pad(rtc.MaxOffer + 1), 400, "invalid_sdp", "sdp_too_large"},
		"fifty candidates":         {sdp, candidates(rtc.MaxCandidates), 201, "", ""},
		"one more":                 {sdp, candidates(rtc.MaxCandidates + 1), 400, "invalid_sdp", "sdp_too_many_candidates"},
		"eight lines":              {sdp, lines(rtc.MaxLines), 201, "", ""},
		"nine lines":               {sdp, lines(rtc.MaxLines + 1), 400, "invalid_sdp", "sdp_too_many_media"},
		"not a description":        {sdp, "hello", 400, "invalid_sdp", "sdp_malformed"},
		"nothing":                  {sdp, "", 400, "invalid_sdp", "sdp_malformed"},
		"a body beyond all bounds": {sdp, strings.Repeat("a", callBody+1), 413, "body_too_large", ""},
		"of no type":               {http.Header{"Authorization": {"Bearer " + r.key}}, offer, 415, "unsupported_media_type", ""},
		"of another type":          {as("text/plain"), offer, 415, "unsupported_media_type", ""},
		"JSON that is none":        {as("application/json"), `{"sdp":`, 400, "invalid_json", ""},
		"JSON without an offer":    {as("application/json"), `{"session":{}}`, 400, "missing_required_parameter", "sdp"},
		"JSON with a field twice":  {as("application/json"), `{"sdp":"v=0","sdp":"v=0"}`, 400, "invalid_json", ""},
		"a form without boundary":  {as("multipart/form-data"), string(whole), 400, "invalid_multipart", ""},
		"a form without an offer":  {as(kind), part("session", "{}") + end, 400, "missing_required_parameter", "sdp"},
		"two offers":               {as(kind), part("sdp", offer) + part("sdp", offer) + end, 400, "invalid_multipart", ""},
		"a part of another name":   {as(kind), part("sdp", offer) + part("file", "x") + end, 400, "invalid_multipart", ""},
		"a form cut off":           {as(kind), part("sdp", offer), 400, "invalid_multipart", ""},
		"a session that is none":   {as(kind), part("sdp", offer) + part("session", "[]") + end, 400, "invalid_json", "session"},
		"a session of elsewhere":   {as(kind), part("sdp", offer) + part("session", `{"avatar":{"id":"somebody"}}`) + end, 404, "avatar_not_found", "session.avatar.id"},
		"a token that is none":     {as(kind), part("sdp", offer) + part("session", `{"avatar":{"resume_token":"rt_x"}}`) + end, 401, "invalid_credential", "session.avatar.resume_token"},
	} {
		t.Run(name, func(t *testing.T) {
			before := r.server.Sessions()
			answer := r.ask("POST", callsPath, c.h, strings.NewReader(c.body))
			require.Equal(t, c.status, answer.status, answer.body)
			if c.status == 201 {
				require.Equal(t, 200, r.ask("DELETE", answer.header.Get("Location"), r.bearer(), nil).status)
				return
			}
			e := parse(t, answer.body)
			require.Equal(t, c.code, e.at("error", "code"))
			if c.param != "" {
				require.Equal(t, c.param, e.at("error", "param"))
			}
			require.LessOrEqual(t, r.server.Sessions(), before)
		})
	}
}

// Who calls is found out before anything of the offer is read: a body that
// would be refused ten times over is not looked at, nor waited for. // R74
func TestCredentialBeforeTheBody(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		for _, path := range []string{callsPath, "/v1/realtime/client_secrets"} {
			for name, h := range map[string]string{
				"no credential":     "",
				"another's":         "Authorization: Bearer ek_" + strings.Repeat("A", 43) + "\r\n",
				"a reviewer's page": "Authorization: Bearer " + r.key + "\r\nOrigin: https://evil.example\r\n",
			} {
				c := r.pipes.dial()
				go func() {
					_, _ = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+h+"Content-Type: application/sdp\r\nContent-Length: 5000000\r\nConnection: close\r\n\r\nv=")
				}()
				start := time.Now()
				b := make([]byte, 400)
				n, err := c.Read(b)
				require.NoError(t, err, name)
				require.Regexp(t, `^HTTP/1.1 40[13] `, string(b[:n]))
				require.Zero(t, time.Since(start), "%s %s: the body was waited for", path, name)
				_ = c.Close()
			}
		}
	})
}

// A session goes from a WebSocket to a call and back, with its words; a call
// that never connects uses nothing up.
func TestResumeAcrossTransports(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, tone{}, withMedia(t))
	c := r.ready("audio")
	c.text("one")
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}, "erase_stored": false})
	c.await("avatar.optout.state", 1)
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	with := func(token string) string { return `{"avatar":{"resume_token":"` + token + `"}}` }

	blocked := newPhone(t, listener)
	require.Equal(t, 201, r.dialCall(blocked, r.key, with(token)).status)
	// Its answer never arrives. The same token, and the token alone, still do.
	p := newPhone(t, listener)
	answer := r.dialCall(p, token, with(token))
	require.Equal(t, 201, answer.status, answer.body)
	p.take(answer.body)
	require.Equal(t, true, p.await("avatar.session.ready", 1)["resumed"])
	code, reason := c.closed()
	require.Equal(t, 1000, code)
	require.Equal(t, "resumed_elsewhere", reason)
	p.await("conversation.item.done", 1)
	require.Equal(t, []string{"transcript"}, strs(p.await("avatar.optout.state", 1)["purposes"]))
	p.turn()
	require.Equal(t, 401, r.dialCall(newPhone(t, listener), r.key, with(token)).status, "used is used")

	next := p.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + next}}, "")
	require.NoError(t, err)
	back := watch(t, ws)
	back.await("conversation.item.done", 3)
	<-p.done
	require.Equal(t, 1, r.server.Sessions())
}

// Who has lost a call and does not want it back can say so: what they said is
// forgotten then, and not when the time to come back is over. // R1
func TestEndOfALostCall(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, tone{}, withMedia(t))
	const aware = `{"output_modalities":["audio"],"avatar":{"version":"1","acknowledges_disclosure":true}}`
	lose := func() (location, token string) {
		p, answer := r.call(listener, aware)
		token = p.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
		require.NoError(t, p.pc.Close())
		return answer.header.Get("Location"), token
	}
	waits := func() bool { // the call is over and its session is not
		for _, k := range r.server.live.all() {
			if k.lost.Load() {
				return true
			}
		}
		return false
	}
	location, _ := lose()
	require.Eventually(t, waits, 30*time.Second, 5*time.Millisecond)
	require.Equal(t, 404, r.ask("PATCH", location, http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/sdp"}}, strings.NewReader("v=0")).status)
	require.Equal(t, 1, r.server.Sessions())
	require.Equal(t, 200, r.ask("DELETE", location, r.bearer(), nil).status)
	require.Eventually(t, func() bool { return r.server.Sessions() == 0 }, 30*time.Second, time.Millisecond)
	require.Equal(t, 404, r.ask("DELETE", location, r.bearer(), nil).status)

	// A session that has gone on elsewhere is not ended by its old address.
	location, token := lose()
	require.Eventually(t, waits, 30*time.Second, 5*time.Millisecond)
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}, "")
	require.NoError(t, err)
	c := watch(t, ws)
	require.Equal(t, true, c.await("avatar.session.ready", 1)["resumed"])
	require.Equal(t, 404, r.ask("DELETE", location, r.bearer(), nil).status)
	require.Equal(t, 1, r.server.Sessions())
	require.Empty(t, r.server.live.all())
}

// A session of another tenant is not resumed by a call either.
func TestCallResumeAcrossTenants(t *testing.T) {
	r := newRig(t, &scripted{}, nil, withMedia(t))
	key, hash := tenant.NewKey()
	other := tenant.Tenant{ID: "other", Keys: []tenant.Key{{Hash: hash}}, Avatars: []tenant.Avatar{{ID: "a"}}}
	require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{*r.server.options.Directory.Tenants()[0], other}))
	c := r.connect()
	c.aware("text")
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	require.Equal(t, 401, r.dialCall(newPhone(t, listener), key, `{"avatar":{"resume_token":"`+token+`"}}`).status)
}

// A conversation as long as memory takes is replayed, whatever its letters
// come to in JSON, over both transports. What is too long for a data channel
// alone is left out, and ends nothing.
func TestResumeOfALongConversation(t *testing.T) {
	r := newRig(t, &scripted{}, nil, withMedia(t))
	c := r.ready("text")
	for range 3 {
		c.text(strings.Repeat("\u0001", 40<<10)) // 240 KB as JSON has it
	}
	for range 2 {
		c.text(strings.Repeat("words ", 10<<10))
	}
	c.await("conversation.item.done", 5)
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	_ = c.ws.NetConn().Close()
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}, "")
	require.NoError(t, err)
	c = watch(t, ws)
	c.await("conversation.item.done", 5)
	token = c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)

	p, _ := r.call(line{}, `{"avatar":{"resume_token":"`+token+`"}}`)
	p.await("conversation.item.done", 2)
	p.await("avatar.recording.state", 1)
	p.text("still here")
	p.await("conversation.item.done", 3)
	require.Zero(t, p.count("error"))
	require.Equal(t, 1, r.server.Sessions())
}

// An ICE restart is the same call on a new path: the data channel, the words
// and the sound go on. What is no restart of it is refused.
func TestCallRestart(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, tone{}, withMedia(t))
	p, answer := r.call(listener, "")
	p.acknowledge(p.aware("audio"))
	p.turn()
	at := answer.header.Get("Location")
	h := http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/sdp"}}
	require.Equal(t, 400, r.ask("PATCH", at, h, strings.NewReader("hello")).status)
	require.Equal(t, 400, r.ask("PATCH", at, h, strings.NewReader(newPhone(t, listener).offer())).status, "another client's")
	require.Equal(t, 415, r.ask("PATCH", at, http.Header{"Authorization": {"Bearer " + r.key}}, strings.NewReader("v=0")).status)
	require.Equal(t, 413, r.ask("PATCH", at, h, strings.NewReader(strings.Repeat("a", rtc.MaxOffer+1))).status)
	again, err := p.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: true})
	require.NoError(t, err)
	require.NoError(t, p.pc.SetLocalDescription(again))
	res := r.ask("PATCH", at, h, strings.NewReader(again.SDP))
	require.Equal(t, 200, res.status, res.body)
	require.Contains(t, res.body, "a=ai-generated\r\n")
	p.take(res.body)
	p.turn()
}

// A data channel takes a message of 64 KB and no more, and only text; one
// that breaks the rules ends its own call and no other.
func TestCallMessages(t *testing.T) {
	r := newRig(t, &scripted{}, nil, withMedia(t))
	good, _ := r.call(line{}, "")
	message := func(n int) string {
		head := `{"type":"avatar.unknown","event_id":"big","x":"`
		return head + strings.Repeat("a", n-len(head)-2) + `"}`
	}
	p := newPhone(t, line{})
	answer := r.dialCall(p, r.key, "")
	p.take(strings.Replace(answer.body, "a=max-message-size:65536", "a=max-message-size:1073741823", 1))
	require.NoError(t, p.dc.SendText(message(rtc.MaxMessage)))
	require.Equal(t, "big", p.await("error", 1).at("error", "event_id"))
	require.NoError(t, p.dc.SendText(message(rtc.MaxMessage+1)))
	<-p.done

	binary, _ := r.call(line{}, "")
	require.NoError(t, binary.dc.Send([]byte(`{"type":"response.create"}`)))
	<-binary.done
	require.Eventually(t, func() bool { return r.server.Sessions() == 1 }, 30*time.Second, 10*time.Millisecond)
	good.send(event{"type": "response.cancel", "event_id": "unharmed"})
	require.Equal(t, "unharmed", good.await("error", 1).at("error", "event_id"))
}

// A reply as long as an item may be ends whole, again and again, over both
// transports.
func TestLongReply(t *testing.T) {
	long := strings.Repeat("long words ", 5900) // a little less than 64 KiB
	r := newRig(t, &scripted{sentences: []string{long}}, nil, withMedia(t))
	for _, over := range []string{"WebSocket", "call"} {
		var c *client
		if over == "call" {
			p, _ := r.call(line{}, "")
			c = p.client
		} else {
			c = r.connect()
		}
		c.acknowledge(c.aware("text"))
		for i := range 2 {
			c.send(event{"type": "response.create"})
			require.Equal(t, "completed", c.await("response.done", i+1).at("response", "status"))
		}
	}
	require.Equal(t, 2, r.server.Sessions())
}
