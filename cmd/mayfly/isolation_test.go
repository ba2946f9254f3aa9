package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/redact"
	"mayfly/session"
)

// isolationRow is what one address may do, written apart from the code. The
// routes come from the documents that the program serves: one without a row
// fails.
type isolationRow struct {
	roles string // who may: "admin", "admin reviewer", "anybody"
	body  string // one that is right, so that what is asked for decides
	query string
	match bool             // it wants the number of a version
	fact  session.FactKind // that stands for it in the log; zero: none does
}

const patchBody = `{"name":"Renamed"}`

// adminRows are the addresses below /v1/admin/.
var adminRows = map[string]isolationRow{
	"POST signin":                                 {roles: "anybody", body: `{"link":"mfl_x"}`},
	"DELETE signin":                               {roles: "admin reviewer agent"},
	"GET whoami":                                  {roles: "admin reviewer agent"},
	"GET desk":                                    {roles: "admin"},
	"POST desk/links":                             {roles: "admin", body: `{"name":"Maya"}`, fact: session.KeyIssued},
	"GET overview":                                {roles: "admin"},
	"DELETE sessions/{id}":                        {roles: "admin", fact: session.SessionStopped},
	"POST sessions/end":                           {roles: "admin", body: `{"avatar":"ada","reason":"closing"}`},
	"GET checklist":                               {roles: "admin"},
	"POST checklist":                              {roles: "admin"},
	"GET tenant":                                  {roles: "admin"},
	"PUT tenant":                                  {roles: "admin", body: `{"id":"acme","name":"Acme","handoff":{},"avatars":[{"id":"ada","name":"Ada"}]}`, match: true, fact: session.TenantChanged},
	"PATCH tenant":                                {roles: "admin", body: patchBody, match: true, fact: session.TenantChanged},
	"POST preview":                                {roles: "admin", body: `{"document":{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada"}]}}`},
	"POST preview/answer":                         {roles: "admin", body: `{"avatar":"ada","question":"What is this?"}`},
	"GET versions":                                {roles: "admin"},
	"GET versions/{number}":                       {roles: "admin"},
	"POST versions/{number}/restore":              {roles: "admin", match: true, fact: session.TenantChanged},
	"GET proposals":                               {roles: "admin"},
	"POST proposals/{number}/confirm":             {roles: "admin"},
	"DELETE proposals/{number}":                   {roles: "admin"},
	"PUT recording/off":                           {roles: "admin", body: `{"reason":"an incident"}`, fact: session.RecordingForcedOff},
	"DELETE recording/off":                        {roles: "admin", fact: session.RecordingReleased},
	"PUT avatars/{id}/off":                        {roles: "admin", body: `{"reason":"an incident"}`, fact: session.TenantChanged},
	"DELETE avatars/{id}/off":                     {roles: "admin", fact: session.TenantChanged},
	"GET avatars/{id}/knowledge":                  {roles: "admin"},
	"POST avatars/{id}/knowledge/reindex":         {roles: "admin"},
	"PUT avatars/{id}/knowledge/documents/{name}": {roles: "admin", body: "# Hours\n\nThe library opens at nine.", fact: session.KnowledgeStored},
	"DELETE avatars/{id}/knowledge/documents/{name}": {roles: "admin", fact: session.KnowledgeRemoved},
	"POST avatars/{id}/knowledge/rollback":           {roles: "admin", body: `{"version":1}`, fact: session.KnowledgeChosen},
	"POST avatars/test":                              {roles: "admin", body: `{"avatar":"ada"}`},
	"POST avatars/tool":                              {roles: "admin", body: `{"avatar":"ada","tool":"x","document":{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada","tools":[{"name":"x","description":"Looks it up.","url":"https://tools.invalid/x"}]}]}}`},
	"GET webhook":                                    {roles: "admin"},
	"POST webhook/test":                              {roles: "admin"},
	"GET expiries":                                   {roles: "admin", fact: session.TranscriptListed},
	"GET keys":                                       {roles: "admin"},
	"POST keys":                                      {roles: "admin", body: `{"role":"caller","name":"x"}`, fact: session.KeyIssued},
	"DELETE keys/{id}":                               {roles: "admin", fact: session.KeyRevoked},
	"GET transcripts":                                {roles: "admin", fact: session.TranscriptListed},
	"GET transcripts/{id}":                           {roles: "admin", query: "purpose=quality", fact: session.TranscriptRead},
	"GET transcripts/{id}/sound":                     {roles: "admin", fact: session.TranscriptListed},
	"GET transcripts/{id}/sound/{turn}/{side}":       {roles: "admin", query: "purpose=quality", fact: session.TranscriptRead},
	"GET reports":                                    {roles: "admin", fact: session.ReportsListed},
	"GET reports/{id}":                               {roles: "admin", fact: session.ReportRead},
	"POST reports/{id}/answer":                       {roles: "admin", body: `{"answer":"It is corrected."}`, fact: session.ReportAnswered},
	"DELETE reports/{id}":                            {roles: "admin", fact: session.ReportErased},
	"DELETE transcripts/{id}":                        {roles: "admin", fact: session.TranscriptErased},
	"POST transcripts/erase":                         {roles: "admin", body: `{"subject":"nobody"}`},
	"GET holds":                                      {roles: "admin"},
	"POST holds":                                     {roles: "admin", body: `{"kind":"subject","value":"nobody","reason":"authority","case":"1","review":"REVIEW"}`, fact: session.HoldPlaced},
	"POST holds/{id}/confirm":                        {roles: "admin", fact: session.HoldConfirmed},
	"DELETE holds/{id}":                              {roles: "admin", fact: session.HoldLifted},
	"GET accesses":                                   {roles: "admin reviewer"},
	"POST disclosures":                               {roles: "admin", body: `{"basis":"warrant","case":"1","subject":"nobody"}`, fact: session.AuthorityDisclosure},
	"POST disclosures/{id}/confirm":                  {roles: "admin", fact: session.AuthorityDisclosure},
	"DELETE disclosures/{id}":                        {roles: "admin", fact: session.AuthorityDisclosure},
	"GET incidents":                                  {roles: "admin reviewer"},
	"GET incidents/{id}":                             {roles: "admin reviewer"},
	"POST incidents":                                 {roles: "admin", body: `{"kind":"other"}`, fact: session.IncidentOpened},
	"POST incidents/{id}/note":                       {roles: "admin", body: `{"choice":"contained"}`},
	"POST incidents/{id}/report":                     {roles: "admin", body: `{"choice":"authority"}`, fact: session.IncidentReported},
	"POST incidents/{id}/close":                      {roles: "admin", body: `{"choice":"resolved"}`, fact: session.IncidentClosed},
	"GET requests":                                   {roles: "admin"},
	"POST requests/{id}":                             {roles: "admin", body: `{"answer":"refuse","reason":"no"}`, fact: session.RequestAnswered},
	"GET usage":                                      {roles: "admin"},
	"GET processing":                                 {roles: "admin reviewer"},
	"GET recipients/changes":                         {roles: "admin reviewer"},
	"GET posture":                                    {roles: "admin reviewer"},
	"GET facts":                                      {roles: "admin reviewer"}, // the reading that began with the tile
	"GET facts/days":                                 {roles: "admin reviewer"}, // as that
	"GET facts/{month}/{index}":                      {roles: "admin reviewer"},
	"GET checkpoints":                                {roles: "admin reviewer"},
	"GET access":                                     {roles: "admin reviewer"},
	"POST audit/verify":                              {roles: "admin reviewer", fact: session.AuditVerified},
	"GET /audit/{tenant}/checkpoint":                 {roles: "admin reviewer"},
	"GET /audit/{tenant}/{month}/checkpoint":         {roles: "admin reviewer"},
	"GET /audit/{tenant}/{month}/tile/{tile}":        {roles: "admin reviewer", fact: session.AuditRead},
	"GET /audit/{tenant}/export":                     {roles: "admin reviewer", fact: session.AuditExported},
	"GET openapi.json":                               {roles: "anybody"},
}

