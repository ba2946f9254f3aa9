package tenant

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFile is the size of the largest configuration, in bytes.
const maxFile = 1 << 20

// File is a configuration that has been read and found right.
type File struct {
	Server  Server
	Tenants []Tenant
}

// Server is what the file may say about the process. Zero values mean that it
// says nothing: flags and the environment come first, defaults last.
type Server struct {
	Listen             string // "host:port" or Off
	TLSListen          string // "host:port" or Off
	TLSCert            string // file, PEM
	TLSKey             string // file, PEM
	BehindTLSProxy     bool
	PublicURL          string // an origin
	TrustedProxies     []netip.Prefix
	CountryHeader      string // empty: none
	CountryDatabase    string // file; empty: none
	Metrics            Metrics
	Media              Media
	PiperModel         string              // file
	TranscriberCommand *TranscriberCommand // nil: none
	TenantHosts        []string            // the only ones that tenants of the database may name; empty: any
	OIDC               *OIDC               // nil: nobody signs in by a provider
	Witnesses          []Witness           // none: checkpoints are given to nobody
	SIEM               []Collector         // none: nobody is sent the audit logs
}

// Metrics is where figures are shown.
type Metrics struct {
	Listen    string // "host:port", "unix:/path" or Off
	TokenFile string
}

// Media is where sound and picture go in and out over WebRTC.
type Media struct {
	Listen          string       // "host:port" or Off
	PublicAddresses []netip.Addr // written into candidates
	ICEServers      []ICEServer  // told to clients
}

// Parse reads a configuration in YAML or JSON. name is the file's path: it
// stands in mistakes, and relative paths in the file start at its folder.
// What is wrong comes back all at once as *Mistakes, in which no value of the
// file appears.
//
// There is no way to name an environment variable or to include a file: what
// a tenant may write must not reach into the machine.
func Parse(name string, data []byte) (*File, error) {
	r := &reader{base: filepath.Dir(name), now: time.Now(), at: map[string]place{"": {1, 1}}}
	f := &File{}
	if body := r.document(bytes.TrimPrefix(data, []byte("\ufeff"))); body != nil {
		if fileTable().read(r, "", body, f) {
			checkFile(r, f)
		}
	}
	if err := r.mistakes(name); err != nil {
		return nil, err
	}
	return f, nil
}

// Settings lists every key that a file may hold.
func Settings() []Setting { return fileTable().settings("") }

