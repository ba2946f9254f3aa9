package gateway

import (
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/notice"
	"mayfly/session"
)

// locale is the language that the person chose, or the avatar's first.
func (c *conn) locale() string {
	if l := c.config.Avatar.Locale; l != "" {
		return l
	}
	if len(c.avatar.Languages) > 0 {
		return c.avatar.Languages[0]
	}
	return "en"
}

// notice is the disclosure in the person's language, or the nearest there is.
func (c *conn) notice() notice.Notice { return c.noticeIn(c.locale()) }

// noticeIn is the disclosure in a language, in the words for minors once the
// person turned out to be one.
func (c *conn) noticeIn(locale string) notice.Notice {
	if c.minor {
		return notice.ForMinor(c.words, c.avatar, locale)
	}
	return notice.ForAvatar(c.words, c.avatar, locale)
}

// voice is what speaks a turn; nil if nothing speaks its language.
func (c *conn) voice(p session.Purpose) voice.Voice {
	if p == session.Answer && c.mayDial(c.avatar.Speech) {
		return c.cast.Voice(c.locale())
	}
	if v := c.cast.Local(c.notice().Locale); v != nil {
		return v
	}
	return c.cast.Local("en")
}

// noticeVoiceLocale is the language in which the notice is said: the
// person's, or English where no voice here speaks theirs.
func (c *conn) noticeVoiceLocale() string {
	if l := c.notice().Locale; c.cast.Local(l) != nil {
		return l
	}
	return "en"
}

// spokenNotice is what is said aloud while the notice is written in the
// person's language.
func (c *conn) spokenNotice() string {
	return c.noticeIn(c.noticeVoiceLocale()).Spoken
}

// recast tells the configuration which voices the language has, and what
// writes it down. Called with
// mu held.
func (c *conn) recast() {
	c.config.Voices = nil
	if c.cast.Own != nil {
		c.config.Output.Voice = c.cast.Engine.Label().System
		c.config.Voices = []string{c.config.Output.Voice}
	} else if v := c.voice(session.Answer); v != nil {
		c.config.Voices = []string{v.Name()}
		c.config.Output.Voice = v.Name()
	} else {
		c.config.Output.Voice = ""
	}
	c.config.Transcriber = ""
	if c.takesVoice() {
		c.config.Transcriber = c.transcriber().Label().System
	}
}
