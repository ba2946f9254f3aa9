package admin

import (
	"context"
	"io"
	"net/http"
	"time"

	"mayfly/session"
)

// KeptSound is the stored sound of one side of a turn, without what is heard.
type KeptSound struct {
	Turn      uint64
	Side      string // "avatar", "person"
	At, Until time.Time
	MS        int // how long it sounds
	Bytes     int // sealed
}

// Sounds are the stored sounds of conversations. The API passes them on and
// holds none.
type Sounds interface {
	// Sounds lists those of a session. That somebody looked is noted before it
	// answers.
	Sounds(ctx context.Context, tenantID string, id session.ID, who Access) ([]KeptSound, error)
	// ReadSound writes the sound of one side of a turn, a file of Ogg Opus. That
	// it was heard is durable before the first byte. ErrPurpose, ErrRestricted.
	ReadSound(ctx context.Context, tenantID string, id session.ID, turn uint64, side string, who Access, w io.Writer) error
}

// Answers about sound.
type (
	soundsAnswer struct {
		Sounds []soundRow `json:"sounds" doc:"In the order of the conversation."`
	}
	soundRow struct {
		Turn  uint64    `json:"turn"`
		Side  string    `json:"side" enum:"avatar,person"`
		At    time.Time `json:"at"`
		Until time.Time `json:"until" doc:"When it will be deleted, unless a hold keeps it."`
		MS    int       `json:"ms" doc:"How long it sounds."`
		Bytes int       `json:"bytes"`
	}
)

// sides are whose sound there is.
var sides = []string{"avatar", "person"}

func (a *API) sounds(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	all, err := a.options.Store.Sounds(c.r.Context(), c.tenant(), id, Access{Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	out := soundsAnswer{Sounds: []soundRow{}}
	for _, s := range all {
		out.Sounds = append(out.Sounds, soundRow{s.Turn, s.Side, s.At.UTC(), s.Until.UTC(), s.MS, s.Bytes})
	}
	return c.send(out)
}

// readSound streams the sound of one side of a turn.
func (a *API) readSound(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	turn, bad := c.numbered("turn")
	if bad != nil {
		return bad
	}
	side := c.r.PathValue("side")
	if side != sides[0] && side != sides[1] {
		return refuse("nothing_here")
	}
	out := &streamed{w: c.w, media: "audio/ogg", name: "sound-" + id.String() + "-" + c.r.PathValue("turn") + "-" + side + ".opus"}
	err := a.options.Store.ReadSound(c.r.Context(), c.tenant(), id, turn, side, Access{Actor: c.who.key, Purpose: c.query.text("purpose")}, out)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // half a sound must not sound like a whole one
	}
	return refused(err)
}