func fileTable() table[File] {
	of := func(at func(*Server) *string) func(*File) *string {
		return func(f *File) *string { return at(&f.Server) }
	}
	return table[File]{
		one("listen", address(ParseAddress), "127.0.0.1:8080", "Where browsers and programs connect without TLS. Off this machine only behind a proxy that speaks TLS.", of(func(s *Server) *string { return &s.Listen })),
		one("tls_listen", address(ParseAddress), "127.0.0.1:8443 in the demonstration or with a certificate, else off", "Where they connect over TLS.", of(func(s *Server) *string { return &s.TLSListen })),
		one("tls_cert", anyFile(), "none", "Certificate chain in PEM, the server's own first. Read again when it changes.", of(func(s *Server) *string { return &s.TLSCert })),
		one("tls_key", secretFile(), "none", "Private key of the certificate in PEM.", of(func(s *Server) *string { return &s.TLSKey })),
		one("behind_tls_proxy", truth(), "false", "Says that a proxy in front speaks TLS with the world, so that `listen` may leave this machine.", func(f *File) *bool { return &f.Server.BehindTLSProxy }),
		one("public_url", text("origin", func(_ *reader, s string) (string, error) { return ParsePublicURL(s) }), "the address listened on", "The address under which people reach the gateway.", of(func(s *Server) *string { return &s.PublicURL })),
		many("trusted_proxies", text("network", func(_ *reader, s string) (netip.Prefix, error) { return ParseProxy(s) }), 64, "none", "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.", func(f *File) *[]netip.Prefix { return &f.Server.TrustedProxies }),
		one("country_header", headerName(), "none: countries are not counted", "Header in which a trusted proxy says in which country somebody is, as `CF-IPCountry`: two letters of ISO 3166. It is counted for `/metrics` when a session begins, and kept nowhere else.", of(func(s *Server) *string { return &s.CountryHeader })),
		one("country_database", anyFile(), "none: no address is looked up", "Database of countries in MaxMind's format (.mmdb), where no trusted proxy says the country. The address of a person is looked up in memory when a session begins, and goes nowhere. Read at the start and on SIGHUP.", of(func(s *Server) *string { return &s.CountryDatabase })),
		group("metrics", table[Metrics]{
			one("listen", address(ParseMetricsAddress), "off", "Where figures are read, at `/metrics`: an address, or `unix:/path` for a socket.", func(m *Metrics) *string { return &m.Listen }),
			one("token_file", secretFile(), "none", "Holds the token that readers must show (`Authorization: Bearer`). Needed unless the address is unix:/path.", func(m *Metrics) *string { return &m.TokenFile }),
		}, "off", "Figures about the process. They hold nothing that was said.", func(f *File) *Metrics { return &f.Server.Metrics }, nil),
		group("media", table[Media]{
			one("listen", address(ParseMediaAddress), "127.0.0.1:0", "Address of the one UDP socket and the one TCP port for WebRTC. `off` leaves WebSocket.", func(m *Media) *string { return &m.Listen }),
			many("public_addresses", text("IP address", func(_ *reader, s string) (netip.Addr, error) { return ParsePublicAddress(s) }), 16, "the addresses of the machine", "Addresses under which `listen` is reached from outside, where they differ.", func(m *Media) *[]netip.Addr { return &m.PublicAddresses }),
			groups("ice_servers", iceTable(), 16, "none", "STUN and TURN servers that clients are told of.", func(m *Media) *[]ICEServer { return &m.ICEServers }, func() ICEServer { return ICEServer{} }, checkICE),
		}, "the defaults below", "Sound over WebRTC.", func(f *File) *Media { return &f.Server.Media }, nil),
		one("piper_model", text("file", func(r *reader, s string) (string, error) { return CheckPiperModel(r.path(s)) }), "none: piper is not used", "Voice model (.onnx, with its .onnx.json beside it) for piper, where that is found on PATH.", of(func(s *Server) *string { return &s.PiperModel })),
		group("transcriber_command", commandTable(), "none", "A program on this machine that writes down what people say to avatars without a `transcriber` of their own. It makes no file and gets nothing but the sound.", pointer(func(f *File) **TranscriberCommand { return &f.Server.TranscriberCommand }), checkCommand),
		many("tenant_hosts", tenantHost(), 1000, "any public host", "The only hosts that a tenant of the database may name: servers, tools, pages and webhooks. What this file names itself need not be here.", func(f *File) *[]string { return &f.Server.TenantHosts }),
		group("oidc", oidcTable(), "none: people sign in with keys and links", "Where people sign in to the administration page (OpenID Connect).", pointer(func(f *File) **OIDC { return &f.Server.OIDC }), checkOIDC),
		groups("siem", siemTable(), collectors, "none", "Collectors of the operator's security team. Each is sent the audit logs of all tenants and the gateway's own, in which there is no word that was said.", func(f *File) *[]Collector { return &f.Server.SIEM }, newCollector, checkCollector),
		groups("witnesses", witnessTable(), witnesses, "none", "Who is given the signed checkpoints of all audit logs as they are published, so that they are where nobody with this machine can change them. There is no word in them that was said; their names have the tenants' ids.", func(f *File) *[]Witness { return &f.Server.Witnesses }, func() Witness { return Witness{} }, checkWitness),
		groups("tenants", tenantTable(), 1000, "none: the demonstration", "The organisations that put avatars in front of people.", func(f *File) *[]Tenant { return &f.Tenants }, func() Tenant { return Tenant{} }, checkTenant),
	}
}

func address(parse func(string) (string, error)) kind[string] {
	return text("address, or off", func(_ *reader, s string) (string, error) { return parse(s) })
}