// otherRows are the other addresses that take a credential or an id: what they
// answer to the credentials of "none caller admin reviewer agent expired revoked
// link-token".
var otherRows = map[string]isolationRow{
	"POST /v1/realtime/client_secrets":          {roles: "caller admin", body: `{"session":{"type":"realtime","model":"ada"}}`},
	"GET /v1/realtime":                          {roles: "caller admin"},
	"POST /v1/realtime/calls":                   {roles: "caller admin"},
	"PATCH /v1/realtime/calls/{id}":             {roles: "caller admin"},
	"DELETE /v1/realtime/calls/{id}":            {roles: "caller admin"},
	"POST /v1/realtime/calls/{id}/hangup":       {roles: "caller admin"},
	"POST /v1/realtime/calls/{id}/attachments":  {roles: "caller admin"},
	"GET /v1/realtime/ice-servers":              {roles: "caller admin"},
	"GET /v1/reach":                             {roles: "anybody"},
	"GET /v1/agent":                             {roles: "agent"},
	"GET /v1/avatar/page":                       {roles: "anybody"},
	"POST /v1/avatar/token":                     {roles: "anybody"},
	"GET /v1/me":                                {roles: "receipt"},
	"GET /v1/me/transcript":                     {roles: "receipt"},
	"GET /v1/me/sound":                          {roles: "receipt"},
	"GET /v1/me/sound/{turn}/{side}":            {roles: "receipt"},
	"DELETE /v1/me/transcript":                  {roles: "receipt"},
	"PATCH /v1/me/transcript/items/{no}":        {roles: "receipt", body: `{"text":"x"}`},
	"GET /v1/me/reports/{id}":                   {roles: "receipt"},
	"DELETE /v1/me/reports/{id}":                {roles: "receipt"},
	"PUT /v1/me/restriction":                    {roles: "receipt", body: `{"on":true}`},
	"GET /v1/me/requests":                       {roles: "receipt"},
	"POST /v1/me/requests":                      {roles: "receipt", body: `{"kind":"access"}`},
	"POST /v1/me/receipt":                       {roles: "anybody"},
	"GET /.well-known/mayfly-privacy.json":      {roles: "anybody"},
	"GET /.well-known/mayfly-receipt-keys.json": {roles: "anybody"},
	"GET /.well-known/mayfly-audit-keys.txt":    {roles: "anybody"},
}

