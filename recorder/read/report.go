package read

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// Report is an answer that a person reported, opened.
type Report struct {
	Report  string       `json:"report"`
	Session string       `json:"session"`
	Avatar  string       `json:"avatar"`
	At      time.Time    `json:"at"`
	Until   time.Time    `json:"until"`
	Reason  string       `json:"reason"`
	Lines   []ReportLine `json:"lines"`
	Note    string       `json:"note"` // the person's own words about it
}

// ReportLine is a line that the person ticked. Its words have been redacted.
type ReportLine struct {
	Item  uint32 `json:"item"`
	Role  string `json:"role"`
	Human bool   `json:"human,omitempty"`
	// AsSaid: they are words of the item. Else the client showed others.
	AsSaid bool   `json:"as_said"`
	Words  string `json:"words"`
}

// Open opens what is sealed of the report, whose other fields are set.
func (r *Report) Open(ctx context.Context, keys *seal.Keys, tenant string, id, keyID session.ID, sealed []byte) error {
	row := fmt.Sprintf("report %s", id)
	key, err := keys.Read(ctx, tenant, id, keyID)
	if err != nil {
		return DamagedError{row, err}
	}
	plain, err := key.Unseal(seal.Place{Kind: seal.Report, Tenant: tenant, Session: id}, sealed)
	if err != nil {
		return DamagedError{row, err}
	}
	defer clear(plain)
	if json.Unmarshal(plain, r) != nil {
		return DamagedError{row, errors.New("it is not what was sealed")}
	}
	return nil
}

// Write writes the report as one JSON object.
func (r *Report) Write(to io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	defer clear(text)
	_, err = to.Write(append(text, '\n'))
	return err
}
