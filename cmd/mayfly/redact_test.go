package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func redactIn(t *testing.T, in string, args ...string) (out string, err error) {
	t.Helper()
	s, err := parse(append([]string{"redact"}, args...), nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, "redact", s.Command)
	var b bytes.Buffer
	err = runRedact(s.Redact, iotest.OneByteReader(strings.NewReader(in)), &b)
	return b.String(), err
}

// R78
func TestRedactCommand(t *testing.T) {
	out, err := redactIn(t, "Jane: jane@example.com,\n4111 1111 1111 1111 or 030 123456\n")
	require.NoError(t, err)
	require.Equal(t, "Jane: [email],\n[card] or 030 123456\n", out)

	out, err = redactIn(t, "030 123456", "--region", "DE,US")
	require.NoError(t, err)
	require.Equal(t, "[phone]", out)

	out, err = redactIn(t, "SSN 460-89-9847 from 10.0.0.1: password=hunter2, Zeus EMP-1234", "--word", "Zeus", "--pattern", "EMP-[0-9]{1,4}")
	require.NoError(t, err)
	require.Equal(t, "SSN [ssn] from [ip]: password=[secret], [custom] [custom]", out)

	_, err = redactIn(t, "x", "--pattern", "a+")
	require.ErrorContains(t, err, "pattern 1: it can match more than 128 bytes")

	_, err = redactIn(t, "x", "--region", "XX")
	require.EqualError(t, err, `region "XX" is not known; use an ISO 3166 code such as DE`)
}

// R78
func TestRedactSpans(t *testing.T) {
	out, err := redactIn(t, `{"id": "a", "src": "s/1", "text": "Zoë 😀: jane@example.com & +46 8 928 571 38", "spans": [{"s": 0}], "more": 1}

{"id": 7, "text": "<none>"}
{"text": "GB82WEST12345698765432 4111111111111111"}`, "--spans")
	require.NoError(t, err)
	require.Equal(t, `{"src":"s/1","id":"a","text":"Zoë 😀: jane@example.com & +46 8 928 571 38","spans":[{"s":7,"e":23,"t":"EMAIL"},{"s":26,"e":42,"t":"PHONE"}]}
{"src":"","id":7,"text":"<none>","spans":[]}
{"src":"","id":"","text":"GB82WEST12345698765432 4111111111111111","spans":[{"s":0,"e":22,"t":"IBAN"},{"s":23,"e":39,"t":"CARD"}]}
`, out)
}

// R79: what is wrong with a line is said without it.
func TestRedactSpansWrong(t *testing.T) {
	for name, line := range map[string]string{
		"no JSON": `CANARY jane@example.com`, "no object": `["CANARY"]`, "no text": `{"id": "CANARY"}`,
		"a number": `{"text": 5, "id": "CANARY"}`, "null": `{"text": null, "id": "CANARY"}`, "cut": `{"text": "CANARY`, "two": `{"text": "CANARY"} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			out, err := redactIn(t, `{"text": "x"}`+"\n"+line+"\n", "--spans")
			require.ErrorContains(t, err, "line 2: this is not a JSON object with a \"text\"")
			require.NotContains(t, err.Error(), "CANARY")
			require.NotContains(t, out, "CANARY")
		})
	}
	err := runRedact(redactFlags{Spans: true}, strings.NewReader("\n"+strings.Repeat("x", maxLine+1)), io.Discard)
	require.EqualError(t, err, "line 2: the line is longer than 16777216 bytes")
}

// TestRedactStreams: reading and writing that fail are said, and nothing of
// the text with them.
func TestRedactStreams(t *testing.T) {
	broken := errors.New("broken")
	for _, spans := range []bool{false, true} {
		err := runRedact(redactFlags{Spans: spans}, iotest.ErrReader(broken), io.Discard)
		require.EqualError(t, err, "standard input: broken")
	}
	err := runRedact(redactFlags{}, strings.NewReader("jane@example.com"), failing{broken})
	require.EqualError(t, err, "standard output: broken")
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