// campus is two tenants behind one gateway, with something of every kind that
// an address can name, over the real recorder.
type campus struct {
	t        *testing.T
	folder   string
	recorder *recorder.Recorder
	server   *gateway.Server
	http     *httptest.Server
	keys     map[string]string            // "acme admin"
	objects  map[string]map[string]string // tenant, then the kind: "transcripts"
	secrets  map[string][]string          // tenant: what nobody else may be sent
	from     int
}

const (
	mine   = "acme"
	theirs = "beta"
)

func newCampus(t *testing.T) *campus {
	t.Helper()
	ctx := t.Context()
	c := &campus{t: t, folder: t.TempDir(), keys: map[string]string{}, objects: map[string]map[string]string{}, secrets: map[string][]string{}}
	var err error
	c.recorder, err = recorder.Open(ctx, recorder.Options{Folder: c.folder})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.recorder.Close()) })
	directory, err := tenant.NewDirectory(nil)
	require.NoError(t, err)
	refresh := func(ctx context.Context) error { return directory.Load(ctx, source{c.recorder}, nil) }
	for _, id := range []string{mine, theirs} {
		c.found(id)
	}
	require.NoError(t, refresh(ctx))
	casting, err := newCompany(ctx, newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	c.server = gateway.New(gateway.Options{Directory: directory, Casting: casting, Facts: c.recorder, Recorder: keeper{c.recorder}, Rights: rights{c.recorder}})
	t.Cleanup(c.server.Close)
	t.Cleanup(casting.close)
	links := &admin.Links{}
	key, err := openAuditKey(c.folder, "")
	require.NoError(t, err)
	published, err := key.publish(c.folder)
	require.NoError(t, err)
	api := admin.New(admin.Options{
		Store: adminStore{c.recorder}, Live: adminLive{c.server, directory}, Directory: directory, Links: links, Answers: answers{casting}, Knowledge: shelves{casting}, Tools: casting, Reach: casting, Hooks: nobody{}, Audit: newAuditLog(c.recorder, published, newLogger(io.Discard, 0, false)),
		Check: casting.try, Refresh: refresh, Problem: gateway.Problem,
	})
	t.Cleanup(api.Close)
	c.server.MountAdmin(api, api.Good)
	c.server.MountAgents(signedInAgent(api))
	c.http = httptest.NewServer(c.server.Handler())
	t.Cleanup(c.http.Close)
	for _, id := range []string{mine, theirs} {
		c.talk(id)
		link, err := links.New(id, tenant.Admin, time.Now())
		require.NoError(t, err)
		var in struct{ Token string }
		got := c.ask("", "POST", "/v1/admin/signin", `{"link":"`+link+`"}`)
		require.Equal(t, 200, got.status, got.body)
		require.NoError(t, json.Unmarshal([]byte(got.body), &in))
		c.keys[id+" signed in"] = in.Token
	}
	return c
}

