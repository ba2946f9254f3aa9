package tenant

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// withTools is a configuration whose one avatar has tools, and a policy.
func withTools(tools, policy string) string {
	return `listen: 0.0.0.0:8080
public_url: https://avatars.example.org
tenants:
  - id: acme
    name: Acme
    public: true
` + policy + `    avatars:
      - id: lumen
        name: Lumen
        backend: {url: "https://models.example/v1", model: m}
        tools:
` + tools
}

const goodTool = `          - name: opening_hours
            description: When it is open.
            url: https://tools.example/hours
            provider: Example Timetable
            timeout: 3s
            result_bytes: 2048
            parameters:
              type: object
              properties:
                day: {type: string, enum: ["monday", "sunday"]}
                guests:
                  type: integer
                  minimum: 1
              required: [day]
`

// A tool is read from the file and, by way of its document, from the database,
// with the same schema, and it is one of those who are sent something.
func TestTool(t *testing.T) {
	f, err := Parse("mayfly.yaml", []byte(withTools(goodTool, "")))
	require.NoError(t, err)
	a := &f.Tenants[0].Avatars[0]
	require.Len(t, a.Tools, 1)
	tool := a.Tools[0]
	require.Equal(t, "https://tools.example/hours", tool.URL.String())
	require.Equal(t, 3*time.Second, tool.Timeout)
	require.Equal(t, 2048, tool.Result)
	require.NoError(t, tool.Parameters.Check([]byte(`{"day":"monday","guests":2}`)))
	require.Error(t, tool.Parameters.Check([]byte(`{"day":"monday","guests":0}`)))
	require.Error(t, tool.Parameters.Check([]byte(`{"day":"monday","name":"Ada"}`)))

	of := a.Recipients()
	last := of[len(of)-1]
	require.Equal(t, ToolServer, last.Role)
	require.Equal(t, "Example Timetable", last.Name)
	require.Equal(t, Arguments, last.Gets)
	require.Equal(t, "tools[0]", last.Key)

	document, err := Document(&f.Tenants[0])
	require.NoError(t, err)
	again, err := ParseDocument(document)
	require.NoError(t, err)
	require.Equal(t, a.Tools, again.Avatars[0].Tools)
}

// What a tool may not be is told at its line. // R43 R44
func TestToolMistakes(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(goodTool, old, new, 1) }
	const decided = "    policy: {automated_decisions: {used: true, logic_notice: \"https://acme.example/logic\", human_route: Call us.}}\n"
	for name, c := range map[string]struct{ text, want string }{
		"significant":          {withTools(goodTool+"            significant_effect: true\n", ""), "tools[0].significant_effect: a decision about a person takes a notice"},
		"own, public":          {withTools(change("https://tools.example/hours", "https://avatars.example.org/v1/admin/tenants"), ""), "tools[0].url: this is an address of this server"},
		"own, public port":     {withTools(change("https://tools.example/hours", "https://AVATARS.example.org:443/x"), ""), "tools[0].url: this is an address of this server"},
		"own, listener":        {withTools(change("https://tools.example/hours", "http://127.0.0.1:8080/v1/admin"), ""), "tools[0].url: this is an address of this server"},
		"own, localhost":       {withTools(change("https://tools.example/hours", "http://localhost:8080/"), ""), "tools[0].url: this is an address of this server"},
		"plain http":           {withTools(change("https://tools.example/hours", "http://tools.example/hours"), ""), "tools[0].url: plain http"},
		"query":                {withTools(change("/hours", "/hours?q=CANARY"), ""), "tools[0].url: what is sent stands in the body"},
		"name":                 {withTools(change("opening_hours", "opening-hours"), ""), "tools[0].name: this is not the name of a tool"},
		"twice":                {withTools(goodTool+goodTool, ""), "tools[1].name: tools[0] has this name already"},
		"open schema":          {withTools(change("              required: [day]", "              additionalProperties: true"), ""), "mayfly.yaml:25:37: tenants[0].avatars[0].tools[0].parameters.additionalProperties: members that are not named would be sent"},
		"keyword":              {withTools(change("minimum: 1", "multipleOf: 2"), ""), "mayfly.yaml:24:31: tenants[0].avatars[0].tools[0].parameters.properties.guests.multipleOf: this keyword"},
		"type":                 {withTools(change("type: integer", "type: count"), ""), "parameters.properties.guests.type: it is not said which type"},
		"required":             {withTools(change("[day]", "[days]"), ""), "parameters.required.?: no member has this name"},
		"no backend":           {strings.Replace(withTools(goodTool, ""), "        backend: {url: \"https://models.example/v1\", model: m}\n", "", 1), "tools: the built-in engine calls no tools"},
		"host not allowed":     {withTools(goodTool, "    policy: {allowed_backends: [models.example]}\n"), "tools[0].url: this host is not on the tenant's list"},
		"region not declared":  {strings.Replace(withTools(goodTool, "    policy: {regions: [eu]}\n"), "model: m}", "model: m, region: eu}", 1), "tools[0]: it is not said in which region"},
		"description is there": {withTools(change("            description: When it is open.\n", ""), ""), "tools[0].description: this key is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("mayfly.yaml", []byte(c.text))
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "CANARY")
		})
	}
	_, err := Parse("mayfly.yaml", []byte(withTools(goodTool+"            significant_effect: true\n", decided)))
	require.NoError(t, err)
	_, err = ParseDocument([]byte(`{"id":"acme","name":"Acme","avatars":[{"id":"lumen","name":"Lumen","backend":{"url":"https://m.example/v1","model":"m"},"tools":[{"name":"f","description":"x","url":"http://127.0.0.1:9/x"}]}]}`))
	require.ErrorContains(t, err, "tools[0].url")
}

// Owns sees through the ways to write an address of this machine.
func TestOwns(t *testing.T) {
	s := Server{Listen: "127.0.0.1:8080", TLSListen: ":8443", PublicURL: "https://avatars.example.org", Metrics: Metrics{Listen: "[::1]:9090"}}
	for text, own := range map[string]bool{
		"http://127.0.0.1:8080/": true, "http://localhost:8080/": true, "http://[::1]:8080/x": true, "http://127.0.0.1:8081/": false,
		"https://127.0.0.1:8443/": true, "https://localhost:8443/": true, "https://tools.example:8443/": false,
		"https://avatars.example.org/": true, "https://avatars.example.org:8443/": false, "https://avatars.example.com/": false,
		"http://127.0.0.1:9090/metrics": true, "https://tools.example/": false,
	} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.Equal(t, own, s.Owns(u), text)
	}
}
