package realtime

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodeSecret(t *testing.T) {
	for _, c := range []struct {
		name, body string
		code       Code
		param      string
		want       func(*testing.T, *SecretRequest)
	}{
		{name: "empty", body: " ", want: func(t *testing.T, r *SecretRequest) { require.Equal(t, 600, r.Seconds) }},
		{name: "an empty object", body: "{}", want: func(t *testing.T, r *SecretRequest) { require.Equal(t, 600, r.Seconds) }},
		{name: "nulls", body: `{"expires_after":null,"session":null,"avatar":null}`, want: func(t *testing.T, r *SecretRequest) { require.Equal(t, 600, r.Seconds) }},
		{name: "all", body: `{"expires_after":{"anchor":"created_at","seconds":10},"session":{"type":"realtime","model":"gpt-realtime","audio":{"output":{"voice":"marin"}},"avatar":{"id":"lumen","subject":"s","consent":{"grants":{"transcript":true,"analytics":false},"notice":{"version":"3","sha256":"` + sha + `"},"method":"integrator"}}},"avatar":{"single_use":true,"origins":["https://example.edu","http://localhost:3000","https://example.edu"]}}`,
			want: func(t *testing.T, r *SecretRequest) {
				require.Equal(t, 10, r.Seconds)
				require.True(t, r.SingleUse)
				require.Equal(t, []string{"https://example.edu", "http://localhost:3000"}, r.Origins)
				require.Equal(t, "lumen", r.Session.Avatar.ID)
				require.Equal(t, "s", said(r.Session.Avatar.Subject))
				require.Equal(t, given(ConsentClaim{Transcript, "3", sha, MethodIntegrator}), r.Session.Avatar.Consent)
			}},
		{name: "not JSON", body: `{`, code: CodeInvalidJSON},
		{name: "a list", body: `[]`, code: CodeInvalidJSON},
		{name: "too short", body: `{"expires_after":{"seconds":9}}`, code: CodeOutOfRange, param: "expires_after.seconds"},
		{name: "too long", body: `{"expires_after":{"seconds":7201}}`, code: CodeOutOfRange, param: "expires_after.seconds"},
		{name: "another anchor", body: `{"expires_after":{"anchor":"now"}}`, code: CodeInvalidValue, param: "expires_after.anchor"},
		{name: "session of another kind", body: `{"session":{"type":"transcription"}}`, code: CodeInvalidValue, param: "session.type"},
		{name: "consent without a notice", body: `{"session":{"avatar":{"consent":{"grants":{"transcript":true}}}}}`, code: CodeMissing, param: "session.avatar.consent.notice"},
		{name: "consent without a hash", body: `{"session":{"avatar":{"consent":{"grants":{},"notice":{"version":"3"}}}}}`, code: CodeMissing, param: "session.avatar.consent.notice"},
		{name: "consent with half a hash", body: `{"session":{"avatar":{"consent":{"grants":{},"notice":{"version":"3","sha256":"9f86"}}}}}`, code: CodeInvalidValue, param: "session.avatar.consent.notice.sha256"},
		{name: "resume token", body: `{"session":{"avatar":{"resume_token":"t"}}}`, code: CodeUnknownParameter, param: "session.avatar.resume_token"},
		{name: "an origin with a path", body: `{"avatar":{"origins":["https://example.edu/"]}}`, code: CodeInvalidValue, param: "avatar.origins"},
		{name: "an origin with a user", body: `{"avatar":{"origins":["https://a@example.edu"]}}`, code: CodeInvalidValue, param: "avatar.origins"},
		{name: "any origin", body: `{"avatar":{"origins":["*"]}}`, code: CodeInvalidValue, param: "avatar.origins"},
		{name: "the null origin", body: `{"avatar":{"origins":["null"]}}`, code: CodeInvalidValue, param: "avatar.origins"},
		{name: "many origins", body: `{"avatar":{"origins":[` + strings.Repeat(`"https://a.example",`, 32) + `"https://b.example"]}}`, code: CodeTooMany, param: "avatar.origins"},
		{name: "unknown option", body: `{"avatar":{"forever":true}}`, code: CodeUnknownParameter, param: "avatar"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, e := DecodeSecret([]byte(c.body))
			if c.want == nil {
				require.Nil(t, r)
				require.NotNil(t, e)
				require.Equal(t, c.code, e.Code)
				require.Equal(t, c.param, e.Param)
				return
			}
			require.Nil(t, e, "%v", e)
			c.want(t, r)
		})
	}
}

