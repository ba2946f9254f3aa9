package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"mayfly/gateway/admin"
	"mayfly/gateway/avatar/tool"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// toolServer is what egress calls the server of a tool.
func toolServer(a *tenant.Avatar, name string) string { return a.ID + "/tool/" + name }

// toolServers registers the servers of an avatar's tools, each for itself: a
// key goes to its own tool alone.
func toolServers(a *tenant.Avatar, local bool) []egress.Recipient {
	var all []egress.Recipient
	for i := range a.Tools {
		t := &a.Tools[i]
		all = append(all, recipient(toolServer(a, t.Name), &tenant.BackEnd{URL: t.URL, KeyFile: t.KeyFile}, local))
	}
	return all
}

// tools are those of an avatar, in the order of its document.
func (p *troupe) tools(a *tenant.Avatar) ([]*tool.Tool, error) {
	var all []*tool.Tool
	for i := range a.Tools {
		t := &a.Tools[i]
		client, err := p.egress.Client(toolServer(a, t.Name))
		if err != nil {
			return nil, err
		}
		all = append(all, tool.New(tool.Options{
			Client: client, URL: t.URL, Name: t.Name, Description: t.Description,
			Parameters: t.Parameters, Timeout: t.Timeout, Result: t.Result,
		}))
	}
	return all, nil
}

// CallTool implements admin.Tools: the tool is called over the way that a
// conversation takes, under the policy of the document.
func (c *company) CallTool(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar, name string, arguments []byte) admin.CalledTool {
	if to := a.ToolRecipient(name); to == nil || t.Policy.Refuses(to) != "" {
		return admin.CalledTool{Outcome: tool.NotAllowed.String()}
	}
	own := *t
	own.Avatars = []tenant.Avatar{*a}
	p, err := c.make(&own)
	if err != nil {
		return admin.CalledTool{Outcome: tool.Unreachable.String()}
	}
	defer p.egress.Close()
	for _, one := range p.casts[a.ID].Tools {
		if one.Name() == name {
			result, came := one.Try(ctx, arguments)
			return admin.CalledTool{Outcome: came.String(), Result: result}
		}
	}
	return admin.CalledTool{Outcome: tool.Unknown.String()}
}

// home is where this process is reached. No tool may call it, and nothing else
// that an avatar stands on: the admin API is not for a model.
type home struct {
	addresses []netip.AddrPort
	server    tenant.Server // the same, as a configuration has it
}

// newHome looks at what is really bound.
func newHome(l *listeners, publicURL string) home {
	h := home{server: tenant.Server{PublicURL: publicURL}}
	for _, of := range []struct {
		ln   net.Listener
		name *string
	}{{l.Plain, &h.server.Listen}, {l.TLS, &h.server.TLSListen}, {l.Metrics, &h.server.Metrics.Listen}} {
		if of.ln == nil {
			continue
		}
		if at, err := netip.ParseAddrPort(of.ln.Addr().String()); err == nil {
			h.addresses = append(h.addresses, at)
			*of.name = at.String()
		}
	}
	return h
}

// owns says whether an address, as it is about to be dialled, is this process.
func (h *home) owns(to netip.AddrPort) bool {
	for _, at := range h.addresses {
		if at.Port() != to.Port() {
			continue
		}
		if at.Addr().Unmap() == to.Addr().Unmap() || at.Addr().IsUnspecified() && here(to.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// here says whether an address is one of this machine. Where that cannot be
// found out, it is.
func here(a netip.Addr) bool {
	if a.IsLoopback() || a.IsUnspecified() {
		return true
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, own := range all {
		if p, err := netip.ParsePrefix(own.String()); err == nil && p.Addr().Unmap().WithZone("") == a.WithZone("") {
			return true
		}
	}
	return false
}

// refuse says which tools of a tenant would call this process.
func (h *home) refuse(t *tenant.Tenant) error {
	for i := range t.Avatars {
		for _, tool := range t.Avatars[i].Tools {
			if h.server.Owns(tool.URL) {
				return fmt.Errorf("avatar %s of tenant %s: tool %s: %w", t.Avatars[i].ID, t.ID, tool.Name, tenant.OwnAddress())
			}
		}
	}
	return nil
}
