package gateway

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// HeldSound is the stored sound of one side of a turn.
type HeldSound struct {
	Turn      uint64
	Side      string // "person", "avatar"
	At, Until time.Time
	MS        int // how long it sounds
}

// soundAnswer is a HeldSound as the person sees it.
type soundAnswer struct {
	Turn  uint64    `json:"turn"`
	Side  string    `json:"side"`
	At    time.Time `json:"at"`
	Until time.Time `json:"stored_until"`
	MS    int       `json:"ms"`
}

// mySounds lists the stored sound of the person's session.
func (s *Server) mySounds(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	all, err := s.options.Rights.Sounds(r.Context(), p.holding)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	list := []soundAnswer{}
	for _, k := range all {
		list = append(list, soundAnswer{k.Turn, k.Side, at(k.At), at(k.Until), k.MS})
	}
	return sendAny(w, http.StatusOK, struct {
		Sounds []soundAnswer `json:"sounds"`
	}{list})
}

// mySound gives the stored sound of one side of a turn to the person.
func (s *Server) mySound(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	if bad := s.mayRead(r, p); bad != nil {
		return bad
	}
	turn, err := strconv.ParseUint(r.PathValue("turn"), 10, 32)
	if err != nil {
		return refuse("not_found")
	}
	out := &begun{w: w, media: "audio/ogg; codecs=opus"}
	if err := out.ended(s.options.Rights.Sound(r.Context(), p.holding, turn, r.PathValue("side"), out)); err != nil {
		if errors.Is(err, ErrNothing) {
			return refuse("not_found")
		}
		return rightsFailed(&p.holding, err)
	}
	return nil
}
