package admin

import (
	"bytes"
	"encoding/json"

	"mayfly/gateway/tenant"
)

// offTries is how often the switch of an avatar is tried while others change
// the document. It must not wait for anybody.
const offTries = 5

// switchOff switches an avatar off: a new version of the document, as any
// other change. Its live sessions end and none begins.
func (a *API) switchOff(c *call) *refusal {
	return a.switchAvatar(c, map[string]any{"reason": c.body.text("reason")})
}

// switchOn lets people talk with an avatar again.
func (a *API) switchOn(c *call) *refusal { return a.switchAvatar(c, nil) }

// switchAvatar changes nothing of the document but the one key, on whatever
// version is in force: no other change can be lost by it.
func (a *API) switchAvatar(c *call, off map[string]any) *refusal {
	var bad *refusal
	for range offTries {
		now, refused := a.inStore(c)
		if refused != nil {
			return refused
		}
		after, found := switched(now.Document, c.r.PathValue("id"), off)
		if !found {
			return refuse("nothing_here")
		}
		if bad = a.change(c, now, after); bad == nil || bad.code != "version_stale" {
			return bad
		}
	}
	return bad
}

// switched is a document in which the avatar is off, or on with a nil off. It
// is false where there is no such avatar.
func switched(document []byte, id string, off map[string]any) ([]byte, bool) {
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if d.Decode(&doc) != nil {
		return nil, false
	}
	avatars, _ := doc["avatars"].([]any)
	for _, one := range avatars {
		avatar, _ := one.(map[string]any)
		if avatar["id"] != id {
			continue
		}
		delete(avatar, "off")
		if off != nil {
			avatar["off"] = off
		}
		after, err := json.Marshal(doc)
		return after, err == nil
	}
	return nil, false
}

// talkingWithOff counts the live sessions whose avatar a document switches
// off.
func (a *API) talkingWithOff(c *call, after *tenant.Tenant) (n int) {
	for _, s := range a.options.Live.Sessions(c.tenant()) {
		if of := after.Find(s.Avatar); s.Avatar != "" && of != nil && of.Off != nil {
			n++
		}
	}
	return n
}