// found makes a tenant with everything that it can have. The second has more
// of what is numbered, so that a number can be one of its own only.
func (c *campus) found(id string) {
	t, ctx := c.t, c.t.Context()
	objects := map[string]string{"avatars": "only-" + id}
	c.objects[id] = objects
	secret := strings.ToUpper(id) + "-CANARY"
	c.secrets[id] = []string{secret}
	more := 0
	if id == theirs {
		more = 1
	}
	for n := range 2 + more {
		parsed, err := tenant.ParseDocument(fmt.Appendf(nil, `{"id":%q,"name":"%s %d","contact":{"email":"%s@mail.example"},"policy":{"transcript":true,"retention":{"transcript":"30d"},"purposes":["quality"]},"limits":{"idle_time":"1h"},"handoff":{},"avatars":[{"id":"ada","name":"Ada"},{"id":"only-%s","name":"%s","knowledge":"demo"}]}`, id, secret, n, secret, id, secret))
		require.NoError(t, err)
		doc, err := tenant.Document(parsed)
		require.NoError(t, err)
		number, err := c.recorder.ChangeTenant(ctx, recorder.Change{Tenant: id, Base: uint64(n), Source: tenant.SourceStore, Document: doc, Hash: tenant.DocumentHash(doc), Recording: map[string]bool{"ada": true}, Sound: map[string]bool{"ada": true}})
		require.NoError(t, err)
		objects["versions"] = fmt.Sprint(number)
	}
	for range 1 + more {
		c.propose(id)
	}
	for _, role := range []string{"caller", "admin", "reviewer", "agent", "expired", "revoked", "spare"} {
		k := recorder.Key{ID: newID(), Tenant: id, Role: role, Name: secret, By: newID()}
		c.keys[id+" "+role], k.Hash = tenant.NewKey()
		switch role {
		case "expired":
			k.Role, k.Expires = "admin", time.Now().Add(-time.Minute)
		case "revoked", "spare":
			k.Role = "admin"
		}
		require.NoError(t, c.recorder.AddKey(ctx, k))
		if role == "revoked" {
			require.NoError(t, c.recorder.RevokeKey(ctx, id, k.ID, newID()))
		}
		objects["keys"] = k.ID.String() // the spare one, in the end
		c.secrets[id] = append(c.secrets[id], k.ID.String())
	}
	kept := newID()
	turn, report, reported := oneOfAll(t, secret)
	require.NoError(t, c.keep(id, kept, turn))
	sounds, err := c.recorder.Sounds(ctx, id, kept)
	require.NoError(t, err)
	require.Len(t, sounds, 1)
	objects["turn"], objects["reports"] = fmt.Sprint(sounds[0].Turn), reported.Object.String()
	stored := make(chan error, 1)
	reported.Session = kept
	c.recorder.KeepReport(ctx, recorder.Conversation{Tenant: id, Avatar: "ada", Session: kept, Began: time.Now(), Locale: "en"}, report, reported, func(err error) { stored <- err })
	require.NoError(t, <-stored)
	hold, request := newID(), newID()
	require.NoError(t, c.recorder.PlaceHold(ctx, recorder.Hold{ID: hold, Tenant: id, Kind: "subject", Value: "nobody", Reason: "authority", Case: "1", Review: time.Now().Add(24 * time.Hour), By: newID()}))
	require.NoError(t, c.recorder.MakeRequest(ctx, recorder.Request{ID: request, Tenant: id, Session: kept, Kind: "object", Note: []byte(secret)}))
	incident, _, err := c.recorder.OpenIncident(ctx, recorder.IncidentReport{ID: newID(), Tenant: id, Kind: session.OtherIncident, Note: secret})
	require.NoError(t, err)
	objects["incidents"] = incident.ID.String()
	c.secrets[id] = append(c.secrets[id], objects["incidents"])
	disclosure := recorder.Disclosure{ID: newID(), Tenant: id, Basis: "warrant", Case: "1", Subject: "nobody"}
	require.NoError(t, c.recorder.ProposeDisclosure(ctx, disclosure))
	objects["disclosures"] = disclosure.ID.String()
	c.secrets[id] = append(c.secrets[id], objects["disclosures"])
	objects["transcripts"], objects["holds"], objects["requests"] = kept.String(), hold.String(), request.String()
	c.secrets[id] = append(c.secrets[id], kept.String(), hold.String(), request.String(), objects["reports"])
}

