package realtime

import "mayfly/session"

// Tool is a function that the client offers to carry out.
type Tool struct {
	Name        session.Speech // [A-Za-z0-9_-]{1,64}
	Description session.Speech
	Parameters  session.Speech // a JSON Schema object as JSON; empty: none given
}

// ToolChoice says which tools a reply may use.
type ToolChoice struct {
	Mode ChoiceMode
	Name session.Speech // ChooseFunction: which one
}

// ChoiceMode is how a tool is chosen.
type ChoiceMode uint8

// The modes.
const (
	ChooseAuto ChoiceMode = iota
	ChooseNone
	ChooseRequired
	ChooseFunction
)

func forgetTools(tools []Tool) {
	for i := range tools {
		tools[i].Name.Forget()
		tools[i].Description.Forget()
		tools[i].Parameters.Forget()
	}
}

// tools reads the function tools. Servers that a client would have the gateway
// dial (type mcp) are refused: nothing is dialled on a client's word.
func (d *decoder) tools(v []byte, at string) Maybe[[]Tool] {
	if absent(v) {
		return Maybe[[]Tool]{}
	}
	d.under = at
	defer func() { d.under = "" }()
	if len(v) > maxToolBytes {
		d.fail(CodeTooLong, "")
		return Maybe[[]Tool]{}
	}
	tools := []Tool{}
	for list := d.array(v, maxTools, ""); list.next(); {
		e := list.value
		tools = append(tools, d.tool(e))
	}
	if d.err != nil {
		forgetTools(tools)
		return Maybe[[]Tool]{}
	}
	return given(tools)
}

func (d *decoder) tool(v []byte) Tool {
	var typ, name, description, parameters []byte
	for m := d.object(v, ""); m.next(); {
		n, v := m.name, m.value
		switch string(n) {
		case "type":
			typ = v
		case "name":
			name = v
		case "description":
			description = v
		case "parameters":
			parameters = v
		}
	}
	if d.err != nil || !d.need(typ, ".type") {
		return Tool{}
	}
	if d.one(typ, ".type", "function", "mcp") == "mcp" {
		d.fail(CodeUnsupported, ".type")
	}
	if d.err != nil || !d.need(name, ".name") {
		return Tool{}
	}
	return Tool{
		Name:        d.function(name, ".name"),
		Description: d.words(description, maxText, ".description"),
		Parameters:  d.json(parameters, maxToolBytes, ".parameters"),
	}
}

// function is the name of a function.
func (d *decoder) function(v []byte, at string) session.Speech {
	b := d.text(v, maxID, at)
	ok := len(b) > 0
	for _, c := range b {
		ok = ok && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-')
	}
	if !ok {
		clear(b)
		d.fail(CodeInvalidValue, at)
		return session.Speech{}
	}
	return session.NewSpeech(b)
}

func (d *decoder) choice(v []byte, at string) Maybe[ToolChoice] {
	if absent(v) {
		return Maybe[ToolChoice]{}
	}
	d.under = at
	defer func() { d.under = "" }()
	if v[0] != '{' {
		switch d.one(v, "", "auto", "none", "required") {
		case "none":
			return given(ToolChoice{Mode: ChooseNone})
		case "required":
			return given(ToolChoice{Mode: ChooseRequired})
		}
		return given(ToolChoice{})
	}
	var typ, name []byte
	for m := membersOf(v); m.next(); {
		n, v := m.name, m.value
		switch string(n) {
		case "type":
			typ = v
		case "name":
			name = v
		}
	}
	if !d.need(typ, ".type") {
		return Maybe[ToolChoice]{}
	}
	if d.one(typ, ".type", "function", "mcp") == "mcp" {
		d.fail(CodeUnsupported, ".type")
	}
	if !d.need(name, ".name") {
		return Maybe[ToolChoice]{}
	}
	return given(ToolChoice{Mode: ChooseFunction, Name: d.function(name, ".name")})
}
