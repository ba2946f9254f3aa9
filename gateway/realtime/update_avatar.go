package realtime

// avatar reads our own settings, where a name that we do not know is refused:
// nobody must believe that something was switched off that was not.
func (d *decoder) avatar(v []byte, from origin) (a AvatarUpdate) {
	const at = "session.avatar"
	for m := d.object(v, at); m.next(); {
		name, v := m.name, m.value
		switch n := string(name); {
		case n == "version":
			a.Version = maybe(v, d.one(v, at+".version", "1"))
		case n == "acknowledges_disclosure":
			a.Acknowledges = maybe(v, d.boolean(v, at+".acknowledges_disclosure"))
		case n == "id":
			a.ID = d.name(v, maxAvatarID, at+".id")
		case n == "locale":
			a.Locale = d.locale(v, at+".locale")
		case n == "subject":
			a.Subject = d.words(v, maxSubject, at+".subject")
		case n == "consent" && from == fromSecret:
			a.Consent = maybe(v, d.consentClaim(v))
		case n == "resume_token" && from == fromCall:
			a.ResumeToken = d.text(v, maxToken, at+".resume_token")
		case n == "consent":
			d.fail(CodeUnknownParameter, at+".consent")
		case n == "resume_token":
			d.fail(CodeUnknownParameter, at+".resume_token")
		default:
			d.fail(CodeUnknownParameter, at)
		}
	}
	return a
}

func (d *decoder) consentClaim(v []byte) (c ConsentClaim) {
	const at = "session.avatar.consent"
	var grants, notice []byte
	for m := d.object(v, at); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "grants":
			grants = v
		case "notice":
			notice = v
		case "method":
			c.Method = d.method(v, at+".method")
		default:
			d.fail(CodeUnknownParameter, at)
		}
	}
	d.need(grants, at+".grants")
	d.need(notice, at+".notice")
	c.Granted, _ = d.grants(grants, at+".grants")
	for m := d.object(notice, at+".notice"); m.next(); {
		name, v := m.name, m.value
		switch string(name) {
		case "version":
			c.NoticeVersion = d.label(v, 64, at+".notice.version")
		case "sha256":
			c.NoticeSHA256 = d.hex(v, 64, at+".notice.sha256")
		default:
			d.fail(CodeUnknownParameter, at+".notice")
		}
	}
	if d.err == nil && (c.NoticeVersion == "" || c.NoticeSHA256 == "") {
		d.fail(CodeMissing, at+".notice")
	}
	return c
}
