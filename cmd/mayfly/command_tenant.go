package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// tenantCommands are `mayfly tenant ...`.
type tenantCommands struct {
	List     tenantList     `cmd:"" help:"List the tenants."`
	Show     tenantShow     `cmd:"" help:"Print a tenant as it is in force."`
	Add      tenantAdd      `cmd:"" help:"Add a tenant from a file, and print a link for its first admin."`
	Set      tenantSet      `cmd:"" help:"Change what a tenant says, key by key: policy.transcript=true."`
	Export   tenantExport   `cmd:"" help:"Print a tenant for a configuration file or another gateway, without secrets."`
	Versions tenantVersions `cmd:"" help:"List the versions of a tenant, newest first."`
	Restore  tenantRestore  `cmd:"" help:"Make a version of a tenant the one in force again, also where the last cannot be used."`
	Link     tenantLink     `cmd:"" help:"Print a link that signs an admin in, once, within 15 minutes."`
	Remove   tenantRemove   `cmd:"" help:"End a tenant: everything of it is erased, and what stays is reported."`
}

type tenantList struct{ whereFlags }

func (c *tenantList) run(ctx context.Context, h *host, out io.Writer) error {
	all, err := h.tenants(ctx)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, t := range all {
		recording := "off"
		switch {
		case t.ForcedOff:
			recording = "forced off"
		case t.Recording:
			recording = "on, if the person agrees"
		}
		rows = append(rows, []string{t.ID, t.Name, t.Source, fmt.Sprint(t.Number), when(t.At), recording})
	}
	return table(out, []string{"TENANT", "NAME", "FROM", "VERSION", "SINCE", "RECORDING"}, rows)
}

type tenantShow struct{ whereFlags }

func (c *tenantShow) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer map[string]any
	if err := h.call(ctx, http.MethodGet, "tenant", nil, &answer); err != nil {
		return err
	}
	return printJSON(out, answer)
}

type tenantExport struct{ whereFlags }

func (c *tenantExport) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Document json.RawMessage `json:"document"`
	}
	if err := h.call(ctx, http.MethodGet, "tenant", nil, &answer); err != nil {
		return err
	}
	return printJSON(out, map[string]any{"tenants": []any{answer.Document}})
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type tenantAdd struct {
	whereFlags
	File string `arg:"" placeholder:"FILE" help:"The tenant as in a configuration file, in YAML or JSON: its id, name and avatars."`
}

func (c *tenantAdd) run(ctx context.Context, h *host, out io.Writer) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("the file %s cannot be read (%w); correct its name", c.File, reason(err))
	}
	var answer struct {
		ID   string `json:"id"`
		Link string `json:"link"`
	}
	if err := h.request(ctx, http.MethodPost, "/tenants", "", data, &answer); err != nil {
		return err
	}
	fmt.Fprintf(out, "The tenant %s exists.\n", answer.ID)
	return printLink(out, answer.Link)
}

type tenantLink struct{ whereFlags }

func (c *tenantLink) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Link string `json:"link"`
	}
	if err := h.request(ctx, http.MethodPost, "/tenants/"+h.tenant+"/link", "", nil, &answer); err != nil {
		return err
	}
	return printLink(out, answer.Link)
}

// printLink shows a link that signs in. Without a gateway that runs nobody
// knows where people reach it.
func printLink(out io.Writer, link string) error {
	if strings.HasPrefix(link, "/") {
		_, err := fmt.Fprintf(out, "Start the gateway within 15 minutes, and sign in as admin, once, at its address with\n\n  %s\n", link)
		return err
	}
	_, err := fmt.Fprintf(out, "Sign in as admin, once, within 15 minutes:\n\n  %s\n", link)
	return err
}

type tenantSet struct {
	whereFlags
	Assign []string `arg:"" placeholder:"KEY=VALUE" help:"Keys as in the configuration, with dots: policy.retention.transcript=30d. A value is JSON, or text. KEY= takes the key out."`
}

func (c *tenantSet) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	patch, err := mergePatch(c.Assign)
	if err != nil {
		return err
	}
	var answer changeAnswer
	if err := h.change(ctx, http.MethodPatch, "tenant", patch, &answer); err != nil {
		return err
	}
	return answer.print(out)
}

// changeAnswer is what a change of a tenant did.
type changeAnswer struct {
	Number  uint64 `json:"number"`
	Changed []struct {
		Key    string          `json:"key"`
		Before json.RawMessage `json:"before"`
		After  json.RawMessage `json:"after"`
	} `json:"changed"`
	Applied struct {
		Live           int     `json:"live"`
		Narrowed       int     `json:"narrowed"`
		StayUnrecorded int     `json:"stay_unrecorded"`
		TookMS         float64 `json:"took_ms"`
	} `json:"applied"`
	Proposal uint64 `json:"proposal"`
}

func (a *changeAnswer) print(out io.Writer) error {
	var t strings.Builder
	for _, c := range a.Changed {
		fmt.Fprintf(&t, "  %s: %s -> %s\n", c.Key, orNothing(c.Before), orNothing(c.After))
	}
	switch {
	case a.Proposal != 0:
		fmt.Fprintf(&t, "A second admin has to confirm it: proposal %d.\n", a.Proposal)
	default:
		fmt.Fprintf(&t, "Version %d is in force: applied to %d of %d live sessions in %.0f ms.\n", a.Number, a.Applied.Narrowed, a.Applied.Live, a.Applied.TookMS)
	}
	if a.Applied.StayUnrecorded > 0 {
		fmt.Fprintf(&t, "%d live sessions stay unrecorded; new ones will be asked.\n", a.Applied.StayUnrecorded)
	}
	_, err := io.WriteString(out, t.String())
	return err
}

func orNothing(v json.RawMessage) string {
	if len(v) == 0 || string(v) == "null" {
		return "nothing"
	}
	return string(v)
}

// mergePatch makes a patch (RFC 7396) of assignments.
func mergePatch(assign []string) (map[string]any, error) {
	patch := map[string]any{}
	for _, a := range assign {
		key, value, ok := strings.Cut(a, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is no assignment; write KEY=VALUE", a)
		}
		at := patch
		path := strings.Split(key, ".")
		for _, step := range path[:len(path)-1] {
			below, ok := at[step].(map[string]any)
			if !ok {
				if _, there := at[step]; there {
					return nil, fmt.Errorf("%s is set twice; set its parts only", step)
				}
				below = map[string]any{}
				at[step] = below
			}
			at = below
		}
		last := path[len(path)-1]
		if _, there := at[last]; there {
			return nil, fmt.Errorf("%s is set twice; set it once", key)
		}
		at[last] = jsonOrText(value)
	}
	return patch, nil
}

func jsonOrText(s string) any {
	if s == "" {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(s), &v) == nil {
		return v
	}
	return s
}

type tenantRemove struct {
	whereFlags
	Yes bool `shown:"off" help:"Do it. Without it the command says what would be gone."`
}

func (c *tenantRemove) run(ctx context.Context, h *host, out io.Writer) error {
	if c.Tenant == "" {
		return errors.New("name the tenant with --tenant: nothing is removed by guess")
	}
	method := http.MethodGet
	if c.Yes {
		method = http.MethodDelete
	}
	var report map[string]any
	if err := h.request(ctx, method, "/tenants/"+c.Tenant+"/termination", "", nil, &report); err != nil {
		return err
	}
	if err := printJSON(out, report); err != nil || c.Yes {
		return err
	}
	_, err := fmt.Fprintln(out, "Nothing was removed. Say --yes to do it.")
	return err
}
