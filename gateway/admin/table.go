package admin

import (
	"net/http"
	"time"
)

// Fields that several routes take.
var (
	avatarField  = field{name: "avatar", kind: text, most: 64, about: "The avatar's id."}
	subjectField = field{name: "subject", kind: text, most: 200, about: "The tenant's pseudonym of the person."}
	fromField    = field{name: "from", kind: moment, about: "Begun then or later."}
	toField      = field{name: "to", kind: moment, about: "Begun before."}
	reasonField  = field{name: "reason", kind: text, required: true, most: 500, about: "Why. Admins read it."}
	cursorField  = field{name: "cursor", kind: text, most: 64, about: "Where the page before ended: its next."}
	beforeField  = field{name: "before", kind: number, about: "The page before ended with this number: its next."}
	limitField   = field{name: "limit", kind: number, about: "How many at most; 50 if it is not said, 200 at most."}
)

// purposes a reader may state: those of recordings, and the carrying out of
// somebody's rights.
var readingPurposes = []string{"audit", "quality", "learning", "rights"}

// routeTable is every address of the API.
func routeTable() []*route {
	year := 365 * 24 * time.Hour
	return []*route{
		{method: "POST", path: "signin", roles: anybody,
			body:   []field{{name: "link", kind: text, required: true, most: 100, about: "The secret of a one-time link."}},
			answer: signInAnswer{}, about: "Sign in with a one-time link.", handles: (*API).signIn},
		{method: "DELETE", path: "signin", roles: admins | reviewers | agents, status: http.StatusNoContent,
			about: "Sign out: the token ends.", handles: (*API).signOut},
		{method: "GET", path: "whoami", roles: admins | reviewers | agents, answer: WhoAnswer{},
			about: "Whose credential this is, and what its tenant should know.", handles: (*API).whoAmI},
		{method: "GET", path: "overview", roles: admins, answer: overviewAnswer{},
			about: "The live sessions and the state of recording.", handles: (*API).overview},
		{method: "DELETE", path: "sessions/{id}", roles: admins, answer: endedAnswer{},
			query: []field{{name: "reason", kind: text, most: 500, about: "What the person is told."}},
			about: "End a live session.", handles: (*API).endSession},
		{method: "POST", path: "sessions/end", roles: admins, answer: endedAnswer{},
			body:  []field{avatarField, {name: "reason", kind: text, required: true, most: 500, about: "What the people are told."}},
			about: "End all live sessions of an avatar, or of the tenant.", handles: (*API).endSessions},

		{method: "GET", path: "checklist", roles: admins, answer: checklistAnswer{},
			about: "What is there of what the avatars need before people meet them. Nothing is dialled.", handles: (*API).checklist},
		{method: "POST", path: "checklist", roles: admins, answer: checklistAnswer{},
			about: "Ask each server behind the avatars once whether it is there, and give the list.", handles: (*API).testChecklist},

		{method: "GET", path: "tenant", roles: admins, answer: tenantAnswer{},
			about: "The tenant's document in force. ETag is its number.", handles: (*API).getTenant},
		{method: "PUT", path: "tenant", roles: admins, match: true, raw: "The whole document.", answer: changeAnswer{},
			about: "Save a new document.", handles: (*API).putTenant},
		{method: "PATCH", path: "tenant", roles: admins, match: true, raw: "A merge patch of the document (RFC 7396).", answer: changeAnswer{},
			about: "Change parts of the document.", handles: (*API).patchTenant},
		{method: "POST", path: "preview", roles: admins, answer: previewAnswer{},
			body: []field{{name: "document", kind: object, required: true, about: "A document, saved or not."},
				avatarField, {name: "locale", kind: text, most: 35, about: "BCP 47; English if it is not said."}},
			about: "What a person would see under a document. Nothing is stored.", handles: (*API).preview},
		{method: "POST", path: "preview/answer", roles: admins, answer: triedAnswer{},
			body: []field{{name: "document", kind: object, about: "A document, saved or not; the one in force if it is not said."},
				{name: "avatar", kind: text, required: true, most: 64, about: "The avatar's id."},
				{name: "question", kind: text, required: true, most: 2000, about: "What to ask."},
				{name: "locale", kind: text, most: 35, about: "BCP 47; the avatar's first language if it is not said."}},
			about: "What an avatar would answer from its documents. No model is asked, nothing is stored.", handles: (*API).tryAnswer},
		{method: "GET", path: "versions", roles: admins, query: []field{beforeField, limitField}, answer: versionsAnswer{},
			about: "Every version, newest first.", handles: (*API).versions},
		{method: "GET", path: "versions/{number}", roles: admins, answer: versionAnswer{},
			about: "One version: what it said, and what it changed.", handles: (*API).version},
		{method: "POST", path: "versions/{number}/restore", roles: admins, match: true, answer: changeAnswer{},
			about: "Save what an earlier version said as a new version.", handles: (*API).restore},
		{method: "GET", path: "proposals", roles: admins, answer: proposalsAnswer{},
			about: "Changes that wait for a second admin.", handles: (*API).proposals},
		{method: "POST", path: "proposals/{number}/confirm", roles: admins, answer: changeAnswer{},
			about: "Carry out what another admin proposed.", handles: (*API).confirm},
		{method: "DELETE", path: "proposals/{number}", roles: admins, status: http.StatusNoContent,
			about: "Take a proposal back.", handles: (*API).endProposal},
		{method: "PUT", path: "recording/off", roles: admins, body: []field{reasonField}, answer: forcedAnswer{},
			about: "Force recording off, whatever the document says.", handles: (*API).forceOff},
		{method: "DELETE", path: "recording/off", roles: admins, answer: forcedAnswer{},
			about: "Let the document count again. Live sessions stay unrecorded.", handles: (*API).release},

		{method: "PUT", path: "avatars/{id}/off", roles: admins, answer: changeAnswer{},
			body:  []field{{name: "reason", kind: text, required: true, most: 500, about: "Why. The people read it."}},
			about: "Switch an avatar off: its sessions end, and none begins.", handles: (*API).switchOff},
		{method: "DELETE", path: "avatars/{id}/off", roles: admins, answer: changeAnswer{},
			about: "Let people talk with an avatar again.", handles: (*API).switchOn},
		{method: "GET", path: "avatars/{id}/knowledge", roles: admins, answer: knowledgeAnswer{},
			about: "What an avatar answers from: its sources, and the versions there were.", handles: (*API).knowledge},
		{method: "POST", path: "avatars/{id}/knowledge/reindex", roles: admins, answer: knowledgeAnswer{},
			about: "Read the sources again. It does not wait: ask for the state until it is not reading.", handles: (*API).reindex},
		{method: "POST", path: "avatars/{id}/knowledge/rollback", roles: admins, answer: knowledgeAnswer{},
			body:  []field{{name: "version", kind: number, required: true, about: "The number of one of its versions."}},
			about: "Answer from an earlier version from the next turn on, until the sources are read again.", handles: (*API).rollback},
		{method: "POST", path: "avatars/test", roles: admins, answer: reachAnswer{},
			body: []field{{name: "document", kind: object, about: "A document, saved or not; the one in force if it is not said."},
				{name: "avatar", kind: text, required: true, most: 64, about: "The avatar's id."}},
			about: "Ask each server behind an avatar once whether it is there.", handles: (*API).testAvatar},
		{method: "POST", path: "avatars/tool", roles: admins, answer: toolAnswer{},
			body: []field{{name: "document", kind: object, about: "A document, saved or not; the one in force if it is not said."},
				{name: "avatar", kind: text, required: true, most: 64, about: "The avatar's id."},
				{name: "tool", kind: text, required: true, most: 64, about: "The tool's name."},
				{name: "arguments", kind: object, about: "What it is called with; {} if it is not said."}},
			about: "Call a tool of an avatar's once, really, and say what a model would be given.", handles: (*API).tryTool},

		{method: "GET", path: "webhook", roles: admins, answer: webhookAnswer{},
			about: "The receiver of the document in force, and how far it was told.", handles: (*API).webhook},
		{method: "POST", path: "webhook/test", roles: admins, answer: triedHookAnswer{},
			about: "Send the receiver an empty delivery, signed like every one.", handles: (*API).tryWebhook},

		{method: "GET", path: "keys", roles: admins, answer: keysAnswer{},
			about: "The keys and sign-ins, never a secret.", handles: (*API).keys},
		{method: "POST", path: "keys", roles: admins, status: http.StatusCreated, answer: issuedAnswer{},
			body: []field{
				{name: "role", kind: word, required: true, words: []string{"admin", "reviewer", "caller", "agent"}, about: "What it may do."},
				{name: "name", kind: text, required: true, most: 100, about: "What it is for."},
				{name: "expires_in", kind: span, least: time.Hour, longest: 10 * year, about: "When it ends; a year if it is not said."},
				{name: "reason", kind: text, most: 500, about: "On the host, where it is needed: why no admin issues it."},
			},
			about: "Issue a key. It is shown now and never again.", handles: (*API).issueKey},
		{method: "DELETE", path: "keys/{id}", roles: admins, status: http.StatusNoContent,
			about: "End a key, or a sign-in, at once.", handles: (*API).revokeKey},
		{method: "GET", path: "desk", roles: admins, answer: deskAnswer{},
			about: "The desk at which humans answer, as it stands. Nobody is named.", handles: (*API).desk},
		{method: "POST", path: "desk/links", roles: admins, status: http.StatusCreated, answer: linkAnswer{},
			body:  []field{{name: "name", kind: text, required: true, plain: true, most: 40, about: "Who it is for. People who talk with them read it."}},
			about: "Make a one-time link for somebody who answers at the desk. It is shown now and never again.", handles: (*API).agentLink},

		{method: "GET", path: "transcripts", roles: admins, answer: transcriptsAnswer{},
			query: []field{avatarField, subjectField, fromField, toField, cursorField, limitField},
			about: "What is stored, without a word of it. That somebody looked is noted.", handles: (*API).transcripts},
		{method: "GET", path: "transcripts/{id}", roles: admins, forms: forms(),
			query: []field{{name: "purpose", kind: word, required: true, words: readingPurposes, about: "What it is read for: one that the person was told, or rights."},
				{name: "form", kind: word, words: formNames(), about: "The form; json if it is not said."}},
			about: "Read a transcript. That it was read is noted before the first byte.", handles: (*API).readTranscript},
		{method: "GET", path: "transcripts/{id}/sound", roles: admins, answer: soundsAnswer{},
			about: "Which sounds of a conversation are stored. That somebody looked is noted.", handles: (*API).sounds},
		{method: "GET", path: "transcripts/{id}/sound/{turn}/{side}", roles: admins, forms: []string{"audio/ogg"},
			query: []field{{name: "purpose", kind: word, required: true, words: readingPurposes, about: "What it is listened to for: one that the person was told, or rights."}},
			about: "Listen to one side of a turn: avatar or person. That it was heard is noted before the first byte.", handles: (*API).readSound},
		{method: "DELETE", path: "transcripts/{id}", roles: admins, answer: erasedAnswer{},
			about: "Erase a transcript. What a hold keeps stays.", handles: (*API).eraseTranscript},
		{method: "POST", path: "transcripts/erase", roles: admins, answer: reportAnswer{},
			body:  []field{avatarField, subjectField, fromField, toField},
			about: "Erase all transcripts that match. One condition at least has to be said.", handles: (*API).eraseTranscripts},

		{method: "GET", path: "expiries", roles: admins, answer: expiriesAnswer{},
			about: "When what is stored goes, by day. That somebody looked is noted.", handles: (*API).expiries},

		{method: "GET", path: "holds", roles: admins, answer: holdsAnswer{},
			about: "What may not be deleted, and why.", handles: (*API).holds},
		{method: "POST", path: "holds", roles: admins, status: http.StatusCreated, answer: createdAnswer{},
			body: []field{
				{name: "kind", kind: word, required: true, words: []string{"session", "subject", "avatar"}, about: "What value names."},
				{name: "value", kind: text, required: true, most: 200, about: "Which session, person or avatar."},
				{name: "reason", kind: word, required: true, words: []string{"legal_claim", "authority", "complaint", "security"}, about: "What it is kept for."},
				{name: "case", kind: text, plain: true, required: true, most: 64, about: "The reference of the matter: not what it is about."},
				{name: "review", kind: moment, required: true, about: "When somebody decides again, within a year."},
			},
			about: "Keep something from deletion.", handles: (*API).placeHold},
		{method: "POST", path: "holds/{id}/confirm", roles: admins, status: http.StatusNoContent,
			about: "Confirm a hold that another admin placed.", handles: (*API).confirmHold},
		{method: "DELETE", path: "holds/{id}", roles: admins, status: http.StatusNoContent,
			about: "Lift a hold.", handles: (*API).liftHold},

		{method: "GET", path: "reports", roles: admins, answer: reportsAnswer{},
			query: []field{{name: "state", kind: word, words: []string{"open", "answered"}, about: "Only those; all if it is not said."}, cursorField, limitField},
			about: "Answers that people reported, without a word of them. That somebody looked is noted.", handles: (*API).reports},
		{method: "GET", path: "reports/{id}", roles: admins, forms: []string{"application/json"},
			about: "Read a report: what the person ticked, and no more. That it was read is noted before the first byte.", handles: (*API).readReport},
		{method: "POST", path: "reports/{id}/answer", roles: admins, status: http.StatusNoContent,
			body:  []field{{name: "answer", kind: text, required: true, most: 500, about: "What the person reads about it."}},
			about: "Answer a report, and close it.", handles: (*API).answerReport},
		{method: "DELETE", path: "reports/{id}", roles: admins, status: http.StatusNoContent,
			about: "Erase a report. What a hold keeps stays.", handles: (*API).eraseReport},

		{method: "GET", path: "requests", roles: admins, answer: requestsAnswer{},
			query: []field{{name: "state", kind: word, words: []string{"open", "carried_out", "refused"}, about: "Only those; all if it is not said."}},
			about: "What people asked for.", handles: (*API).requests},
		{method: "POST", path: "requests/{id}", roles: admins, status: http.StatusNoContent,
			body: []field{
				{name: "answer", kind: word, required: true, words: []string{"carry_out", "refuse"}, about: "Whether it is done."},
				{name: "reason", kind: text, required: true, most: 500, about: "Why. The person reads it."},
			},
			about: "Answer a request, and carry it out.", handles: (*API).answerRequest},

		{method: "GET", path: "/audit/{tenant}/checkpoint", roles: admins | reviewers, forms: []string{checkpointType},
			about: "What the log of the newest month came to, signed: a C2SP tlog-checkpoint.", handles: (*API).newestCheckpoint},
		{method: "GET", path: "/audit/{tenant}/{month}/checkpoint", roles: admins | reviewers, forms: []string{checkpointType},
			about: "What the log of a month, as 2026-11, came to, signed: a C2SP tlog-checkpoint.", handles: (*API).checkpoint},
		{method: "GET", path: "/audit/{tenant}/{month}/tile/{tile...}", roles: admins | reviewers, forms: []string{tileType},
			about: "A tile of the log of a month, by its C2SP tlog-tiles name: 0/000, 0/000.p/17, entries/000.", handles: (*API).tile},
		{method: "GET", path: "/audit/{tenant}/export", roles: admins | reviewers, forms: []string{"application/jsonl"},
			about: "All logs of the tenant, for mayfly audit verify.", handles: (*API).exportAudit},

		{method: "GET", path: "usage", roles: admins, query: []field{{name: "from", kind: moment, about: "The first day; 30 days ago if it is not said."}, {name: "to", kind: moment, about: "The last day; today if it is not said."}}, answer: usageAnswer{}, forms: []string{"text/csv"},
			about: "Sessions, minutes and replies by day and avatar. As CSV with Accept: text/csv.", handles: (*API).usage},
		{method: "GET", path: "processing", roles: admins | reviewers, answer: processingAnswer{}, forms: []string{"text/csv"},
			about: "The record of processing activities, made from the configuration in force. As CSV with Accept: text/csv.", handles: (*API).processing},
		{method: "GET", path: "posture", roles: admins | reviewers, answer: postureAnswer{},
			about: "What protects the people who talk: each control as enforced, declared or absent, and why.", handles: (*API).posture},
		{method: "GET", path: "facts", roles: admins | reviewers, query: []field{beforeField, limitField}, answer: factsAnswer{},
			about: "What happened, without what was said, newest first.", handles: (*API).facts},
		{method: "GET", path: "openapi.json", roles: anybody, forms: []string{"application/json"},
			about: "This document.", handles: (*API).document},
	}
}