// keep stores a turn of a session.
func (c *campus) keep(id string, of session.ID, turn redact.Turn) error {
	stored := make(chan error, 1)
	c.recorder.Keep(c.t.Context(), recorder.Conversation{
		Tenant: id, Avatar: "ada", Session: of, Began: time.Now(), Locale: "en", Subject: strings.ToUpper(id) + "-CANARY",
		Receipt: sha256.Sum256([]byte("mrk_" + id)), Purposes: []string{"quality"},
	}, turn, func(err error) { stored <- err })
	return <-stored
}

// propose lets somebody else propose the document as it is.
func (c *campus) propose(id string) {
	version, err := c.recorder.Tenant(c.t.Context(), id)
	require.NoError(c.t, err)
	number, err := c.recorder.Propose(c.t.Context(), id, recorder.Proposal{Base: version.Number, By: newID(), Document: version.Document, Needs: []string{"recording_on"}})
	require.NoError(c.t, err)
	c.objects[id]["proposals"] = fmt.Sprint(number)
}

// talk opens a session of the tenant.
func (c *campus) talk(id string) {
	ws, res, err := websocket.DefaultDialer.DialContext(c.t.Context(), "ws"+strings.TrimPrefix(c.http.URL, "http")+"/v1/realtime?model=ada", http.Header{"Authorization": {"Bearer " + c.keys[id+" caller"]}})
	require.NoError(c.t, err)
	require.NoError(c.t, res.Body.Close())
	read := make(chan struct{})
	go func() { // a client that does not read answers no ping, and is lost
		defer close(read)
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	c.t.Cleanup(func() { _ = ws.Close(); <-read })
	var live []gateway.LiveSession
	require.Eventually(c.t, func() bool { live = c.server.Live(id); return len(live) == 1 }, 10*time.Second, 10*time.Millisecond)
	c.objects[id]["sessions"] = live[0].ID.String()
	c.secrets[id] = append(c.secrets[id], live[0].ID.String())
}

// oneTurn is a turn as a session grants it and redact makes it.
func oneTurn(t *testing.T, words string) redact.Turn {
	t.Helper()
	red, err := redact.New(redact.Options{})
	require.NoError(t, err)
	now := time.Now()
	s, effects := session.New(now, session.Policy{Number: 1, Transcript: true, Retention: 24 * time.Hour}, session.Written)
	var notice uint32
	var turn session.TurnNo
	var keep *session.Keep
	take := func(effects []session.Effect) (noted []uint32) {
		for _, e := range effects {
			switch e := e.(type) {
			case session.NoticePresent:
				notice = e.Notice
			case session.Ask:
				turn = e.Turn
			case session.Keep:
				keep = &e
			case session.Note:
				if e.Fact.Kind.Class() == session.Gate {
					noted = append(noted, e.Seq)
				}
			}
		}
		return noted
	}
	apply := func(in session.Input) {
		effects, err := s.Apply(now, in)
		require.NoError(t, err)
		for _, seq := range take(effects) {
			effects, err := s.Apply(now, session.Noted{Seq: seq})
			require.NoError(t, err)
			take(effects)
		}
	}
	take(effects)
	apply(session.Declared{Aware: true})
	apply(session.Acknowledged{Notice: notice})
	apply(session.Consented{Granted: session.Transcript})
	apply(session.Said{Item: session.Item{Role: session.User, Words: session.NewSpeech([]byte(words))}})
	apply(session.Requested{})
	apply(&session.ReplyPart{Turn: turn, Words: session.NewSpeech([]byte("Yes."))})
	apply(session.ReplyEnd{Turn: turn})
	require.NotNil(t, keep)
	made, err := red.Turn(keep.Grant, keep.Items)
	require.NoError(t, err)
	return made
}

type answered struct {
	status int
	head   string
	body   string
}

// ask makes a request with the credential that as names, from an address of
// its own: this is not about limits.
func (c *campus) ask(as, method, path, body string, head ...string) answered {
	return c.askFrom(c.address(), as, method, path, body, head...)
}

// address is one that nobody asked from yet.
func (c *campus) address() string {
	c.from++
	return fmt.Sprintf("10.%d.%d.%d:1000", c.from>>16&255, c.from>>8&255, c.from&255)
}

func (c *campus) askFrom(from, as, method, path, body string, head ...string) answered {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, content)
	r.RemoteAddr = from
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != "" {
		secret, ok := c.keys[as]
		require.True(c.t, ok, as)
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	for _, h := range head {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	c.server.Handler().ServeHTTP(w, r)
	h := w.Header().Clone()
	h.Del("Retry-After")
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		lines = append(lines, name+": "+strings.Join(h[name], ", "))
	}
	return answered{w.Code, strings.Join(lines, "\n"), w.Body.String()}
}

// stored is a hash of every row but the log of facts and what is counted from
// it, of one tenant or, with an empty id, of all.
func (c *campus) stored(tenantID string) string {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.folder, "mayfly.db")+"?_pragma=query_only(ON)&_pragma=busy_timeout(5000)")
	require.NoError(c.t, err)
	defer db.Close()
	sum := sha256.New()
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
	require.NoError(c.t, err)
	names := column(c.t, rows)
	require.Contains(c.t, names, "turn")
	for _, table := range names {
		if strings.HasPrefix(table, "audit_") || strings.HasPrefix(table, "sqlite_") || table == "usage" {
			continue
		}
		rows, err := db.Query("SELECT name FROM pragma_table_info('" + table + "')")
		require.NoError(c.t, err)
		columns := column(c.t, rows)
		where := ""
		if tenantID != "" {
			switch {
			case slices.Contains(columns, "tenant"):
				where = " WHERE tenant = '" + tenantID + "'"
			case table == "tenant":
				where = " WHERE id = '" + tenantID + "'"
			default:
				continue
			}
		}
		rows, err = db.Query("SELECT quote(" + strings.Join(columns, ")||','||quote(") + ") FROM " + table + where + " ORDER BY 1")
		require.NoError(c.t, err)
		fmt.Fprintln(sum, table, column(c.t, rows))
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func column(t *testing.T, rows *sql.Rows) (all []string) {
	t.Helper()
	defer rows.Close()
	for rows.Next() {
		var s string
		require.NoError(t, rows.Scan(&s))
		all = append(all, s)
	}
	require.NoError(t, rows.Err())
	return all
}

// documentedIn are the methods and paths of an OpenAPI document.
func documentedIn(t *testing.T, document string) (all [][2]string) {
	t.Helper()
	var d struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(document), &d))
	for path, methods := range d.Paths {
		for m := range methods {
			if m = strings.ToUpper(m); slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m) {
				all = append(all, [2]string{m, path})
			}
		}
	}
	slices.SortFunc(all, func(x, y [2]string) int { return strings.Compare(x[1]+" "+x[0], y[1]+" "+y[0]) })
	return all
}

