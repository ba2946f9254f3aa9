package receipt

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"
)

// instructionType is the header "typ" of an instruction.
const instructionType = "mayfly-instructions+jwt"

// Instruction is what a recipient may do with what it is sent, signed so that
// it can show later what it was told. It is the same for all sessions of an
// hour: nobody can tell by it which requests belong together.
//
// It is an instruction and no more. Whether it is followed is nothing that the
// sender sees.
type Instruction struct {
	Issuer   string `json:"iss"` // the gateway's address
	Audience string `json:"aud"` // the recipient's host
	Issued   int64  `json:"iat"` // seconds since 1970, whole hours
	Expires  int64  `json:"exp"`
	Purpose  string `json:"purpose"` // "answer", "speak", "transcribe", "tool": and nothing else
	Train    bool   `json:"train"`   // whether models may be trained with it
	Store    bool   `json:"store"`   // whether it may be kept after the answer
	TTL      int    `json:"ttl"`     // seconds after which it has to be gone at the latest
}

// instructedFor is how long an instruction counts: nobody's clock is exact.
const instructedFor = 2 * time.Hour

// mostHeld is longer than any answer takes.
const mostHeld = 10 * time.Minute

// Instruct is what a recipient is told at a time for a purpose: to train
// nothing, to store nothing, and to have let go of it after ten minutes.
func Instruct(now time.Time, issuer, audience, purpose string, s Signer) (jws string, err error) {
	if issuer == "" || audience == "" || purpose == "" {
		return "", errors.New("an instruction says who tells whom what for")
	}
	hour := now.UTC().Truncate(time.Hour)
	payload, err := json.Marshal(Instruction{
		Issuer: issuer, Audience: audience, Issued: hour.Unix(), Expires: hour.Add(instructedFor).Unix(),
		Purpose: purpose, TTL: int(mostHeld / time.Second),
	})
	if err != nil {
		return "", err
	}
	if payload, err = Canonical(payload); err != nil {
		return "", err
	}
	signed, err := signAs(payload, instructionType, s)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
