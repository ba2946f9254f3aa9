package siem

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

// Form is how lines are written.
type Form string

// The forms.
const (
	OCSF Form = "ocsf"
	CEF  Form = "cef"
)

// line is a record's line as a value of JSON: OCSF is one, CEF a text.
func (f Form) value(r Record) (jsontext.Value, error) {
	if f == OCSF {
		return jsontext.Value(r.Line), nil
	}
	return jsontext.AppendQuote(nil, r.Line)
}

// Splunk sends records to an HTTP Event Collector. Its token must not ask for
// acknowledgements of indexers.
type Splunk struct {
	To    *http.Client // of egress
	URL   *url.URL     // of the collector, https://host:8088/services/collector/event
	Form  Form
	Host  string // that records are from; empty: none is said
	Index string // empty: the token's
}

type splunkEvent struct {
	Time       jsontext.Value `json:"time"`
	Host       string         `json:"host,omitzero"`
	Source     string         `json:"source"`
	SourceType string         `json:"sourcetype"`
	Index      string         `json:"index,omitzero"`
	Event      jsontext.Value `json:"event"`
}

// Send implements Sink.
func (s Splunk) Send(ctx context.Context, records []Record) error {
	var body []byte
	for _, r := range records {
		value, err := s.Form.value(r)
		if err != nil {
			return err
		}
		at := strconv.AppendFloat(nil, float64(r.At.UnixMilli())/1000, 'f', 3, 64)
		line, err := json.Marshal(splunkEvent{at, s.Host, "mayfly", "mayfly:" + string(s.Form), s.Index, value})
		if err != nil {
			return err
		}
		body = append(append(body, line...), '\n')
	}
	answer, err := post(ctx, s.To, s.URL, "application/json", body)
	if err != nil {
		return err
	}
	return answer.Close()
}

// Elastic sends records in bulk. Each has its id, so that what is sent twice
// is there once. OCSF is under "ocsf", CEF under "message".
type Elastic struct {
	To    *http.Client // of egress
	URL   *url.URL     // of the cluster, https://host:9200
	Form  Form
	Index string // or data stream
}

type elasticDocument struct {
	Time    string         `json:"@timestamp"`
	OCSF    jsontext.Value `json:"ocsf,omitzero"`
	Message jsontext.Value `json:"message,omitzero"`
}

// Bounds of an answer: in bytes for each record and for the rest, and in depth.
const (
	answerEach, answerMore = 1 << 10, 64 << 10
	answerDepth            = 16
)

var (
	errNotTaken    = errors.New("siem: the collector did not take every record")
	errCredentials = errors.New("siem: the collector does not accept the token")
)

// Send implements Sink.
func (e Elastic) Send(ctx context.Context, records []Record) error {
	var body []byte
	for _, r := range records {
		value, err := e.Form.value(r)
		if err != nil {
			return err
		}
		doc := elasticDocument{Time: stamp(r.At)}
		if e.Form == OCSF {
			doc.OCSF = value
		} else {
			doc.Message = value
		}
		line, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		id, err := jsontext.AppendQuote(nil, r.ID)
		if err != nil {
			return err
		}
		body = append(append(append(body, `{"create":{"_id":`...), id...), "}}\n"...)
		body = append(append(body, line...), '\n')
	}
	to := e.URL.JoinPath(e.Index, "_bulk")
	to.RawQuery = "filter_path=errors,items.*.status"
	answer, err := post(ctx, e.To, to, "application/x-ndjson", body)
	if err != nil {
		return err
	}
	defer answer.Close()
	said, err := io.ReadAll(io.LimitReader(answer, int64(len(records)*answerEach+answerMore)))
	if err != nil {
		return err
	}
	return e.taken(said, len(records))
}

// taken looks at what became of each record: 409 is one that is there already.
func (e Elastic) taken(said []byte, records int) error {
	if nesting.Deeper(said, answerDepth) {
		return errNotTaken
	}
	var answer struct {
		Items []map[string]struct {
			Status int `json:"status"`
		} `json:"items"`
	}
	if json.Unmarshal(said, &answer) != nil || len(answer.Items) != records {
		return errNotTaken
	}
	for _, item := range answer.Items {
		made, there := item["create"]
		if !there || made.Status != http.StatusConflict && (made.Status < 200 || made.Status > 299) {
			return errNotTaken
		}
	}
	return nil
}

// post sends a body once. The answer is one that took it.
func post(ctx context.Context, through *http.Client, to *url.URL, kind string, body []byte) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Mayfly-SIEM/1")
	res, err := through.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		_ = res.Body.Close()
		if res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
			return nil, errCredentials
		}
		return nil, errNotTaken
	}
	return res.Body, nil
}
