package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/tenant"
)

// withEyes is the configuration of a tenant whose people may show things to a
// model that looks at them.
func (r *leakRun) withEyes(t *testing.T) string {
	b, err := backendtest.Start(backendtest.Script{Mode: backendtest.Streams})
	require.NoError(t, err)
	t.Cleanup(b.Close)
	r.backEnds["seer"] = b
	key, hash := tenant.NewKey()
	r.seer = key
	return fmt.Sprintf("  - id: seeing\n    name: Acme\n    keys:\n      - hash: sha256:%s\n    policy: {attachments: true}\n    avatars:\n"+
		"      - id: seer\n        name: Ada\n        voice: none\n        backend: {url: \"%s\", model: scripted, name: Example, vision: true}\n", hex.EncodeToString(hash[:]), b.URL())
}

// taken is a photo that says in its metadata where it was taken.
func taken(t *testing.T, where string) []byte {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil))
	segment := func(marker byte, body string) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
	}
	return slices.Concat(b.Bytes()[:2], segment(0xe1, "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"+where), segment(0xfe, where), b.Bytes()[2:])
}

// shows is a visitor who agrees to show things: a photo and a document, whole
// and broken, in events and by themselves. R81
func (r *leakRun) shows(t *testing.T, name string) {
	v := r.visit(t, name, "seer", r.seer)
	r.sessions.Add(1)
	v.declare("text")
	v.acknowledge()
	asked := v.await("avatar.consent.requested", 1)
	v.say(object{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": object{"attachments": true}, "method": "click"})
	v.await("avatar.consent.state", 1)
	id := v.await("session.created", 1)["session"].(map[string]any)["id"].(string)
	upload := func(file []byte, want int) {
		t.Helper()
		req, err := http.NewRequest("POST", r.program.url+"/v1/realtime/calls/"+id+"/attachments", bytes.NewReader(file))
		require.NoError(t, err)
		req.Header = r.header(name, r.seer)
		req.Header.Set("Content-Type", "image/x-"+v.token("content type"))
		req.Header.Set("Content-Disposition", `attachment; filename="`+v.token("file name")+`.jpg"`)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.Equal(t, want, res.StatusCode)
		r.evidence.add("what an upload is answered", name, whole(res))
	}
	photo := taken(t, v.token("where"))
	upload(photo, 201)
	upload([]byte("A document. "+v.token("document")), 201)
	upload(photo[:len(photo)-20], 422)
	upload([]byte("<html>"+v.token("markup")), 415)
	upload([]byte("%PDF-1.7 "+v.token("broken document")), 422)
	shown := func(picture []byte) {
		v.say(object{"type": "conversation.item.create", "item": object{"type": "message", "role": "user", "content": []object{
			{"type": "input_image", "image_url": "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(picture), "detail": v.token("detail")}}}})
	}
	shown(taken(t, v.token("where in an event")))
	v.await("conversation.item.added", 3)
	shown([]byte("GIF89a\x00" + v.token("another kind")))
	v.say(object{"type": "conversation.item.create", "item": object{"type": "message", "role": "user", "content": []object{{"type": "input_image", "image_url": "https://page.example/" + v.token("address of a picture")}}}})
	v.await("error", 2)
	v.respond()
	v.await("response.done", 1)
	v.say(object{"type": "avatar.consent.withdraw", "purposes": []string{"attachments"}})
	v.await("conversation.item.deleted", 3)
	v.leave(true)
}