// headerName is the name of a header of HTTP.
func headerName() kind[string] {
	return text("name of a header", func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 64 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fault("this is not the name of a header", "write letters, digits and hyphens, as CF-IPCountry")
		}
		return s, nil
	})
}

func tenantTable() table[Tenant] {
	return table[Tenant]{
		one("id", identifier(), required, "Names the tenant in URLs and facts; unique in the file.", func(t *Tenant) *string { return &t.ID }),
		one("name", line(100), required, "The organisation, as people read it.", func(t *Tenant) *string { return &t.Name }),
		group("contact", table[Contact]{
			one("email", email(), "none", "Who answers questions about data.", func(c *Contact) *string { return &c.Email }),
			one("dpo", email(), "none", "The data protection officer.", func(c *Contact) *string { return &c.DPO }),
			one("privacy", page(), "none", "The organisation's own notice.", func(c *Contact) *string { return &c.Privacy }),
			one("complaint", page(), "none", "The supervisory authority, or how to complain.", func(c *Contact) *string { return &c.Complaint }),
		}, "none", "Shown beside what the page says about data.", func(t *Tenant) *Contact { return &t.Contact }, nil),
		one("controller", controllerRole(), "processor", "What who runs the gateway is to the people who use it: `processor` for the tenant, or `controller`.", func(t *Tenant) *bool { return &t.Controller }),
		one("audience", named(General, Minors), "general", "Whom the avatars talk with. With `minors` nothing can be kept, and they are reminded every three hours that an AI talks with them, and to take a break.", func(t *Tenant) *Audience { return &t.Audience }),
		one("help_line", line(200), "none; required for minors", "Where somebody who is in need finds help, in the tenant's words.", func(t *Tenant) *string { return &t.HelpLine }),
		group("disclosure", disclosureTable(), "the gateway's notice alone", "What the organisation says beside the gateway's own notice. That stays, word for word; where it has none in a language, the English one follows.", func(t *Tenant) *Disclosure { return &t.Disclosure }, nil),
		group("policy", policyTable(), "nothing is kept", "What may be kept, for how long, and what for. An avatar can narrow it.", func(t *Tenant) *Policy { return &t.Policy }, checkPolicy),
		many("origins", origin(), 100, "none", "Pages that may call from a browser, each exactly as the browser names it.", func(t *Tenant) *[]string { return &t.Origins }),
		many("frames", origin(), 100, "none", "Pages that may show the avatar in a frame.", func(t *Tenant) *[]string { return &t.Frames }),
		one("public", truth(), "false", "Whether the gateway's own page may start a session for anybody, without a key.", func(t *Tenant) *bool { return &t.Public }),
		groups("keys", keyTable(), 100, "none", "Credentials. `mayfly key` makes one.", func(t *Tenant) *[]Key { return &t.Keys }, func() Key { return Key{} }, nil),
		groups("avatars", avatarTable(), 100, required, "The faces and voices. The first is used where none is asked for.", func(t *Tenant) *[]Avatar { return &t.Avatars }, newAvatar, checkAvatar),
		group("webhook", webhookTable(), "none", "Tells a server of the organisation what happens, without a word that was said.", pointer(func(t *Tenant) **Webhook { return &t.Webhook }), checkWebhook),
		group("handoff", handoffTable(), "none: nobody can be asked for", "The desk at which people of the organisation take over a talk. `{}` is one that is open whenever somebody is there.", pointer(func(t *Tenant) **Handoff { return &t.Handoff }), checkHandoff),
		group("limits", limitTable(), "the defaults below", "Bounds on what the tenant can use.", func(t *Tenant) *Limits { return &t.Limits }, nil),
	}
}

func keyTable() table[Key] {
	return table[Key]{
		one("hash", hash(), required, "SHA-256 of the key. The key itself is nowhere in the gateway.", func(k *Key) *[32]byte { return &k.Hash }),
		one("role", role(), "caller", "`caller` opens sessions for people, `admin` changes the tenant, `reviewer` reads facts and never words, `agent` answers people who want a human, at `/agent`.", func(k *Key) *Role { return &k.Role }),
		one("expires", moment(), "never", "From then on the key is refused.", func(k *Key) *time.Time { return &k.Expires }),
	}
}

