package session

// Fact is what happened, without what was said: enums, numbers and opaque ids
// only. What is not known or does not matter is zero.
type Fact struct {
	Kind     FactKind
	Session  ID // the session that it is about
	Actor    ID // the key of whoever did it; zero: the person in the session, or the gateway itself
	Object   ID // what it was done to: a key, a hold, a request, a backup
	Turn     TurnNo
	Notice   uint32
	Purposes Purposes
	Reason   Reason
	Policy   uint64   // number of the policy in force
	Before   uint64   // of a change: the number before it
	Count    uint64   // how many: erased turns, lost facts, bytes
	Hash     [32]byte // SHA-256 of what was shown, changed or made
}

// FactKind is the closed list of what can be a fact of a session.
type FactKind uint8

// The facts.
const (
	SessionStarted FactKind = iota
	NoticePresented
	NoticeAcknowledged
	ConsentGiven
	ConsentRefused
	ConsentWithdrawn
	PersonOptedOut
	RecordingStarted
	RecordingStopped
	RecordingFailed
	EngineAsked
	TurnKept
	HumanAsked
	HumanCame
	HumanWent
	SessionEnded

	// Facts of the tenant and of those who act for it.
	TenantAdded
	TenantChanged
	TenantEnded
	RecordingAllowed   // the policy switched recording on
	RecordingForbidden // the policy switched recording off
	RecordingForcedOff // off whatever the policy says
	RecordingReleased  // the policy counts again
	KeyIssued
	KeyRevoked
	SignedIn
	AccessDenied
	SessionStopped // ended by an admin
	TranscriptListed
	TranscriptRead
	TranscriptExported
	TranscriptImported
	TranscriptErased
	TranscriptExpired
	TranscriptRestricted
	TranscriptCorrected
	HoldPlaced
	HoldLifted
	RequestMade
	RequestAnswered

	// Facts of the gateway itself.
	GatewayStarted
	GatewayStopped
	Swept
	MasterKeyRotated
	BackedUp
	Restored
	FactsLost     // Count facts were lost
	AuditPruned   // entries of this log were dropped at the end of their own retention
	HoldConfirmed // by a second admin
	MinorDeclared // the person in the session is a child
	ReminderGiven // that an AI talks, and to take a break
	ReceiptKeyRotated
	WebhookGivenUp   // facts that a tenant's receiver did not take, and is not sent any more
	DisclosureHidden // of an avatar, the Object: the visible notice was switched off, by the Actor
	DisclosureShown  // of an avatar, the Object: it was switched on again
	NoticeWithheld   // the session began without the visible notice, which is switched off
	LikenessUsed     // a session uses the likeness of a real person, under the permission that is the Object
	DialRefused      // a server that the tenant's policy does not allow was sent nothing; the Object is the avatar
	ReportMade       // the person reported an answer: the Object; Count lines of it
	ReportsListed
	ReportRead
	ReportAnswered
	ReportErased
	ReportExpired
	TurnWasWithheld // a turn was not kept, because of the personal data in it: Count values
	LikenessStored  // what belongs to a permission, the Object: Count bytes
	LikenessRead
	LikenessDestroyed
	TokensUsed           // what a server behind an avatar, the Object, took and gave for an answer: Count tokens
	SoundExpired         // the sound of a turn was removed at its end; the words are kept on
	PictureTaken         // the person showed a picture: Count bytes of it, as it was drawn anew
	DocumentTaken        // the person showed a document: Count bytes of its text
	AttachmentsShown     // what answers was given Count pictures and documents of the person
	HumanWaited          // the person waits for a human, in place Count of the queue
	HumanRefused         // no human comes: none is there, or the person does not want them
	HumanTimedOut        // no human came in time
	ToolWasCalled        // a tool of the avatar, the Object by its name: Count is how that ended, 1 is well
	KnowledgeChosen      // somebody chose what an avatar, the Object, answers from: version Count, or its sources again
	RecipientsChanged    // who may be sent something of a tenant's sessions: Count of them now, under the Hash of the register
	AuditRead            // the Actor began to read this log; what they read in the ten minutes from then is in this
	AuditExported        // the Actor took all of this log along
	UnexpectedControl    // servers behind an avatar, the Object, said Count times what nobody asked for and was dropped; the Reason is the kind
	IncidentOpened       // something went wrong: the Object; the Reason is its kind, Count the sessions that it may concern, Before is 1 in a drill
	IncidentReported     // it was told to whoever the law says, by the Actor
	IncidentClosed       // by the Actor
	DrillRun             // a leak was staged and looked for: Count steps went well, Before of how many; the Object is the incident that it opened
	OperatorAccessOpened // the operator opened access to what is stored, the Object: Count is the reason, Before for how many minutes; what is done under it has it as its Actor
	OperatorAccessEnded  // that access, the Object, ended after Count readings and changes
	AuthorityDisclosure  // what is stored was handed to an authority under the Object, that a second person confirmed: Count sessions
	BackendDeclared      // a server behind an avatar, the Object, is sent something of the session: Count is what it declared of retention, Before of its region, Hash its entry in the register
	AuditVerified        // this log was computed again, by the Actor or by the gateway's host: the Reason is what came out, Count the entries that were right, Before the number of the first that was not; zero: all were
	EvidenceWritten      // a folder of evidence was signed: Count files of it, under the Hash of their checksums
	KnowledgeStored      // somebody put a document where an avatar, the Object, answers from, or another in its place: Count bytes
	KnowledgeRemoved     // a document of an avatar, the Object, was removed, by the Actor, or because the avatar is gone
	factKinds
)

