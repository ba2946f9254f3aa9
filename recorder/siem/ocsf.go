package siem

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
)

// Version is the version of OCSF that records are of.
const Version = "1.9.0"

// Link is the record before in a collector's chain of one tenant. Zero: there
// is none.
type Link struct {
	UID         string
	Type        int
	Fingerprint [32]byte
}

// Form is how records are written for one collector.
type Form struct {
	Product string // version of the program
	Chain   string // the collector's name
}

// exact is the largest number that every reader of JSON takes for what it is.
const exact = 1<<53 - 1

type object = map[string]any

// OCSF is the record of an event as one line of JSON, without the line's end,
// and the link for the record after it. Its keys are in the order of RFC 8785:
// with the fingerprint taken out it is the text that the fingerprint is of.
func (f Form) OCSF(e *Event, before Link) ([]byte, Link) {
	uid := e.UID()
	tenant := clean(e.Tenant, maxName)
	chain := "mayfly/" + clean(f.Chain, maxName) + "/" + clean(gatewayOr(e.Tenant), maxName)
	m := &e.meaning
	metadata := object{
		"event_code": e.Kind, "log_name": clean(e.Log, 2*maxName), "log_provider": "mayfly",
		"product":  object{"name": "Mayfly", "vendor_name": "Mayfly", "version": clean(f.Product, maxName)},
		"profiles": []string{"record_integrity"}, "sequence": whole(e.Last), "uid": uid, "version": Version,
	}
	put(metadata, "tenant_uid", tenant)
	put(metadata, "correlation_uid", idText(e.Fact.Session))
	status, statusID := "Success", 1
	if m.failed {
		status, statusID = "Failure", 2
	}
	record := object{
		"activity_id": m.activity, "activity_name": m.class.activities[m.activity],
		"category_name": categories[m.class.category], "category_uid": m.class.category,
		"class_name": m.class.name, "class_uid": m.class.uid, "type_uid": e.Type(),
		"severity": severities[m.severity], "severity_id": m.severity, "status": status, "status_id": statusID,
		"time": millis(e.End.UnixMilli()), "metadata": metadata, "unmapped": e.rest(),
	}
	put(record, "status_code", e.Fact.Reason.String())
	if actor := idText(e.Fact.Actor); actor != "" {
		record["actor"] = object{"user": object{"uid": actor}}
	}
	switch m.class {
	case entityManagement:
		record["entity"] = object{"type": m.entity, "uid": e.subject()}
	case authentication:
		record["service"] = object{"name": "mayfly-admin"}
		record["user"] = object{"uid": cmp.Or(idText(e.Fact.Actor), "unknown")}
	case incidentFinding:
		// OCSF: what the finding is, and how far somebody has come with it.
		record["finding_info_list"] = []object{{"uid": e.subject(), "title": strings.ReplaceAll(e.Fact.Reason.String(), "_", " ")}}
		state := incidentStates[m.activity]
		record["status"], record["status_id"] = state.name, state.id
	case applicationLifecycle:
		record["app"] = object{"name": "Mayfly", "vendor_name": "Mayfly", "version": clean(f.Product, maxName)}
	}
	if e.Entries > 1 {
		record["count"], record["start_time"], record["end_time"] = whole(e.Entries), millis(e.Start.UnixMilli()), millis(e.End.UnixMilli())
	}
	attestation := object{"uid": chain + ":" + uid, "chain_uid": chain}
	if before != (Link{}) {
		attestation["prev_event"] = object{"uid": clean(before.UID, 2*maxName), "type_uid": before.Type, "fingerprint": fingerprint(before.Fingerprint)}
	}
	record["attestation_list"] = []object{attestation}
	sum := sha256.Sum256(canonical(record))
	attestation["fingerprint"] = fingerprint(sum)
	return canonical(record), Link{UID: uid, Type: e.Type(), Fingerprint: sum}
}

// incidentStates are OCSF's for an incident, by the activity that led there.
var incidentStates = map[int]struct {
	name string
	id   int
}{1: {"New", 1}, 2: {"In Progress", 2}, 3: {"Closed", 5}}

// subject is the id of what the event is about.
func (e *Event) subject() string {
	for _, id := range []string{idText(e.Fact.Object), idText(e.Fact.Session)} {
		if id != "" {
			return id
		}
	}
	return clean(gatewayOr(e.Tenant), maxName)
}

// rest is what a fact says and OCSF has no place for.
func (e *Event) rest() object {
	f := &e.Fact
	r := object{"first": whole(e.First), "index": whole(uint64(max(e.Index, 0)))}
	put(r, "leaf_sha256", hashText(e.LeafHash))
	put(r, "object", idText(f.Object))
	put(r, "sha256", hashText(f.Hash))
	for key, n := range map[string]uint64{"turn": uint64(f.Turn), "notice": uint64(f.Notice), "policy": f.Policy, "before": f.Before, "amount": f.Count} {
		if n != 0 {
			r[key] = whole(n)
		}
	}
	if names := purposes(f.Purposes); len(names) > 0 {
		r["purposes"] = names
	}
	return r
}

func gatewayOr(tenant string) string {
	if tenant == "" {
		return "~gateway"
	}
	return tenant
}

func put(into object, key, value string) {
	if value != "" {
		into[key] = value
	}
}

// fingerprint is OCSF's object for a SHA-256 over RFC 8785, in hexadecimal.
func fingerprint(sum [32]byte) object {
	return object{
		"algorithm": "SHA-256", "algorithm_id": 3, "encoding": "Hex", "encoding_id": 1,
		"serialization": "JCS", "serialization_id": 2, "value": hex.EncodeToString(sum[:]),
	}
}

// whole is a number, or its digits as text where readers would round it.
func whole(n uint64) any {
	if n > exact {
		return strconv.FormatUint(n, 10)
	}
	return n
}

// millis is a time within what readers take for what it is.
func millis(ms int64) int64 { return min(max(ms, 0), exact) }

// canonical is RFC 8785 of what this package makes: keys of ASCII, text of
// printable ASCII, whole numbers of 53 bits.
func canonical(v object) []byte {
	var b bytes.Buffer
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil {
		panic("siem: a record of texts and numbers has no JSON") // cannot happen
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