func limitTable() table[Limits] {
	return table[Limits]{
		one("sessions", whole("sessions", 1, 1_000_000), "1000", "Sessions at the same time.", func(l *Limits) *int { return &l.Sessions }),
		one("start_rate", number("sessions per second", 0.01, 10_000), "50", "Sessions started.", func(l *Limits) *float64 { return &l.StartRate }),
		one("sessions_per_day", whole("sessions", 1, 100_000_000), "no bound", "Sessions that begin on a day (UTC). At four fifths the admin page says so; at all of it no session begins before the next day.", func(l *Limits) *int { return &l.SessionsPerDay }),
		one("tokens_per_day", whole("tokens", 1, 1_000_000_000), "no bound", "Tokens that the servers behind the avatars take and give on a day (UTC), as they say, or estimated from the words. At all of it no question is answered and no session begins before the next day.", func(l *Limits) *int { return &l.TokensPerDay }),
		one("minutes_per_month", whole("minutes", 1, 1_000_000_000), "no bound", "Time of all sessions that end in a month (UTC). Sessions under way are not cut short.", func(l *Limits) *int { return &l.MinutesPerMonth }),
		one("session_time", duration(time.Second, 24*time.Hour), "1h", "The longest session.", func(l *Limits) *time.Duration { return &l.SessionTime }),
		one("idle_time", duration(time.Second, time.Hour), "1m", "After it a session without input or live microphone ends.", func(l *Limits) *time.Duration { return &l.IdleTime }),
		one("message", whole("bytes", 4<<10, 20<<20), "1048576", "The largest message taken over WebSocket.", func(l *Limits) *int { return &l.Message }),
	}
}

func newAvatar() Avatar {
	return Avatar{Look: "lantern", Voice: "auto"}
}

