// Package apidoc writes the OpenAPI document of an API out of the types of its
// answers. It sees types and tables; no request and no answer passes it.
package apidoc

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Operation is one method of one address.
type Operation struct {
	Method, Path string
	Summary      string
	Open         bool // no credential is asked for
	Roles        []string
	Version      bool // If-Match names the version that is changed
	Query        []Field
	Body         []Field
	Document     string // the body is a JSON object: what that is; empty: it has the fields of Body
	File         string // the body is a file as it is: what that is
	Merge        bool   // Document may be a merge patch
	Status       int    // of success
	Also         int    // another status of success with the same answer; zero: none
	Answer       any    // nil: none in JSON
	Media        []string
}

// Field is something that a request may hold.
type Field struct {
	Name, About string
	Required    bool
	Type        string // of JSON
	Format      string
	Pattern     string
	Enum        []string
	Most        int // characters
}

// Failure is what is answered when something is wrong.
type Failure struct {
	Answer   any
	Statuses []int
}

// Make writes the document.
func Make(title, about string, all []Operation, failure Failure) ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: title, Version: "1", Description: about, License: nil},
		Components: &huma.Components{
			Schemas:         registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "A key, or the token of a sign-in."}},
		},
		Paths: map[string]*huma.PathItem{},
	}
	wrong := huma.MediaType{Schema: registry.Schema(reflect.TypeOf(failure.Answer), true, "")}
	for _, o := range all {
		op := o.made(registry)
		for _, status := range failure.Statuses {
			op.Responses[strconv.Itoa(status)] = &huma.Response{Description: "Refused; the code says why.", Content: map[string]*huma.MediaType{"application/json": &wrong}}
		}
		item := doc.Paths[o.Path]
		if item == nil {
			item = &huma.PathItem{}
			doc.Paths[o.Path] = item
		}
		switch o.Method {
		case "GET":
			item.Get = op
		case "POST":
			item.Post = op
		case "PUT":
			item.Put = op
		case "PATCH":
			item.Patch = op
		case "DELETE":
			item.Delete = op
		}
	}
	return json.Marshal(doc)
}

func (o Operation) made(registry huma.Registry) *huma.Operation {
	op := &huma.Operation{
		OperationID: strings.ToLower(o.Method) + strings.NewReplacer("/", "_", "{", "", "}", "", ".", "_").Replace(o.Path),
		Summary:     o.Summary,
		Responses:   map[string]*huma.Response{},
	}
	if !o.Open {
		op.Description = "Role: " + strings.Join(o.Roles, ", ") + "."
		op.Security = []map[string][]string{{"key": {}}}
	}
	for part := range strings.SplitSeq(o.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
		}
	}
	for _, f := range o.Query {
		op.Parameters = append(op.Parameters, &huma.Param{Name: f.Name, In: "query", Description: f.About, Required: f.Required, Schema: f.schema()})
	}
	if o.Version {
		op.Parameters = append(op.Parameters, &huma.Param{Name: "If-Match", In: "header", Required: true, Description: "The number of the version that is changed, in quotes, as ETag gave it.", Schema: &huma.Schema{Type: "string", Pattern: `^"[0-9]+"$`}})
	}
	switch {
	case o.Document != "":
		schema := &huma.Schema{Type: "object", Description: o.Document, AdditionalProperties: true}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
		if o.Merge {
			op.RequestBody.Content["application/merge-patch+json"] = &huma.MediaType{Schema: schema}
		}
	case o.File != "":
		op.RequestBody = &huma.RequestBody{Description: o.File, Required: true, Content: map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}
	case o.Body != nil:
		schema := &huma.Schema{Type: "object", AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
		for _, f := range o.Body {
			schema.Properties[f.Name] = f.schema()
			if f.Required {
				schema.Required = append(schema.Required, f.Name)
			}
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
	ok := &huma.Response{Description: "Done.", Content: map[string]*huma.MediaType{}}
	if o.Answer != nil {
		ok.Content["application/json"] = &huma.MediaType{Schema: registry.Schema(reflect.TypeOf(o.Answer), true, "")}
	}
	for _, media := range o.Media {
		if ok.Content[media] == nil {
			ok.Content[media] = &huma.MediaType{}
		}
	}
	op.Responses[strconv.Itoa(o.Status)] = ok
	if o.Also != 0 {
		op.Responses[strconv.Itoa(o.Also)] = ok
	}
	return op
}

func (f Field) schema() *huma.Schema {
	s := &huma.Schema{Type: f.Type, Format: f.Format, Pattern: f.Pattern, Description: f.About}
	for _, e := range f.Enum {
		s.Enum = append(s.Enum, e)
	}
	if f.Most > 0 {
		s.MaxLength = &f.Most
	}
	if f.Type == "object" {
		s.AdditionalProperties = true
	}
	return s
}