// R63, R74, threats.md 1.4: every address of the admin API, every kind of
// credential, and every place in which a request could name something of
// another tenant. Whoever may not learns nothing and changes nothing; to
// whoever may, what is another's and what does not exist are the same. What they do in their own is in
// the log, under the key that did it.
func TestIsolation(t *testing.T) {
	c := newCampus(t)
	routes := documentedIn(t, c.ask("", "GET", "/v1/admin/openapi.json", "").body)
	require.NotEmpty(t, routes)
	seen := map[string]bool{}
	tried := 0
	for _, route := range routes {
		method, path := route[0], route[1]
		name := method + " " + strings.TrimPrefix(path, admin.Prefix)
		row, ok := adminRows[name]
		require.True(t, ok, "%s has no row in the matrix: say who may use it", name)
		seen[name] = true
		own, foreign, none := c.named(path)
		var head []string
		if row.match {
			now, err := c.recorder.Tenant(t.Context(), mine)
			require.NoError(t, err)
			head = append(head, fmt.Sprintf("If-Match: %q", fmt.Sprint(now.Number)))
		}
		with := func(path, query string) string {
			if q := strings.Trim(row.query+"&"+query, "&"); q != "" {
				path += "?" + q
			}
			return path
		}
		body := strings.ReplaceAll(row.body, "REVIEW", time.Now().Add(48*time.Hour).Format(time.DateOnly))
		before := c.stored("")

		// Who may not.
		for _, as := range []string{"", mine + " expired", mine + " revoked", mine + " caller", mine + " reviewer", mine + " agent", mine + " admin", mine + " signed in"} {
			role := strings.TrimPrefix(as, mine+" ")
			if role == "signed in" {
				role = "admin"
			}
			if row.roles == "anybody" || role != "" && strings.Contains(row.roles, role) {
				continue
			}
			want := 401
			if role == "caller" || role == "reviewer" || role == "agent" {
				want = 403
			}
			first := c.ask(as, method, with(own, ""), body, head...)
			require.Equal(t, want, first.status, "%s as %q", name, as)
			for _, at := range []string{foreign, none} {
				require.Equal(t, first, c.ask(as, method, with(at, ""), body, head...), "%s as %q", name, as)
			}
			tried += 3
		}
		require.Equal(t, before, c.stored(""), "%s: refused, and something changed", name)
		if row.roles == "anybody" {
			continue
		}

		// Who may, but names what is another's.
		for _, as := range []string{mine + " admin", mine + " signed in", mine + " reviewer", mine + " agent"} {
			if role := strings.TrimPrefix(as, mine+" "); (role == "reviewer" || role == "agent") && !strings.Contains(row.roles, role) {
				continue
			}
			if foreign != own {
				is := c.ask(as, method, with(foreign, ""), body, head...)
				isNot := c.ask(as, method, with(none, ""), body, head...)
				require.Equal(t, 404, is.status, "%s as %s: %s", name, as, is.body)
				require.Equal(t, isNot, is, "%s as %s tells what exists", name, as)
				tried += 2
			}
			for _, named := range []string{"tenant=" + theirs, "tenant_id=" + theirs} {
				got := c.ask(as, method, with(own, named), body, head...)
				require.Equal(t, 400, got.status, "%s?%s as %s", name, named, as)
				tried++
			}
			if strings.HasPrefix(body, "{") {
				inBody := strings.Replace(body, "{", `{"tenant":"`+theirs+`","tenant_id":"`+theirs+`",`, 1)
				got := c.ask(as, method, with(own, ""), inBody, head...)
				require.Equal(t, 400, got.status, "%s as %s, the tenant in its body: %s", name, as, got.body)
				tried++
			}
		}
		require.Equal(t, before, c.stored(""), "%s: something changed", name)
	}
	require.Len(t, seen, len(adminRows), "rows without a route")

	// What they may do, last of all: it is theirs alone.
	untouched := c.stored(theirs)
	slices.SortStableFunc(routes, func(x, y [2]string) int { return strings.Compare(order(x), order(y)) })
	for _, route := range routes {
		method, path := route[0], route[1]
		row := adminRows[method+" "+strings.TrimPrefix(path, admin.Prefix)]
		if row.roles == "anybody" {
			continue
		}
		switch { // what an address before ended
		case strings.Contains(path, "proposals/{number}"):
			c.propose(mine)
		case strings.Contains(path, "sessions/{id}"):
			c.talk(mine)
		case strings.Contains(path, "incidents/{id}"):
			id := newID()
			_, _, err := c.recorder.OpenIncident(t.Context(), recorder.IncidentReport{ID: id, Tenant: mine, Kind: session.OtherIncident, Cause: recorder.IncidentCause(id.String())})
			require.NoError(t, err)
			c.objects[mine]["incidents"] = id.String()
		case method == "DELETE" && strings.Contains(path, "/documents/{name}"): // the one that was put there
		case method == "DELETE" && strings.Contains(path, "avatars/{id}"):
			off := c.ask(mine+" admin", "PUT", strings.Replace(path, "{id}", c.objects[mine]["avatars"], 1), `{"reason":"an incident"}`)
			require.Equal(t, 200, off.status, off.body)
		}
		own, _, _ := c.named(path)
		if row.query != "" {
			own += "?" + row.query
		}
		head := []string{"X-Tenant: " + theirs, "X-Tenant-Id: " + theirs, "Mayfly-Tenant: " + theirs, "Forwarded: host=" + theirs}
		if row.match {
			now, err := c.recorder.Tenant(t.Context(), mine)
			require.NoError(t, err)
			head = append(head, fmt.Sprintf("If-Match: %q", fmt.Sprint(now.Number)))
		}
		body := strings.ReplaceAll(row.body, "REVIEW", time.Now().Add(48*time.Hour).Format(time.DateOnly))
		noted := c.noted(row.fact)
		got := c.ask(mine+" admin", method, own, body, head...)
		require.Less(t, got.status, 300, "%s %s: %s", method, path, got.body)
		for _, secret := range c.secrets[theirs] {
			require.NotContains(t, got.body, secret, "%s %s", method, path)
		}
		if row.fact != 0 {
			require.Equal(t, noted+1, c.noted(row.fact), "%s %s: it is in no fact", method, path)
		}
		require.Equal(t, untouched, c.stored(theirs), "%s %s", method, path)
		require.Len(t, c.server.Live(theirs), 1)
		tried++
	}
	require.NotEqual(t, untouched, c.stored(mine))
	t.Logf("%d requests over %d routes", tried, len(routes))
}