func avatarTable() table[Avatar] {
	return table[Avatar]{
		one("id", identifier(), required, "Names the avatar; unique in the tenant.", func(a *Avatar) *string { return &a.ID }),
		one("name", line(60), required, "What it is called.", func(a *Avatar) *string { return &a.Name }),
		one("look", oneOf("lantern", "moth", "paper"), "lantern", "The drawn character.", func(a *Avatar) *string { return &a.Look }),
		one("colour", colour(), "the look's own", "Its main colour.", func(a *Avatar) *string { return &a.Colour }),
		one("voice", oneOf("auto", "builtin", "flite", "espeak-ng", "piper", "speech", "none"), "auto", "`auto` is the best that is found for the language, `speech` the server named under `speech`, `none` text and captions.", func(a *Avatar) *string { return &a.Voice }),
		many("languages", tongue(), 50, "en", "Languages a person may choose from, the first as default.", func(a *Avatar) *[]string { return &a.Languages }),
		one("persona", passage(8000), "none", "How it is to speak and what it is there for. It cannot make the avatar deny being an AI.", func(a *Avatar) *string { return &a.Persona }),
		one("knowledge", folder(), "none", "Documents (.md, .txt, .html, .pdf) that it answers from. They are read again when they change.", func(a *Avatar) *string { return &a.Knowledge }),
		many("knowledge_urls", text("URL, https", readKnowledge), 100, "none", "Pages, texts and PDFs of the web that it answers from. They are fetched from these addresses and from no others, with nothing of anybody in the request.", func(a *Avatar) *[]*url.URL { return &a.KnowledgeURLs }),
		one("knowledge_refresh", duration(time.Minute, 30*24*time.Hour), "1h", "How often those are asked whether they changed.", func(a *Avatar) *time.Duration { return &a.KnowledgeRefresh }),
		group("backend", backEndTable(append(protocolEntries(), visionEntry(), fallbackEntry(backEndTable(append(protocolEntries(), visionEntry())...)), residentEntry(), promptsEntry())...), "the built-in engine, which quotes the documents", "An OpenAI-compatible server that writes the answers.", pointer(func(a *Avatar) **BackEnd { return &a.BackEnd }), nil),
		group("speech", backEndTable(voiceEntry(), fallbackEntry(backEndTable(voiceEntry())), aloudEntry()), "a voice on this machine", "An OpenAI-compatible server that speaks them. When it, and its fall-backs, do not answer, a voice on this machine speaks, unless `voice` says `speech`.", pointer(func(a *Avatar) **BackEnd { return &a.Speech }), nil),
		group("transcriber", backEndTable(append(hearingEntries(), fallbackEntry(backEndTable(hearingEntries()...)))...), "the `transcriber_command`, if there is one", "An OpenAI-compatible server that writes down what people say. It is sent their voice. When it does not answer, its fall-backs hear the same sound.", pointer(func(a *Avatar) **BackEnd { return &a.Transcriber }), nil),
		groups("tools", toolTable(), mostTools, "none", "What it can look up or do at servers of yours. The gateway calls them while it answers.", func(a *Avatar) *[]Tool { return &a.Tools }, func() Tool { return Tool{} }, nil),
		one("microphone", truth(), "false", "Whether people may speak to it. Takes a `transcriber`, or the operator's `transcriber_command`.", func(a *Avatar) *bool { return &a.Microphone }),
		one("video", truth(), "false", "Whether it has a rendered picture instead of a drawn one.", func(a *Avatar) *bool { return &a.Video }),
		one("likeness", likeness(), "none", "`real` where voice or picture are those of a real person. That takes a `permission`.", func(a *Avatar) *bool { return &a.RealLikeness }),
		group("permission", permissionTable(), "none; required for a real likeness", "What the person permitted. Without one that is valid no session begins.", pointer(func(a *Avatar) **Permission { return &a.Permission }), nil),
		group("policy", narrowingTable(), "the tenant's", "What narrows the tenant's policy for this avatar. Nothing here can widen it.", pointer(func(a *Avatar) **Narrowing { return &a.Policy }), nil),
		group("off", table[SwitchedOff]{
			one("reason", line(500), required, "Why. Everybody reads it who talks with the avatar, or wants to.", func(o *SwitchedOff) *string { return &o.Reason }),
		}, "people can talk with it", "Switches the avatar off: its sessions end, and none begins.", pointer(func(a *Avatar) **SwitchedOff { return &a.Off }), nil),
	}
}

// pointer makes what the key is about exist once the key is there.
func pointer[T, V any](at func(*T) **V) func(*T) *V {
	return func(t *T) *V {
		if *at(t) == nil {
			*at(t) = new(V)
		}
		return *at(t)
	}
}

func backEndTable(more ...entry[BackEnd]) table[BackEnd] {
	return append(table[BackEnd]{
		one("url", text("base URL, https or on this machine", func(_ *reader, s string) (*url.URL, error) { return ParseBackEnd(s) }), required, "Where the server is, with its `/v1`.", func(b *BackEnd) **url.URL { return &b.URL }),
		one("model", line(200), required, "The model's name there.", func(b *BackEnd) *string { return &b.Model }),
		one("key_file", secretFile(), "no key", "Holds the server's key.", func(b *BackEnd) *string { return &b.KeyFile }),
		one("name", line(100), "the host of the URL", "What people are told that their words go to.", func(b *BackEnd) *string { return &b.Name }),
		one("region", regionName(), "not declared", "Where the server is, as `eu`. Receipts name it as declared.", func(b *BackEnd) *string { return &b.Region }),
		termsEntry(func(b *BackEnd) *Terms { return &b.Terms }),
		deadlinesEntry(),
	}, more...)
}

func voiceEntry() entry[BackEnd] {
	return one("voice", line(100), required, "The voice's name there.", func(b *BackEnd) *string { return &b.Voice })
}

func origin() kind[string] {
	return text("origin, https or on this machine", func(_ *reader, s string) (string, error) {
		o, err := ParseOrigin(s)
		if err != nil {
			return "", err
		}
		if s != toLowerASCII(s) {
			return "", fault("this holds capital letters", "write it in small letters, as browsers do")
		}
		return o, secured(o)
	})
}

