package siem

import "mayfly/session"

// class is a class of events in OCSF.
type class struct {
	uid        int
	name       string
	category   int
	activities map[int]string
}

// The classes that facts fall into. API Activity would demand an address of
// whoever asked, and no address is in the log.
var (
	entityManagement = &class{3004, "Entity Management", 3, map[int]string{
		1: "Create", 2: "Read", 3: "Update", 4: "Delete", 8: "Enable", 9: "Disable", 10: "Activate", 11: "Deactivate", 12: "Suspend", 13: "Resume", 99: "Other",
	}}
	authentication = &class{3002, "Authentication", 3, map[int]string{1: "Logon"}}
	// A breach has its own class: whoever answers for security is called.
	incidentFinding      = &class{2005, "Incident Finding", 2, map[int]string{1: "Create", 2: "Update", 3: "Close"}}
	applicationLifecycle = &class{6002, "Application Lifecycle", 6, map[int]string{3: "Start", 4: "Stop"}}
)

var categories = map[int]string{2: "Findings", 3: "Identity & Access Management", 6: "Application Activity"}

// Severities of OCSF.
const (
	informational = 1
	low           = 2
	medium        = 3
	high          = 4
	critical      = 5
)

var severities = map[int]string{informational: "Informational", low: "Low", medium: "Medium", high: "High", critical: "Critical"}

// Activities of Entity Management.
const (
	create     = 1
	read       = 2
	change     = 3
	remove     = 4
	enable     = 8
	disable    = 9
	activate   = 10
	deactivate = 11
	suspend    = 12
	resume     = 13
	other      = 99
)

// meaning is what a kind of fact is in the words of OCSF.
type meaning struct {
	class    *class
	activity int
	entity   string // what it was done to, from a closed list
	severity int
	failed   bool // what somebody wanted did not happen
}

func managed(activity int, entity string, severity int) meaning {
	return meaning{class: entityManagement, activity: activity, entity: entity, severity: severity}
}

func denied(entity string, severity int) meaning {
	return meaning{class: entityManagement, activity: other, entity: entity, severity: severity, failed: true}
}

// incident is what is told of one, with what its state is in OCSF.
func incident(activity, severity int) meaning {
	return meaning{class: incidentFinding, activity: activity, severity: severity}
}

