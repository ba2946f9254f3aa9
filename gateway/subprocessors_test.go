package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// registerHistory is a store of versions of a register.
type registerHistory struct {
	versions []tenant.RegisterVersion // newest first
	down     bool
	most     int // that were asked for at once
}

func (h *registerHistory) list(_ context.Context, tenantID string, before uint64, limit int) (out []tenant.RegisterVersion, err error) {
	if h.down {
		return nil, errors.New("down")
	}
	h.most = max(h.most, limit)
	for _, v := range h.versions {
		if tenantID == "acme" && (before == 0 || v.Number < before) && len(out) < limit {
			out = append(out, v)
		}
	}
	return out, nil
}

// then adds a version with these servers.
func (h *registerHistory) then(t *testing.T, servers ...*tenant.BackEnd) {
	t.Helper()
	of := tenant.Tenant{ID: "acme", Name: "Acme"}
	for i, b := range servers {
		of.Avatars = append(of.Avatars, tenant.Avatar{ID: fmt.Sprint("a", i), BackEnd: b})
	}
	document, err := tenant.RegisterDocument(of.Register())
	require.NoError(t, err)
	n := uint64(len(h.versions) + 1)
	h.versions = slices.Insert(h.versions, 0, tenant.RegisterVersion{
		Number: n, Policy: n, At: time.Date(2026, 11, 26, 12, 0, int(n), 123456789, time.UTC), Hash: tenant.RegisterHash(of.Register()), Document: document,
	})
}

// feedKeys are all that JSON Feed 1.1 knows, at the top and of an item. What
// else there is begins with an underscore.
var (
	feedKeys     = []string{"version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon", "authors", "author", "language", "expired", "hubs", "items"}
	feedItemKeys = []string{"id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image", "date_published", "date_modified", "authors", "author", "tags", "language", "attachments"}
)

// aFeed holds an answer to the published format, https://www.jsonfeed.org/version/1.1/.
func aFeed(t *testing.T, got reply) (items []map[string]any, next string) {
	t.Helper()
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, "application/feed+json", got.header.Get("Content-Type"))
	var top map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &top))
	known := func(in map[string]any, keys []string) {
		for key, value := range in {
			if strings.HasPrefix(key, "_") {
				require.IsType(t, map[string]any{}, value, "an extension is an object")
				require.NotContains(t, strings.TrimPrefix(key, "_"), ".")
				continue
			}
			require.Contains(t, keys, key)
		}
	}
	absolute := func(v any) string {
		u, err := url.Parse(v.(string))
		require.NoError(t, err)
		require.True(t, u.IsAbs() && u.Host != "", "%v", v)
		return v.(string)
	}
	known(top, feedKeys)
	require.Equal(t, "https://jsonfeed.org/version/1.1", top["version"])
	require.NotEmpty(t, top["title"])
	absolute(top["home_page_url"])
	absolute(top["feed_url"])
	if v, more := top["next_url"]; more {
		next = absolute(v)
		require.NotEqual(t, top["feed_url"], next)
	}
	seen := map[string]bool{}
	for _, raw := range top["items"].([]any) {
		item := raw.(map[string]any)
		known(item, feedItemKeys)
		id := item["id"].(string)
		require.False(t, seen[id] || id == "", "an id is there once")
		seen[id] = true
		require.NotEmpty(t, item["content_text"])
		absolute(item["url"])
		_, err := time.Parse(time.RFC3339, item["date_published"].(string))
		require.NoError(t, err)
		items = append(items, item)
	}
	return items, next
}

