package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mayfly/gateway/again"
)

// answerMost bounds what is read of an answer, in bytes: the signatures of a
// witness are some 100 each.
const answerMost = 64 << 10

// noteType is the type of a signed note.
const noteType = "text/plain; charset=utf-8"

// Witness is a C2SP tlog-witness.
type Witness struct {
	To  *http.Client // of egress
	URL *url.URL     // its submission prefix; add-checkpoint is below
}

// Send implements Sink.
func (w Witness) Send(ctx context.Context, c Checkpoint, prove func(old int64) ([][32]byte, error)) ([]byte, error) {
	old := c.Old
	for second := false; ; second = true {
		proof, err := prove(old)
		if err != nil {
			return nil, err
		}
		status, body, err := post(ctx, w.To, w.URL.JoinPath("add-checkpoint"), added(c, old, proof))
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusOK:
			return body, nil
		case status == http.StatusUnprocessableEntity:
			return nil, ErrHistory
		case status == http.StatusConflict:
			// It says how long the log was when it signed last.
			has, err := strconv.ParseInt(strings.TrimSpace(string(body)), 10, 64)
			if err != nil || has < 0 {
				return nil, ErrRefused
			}
			if second || has > c.Size || has == old {
				return nil, ErrHistory
			}
			old = has
		case status >= 400 && !again.Later(status):
			return nil, ErrRefused
		default:
			return nil, errNobody
		}
	}
}

// added is the body of a request to add a checkpoint.
func added(c Checkpoint, old int64, proof [][32]byte) []byte {
	var b bytes.Buffer
	b.WriteString("old " + strconv.FormatInt(old, 10) + "\n")
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(c.Note)
	return b.Bytes()
}

// Webhook keeps checkpoints: each is the body of a POST.
type Webhook struct {
	To  *http.Client // of egress
	URL *url.URL
}

// Send implements Sink.
func (h Webhook) Send(ctx context.Context, c Checkpoint, _ func(int64) ([][32]byte, error)) ([]byte, error) {
	status, _, err := post(ctx, h.To, h.URL, c.Note)
	switch {
	case err != nil:
		return nil, err
	case status < 300:
		return nil, nil
	}
	return nil, errNobody
}

var errNobody = errors.New("witness: nobody takes anything")

func post(ctx context.Context, to *http.Client, at *url.URL, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, errNobody
	}
	req.Header.Set("Content-Type", noteType)
	res, err := to.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answered, err := io.ReadAll(io.LimitReader(res.Body, answerMost))
	return res.StatusCode, answered, err
}
