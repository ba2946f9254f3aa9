package tenant

import "time"

// protocolEntries say how a server that answers is spoken with.
func protocolEntries() []entry[BackEnd] {
	return []entry[BackEnd]{
		one("protocol", text("one of chat, realtime", func(_ *reader, s string) (bool, error) {
			if s != "chat" && s != "realtime" {
				return false, oneOfFault(s, []string{"chat", "realtime"})
			}
			return s == "realtime", nil
		}), "chat", "How the server is spoken with: `chat` is OpenAI's `/chat/completions`, `realtime` the Realtime protocol over a WebSocket, by which it speaks its answers itself. It is heard where `voice` of the avatar is `auto` and there is no `speech`.", func(b *BackEnd) *bool { return &b.Realtime }),
		one("voice", line(100), "the server's own choice", "The voice's name there. Takes `protocol: realtime`.", func(b *BackEnd) *string { return &b.Voice }),
		one("session", duration(10*time.Second, 24*time.Hour), "60m", "How long the server keeps a session. Before that another is opened, and told the conversation. Takes `protocol: realtime`.", func(b *BackEnd) *time.Duration { return &b.Session }),
	}
}

// checkProtocol refuses what a server that does not speak has no use for.
func checkProtocol(r *reader, path string, a *Avatar) {
	for i, b := range a.BackEnd.Servers() {
		at := path + "." + serverKey("backend", i)
		if b.Realtime || r.wrong(at+".protocol") {
			continue
		}
		for _, key := range []string{"voice", "session"} {
			if _, tried := r.at[at+"."+key]; tried {
				r.mistake(at+"."+key, fault("a server of the chat protocol has no "+key, "add protocol: realtime, or leave "+key+" out"))
			}
		}
	}
}

// Sounds says whether answers are heard in the voice of the server that writes
// them.
func (a *Avatar) Sounds() bool {
	if a.BackEnd == nil || a.Speech != nil || a.Voice != "auto" {
		return false
	}
	for _, b := range a.BackEnd.Servers() {
		if b.Realtime {
			return true
		}
	}
	return false
}