// meanings has every kind of fact (TestMeanings).
var meanings = map[session.FactKind]meaning{
	session.SessionStarted:     managed(create, "session", informational),
	session.SessionEnded:       managed(remove, "session", informational),
	session.SessionStopped:     managed(remove, "session", low),
	session.NoticePresented:    managed(read, "notice", informational),
	session.NoticeAcknowledged: managed(read, "notice", informational),
	session.NoticeWithheld:     managed(disable, "notice", medium),
	session.DisclosureHidden:   managed(disable, "disclosure", high),
	session.DisclosureShown:    managed(enable, "disclosure", informational),
	session.ReminderGiven:      managed(read, "notice", informational),
	session.MinorDeclared:      managed(change, "session", low),

	session.ConsentGiven:     managed(create, "consent", informational),
	session.ConsentRefused:   denied("consent", informational),
	session.ConsentWithdrawn: managed(remove, "consent", informational),
	session.PersonOptedOut:   managed(deactivate, "recording", informational),

	session.RecordingStarted:   managed(activate, "recording", informational),
	session.RecordingStopped:   managed(deactivate, "recording", informational),
	session.RecordingFailed:    denied("recording", medium),
	session.RecordingAllowed:   managed(enable, "recording", medium),
	session.RecordingForbidden: managed(disable, "recording", low),
	session.RecordingForcedOff: managed(suspend, "recording", medium),
	session.RecordingReleased:  managed(resume, "recording", medium),

	session.EngineAsked:   managed(read, "back_end", informational),
	session.TokensUsed:    managed(read, "back_end", informational),
	session.ToolWasCalled: managed(read, "tool", informational),
	session.DialRefused:   denied("back_end", medium),

	session.UnexpectedControl: denied("back_end", medium),
	session.BackendDeclared:   managed(read, "back_end", informational),
	session.LikenessUsed:      managed(read, "likeness", informational),

	session.HumanAsked:    managed(create, "handoff", informational),
	session.HumanWaited:   managed(read, "handoff", informational),
	session.HumanCame:     managed(activate, "handoff", informational),
	session.HumanWent:     managed(deactivate, "handoff", informational),
	session.HumanRefused:  denied("handoff", informational),
	session.HumanTimedOut: denied("handoff", low),

	session.PictureTaken:     managed(create, "attachment", informational),
	session.DocumentTaken:    managed(create, "attachment", informational),
	session.AttachmentsShown: managed(read, "attachment", informational),

	session.TenantAdded:       managed(create, "policy", low),
	session.TenantChanged:     managed(change, "policy", low),
	session.TenantEnded:       managed(remove, "tenant", high),
	session.RecipientsChanged: managed(change, "recipients", medium),
	session.KnowledgeChosen:   managed(change, "knowledge", low),
	session.KnowledgeStored:   managed(create, "knowledge", low),
	session.KnowledgeRemoved:  managed(remove, "knowledge", low),
	session.KeyIssued:         managed(create, "key", medium),
	session.KeyRevoked:        managed(remove, "key", medium),
	session.AccessDenied:      denied("access", medium),

	session.TurnKept:             managed(create, "transcript", informational),
	session.TurnWasWithheld:      denied("transcript", informational),
	session.TranscriptListed:     managed(read, "transcript", low),
	session.TranscriptRead:       managed(read, "transcript", low),
	session.TranscriptExported:   managed(read, "transcript", medium),
	session.TranscriptImported:   managed(create, "transcript", medium),
	session.TranscriptErased:     managed(remove, "transcript", low),
	session.TranscriptExpired:    managed(remove, "transcript", informational),
	session.TranscriptRestricted: managed(suspend, "transcript", low),
	session.TranscriptCorrected:  managed(change, "transcript", low),
	session.SoundExpired:         managed(remove, "sound", informational),
	session.HoldPlaced:           managed(create, "hold", medium),
	session.HoldConfirmed:        managed(enable, "hold", medium),
	session.HoldLifted:           managed(remove, "hold", medium),
	session.OperatorAccessOpened: managed(create, "operator_access", high),
	session.OperatorAccessEnded:  managed(remove, "operator_access", low),
	session.AuthorityDisclosure:  managed(read, "authority_disclosure", critical),
	session.RequestMade:          managed(create, "rights_request", low),
	session.RequestAnswered:      managed(change, "rights_request", low),

	session.ReportMade:     managed(create, "report", low),
	session.ReportsListed:  managed(read, "report", low),
	session.ReportRead:     managed(read, "report", low),
	session.ReportAnswered: managed(change, "report", low),
	session.ReportErased:   managed(remove, "report", low),
	session.ReportExpired:  managed(remove, "report", informational),

	session.LikenessStored:    managed(create, "likeness", medium),
	session.LikenessRead:      managed(read, "likeness", low),
	session.LikenessDestroyed: managed(remove, "likeness", medium),

	session.IncidentOpened:   incident(1, critical),
	session.IncidentReported: incident(2, high),
	session.IncidentClosed:   incident(3, medium),
	session.DrillRun:         managed(read, "drill", low),

	session.SignedIn:          {class: authentication, activity: 1, severity: informational},
	session.GatewayStarted:    {class: applicationLifecycle, activity: 3, severity: informational},
	session.GatewayStopped:    {class: applicationLifecycle, activity: 4, severity: low},
	session.Swept:             managed(remove, "storage", informational),
	session.MasterKeyRotated:  managed(change, "master_key", medium),
	session.ReceiptKeyRotated: managed(change, "receipt_key", medium),
	session.BackedUp:          managed(read, "storage", medium),
	session.Restored:          managed(change, "storage", high),
	session.FactsLost:         denied("audit_log", high),
	session.AuditPruned:       managed(remove, "audit_log", low),
	session.AuditRead:         managed(read, "audit_log", low),
	session.EvidenceWritten:   managed(read, "evidence", medium),
	session.AuditExported:     managed(read, "audit_log", medium),
	session.AuditVerified:     managed(read, "audit_log", informational),
	session.WebhookGivenUp:    denied("webhook", medium),
}

// What is found on the way out of the log, and is no fact in it.
const (
	// VerifyFailed is of an entry that is not what its hash was made of, or is
	// not there at all.
	VerifyFailed = "verify_failed"
	// EntriesGone is of entries whose retention ended before they were sent.
	EntriesGone = "entries_gone"
)

var found = map[string]meaning{
	VerifyFailed: denied("audit_log", critical),
	EntriesGone:  denied("audit_log", high),
}