// Whoever wants to hear of a change of who gets something is told of each one,
// as a feed that any reader understands and in words on the page, bounded
// however many there were. // R59
func TestRegisterChanges(t *testing.T) {
	h := &registerHistory{}
	r := newRig(t, &scripted{}, nil, func(o *Options, tn *tenant.Tenant) {
		o.Registers = h.list
		tn.Avatars[0].BackEnd = elsewhereServer("M", "m.example")
	})
	get := func(path, accept string) reply { return r.ask("GET", path, http.Header{"Accept": {accept}}, nil) }
	feed := func(path string) ([]map[string]any, string) { return aFeed(t, get(path, "*/*")) }
	none, next := feed("/subprocessors/changes")
	require.Empty(t, none)
	require.Empty(t, next)

	hostile := elsewhereServer(`<script>alert("1")</script> & Co`, "m.example")
	h.then(t)
	h.then(t, hostile)
	stated := *hostile
	stated.Region, stated.Terms = "eu", tenant.Terms{Training: new(false), Transfer: tenant.NoTransfer, By: "Ada", On: "2026-11-26"}
	h.then(t, &stated)
	h.then(t, elsewhereServer("N", "n.example"))
	items, next := feed("/subprocessors/changes?tenant=acme")
	require.Empty(t, next)
	require.Len(t, items, 4)
	text := func(i int) string { return items[i]["content_text"].(string) }
	require.Contains(t, text(0), "N is new, as backend at n.example. It may be sent: words.")
	require.Contains(t, text(0), "is not sent anything any more, as backend at m.example.")
	require.Contains(t, text(1), "is listed differently: region, terms.declared_on, terms.training, terms.transfer.")
	require.Contains(t, text(1), "It states: region eu; keeps not declared; trains models no; transfer none.")
	require.Contains(t, text(2), "It states: region not declared; keeps not declared; trains models not declared; transfer not declared.")
	require.Equal(t, "The list begins with nobody.", text(3))
	require.NotContains(t, get("/subprocessors/changes", "*/*").body, "Ada", "who declared it is the organisation's own")
	of := items[1]["_mayfly"].(map[string]any)
	require.EqualValues(t, 3, of["number"])
	require.Empty(t, of["added"])
	require.Len(t, of["changed"], 1)

	page := get("/subprocessors", "text/html").body
	require.Contains(t, page, `<link rel="alternate" type="application/feed+json" title="Changes" href="/subprocessors/changes?tenant=acme">`)
	require.Contains(t, page, "&lt;script&gt;")
	require.NotContains(t, page, "<script")
	for i := range items {
		require.Contains(t, page, fmt.Sprintf(`id="change-%d"`, i+1), "the address of an item leads to it")
	}
	require.Less(t, strings.Index(page, `id="change-4"`), strings.Index(page, `id="change-3"`))

	for i := range 120 {
		h.then(t, elsewhereServer(fmt.Sprint("S", i), "m.example"))
	}
	seen := map[any]bool{}
	for at, pages := "/subprocessors/changes", 0; at != ""; pages++ {
		require.Less(t, pages, 4)
		items, next := feed(at)
		require.LessOrEqual(t, len(items), feedMost)
		for _, item := range items {
			require.False(t, seen[item["id"]])
			seen[item["id"]] = true
		}
		at = strings.TrimPrefix(next, r.url())
		if next != "" {
			require.NotEqual(t, next, at)
		}
	}
	require.Len(t, seen, 124)
	require.LessOrEqual(t, h.most, feedMost+1)
	page = get("/subprocessors", "text/html").body
	require.Equal(t, 20, strings.Count(page, `id="change-`))

	for _, wrong := range []string{"?tenant=other", "?before=0", "?before=x", "?before=-1", "?before=99999999999999999999"} {
		require.Equal(t, 404, get("/subprocessors/changes"+wrong, "*/*").status, wrong)
	}
	h.down = true
	require.Equal(t, 503, get("/subprocessors/changes", "*/*").status)
	page = get("/subprocessors", "text/html").body
	require.Contains(t, page, "What changed cannot be read now.")
	require.Contains(t, page, "<h2>M</h2>", "the list itself needs no database")
	require.Equal(t, 200, get("/subprocessors", "*/*").status)
}
