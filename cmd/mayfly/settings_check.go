package main

import (
	"cmp"
	"errors"

	"mayfly/gateway/avatar/command"
	"mayfly/gateway/tenant"
)

// What can be wrong between settings. Each says what to do, with the flags
// that do it.
var (
	errNothing       = errors.New("with --tls-listen off as well, nothing would be listened on; give one of them an address")
	errPlain         = errors.New("plain http is for this machine only; use --tls-listen with --tls-cert and --tls-key, or say --behind-tls-proxy if a proxy in front speaks TLS")
	errNoCert        = errors.New("this needs a certificate; give --tls-cert and --tls-key")
	errDemoLeaves    = errors.New("the demonstration is for this machine only; name your tenants in a file with --config to let others in")
	errDemoOnly      = errors.New("this is for the demonstration, and --config names tenants, so it would not be used; write it into the file, under the avatar")
	errNoCertPair    = errors.New("certificate and key go together; give both --tls-cert and --tls-key")
	errMetricsOpen   = errors.New("figures need a token, on this machine too; give --metrics-token-file, or use unix:/path, which its folder protects")
	errNoReader      = errors.New("nothing reads this without --metrics-listen; give that too, or leave this out")
	errNoBackEnd     = errors.New("nothing uses this without --backend; give that too, or leave this out")
	errNoSpeech      = errors.New("nothing uses this without --speech; give that too, or leave this out")
	errNoMicrophone  = errors.New("nothing uses this without --microphone; give that too, or leave this out")
	errNoTranscriber = errors.New("nothing uses this without --transcriber; give that too, or leave this out")
	errNobodyHears   = errors.New("nothing here writes down what people say; name a server with --transcriber, or install pocketsphinx and pocketsphinx-en-us")
	errNoModel       = errors.New("this needs the name of a model; give --model (MAYFLY_MODEL), as the server lists it under /v1/models")
)

func (g *gathering) checkListeners(s *settings) {
	cert := s.TLSCert != "" && s.TLSKey != ""
	if s.Listen == tenant.Off && s.TLSListen == tenant.Off {
		g.bad("listen", errNothing)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		flag := "tls-cert"
		if s.TLSCert == "" {
			flag = "tls-key"
		}
		g.bad(flag, errNoCertPair)
	}
	switch {
	case s.demo() && leaves(s.Listen):
		g.bad("listen", errDemoLeaves)
	case leaves(s.Listen) && !s.proxied():
		g.bad("listen", errPlain)
	}
	switch {
	case s.demo() && leaves(s.TLSListen):
		g.bad("tls-listen", errDemoLeaves)
	case !s.demo() && s.TLSListen != tenant.Off && !cert:
		g.bad("tls-listen", errNoCert)
	}
	if s.demo() && s.PublicURL != "" && !tenant.Loopback(tenant.Host(s.PublicURL)) {
		g.bad("public-url", errDemoLeaves)
	}
	switch {
	case overNetwork(s.MetricsListen) && s.MetricsTokenFile == "":
		g.bad("metrics-listen", errMetricsOpen)
	case leaves(s.MetricsListen) && !cert && !s.proxied():
		g.bad("metrics-listen", errPlain)
	case s.MetricsListen == tenant.Off && s.MetricsTokenFile != "":
		g.bad("metrics-token-file", errNoReader)
	}
}

// checkFiles looks at files that flags name; those of the configuration were
// looked at when it was read.
func (g *gathering) checkFiles() {
	for _, f := range []struct{ flag, path string }{
		{"tls-key", g.flags.TLSKey},
		{"backend-key-file", g.flags.BackEndKeyFile},
		{"metrics-token-file", g.flags.MetricsTokenFile},
	} {
		if f.path != "" {
			g.bad(f.flag, tenant.CheckSecretFile(f.path))
		}
	}
}

// backEnds reads what answers and speaks in the demonstration.
func (g *gathering) backEnds(s *settings) {
	f := g.flags
	if !s.demo() {
		for _, flag := range []string{"backend", "model", "backend-key-file", "speech", "speech-model", "speech-voice", "microphone", "transcriber", "transcriber-model"} {
			if g.given(flag) {
				g.bad(flag, errDemoOnly)
			}
		}
		return
	}
	if f.BackEnd == "" {
		g.without(errNoBackEnd, "model", "backend-key-file")
	} else if u, err := tenant.ParseBackEnd(f.BackEnd); err != nil {
		g.bad("backend", err)
	} else if f.Model == "" {
		g.bad("backend", errNoModel)
	} else {
		s.BackEnd = &tenant.BackEnd{URL: u, Model: f.Model, KeyFile: f.BackEndKeyFile, Name: u.Hostname()}
	}
	if f.Speech == "" {
		g.without(errNoSpeech, "speech-model", "speech-voice")
	} else if u, err := tenant.ParseBackEnd(f.Speech); err != nil {
		g.bad("speech", err)
	} else {
		s.Speech = &tenant.BackEnd{URL: u, Model: cmp.Or(f.SpeechModel, "tts-1"), Voice: cmp.Or(f.SpeechVoice, "alloy"), Name: u.Hostname()}
	}
	g.transcriber(s)
}

// transcriber says who hears people in the demonstration, if anybody does.
func (g *gathering) transcriber(s *settings) {
	f := g.flags
	if s.Microphone = f.Microphone; !s.Microphone {
		g.without(errNoMicrophone, "transcriber", "transcriber-model")
		return
	}
	if f.Transcriber == "" {
		g.without(errNoTranscriber, "transcriber-model")
		if s.TranscriberCommand == nil && command.Find() == nil {
			g.bad("microphone", errNobodyHears)
		}
	} else if u, err := tenant.ParseBackEnd(f.Transcriber); err != nil {
		g.bad("transcriber", err)
	} else {
		s.Transcriber = &tenant.BackEnd{URL: u, Model: cmp.Or(f.TranscriberModel, "whisper-1"), Name: u.Hostname()}
	}
}

// without refuses flags that say nothing without another one.
func (g *gathering) without(err error, flags ...string) {
	for _, flag := range flags {
		if g.given(flag) {
			g.bad(flag, err)
		}
	}
}