func TestDecodeCall(t *testing.T) {
	sdp, u, e := DecodeCall([]byte(`{"sdp":"v=0\r\n","session":{"type":"realtime","avatar":{"resume_token":"t"}}}`))
	require.Nil(t, e)
	require.Equal(t, "v=0\r\n", string(sdp))
	require.Equal(t, "t", string(u.Avatar.ResumeToken))
	_, u, e = DecodeCall([]byte(`{"sdp":"v=0"}`))
	require.Nil(t, e)
	require.NotNil(t, u)
	for body, want := range map[string]Error{
		`{"session":{}}`: {Code: CodeMissing, Param: "sdp"},
		`{"sdp":1}`:      {Code: CodeInvalidType, Param: "sdp"},
		`{"sdp":"` + strings.Repeat("a", maxSDP+1) + `"}`:              {Code: CodeTooLong, Param: "sdp"},
		`{"sdp":"v=0","session":{"avatar":{"consent":{"grants":{}}}}}`: {Code: CodeUnknownParameter, Param: "session.avatar.consent"},
		`"v=0"`: {Code: CodeInvalidJSON},
	} {
		_, _, e := DecodeCall([]byte(body))
		require.NotNil(t, e)
		require.Equal(t, want, *e)
	}
	part, e := DecodeCallSession([]byte(`{"type":"realtime","instructions":"x"}`))
	require.Nil(t, e)
	require.Equal(t, "x", said(part.Instructions.Value))
	_, e = DecodeCallSession([]byte(`x`))
	require.Equal(t, &Error{Code: CodeInvalidJSON, Param: "session"}, e)
}

func TestDecodePage(t *testing.T) {
	r, e := DecodePage([]byte(`{"avatar":"lumen","locale":"de"}`))
	require.Nil(t, e)
	require.Equal(t, &PageRequest{"lumen", "de"}, r)
	r, e = DecodePage(nil)
	require.Nil(t, e)
	require.Equal(t, &PageRequest{}, r)
	_, e = DecodePage([]byte(`{"instructions":"x"}`))
	require.Equal(t, &Error{Code: CodeUnknownParameter}, e)
	_, e = DecodePage([]byte(`{"avatar":"../x"}`))
	require.Equal(t, CodeInvalidValue, e.Code)
}

func TestAnswers(t *testing.T) {
	secret := NewIDs("p").AppendSecret(nil, "ek_1", 1795000000, config())
	var s struct {
		Value     string
		ExpiresAt int64 `json:"expires_at"`
		Session   struct{ Type, ID string }
	}
	require.NoError(t, json.Unmarshal(secret, &s))
	require.Equal(t, "ek_1", s.Value)
	require.EqualValues(t, 1795000000, s.ExpiresAt)
	require.Equal(t, "sess_p", s.Session.ID)
	require.JSONEq(t, `{"ice_servers":[{"urls":["turn:t"],"username":"u","credential":"c"}],"expires_at":5}`,
		string(AppendICEServers(nil, []ICEServer{{[]string{"turn:t"}, "u", "c"}}, 5)))
	require.JSONEq(t, `{"ice_servers":[],"expires_at":0}`, string(AppendICEServers(nil, nil, 0)))
}

func FuzzDecodeSecret(f *testing.F) {
	f.Add([]byte(`{"expires_after":{"seconds":10},"session":{"avatar":{"id":"a"}},"avatar":{"origins":["https://a.b"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, e := DecodeSecret(body)
		require.True(t, (r == nil) != (e == nil))
		_, _, _ = DecodeCall(body)
		_, _ = DecodePage(body)
		_, _ = DecodeCallSession(body)
	})
}
