package tenant

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/goccy/go-yaml/ast"

	"mayfly/gateway/schema"
)

// Tool is something that an avatar can look up or do, at a server of the
// tenant's choice. The gateway calls it, and nobody else can name another.
type Tool struct {
	Name        string         // [a-z0-9_]{1,64}, unique in the avatar: the model calls it by that
	Description string         // what it is for, for the model
	Parameters  *schema.Schema // nil: it takes no arguments
	URL         *url.URL       // of the one call
	KeyFile     string         // file that holds the key; empty: no key
	Provider    string         // who runs it, as people are told
	Region      string         // where it is declared to be: "eu"; empty: nobody declared it
	Terms       Terms          // what it does with what it is sent
	Timeout     time.Duration  // of a call; zero means 10 seconds
	Result      int            // bytes of what it gives; zero means 16 KiB
	Significant bool           // what it does is a decision about the person that has legal or like effects
}

// mostTools is how many tools an avatar may have: a model that is offered more
// chooses badly.
const mostTools = 16

func toolTable() table[Tool] {
	return table[Tool]{
		one("name", toolName(), required, "Names the tool; unique in the avatar. The model calls it by this name, and no page can declare one of the same name.", func(t *Tool) *string { return &t.Name }),
		one("description", passage(1000), required, "What it is for and when to call it, for the model.", func(t *Tool) *string { return &t.Description }),
		one("url", text("URL, https or on this machine", readToolURL), required, "Where it is called, with POST and the arguments as JSON. Never an address of this server.", func(t *Tool) **url.URL { return &t.URL }),
		parameters("parameters", func(t *Tool) **schema.Schema { return &t.Parameters }),
		one("key_file", secretFile(), "no key", "Holds the server's key.", func(t *Tool) *string { return &t.KeyFile }),
		one("provider", line(100), "the host of the URL", "Who runs it, as people are told.", func(t *Tool) *string { return &t.Provider }),
		one("region", regionName(), "not declared", "Where the server is, as `eu`.", func(t *Tool) *string { return &t.Region }),
		termsEntry(func(t *Tool) *Terms { return &t.Terms }),
		one("timeout", duration(100*time.Millisecond, 30*time.Second), "10s", "For all of a call. A call is made once, and never again.", func(t *Tool) *time.Duration { return &t.Timeout }),
		one("result_bytes", whole("bytes", 1<<10, 64<<10), "16384", "The most that it may give.", func(t *Tool) *int { return &t.Result }),
		one("significant_effect", truth(), "false", "Whether what it does is a decision about the person with legal or like effects. That takes `policy.automated_decisions` with its notice and a human.", func(t *Tool) *bool { return &t.Significant }),
	}
}

func toolName() kind[string] {
	return text("1 to 64 of a-z 0-9 _", func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return "", fault("this is not the name of a tool", "use 1 to 64 of the characters a-z 0-9 and _")
		}
		return s, nil
	})
}

func readToolURL(r *reader, s string) (*url.URL, error) {
	u, err := webURL(s)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fault("what is sent stands in the body", "leave out ? and # and what follows")
	}
	if r.stored {
		return u, outside(u)
	}
	return u, nil
}

// parameters is the key of a schema. What is wrong in it is told at its line.
func parameters(name string, at func(*Tool) **schema.Schema) entry[Tool] {
	return entry[Tool]{
		name:    name,
		Setting: Setting{Key: name, Type: "JSON Schema of an object: type, properties, required, items, enum, description, minimum, maximum, minLength, maxLength, minItems, maxItems", Default: "no arguments", About: "What it is called with. Members that are not named are never sent."},
		read: func(r *reader, key string, n ast.Node, into *Tool) {
			if n = r.bare(key, n); n == nil {
				return
			}
			r.at[key] = where(n)
			w := &written{reader: r, key: key, lines: map[string]place{}}
			v, ok := w.value("", n, 0)
			if !ok {
				return
			}
			raw, err := json.Marshal(v, json.Deterministic(true))
			if err != nil {
				r.mistake(key, err)
				return
			}
			parsed, wrong := schema.Parse(raw)
			for _, m := range wrong {
				r.mistakeAt(key+dotted(m.Path), w.line(m.Path), fault(m.Problem, m.Remedy))
			}
			*at(into) = parsed
		},
	}
}

// written turns what stands in the file into JSON, and remembers where what
// stands.
type written struct {
	reader *reader
	key    string
	lines  map[string]place
}

func (w *written) value(path string, n ast.Node, depth int) (any, bool) {
	key := w.key + strings.ReplaceAll(path, "\x00", ".")
	if n = w.reader.bare(key, n); n == nil {
		return nil, false
	}
	w.lines[path] = where(n)
	if depth > maxDepth {
		w.reader.mistakeAt(w.key, where(n), fault("this stands too deep in itself", fmt.Sprintf("use at most %d levels", schema.MostDepth)))
		return nil, false
	}
	if all, ok := pairs(n); ok {
		out := make(map[string]any, len(all))
		for _, p := range all {
			name, err := word(p.Key)
			if err == nil && out[name] != nil {
				err = fault("this key is there twice", "leave one out")
			}
			if err != nil {
				w.reader.mistakeAt(w.key, where(p.Key), err)
				return nil, false
			}
			v, ok := w.value(path+"\x00"+name, p.Value, depth+1)
			if !ok {
				return nil, false
			}
			out[name] = v
		}
		return out, true
	}
	switch v := n.(type) {
	case *ast.SequenceNode:
		out := make([]any, 0, len(v.Values))
		for i, item := range v.Values {
			one, ok := w.value(path+"\x00"+strconv.Itoa(i), item, depth+1)
			if !ok {
				return nil, false
			}
			out = append(out, one)
		}
		return out, true
	case *ast.BoolNode:
		return v.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		f, err := strconv.ParseFloat(n.GetToken().Value, 64)
		if err == nil {
			return f, true
		}
	default:
		if s, err := textOf(n); err == nil {
			return s, true
		}
	}
	w.reader.mistakeAt(key, where(n), fault("this is not text, a number, or true or false", "correct it"))
	return nil, false
}

