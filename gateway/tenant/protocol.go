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

// hearingEntries say how a server that writes down what people say is spoken
// with.
func hearingEntries() []entry[BackEnd] {
	return []entry[BackEnd]{
		one("protocol", text("one of transcriptions, realtime", func(_ *reader, s string) (bool, error) {
			if s != "transcriptions" && s != "realtime" {
				return false, oneOfFault(s, []string{"transcriptions", "realtime"})
			}
			return s == "realtime", nil
		}), "transcriptions", "How the server is spoken with: `transcriptions` is OpenAI's `/audio/transcriptions`, which is sent what was said as a file, `realtime` the Realtime protocol over a WebSocket, by which it hears while somebody speaks.", func(b *BackEnd) *bool { return &b.Realtime }),
		one("transcription_model", line(200), "`model`", "The model that writes down, where that is not the one that a session is opened with. Takes `protocol: realtime`.", func(b *BackEnd) *string { return &b.Writer }),
		one("partials", truth(), "false", "Whether it is asked once a second while somebody speaks, with all of the sound so far, so that captions appear at once and `semantic_vad` hears what is said.", func(b *BackEnd) *bool { return &b.Partials }),
	}
}

// checkProtocol refuses what a server has no use for, by how it is spoken with.
func checkProtocol(r *reader, path string, a *Avatar) {
	for i, b := range a.Transcriber.Servers() {
		at := path + "." + ServerKey("transcriber", i)
		if r.wrong(at + ".protocol") {
			continue
		}
		if _, tried := r.at[at+".transcription_model"]; tried && !b.Realtime {
			r.mistake(at+".transcription_model", fault("this server has one model", "add protocol: realtime, or leave transcription_model out"))
		}
		if _, tried := r.at[at+".partials"]; tried && b.Realtime {
			r.mistake(at+".partials", fault("by this protocol it hears while somebody speaks, and is asked nothing", "leave partials out, or protocol: realtime"))
		}
	}
	for i, b := range a.BackEnd.Servers() {
		at := path + "." + ServerKey("backend", i)
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
