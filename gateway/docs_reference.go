package gateway

import (
	"fmt"
	"slices"
	"strings"
)

// eventsPage is the reference of events, made of their schema, as Markdown.
func eventsPage(document []byte) []byte {
	schema := readSchema(document)
	defs := schema.get("$defs")
	var b strings.Builder
	b.WriteString("# Events\n\nEvery event of the protocol and its fields, made from [events.schema.json](events.schema.json), which the tests hold the code to. " +
		"How they play together is told in [The protocol](protocol.md).\n\n" + schema.say("description") + "\n\n")
	isEvent := map[string]bool{"ClientEvent": true, "ServerEvent": true}
	for _, side := range []struct{ def, title, more string }{
		{"ClientEvent", "From the client", ""},
		{"ServerEvent", "From the gateway", "Each has an `event_id` as well."},
	} {
		fmt.Fprintf(&b, "## %s\n\n%s %s\n\n", side.title, defs.say(side.def, "description"), side.more)
		for _, one := range defs.get(side.def, "oneOf").all() {
			ref := one.say("$ref")
			name := ref[strings.LastIndexByte(ref, '/')+1:]
			isEvent[name] = true
			eventSection(&b, name, defs.get(name))
		}
	}
	b.WriteString("## Types\n\nWhat the events above are made of. A name that ends in In is what a client may send; beside it stands what the gateway says back.\n\n")
	for i, name := range defs.names {
		if !isEvent[name] {
			eventSection(&b, name, defs.items[i])
		}
	}
	return []byte(b.String())
}

func eventSection(b *strings.Builder, name string, def *schemaNode) {
	fmt.Fprintf(b, "### `%s` {#%s}\n\n", name, name)
	if about := def.say("description"); about != "" {
		b.WriteString(about + "\n\n")
	}
	var parts []string
	for _, part := range def.get("allOf").all() {
		if ref := part.say("$ref"); ref != "" && ref != "#/$defs/Head" {
			parts = append(parts, refLink(ref))
		}
	}
	if parts != nil {
		b.WriteString("All of " + strings.Join(parts, ", ") + ".\n\n")
	}
	forms := 0
	for _, one := range alternatives(def) {
		table := schemaTable(one)
		if table == "" {
			continue
		}
		forms++
		if form := formOf(one); form != "" {
			b.WriteString("As " + form + ":\n\n")
		} else {
			b.WriteString("As an object:\n\n")
		}
		b.WriteString(table)
	}
	if table := schemaTable(def); table != "" {
		b.WriteString(table)
	} else if forms == 0 && (def.get("allOf") == nil || def.get("type") != nil) || forms == 1 {
		b.WriteString("Type: " + typeOf(def) + "\n\n")
	}
	for _, part := range def.get("allOf").all() {
		if part.get("if") == nil {
			b.WriteString(schemaTable(part))
		}
	}
}

// httpPage is the reference of addresses, made of the OpenAPI document, as
// Markdown.
func httpPage(document []byte) []byte {
	doc := readSchema(document)
	var b strings.Builder
	b.WriteString("# HTTP\n\nEvery address and what it takes and gives, made from [openapi.json](openapi.json), which the tests hold the code to.\n\n" + doc.say("info", "description") + "\n\n")
	paths := doc.get("paths")
	for i, path := range paths.names {
		for j, method := range paths.items[i].names {
			if at := paths.items[i].items[j]; at.get("responses") != nil {
				operation(&b, doc, strings.ToUpper(method)+" "+path, at, paths.items[i].get("parameters").all())
			}
		}
	}
	b.WriteString("## Types\n\n")
	schemas := doc.get("components", "schemas")
	for i, name := range schemas.names {
		eventSection(&b, name, schemas.items[i])
	}
	return []byte(b.String())
}

// operation is the section of one method of one address. shared are the
// parameters of all its methods.
func operation(b *strings.Builder, doc *schemaNode, title string, at *schemaNode, shared []*schemaNode) {
	fmt.Fprintf(b, "## `%s` {#%s}\n\n%s.\n\n", title, at.say("operationId"), strings.TrimSuffix(at.say("summary"), "."))
	if about := at.say("description"); about != "" {
		b.WriteString(about + "\n\n")
	}
	if parameters := slices.Concat(shared, at.get("parameters").all()); parameters != nil {
		b.WriteString("| parameter | in | type | meaning |\n|---|---|---|---|\n")
		for _, p := range parameters {
			if ref := p.say("$ref"); ref != "" {
				p = doc.get(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.say("name"), p.say("in"), typeOf(p.get("schema")), cell(p.say("description")))
		}
		b.WriteString("\n")
	}
	content := at.get("requestBody", "content")
	if content != nil {
		b.WriteString("It takes:\n\n")
		for i, media := range content.names {
			schema := content.items[i].get("schema")
			fmt.Fprintf(b, "- `%s`: %s\n", media, typeOf(schema))
			if properties := schema.get("properties"); properties != nil {
				for j, name := range properties.names {
					fmt.Fprintf(b, "  - `%s`: %s\n", name, typeOf(properties.items[j]))
				}
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("| answer | meaning |\n|---|---|\n")
	responses := at.get("responses")
	for i, status := range responses.names {
		answer := responses.items[i]
		if ref := answer.say("$ref"); ref != "" {
			answer = doc.get(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
		about := cell(answer.say("description"))
		if content := answer.get("content"); content != nil {
			for j, media := range content.names {
				about += " `" + media + "`"
				if schema := content.items[j].get("schema"); schema != nil {
					about += ": " + typeOf(schema)
				}
			}
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", status, about)
	}
	b.WriteString("\n")
}
