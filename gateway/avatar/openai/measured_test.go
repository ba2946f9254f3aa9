package openai

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
)

// An answer that tells what somebody's voice or face is, or what they feel, is
// dropped and counted: nothing of it is said from there on. R35
func TestMeasuredAnswer(t *testing.T) {
	for name, chunk := range map[string]string{
		"beside the words": `{"choices":[{"delta":{"content":"I know you. And "},"speaker_embedding":[0.1,0.2]}]}`,
		"deep inside":      `{"choices":[{"delta":{"content":"I know you. And ","analysis":{"person":{"emotion":"sad"}}}}]}`,
		"after the words":  `{"choices":[{"delta":{},"finish_reason":"stop"}],"face_geometry":{"x":1}}`,
		"spelt otherwise":  `{"choices":[{"delta":{"content":"I know you. And "},"\u0076oicePrint":"x"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"Good morning. It\"}}]}\n\ndata: " + chunk + "\n\ndata: [DONE]\n\n"))
			}))
			defer server.Close()
			u, err := url.Parse(server.URL + "/v1")
			require.NoError(t, err)
			e := New(Options{Client: server.Client(), URL: u, Model: "m"})
			said, err := collect(t.Context(), e, asking("Who am I?"))
			failure, ok := errors.AsType[*avatar.Failure](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, "backend_invalid", failure.Code)
			require.Equal(t, []string{"Good morning."}, said)
			require.EqualValues(t, 1, e.Dropped())
		})
	}
}
