package gateway

import (
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/tenant"
)

// feed is the changes of a register as JSON Feed 1.1 has them
// (https://www.jsonfeed.org/version/1.1/).
type feed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	HomePage    string     `json:"home_page_url,omitzero"`
	URL         string     `json:"feed_url,omitzero"`
	Next        string     `json:"next_url,omitzero"`
	Language    string     `json:"language"`
	Items       []feedItem `json:"items"`
}

type feedItem struct {
	ID        string     `json:"id"`
	URL       string     `json:"url,omitzero"`
	Title     string     `json:"title"`
	Text      string     `json:"content_text"`
	Published time.Time  `json:"date_published"`
	Register  feedChange `json:"_mayfly"`
}

// feedChange is what the format has no place for: an extension of it.
type feedChange struct {
	About      string                       `json:"about"`
	Number     uint64                       `json:"number"`
	SHA256     string                       `json:"sha256"`
	Recipients int                          `json:"recipients"`
	Added      []tenant.RegisteredRecipient `json:"added"`
	Removed    []tenant.RegisteredRecipient `json:"removed"`
	Changed    []tenant.RecipientChange     `json:"changed"`
}

// feedMost is how many changes one page of the feed has.
const feedMost = 50

// feedPath is the feed of a tenant.
func feedPath(tenantID string) string {
	return "/subprocessors/changes?tenant=" + url.QueryEscape(tenantID)
}

// registerVersions are versions of a tenant's register, newest first.
func (s *Server) registerVersions(r *http.Request, tenantID string, before uint64, limit int) ([]tenant.RegisterVersion, error) {
	if s.options.Registers == nil {
		return nil, nil
	}
	return s.options.Registers(r.Context(), tenantID, before, limit)
}

// subprocessorChanges is the feed of changes of a tenant's register.
func (s *Server) subprocessorChanges(w http.ResponseWriter, r *http.Request) *refusal {
	t := s.answering(r)
	if t == nil {
		return refuse("not_found")
	}
	before, err := strconv.ParseUint(r.URL.Query().Get("before"), 10, 62)
	if r.URL.Query().Has("before") && (err != nil || before == 0) {
		return refuse("not_found")
	}
	versions, err := s.registerVersions(r, t.ID, before, feedMost+1)
	if err != nil {
		return refuse("storage_unavailable")
	}
	at := s.options.PublicURL
	switch {
	case at != "":
	case r.TLS != nil:
		at = "https://" + r.Host
	default:
		at = "http://" + r.Host
	}
	f := feed{
		Version: "https://jsonfeed.org/version/1.1", Title: t.Name + ": who else gets something", Language: "en",
		Description: "Each change of who may be sent words or sound of a conversation with an avatar of " + t.Name + ", and of what they state.",
		HomePage:    at + "/subprocessors?tenant=" + url.QueryEscape(t.ID), URL: at + feedPath(t.ID), Items: []feedItem{},
	}
	changes := tenant.RegisterChanges(versions)
	if len(versions) > feedMost {
		versions, changes = versions[:feedMost], changes[:feedMost]
		f.Next = f.URL + "&before=" + strconv.FormatUint(versions[feedMost-1].Number, 10)
	}
	for i := range changes {
		v, c := &versions[i], &changes[i]
		hash := hex.EncodeToString(v.Hash[:])
		f.Items = append(f.Items, feedItem{
			ID: t.ID + "/" + strconv.FormatUint(v.Number, 10) + "/" + hash, URL: f.HomePage + "#change-" + strconv.FormatUint(v.Number, 10), Title: changeTitle(c), Text: strings.Join(c.Sentences(), "\n"), Published: v.At.UTC().Truncate(time.Second),
			Register: feedChange{f.HomePage, v.Number, hash, c.Recipients, c.Added, c.Removed, c.Changed},
		})
	}
	body, err := json.Marshal(f, json.FormatNilSliceAsNull(false))
	if err != nil {
		return refuse("internal_error")
	}
	w.Header().Set("Content-Type", "application/feed+json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body)
	return nil
}

// changeTitle counts what a change is of.
func changeTitle(c *tenant.RegisterChange) string {
	var all []string
	for _, one := range []struct {
		n    int
		what string
	}{{len(c.Added), "new"}, {len(c.Removed), "gone"}, {len(c.Changed), "listed differently"}} {
		if one.n > 0 {
			all = append(all, strconv.Itoa(one.n)+" "+one.what)
		}
	}
	if len(all) == 0 {
		return "The list begins"
	}
	return "Recipients: " + strings.Join(all, ", ")
}

// writeChanges says the newest changes to people. The last version is only
// what the one before it is compared with, unless it is the first.
func writeChanges(b *strings.Builder, versions []tenant.RegisterVersion, most int) {
	changes := tenant.RegisterChanges(versions)
	if len(changes) == 0 {
		return
	}
	b.WriteString("<h2 id=\"changes\">What changed</h2>\n<p>Newest first. The times are UTC.</p>\n<dl>\n")
	for i := range changes[:min(len(changes), most)] {
		v := &versions[i]
		b.WriteString("<dt id=\"change-" + strconv.FormatUint(v.Number, 10) + "\"><time datetime=\"" + v.At.UTC().Format(time.RFC3339) + "\">" + v.At.UTC().Format("2006-01-02 15:04") + "</time></dt>\n")
		for _, s := range changes[i].Sentences() {
			b.WriteString("<dd>" + html.EscapeString(s) + "</dd>\n")
		}
	}
	b.WriteString("</dl>\n")
}
