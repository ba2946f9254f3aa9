package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kinds waits for a word about recording that names these kinds of it.
func (g *guest) kinds(want string) {
	g.t.Helper()
	g.until("recording of "+want, func(all []object, _ error) bool {
		last := []any{}
		for _, e := range all {
			if e["type"] == "avatar.recording.state" {
				last, _ = e["kinds"].([]any)
			}
		}
		return fmt.Sprint(last) == want
	})
}

// R10 R11 R12 R14 R17 R21 R48: the whole way of recorded sound, with the
// program as people run it: switched on, asked for alone, spoken, heard by the
// person, exported and checked, switched off, erased. Nothing on the disk is a
// sound as it is.
func TestSoundAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	demo := demoOf(t, p.data())
	said, err := r.mayfly("tenant", "set", "policy.audio=true")
	require.Error(t, err, said)
	require.Contains(t, said, "sound is kept with the words or not at all")
	r.did("tenant", "set", "policy.transcript=true", "policy.audio=true", "policy.retention.transcript=30d", "policy.retention.audio=7d",
		`policy.purposes=["quality"]`, "policy.rights=self_service")

	spoken := strings.Replace(aware, `["text"]`, `["audio"]`, 1)
	talk := func(grants, kinds string) *guest {
		g := newGuest(t, r.url, demo.APIKey)
		g.say(spoken)
		g.acknowledge()
		asked := g.nth("avatar.consent.requested", 1)
		require.Contains(t, fmt.Sprint(asked["purposes"]), "audio_recording")
		require.Contains(t, fmt.Sprint(asked["sentences"]), "May the sound be kept as well?")
		g.say(`{"type":"avatar.consent.submit","consent_id":"` + asked["consent_id"].(string) + `","grants":` + grants + `}`)
		g.kinds(kinds)
		g.ask("what is this?")
		g.nth("response.done", 1)
		g.nth("avatar.transcript.committed", 1)
		return g
	}
	talk(`{"transcript":true,"audio_recording":false}`, "[transcript]")
	yes := talk(`{"transcript":true,"audio_recording":true}`, "[transcript audio]")
	key := yes.nth("avatar.receipt.key", 1)["key"].(string)
	type sound struct {
		Turn  int       `json:"turn"`
		Side  string    `json:"side"`
		Until time.Time `json:"stored_until"`
		MS    int       `json:"ms"`
	}
	var list struct{ Sounds []sound }
	sounds := func() []sound {
		status, body := r.me(key, "GET", "/v1/me/sound")
		require.Equal(t, 200, status, body)
		list.Sounds = nil
		require.NoError(t, json.Unmarshal([]byte(body), &list))
		return list.Sounds
	}
	require.Len(t, sounds(), 1)
	one := list.Sounds[0]
	require.Equal(t, "avatar", one.Side)
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), one.Until, time.Hour)
	status, file := r.me(key, "GET", fmt.Sprintf("/v1/me/sound/%d/avatar", one.Turn))
	require.Equal(t, 200, status)
	l, ms, err := soundLabel([]byte(file))
	require.NoError(t, err)
	require.Equal(t, 1, l.made)
	require.Equal(t, one.MS, ms)
	for _, path := range []string{"/v1/me/sound/99/avatar", fmt.Sprintf("/v1/me/sound/%d/person", one.Turn), fmt.Sprintf("/v1/me/sound/%d/anybody", one.Turn), "/v1/me/sound/-1/avatar"} {
		status, _ = r.me(key, "GET", path)
		require.Equal(t, 404, status, path)
	}
	for _, part := range []string{"OggS", "OpusHead", "DIGITALSOURCETYPE"} {
		require.Zero(t, found(t, p.data(), part), "%s: sound is on the disk as it is", part)
	}

	folder := filepath.Join(p.root, "export")
	r.opened()
	require.Contains(t, r.did("export", folder), "2 sessions, 2 turns, 4 items, 1 sounds")
	files, err := filepath.Glob(filepath.Join(folder, "sessions", "*.opus"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	exported, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, file, string(exported))
	require.Contains(t, r.did("label", "check", files[0]), "It is as it was exported, as is signed")
	require.NoError(t, os.RemoveAll(folder))

	// Off: the live session is told, and its next turn is kept without.
	r.did("tenant", "set", "policy.audio=false")
	yes.kinds("[transcript]")
	yes.ask("and now?")
	yes.nth("avatar.transcript.committed", 2)
	require.Len(t, sounds(), 1)
	require.Regexp(t, regexp.MustCompile(`With their sound, under a consent of its own: 1 turns, of which 1 have it still`),
		r.did("statement", "--from", time.Now().UTC().Format("2006-01-02"), "--to", time.Now().UTC().Format("2006-01-02")))

	status, _ = r.me(key, "DELETE", "/v1/me/transcript")
	require.Equal(t, 200, status)
	status, _ = r.me(key, "GET", fmt.Sprintf("/v1/me/sound/%d/avatar", one.Turn))
	require.NotEqual(t, 200, status)
	r.stop()
	require.Zero(t, found(t, p.root, "OpusHead"))
}