func page() kind[string] {
	return text("URL", func(_ *reader, s string) (string, error) { return ParsePage(s) })
}

// checkFile looks at what no single key shows, and fills in what follows from
// other keys.
func checkFile(r *reader, f *File) {
	if (f.Server.TLSCert == "") != (f.Server.TLSKey == "") {
		key, other := "tls_cert", "tls_key"
		if f.Server.TLSCert == "" {
			key, other = other, key
		}
		if _, tried := r.at[other]; !tried {
			r.mistake(key, fault("this needs "+other+" beside it", "give both"))
		}
	}
	checkHeard(r, f)
	checkOwn(r, f)
	checkCollectors(r, f.Server.SIEM)
	checkWitnesses(r, f.Server.Witnesses)
	ids := map[string]int{}
	keys := map[[32]byte]string{}
	for i := range f.Tenants {
		t := &f.Tenants[i]
		path := fmt.Sprintf("tenants[%d]", i)
		if first, twice := ids[t.ID]; twice && t.ID != "" {
			r.mistake(path+".id", fault(fmt.Sprintf("tenants[%d] has this id already", first), "give each its own"))
		} else {
			ids[t.ID] = i
		}
		for j, k := range t.Keys {
			at := fmt.Sprintf("%s.keys[%d]", path, j)
			if first, twice := keys[k.Hash]; twice && k.Hash != [32]byte{} {
				r.mistake(at+".hash", fault(first+" has this hash already", "make a key for each use"))
			} else {
				keys[k.Hash] = at
			}
		}
	}
}

func checkTenant(r *reader, path string, t *Tenant) {
	_, tried := r.at[under(path, "avatars")]
	if tried && len(t.Avatars) == 0 {
		r.mistakeOnce(under(path, "avatars"), fault("there is no avatar", "name at least one"))
	}
	t.Line = r.at[path].line
	checkMinors(r, path, t)
	checkDisclosure(r, path, t)
	checkHiding(r, path, t)
	checkTools(r, path, t)
	checkRecipients(r, path, t)
	if _, keys := r.at[under(path, "keys")]; !keys && !t.Public && !r.stored {
		if _, public := r.at[under(path, "public")]; !public {
			r.mistake(path, fault("nobody could start a session here: there is no key, and the page is not public", "add keys, or public: true"))
		}
	}
	ids := map[string]int{}
	for i, a := range t.Avatars {
		if first, twice := ids[a.ID]; twice && a.ID != "" {
			r.mistake(under(path, fmt.Sprintf("avatars[%d].id", i)), fault(fmt.Sprintf("avatars[%d] has this id already", first), "give each its own"))
			continue
		}
		ids[a.ID] = i
	}
	for i := range t.Avatars {
		if n := t.Avatars[i].Policy; n != nil {
			slices.Sort(n.Purposes)
			checkNarrowing(r, under(path, fmt.Sprintf("avatars[%d].policy", i)), t.Policy, n)
		}
	}
}

func checkAvatar(r *reader, path string, a *Avatar) {
	if _, tried := r.at[path+".languages"]; !tried {
		a.Languages = []string{"en"}
	} else if len(a.Languages) == 0 {
		r.mistakeOnce(path+".languages", fault("there is no language", "name at least one, or leave the key out"))
	}
	checkFallbacks(r, path, a)
	checkProtocol(r, path, a)
	checkKnowledge(r, path, a)
	checkLikeness(r, path, a)
	checkTranscriber(r, path, a)
	_, speech := r.at[path+".speech"]
	switch {
	case a.Voice == "speech" && !speech:
		r.mistake(path+".voice", fault("this voice needs a speech server", "name one under speech, or choose another voice"))
	case speech && a.Voice != "speech" && a.Voice != "auto":
		r.mistake(path+".voice", fault("the speech server would never be used with this voice", `leave out speech, or choose "speech" or "auto"`))
	}
}
