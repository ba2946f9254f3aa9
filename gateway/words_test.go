package gateway

import "mayfly/session"

func words(s string) session.Speech { return session.NewSpeech([]byte(s)) }