// noted is how many facts of a kind the first tenant's log has, each with
// somebody who did it.
func (c *campus) noted(kind session.FactKind) (n int) {
	all, err := c.recorder.Facts(c.t.Context(), mine, 0, 10_000)
	require.NoError(c.t, err)
	for _, e := range all {
		if e.Fact.Kind == kind && !e.Fact.Actor.IsZero() {
			n++
		}
	}
	return n
}

// order puts what ends something after what needs it.
func order(route [2]string) string {
	switch {
	case route[0] == "GET":
		return "0"
	case route[0] == "DELETE" && route[1] != "/v1/admin/signin":
		return "2"
	case route[0] == "DELETE":
		return "3"
	}
	return "1"
}

// named fills in the parameters of a path: with what is the first tenant's,
// what is the other's only, and what nobody has.
func (c *campus) named(path string) (own, foreign, none string) {
	if of, log := strings.CutPrefix(path, "/audit/{tenant}/"); log {
		of = strings.NewReplacer("{month}", time.Now().UTC().Format("2006-01"), "{tile}", "entries/000.p/1").Replace(of)
		return "/audit/" + mine + "/" + of, "/audit/" + theirs + "/" + of, "/audit/nobody/" + of
	}
	if strings.Contains(path, "{month}/{index}") { // what every log has: there is no name of another's
		path = strings.NewReplacer("{month}", time.Now().UTC().Format("2006-01"), "{index}", "0").Replace(path)
		return path, path, path
	}
	kind := strings.Split(strings.TrimPrefix(path, admin.Prefix), "/")[0]
	fill := func(with string) string {
		return strings.NewReplacer("{id}", with, "{number}", with, "{turn}", c.objects[mine]["turn"], "{side}", "avatar", "{name}", "hours.md").Replace(path)
	}
	if !strings.Contains(path, "{") {
		return path, path, path
	}
	require.NotEmpty(c.t, c.objects[mine][kind], "nothing of the kind %q is in the matrix", kind)
	nobody := newID().String()
	if strings.Contains(path, "{number}") {
		nobody = "900"
	}
	return fill(c.objects[mine][kind]), fill(c.objects[theirs][kind]), fill(nobody)
}

