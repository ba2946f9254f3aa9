package main

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/tool"
	"mayfly/gateway/avatar/tool/tooltest"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// equippedTenant has one avatar with one tool.
func equippedTenant(at *url.URL) *tenant.Tenant {
	model := &url.URL{Scheme: "https", Host: "models.example", Path: "/v1"}
	return &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{{
		ID: "lumen", Name: "Lumen", Languages: []string{"en"}, Voice: "none",
		BackEnd: &tenant.BackEnd{URL: model, Model: "m", Name: "Example"},
		Tools:   []tenant.Tool{{Name: "look_up", Description: "Looks it up.", URL: at, Provider: "Example"}},
	}}}
}

// A tool reaches its own server, and this process by no name: neither when its
// avatar is cast, nor when it is called and the name leads here after all. The
// listeners are counted: nobody knocks. // R43 B4
func TestToolNeverHere(t *testing.T) {
	server, err := tooltest.Start(tooltest.Script{})
	require.NoError(t, err)
	defer server.Close()
	knocks := 0
	here, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	own := &http.Server{ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			knocks++
		}
	}}
	served := make(chan struct{})
	go func() { defer close(served); _ = own.Serve(here) }()
	defer func() { own.Close(); <-served }()
	port := netip.MustParseAddrPort(here.Addr().String()).Port()

	c, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	defer c.close()
	c.home = newHome(&listeners{Plain: here}, "https://avatars.example.org")

	call := func(tn *tenant.Tenant) tool.Outcome {
		require.NoError(t, c.hire(tn))
		tools := c.Cast(tn, &tn.Avatars[0]).Tools
		require.Len(t, tools, 1)
		offer := tools[0].Offer()
		require.True(t, avatar.Same(offer.Name, session.NewSpeech([]byte("look_up"))))
		_, came := tools[0].Call(t.Context(), session.NewSpeech([]byte("{}")))
		return came
	}
	require.Equal(t, tool.Done, call(equippedTenant(server.URL())))
	require.Len(t, server.Requests(), 1)

	for _, text := range []string{"https://avatars.example.org/v1/admin", "http://localhost:" + portOf(here) + "/v1/admin/tenants", "http://127.0.0.1:" + portOf(here) + "/"} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.ErrorContains(t, c.try(equippedTenant(u)), "this is an address of this server", text)
		require.Error(t, c.hire(equippedTenant(u)))
	}
	// A name that the configuration does not show to be this machine.
	c.home.server = tenant.Server{}
	for _, text := range []string{"http://localhost:" + portOf(here) + "/v1/admin", "http://127.0.0.1:" + portOf(here) + "/", "http://127.1.2.3:" + portOf(here) + "/"} {
		u, err := url.Parse(text)
		require.NoError(t, err)
		require.Equal(t, tool.Unreachable, call(equippedTenant(u)), text)
	}
	require.Zero(t, knocks)
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addresses {
		p, err := netip.ParsePrefix(a.String())
		require.NoError(t, err)
		require.True(t, c.home.owns(netip.AddrPortFrom(p.Addr(), port)), a)
		require.False(t, c.home.owns(netip.AddrPortFrom(p.Addr(), port+1)), a)
	}
	require.False(t, c.home.owns(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), port)))
}

func portOf(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
