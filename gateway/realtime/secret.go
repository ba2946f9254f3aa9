package realtime

import (
	"net/url"
	"slices"
)

// SecretRequest is the body of POST /v1/realtime/client_secrets.
type SecretRequest struct {
	Seconds   int // until the secret ends, 10 to 7200
	Session   Update
	SingleUse bool     // the secret opens one session and no more
	Origins   []string // scheme://host[:port], exactly; empty: the tenant's
}

// DecodeSecret reads the body of POST /v1/realtime/client_secrets. An empty
// body asks for nothing special.
func DecodeSecret(body []byte) (*SecretRequest, *Error) {
	req := &SecretRequest{Seconds: defaultSeconds}
	var d decoder
	if len(trim(body)) == 0 {
		return req, nil
	}
	if code := check(body); code != "" {
		return nil, &Error{Code: code}
	}
	for m := membersOf(body); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "expires_after":
			for m := d.object(v, "expires_after"); m.next(); {
				name, v := m.name, m.value
				switch string(name) {
				case "anchor":
					d.one(v, "expires_after.anchor", "created_at")
				case "seconds":
					if s := d.integer(v, 10, 7200, "expires_after.seconds"); !absent(v) {
						req.Seconds = s
					}
				}
			}
		case "session":
			req.Session = d.update(v, fromSecret)
		case "avatar":
			d.secretOptions(v, req)
		}
	}
	if d.err != nil {
		req.Session.Forget()
		return nil, d.err
	}
	return req, nil
}

func (d *decoder) secretOptions(v []byte, req *SecretRequest) {
	for m := d.object(v, "avatar"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "single_use":
			req.SingleUse = d.boolean(v, "avatar.single_use")
		case "origins":
			for list := d.array(v, maxOrigins, "avatar.origins"); list.next(); {
				e := list.value
				o := d.origin(e, "avatar.origins")
				if !slices.Contains(req.Origins, o) {
					req.Origins = append(req.Origins, o)
				}
			}
		default:
			d.fail(CodeUnknownParameter, "avatar")
		}
	}
}

// origin is a serialised origin as browsers send it: scheme, host and port,
// nothing after them.
func (d *decoder) origin(v []byte, at string) string {
	s := string(d.text(v, maxOrigin, at))
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || s != u.Scheme+"://"+u.Host {
		d.fail(CodeInvalidValue, at)
		return ""
	}
	return s
}

// DecodeCallSession reads the session part of a multipart POST
// /v1/realtime/calls.
func DecodeCallSession(part []byte) (*Update, *Error) {
	if code := check(part); code != "" {
		return nil, &Error{Code: code, Param: "session"}
	}
	var d decoder
	u := d.update(part, fromCall)
	if d.err != nil {
		u.Forget()
		return nil, d.err
	}
	return &u, nil
}

// DecodeCall reads the JSON form of POST /v1/realtime/calls: an offer of at
// most 16 KB and the session, which may be absent.
func DecodeCall(body []byte) (sdp []byte, u *Update, err *Error) {
	if code := check(body); code != "" {
		return nil, nil, &Error{Code: code}
	}
	var d decoder
	var offer []byte
	u = new(Update)
	for m := membersOf(body); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "sdp":
			offer = v
		case "session":
			*u = d.update(v, fromCall)
		}
	}
	d.need(offer, "sdp")
	sdp = d.text(offer, maxSDP, "sdp")
	if d.err != nil {
		u.Forget()
		clear(sdp)
		return nil, nil, d.err
	}
	return sdp, u, nil
}

// PageRequest is the body of POST /v1/avatar/token.
type PageRequest struct {
	Avatar string // empty: the tenant's first
	Locale string // empty: the avatar's first
}

// DecodePage reads the body of POST /v1/avatar/token. An empty body asks for
// nothing special.
func DecodePage(body []byte) (*PageRequest, *Error) {
	req := new(PageRequest)
	if len(trim(body)) == 0 {
		return req, nil
	}
	if code := check(body); code != "" {
		return nil, &Error{Code: code}
	}
	var d decoder
	for m := membersOf(body); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "avatar":
			req.Avatar = d.name(v, maxAvatarID, "avatar")
		case "locale":
			req.Locale = d.locale(v, "locale")
		default:
			d.fail(CodeUnknownParameter, "")
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	return req, nil
}