// line is where something stands, or the nearest that it is in.
func (w *written) line(path []string) place {
	for n := len(path); n >= 0; n-- {
		at := ""
		for _, p := range path[:n] {
			at += "\x00" + p
		}
		if found, ok := w.lines[at]; ok {
			return found
		}
	}
	return place{}
}

func dotted(path []string) string {
	all := ""
	for _, p := range path {
		all += "." + shown(p)
	}
	return all
}

// checkTools looks at what no single tool shows.
func checkTools(r *reader, path string, t *Tenant) {
	for i := range t.Avatars {
		a := &t.Avatars[i]
		at := under(path, fmt.Sprintf("avatars[%d].tools", i))
		if _, tried := r.at[at]; !tried {
			continue
		}
		if a.BackEnd == nil && !r.wrong(under(path, fmt.Sprintf("avatars[%d].backend", i))) {
			r.mistake(at, fault("the built-in engine calls no tools", "name a backend whose model does, or leave tools out"))
		}
		names := map[string]int{}
		for j := range a.Tools {
			tool := &a.Tools[j]
			one := fmt.Sprintf("%s[%d]", at, j)
			if first, twice := names[tool.Name]; twice && tool.Name != "" {
				r.mistake(one+".name", fault(fmt.Sprintf("tools[%d] has this name already", first), "give each its own"))
			} else {
				names[tool.Name] = j
			}
			if tool.URL != nil && tool.Provider == "" {
				tool.Provider = tool.URL.Hostname()
			}
			if tool.Significant && !t.Policy.Decides() && !r.wrong(under(path, "policy.automated_decisions")) {
				r.mistake(one+".significant_effect", fault("a decision about a person takes a notice of how it is made, and a way to a human, and there are none", "add policy.automated_decisions with used: true, logic_notice and human_route, or leave the tool out"))
			}
		}
	}
}

// Decides says whether people are told how it is decided about them without a
// human, and how to reach one. R43 R44
func (p *Policy) Decides() bool {
	d := &p.Decisions
	return d.Used && d.LogicNotice != "" && d.HumanRoute != ""
}

// checkOwn refuses tools that would call this server: the admin API is not for
// a model, and neither is a session of its own.
func checkOwn(r *reader, f *File) {
	for i := range f.Tenants {
		for j := range f.Tenants[i].Avatars {
			for k, t := range f.Tenants[i].Avatars[j].Tools {
				if t.URL != nil && f.Server.Owns(t.URL) {
					r.mistake(fmt.Sprintf("tenants[%d].avatars[%d].tools[%d].url", i, j, k), OwnAddress())
				}
			}
		}
	}
}

// OwnAddress is what is wrong with a tool that is this server.
func OwnAddress() *Fault {
	return &Fault{"this is an address of this server, and no tool may call that", "name another server"}
}

// Owns says whether a URL is one of this server's own, as far as the
// configuration shows. What a name leads to is looked at when it is dialled.
func (s *Server) Owns(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if p, err := url.Parse(s.PublicURL); err == nil && p.Host != "" {
		own := p.Port()
		if own == "" {
			own = map[string]string{"http": "80", "https": "443"}[p.Scheme]
		}
		if strings.EqualFold(p.Hostname(), u.Hostname()) && own == port {
			return true
		}
	}
	for _, listen := range []string{s.Listen, s.TLSListen, s.Metrics.Listen} {
		host, own, err := splitPort(listen)
		if err != nil || own != port {
			continue
		}
		if strings.EqualFold(host, u.Hostname()) || Loopback(u.Hostname()) && (host == "" || host == "0.0.0.0" || host == "::" || Loopback(host)) {
			return true
		}
	}
	return false
}

// recipient is who is sent the arguments of a call.
func (t *Tool) recipient(i int) Recipient {
	return Recipient{Role: ToolServer, Key: fmt.Sprintf("tools[%d]", i), Name: t.Provider, URL: t.URL, Region: t.Region, Terms: t.Terms, Gets: Arguments}
}

// ToolRecipient is who is sent the arguments of calls of a tool, by its name;
// nil if the avatar has no such tool.
func (a *Avatar) ToolRecipient(name string) *Recipient {
	for i := range a.Tools {
		if a.Tools[i].Name == name {
			r := a.Tools[i].recipient(i)
			return &r
		}
	}
	return nil
}

// Decides says whether what a tool does, by its name, is a decision about the
// person that has legal or like effects.
func (a *Avatar) Decides(tool string) bool {
	return slices.ContainsFunc(a.Tools, func(t Tool) bool { return t.Name == tool && t.Significant })
}

func (t *Tool) document() object {
	o := object{"name": t.Name, "description": t.Description, "url": t.URL.String()}
	if t.Parameters != nil {
		o["parameters"] = jsontext.Value(t.Parameters.JSON())
	}
	put(o, "provider", t.Provider, t.URL.Hostname())
	put(o, "region", t.Region, "")
	nest(o, "terms", t.Terms.document())
	if t.Timeout != 0 {
		o["timeout"] = short(t.Timeout)
	}
	put(o, "result_bytes", t.Result, 0)
	put(o, "significant_effect", t.Significant, false)
	return o
}