// The other addresses: who is refused, and that a call or an avatar of another
// tenant is like none.
func TestIsolationElsewhere(t *testing.T) {
	c := newCampus(t)
	document := c.ask("", "GET", "/docs/openapi.json", "").body
	seen := map[string]bool{}
	tried := 0
	before := c.stored("")
	for _, route := range documentedIn(t, document) {
		method, path := route[0], route[1]
		name := method + " " + path
		if !strings.HasPrefix(path, "/v1/") && !strings.HasPrefix(path, "/.well-known/") {
			continue // pages and documentation: there is nothing of a tenant in them
		}
		row, ok := otherRows[name]
		require.True(t, ok, "%s has no row in the matrix: say who may use it", name)
		seen[name] = true
		if row.roles == "anybody" {
			continue
		}
		at := strings.NewReplacer("{id}", "rtc_none", "{no}", "1").Replace(path)
		for _, as := range []string{"", mine + " expired", mine + " revoked", mine + " caller", mine + " reviewer", mine + " agent", mine + " admin", mine + " signed in"} {
			role := strings.TrimPrefix(as, mine+" ")
			if role != "" && slices.Contains(strings.Fields(row.roles), role) {
				continue
			}
			want := []int{401}
			if (role == "reviewer" || role == "agent" || row.roles == "agent" && (role == "caller" || role == "admin")) && row.roles != "receipt" {
				want = []int{403}
			}
			if strings.Contains(path, "/calls/{id}") {
				want = append(want, 404) // to a stranger no call exists
			}
			got := c.ask(as, method, at, row.body)
			require.Contains(t, want, got.status, "%s as %q: %s", name, as, got.body)
			tried++
		}
	}
	require.Len(t, seen, len(otherRows), "rows without a route")
	// An avatar that only the other has, and one that nobody has.
	const form = `{"session":{"type":"realtime","avatar":{"id":%q}}}`
	is := c.ask(mine+" caller", "POST", "/v1/realtime/client_secrets", fmt.Sprintf(form, "only-beta"))
	isNot := c.ask(mine+" caller", "POST", "/v1/realtime/client_secrets", fmt.Sprintf(form, "only-zeta"))
	require.Equal(t, 404, is.status, is.body)
	require.Equal(t, isNot, is)
	tried += 2
	require.Equal(t, before, c.stored(""))
	t.Logf("%d requests over %d routes", tried, len(seen))
}