var factNames = [factKinds]string{
	"session_started", "notice_presented", "notice_acknowledged", "consent_given", "consent_refused",
	"consent_withdrawn", "person_opted_out", "recording_started", "recording_stopped", "recording_failed",
	"engine_asked", "turn_kept", "human_asked", "human_came", "human_went", "session_ended",
	"tenant_added", "tenant_changed", "tenant_ended", "recording_allowed", "recording_forbidden",
	"recording_forced_off", "recording_released", "key_issued", "key_revoked", "signed_in", "access_denied",
	"session_stopped", "transcript_listed", "transcript_read", "transcript_exported", "transcript_imported",
	"transcript_erased", "transcript_expired", "transcript_restricted", "transcript_corrected",
	"hold_placed", "hold_lifted", "request_made", "request_answered",
	"gateway_started", "gateway_stopped", "swept", "master_key_rotated", "backed_up", "restored", "facts_lost",
	"audit_pruned", "hold_confirmed", "minor_declared", "reminder_given", "receipt_key_rotated", "webhook_given_up",
	"disclosure_hidden", "disclosure_shown", "notice_withheld", "likeness_used", "dial_refused",
	"report_made", "reports_listed", "report_read", "report_answered", "report_erased", "report_expired",
	"turn_withheld", "likeness_stored", "likeness_read", "likeness_destroyed", "tokens_used", "sound_expired",
	"picture_taken", "document_taken", "attachments_shown",
	"human_waited", "human_refused", "human_timed_out", "tool_called",
	"knowledge_chosen",
	"recipients_changed",
	"audit_read", "audit_exported",
	"backend_unexpected_control",
	"incident_opened", "incident_reported", "incident_closed", "drill_run",
	"operator_access_opened", "operator_access_ended", "authority_disclosure", "backend_declared",
	"audit_verified",
	"evidence_written",
	"knowledge_stored", "knowledge_removed",
}

// String is the fact's name in the log and in metrics.
func (k FactKind) String() string { return factNames[k] }

// FactKinds is every kind, for tests that walk them.
func FactKinds() []FactKind {
	all := make([]FactKind, factKinds)
	for i := range all {
		all[i] = FactKind(i)
	}
	return all
}

// Detail says that a fact is only about the course of a session: nothing that
// was promised is proved by it, and a tenant may do without it in its log. The
// others are written always.
func (k FactKind) Detail() bool {
	switch k {
	case NoticePresented, EngineAsked, HumanAsked, HumanCame, HumanWent, HumanWaited, HumanRefused, HumanTimedOut, TokensUsed:
		return true
	}
	return false
}

// Class says how durable a fact must be.
type Class uint8

// The classes.
const (
	Count Class = iota // batched; a GAP names what was lost
	Gate               // durable before the effect that it stands for
)

// Class is Count for what happens in the course of a session, Gate for what
// changes what may be kept, who may do what, or what is still there.
func (k FactKind) Class() Class {
	switch k {
	case ConsentGiven, ConsentRefused, ConsentWithdrawn, PersonOptedOut, MinorDeclared:
		return Gate
	case AccessDenied, GatewayStarted, GatewayStopped, FactsLost, ReminderGiven, NoticeWithheld, LikenessUsed, DialRefused, TurnWasWithheld, TokensUsed, ToolWasCalled, PictureTaken, DocumentTaken, AttachmentsShown, HumanWaited, HumanRefused, HumanTimedOut, UnexpectedControl, BackendDeclared:
		return Count
	}
	if k >= TenantAdded {
		return Gate
	}
	return Count
}
