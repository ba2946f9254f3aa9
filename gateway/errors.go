package gateway

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// problem is one row of the table of everything that can go wrong, as the
// client learns it. It never carries a word that somebody said or sent.
type problem struct {
	code     string // stable: clients and tests act on it
	status   int    // over HTTP
	closing  int    // WebSocket close code, if the session cannot go on; zero: it goes on
	retry    bool   // trying the same again later may work
	sentence string // for a person who writes a client
}

// problems is the one table. A test walks it, and every code that any package
// can produce has a row.
var problems = map[string]problem{}

func init() {
	for _, p := range []problem{
		// The caller.
		{"missing_credential", 401, websocket.ClosePolicyViolation, false, "No credential was sent. Send an API key or a client secret as a bearer token or as the subprotocol openai-insecure-api-key.<key>."},
		{"invalid_credential", 401, websocket.ClosePolicyViolation, false, "The credential is not valid here: unknown, expired, used up, or for something else."},
		{"origin_not_allowed", 403, websocket.ClosePolicyViolation, false, "This origin is not on the tenant's list. Add the exact scheme, host and port to origins."},
		{"role_not_allowed", 403, 0, false, "This key has another role. Use one that may do this."},
		{"no_desk", 404, websocket.ClosePolicyViolation, false, "This tenant has no desk at which a human answers. Add handoff to its document."},
		{"avatar_not_found", 404, websocket.ClosePolicyViolation, false, "The tenant has no such avatar."},
		{"avatar_off", 403, websocket.ClosePolicyViolation, false, "The organisation has switched this avatar off."},
		{"likeness_not_permitted", 403, websocket.ClosePolicyViolation, false, "The avatar has the likeness of a real person, and there is no permission of theirs that is valid now."},
		{"call_not_found", 404, 0, false, "There is no such call: it ended, or it belongs to somebody else."},
		{"not_found", 404, 0, false, "There is nothing at this address."},
		{"upgrade_required", 426, 0, false, "This address takes WebSocket upgrades of version 13."},
		{"invalid_handshake", 400, 0, false, "The WebSocket handshake has no key of 16 bytes."},
		{"method_not_allowed", 405, 0, false, "This address does not take that method."},
		{"page_not_public", 404, 0, false, "This tenant has no public page. Create a client secret on your server."},
		{"idempotency_key_reused", 409, 0, false, "This Idempotency-Key was used for another request. Use a new key for each."},
		{"plaintext_not_allowed", 403, 0, false, "This address takes encrypted connections only."},

		// How much.
		{"rate_limit_exceeded", 429, websocket.CloseTryAgainLater, true, "Too many requests for now. Wait as long as Retry-After says."},
		{"quota_reached", 429, 0, false, "The organisation has used all that it has for this day or month. Sessions begin again when the next one does."},
		{"too_many_sessions", 429, websocket.CloseTryAgainLater, true, "As many sessions are open as this tenant may have. Try again when one has ended."},
		{"overloaded", 503, websocket.CloseTryAgainLater, true, "The gateway is full. Wait as long as Retry-After says."},
		{"draining", 503, websocket.CloseServiceRestart, true, "This gateway is stopping. Connect again."},
		{"message_too_large", 413, websocket.CloseMessageTooBig, false, "The message is larger than this transport takes."},
		{"body_too_large", 413, 0, false, "The body is larger than this address takes."},
		{"body_too_slow", 408, 0, true, "The body did not arrive in time."},
		{"message_rate_exceeded", 429, websocket.ClosePolicyViolation, true, "Too many messages in too short a time."},
		{"slow", 0, websocket.ClosePolicyViolation, false, "The client does not read what it is sent."},

		// What was sent.
		{"invalid_json", 400, 0, false, "The event is not one JSON object: UTF-8, no duplicate names, nothing after it, at most 16 levels deep."},
		{"json_limit_exceeded", 400, 0, false, "The JSON is nested too deeply, an object has too many members, or a name is too long."},
		{"invalid_type", 400, 0, false, "A field has the wrong JSON type."},
		{"array_above_max_length", 400, 0, false, "An array has too many elements."},
		{"number_out_of_range", 400, 0, false, "A number is out of the range that this field takes."},
		{"tool_name_taken", 400, 0, false, "A tool of the organisation's has this name. Give yours another."},
		{"unsupported_value", 400, 0, false, "The value belongs to the protocol, and this gateway does not serve it."},
		{"cannot_update_voice", 400, 0, false, "The voice cannot change after the session has been heard."},
		{"cannot_update_avatar_notice", 400, 0, false, "What a client understands is declared once, before the notice begins."},
		{"cannot_update_avatar", 400, 0, false, "A session keeps the avatar that it began with."},
		{"invalid_value", 400, 0, false, "A value is not one of those that this field takes."},
		{"missing_required_parameter", 400, 0, false, "A field that this event needs is missing."},
		{"unknown_parameter", 400, 0, false, "A field is not known here."},
		{"invalid_base64", 400, 0, false, "The audio or the picture is not base64."},
		{"string_above_max_length", 400, 0, false, "A text is longer than this field takes."},
		{"invalid_multipart", 400, 0, false, "The form does not have the one part sdp and at most one part session."},
		{"unsupported_media_type", 415, 0, false, "Send application/sdp, multipart/form-data with the parts sdp and session, or JSON."},
		{"binary_not_supported", 0, websocket.ClosePolicyViolation, false, "Events are text messages."},
		{"invalid_utf8", 0, websocket.CloseInvalidFramePayloadData, false, "Text messages are UTF-8."},
		{"invalid_frame", 0, websocket.CloseProtocolError, false, "The connection broke the WebSocket protocol."},
		{"not_supported", 400, 0, false, "This event is not supported over this transport."},

		// What a session refuses.
		{"session_closed", 0, 0, false, "The session is over."},
		{"avatar_declared_too_late", 400, 0, false, "What a client understands is declared once, before the notice is given."},
		{"consent_not_asked", 400, 0, false, "This consent was not asked for."},
		{"conversation_already_has_active_response", 400, 0, true, "Conversation already has an active response: send response.create when it is done."},
		{"handed_off", 400, 0, false, "A human answers; a response.create has nobody to answer it."},
		{"microphone_not_enabled", 403, 0, false, "Voice input is not enabled for this avatar."},
		{"voice_input_not_consented", 403, 0, false, "The person has not agreed to be listened to, or no longer does. What they say is not heard."},
		{"attachments_not_enabled", 403, 0, false, "Attachments are not enabled for this avatar, or it answers from its documents alone. Nothing was opened."},
		{"attachments_not_consented", 403, 0, false, "The person has not agreed to show anything, or no longer does. Nothing was opened."},
		{"attachment_not_understood", 415, 0, false, "What answers does not take this kind of attachment. It was not opened, and nobody was sent it. Say it in words, or send a document instead of a picture."},
		{"attachment_limit", 429, 0, false, "One item has 4 attachments at most, one session 32, and 12 MiB of them at a time. Delete an item that is not needed any more."},
		{"attachment_type_not_taken", 415, 0, false, "It is none of the kinds that are taken, by what is in it: PNG, JPEG, WebP, PDF, or plain text in UTF-8."},
		{"attachment_too_large", 413, 0, false, "It is larger than is taken: 8 MiB of a file, 25 megapixels of a picture, 128 KiB of text of a document."},
		{"attachment_damaged", 422, 0, false, "It is not whole, or there is more than one file in it. Save it again and send that."},
		{"attachment_animated", 415, 0, false, "It is more than one picture. Send one."},
		{"attachment_encrypted", 422, 0, false, "The document asks for a password. Send it without."},
		{"attachment_without_text", 422, 0, false, "There is no text in the document. Send its pages as pictures, if what answers takes those."},
		{"attachment_too_slow", 422, 0, false, "It took too long to open. Send a smaller one."},
		{"image_url_not_fetched", 400, 0, false, "Nothing is fetched for a client. Send the picture itself, as a data: URL in base64, or over POST /v1/realtime/calls/{id}/attachments."},
		{"input_audio_rate_exceeded", 429, 0, true, "Too much sound in too short a time. This piece was not heard."},
		{"input_audio_buffer_commit_empty", 400, 0, false, "There is less than 100 ms of sound to commit."},
		{"video_not_enabled", 403, 0, false, "Video is not enabled for this avatar."},
		{"response_cancel_not_active", 400, 0, false, "Cancellation failed: no active response found."},
		{"item_not_found", 400, 0, false, "There is no such item in the conversation."},
		{"item_cannot_be_truncated", 400, 0, false, "Only spoken replies can be truncated, and not beyond their end."},
		{"disclosure_not_current", 400, 0, false, "This is not the notice that was presented last."},
		{"held", 409, 0, false, "It is held, for a reason that the organisation has stated, and cannot be erased yet. It was not erased."},
		{"erase_failed", 503, 0, true, "What is stored could not be erased now. It is there still: try again, or use the receipt key."},
		{"report_not_offered", 403, 0, false, "Reports of answers are not taken here, or not now. Nothing was stored."},
		{"report_limit", 429, 0, false, "As many answers were reported in this session as it takes. Nothing was stored."},
		{"report_failed", 503, 0, true, "The report could not be stored. Nothing of it is kept: try again later."},
		{"receipt_not_available", 400, 0, false, "This gateway does not sign receipts."},
		{"session_expired", 0, websocket.CloseNormalClosure, false, "Your session hit its maximum duration."},

		// What is stored.
		{"receipt_key_not_known", 401, 0, false, "Nothing is stored under this receipt key: it is not whole, or what it was of has expired or was erased."},
		{"on_instruction", 403, 0, false, "The organisation carries out such requests itself. Ask for it with POST /v1/me/requests."},
		{"held_until", 409, 0, false, "It is held, for a reason that the organisation has stated, and cannot be erased yet."},
		{"storage_unavailable", 503, 0, true, "What is stored cannot be reached now. Nothing was changed."},
		{"not_acceptable", 406, 0, false, "The transcript is given as application/jsonl, application/json, text/plain or text/vtt."},
		{"invalid_body", 400, 0, false, "The body is not one JSON object with the fields that this address takes, and no others."},
		{"receipt_invalid", 400, 0, false, "This is not a receipt of a session. Send the whole text as it was saved."},
		{"receipt_changed", 400, 0, false, "The signature does not fit: the receipt was changed after it was signed, or is not whole."},
		{"receipt_key_id_not_known", 400, 0, false, "The receipt was signed with a key that is none of this gateway's. Ask the gateway that gave it."},

		// How a session ends.
		{"person_left", 0, websocket.CloseNormalClosure, false, "The client ended the session."},
		{"connection_lost", 0, websocket.CloseGoingAway, true, "The connection was lost."},
		{"idle", 0, websocket.CloseNormalClosure, false, "Nothing was said for too long."},
		{"protocol_error", 0, websocket.ClosePolicyViolation, false, "The client broke the protocol."},
		{"notice_failed", 0, websocket.CloseInternalServerErr, true, "The notice could not be given, so there is no conversation."},
		{"recording_failed", 0, websocket.CloseNormalClosure, false, "What is said can no longer be kept, and the organisation wants it kept or not at all. The session ended."},
		{"no_notice_channel", 0, websocket.ClosePolicyViolation, false, "Audio alone was asked for and no voice can say the notice. Ask for text, or acknowledge the notice."},
		{"ended", 0, websocket.CloseNormalClosure, false, "The session was ended by the organisation."},
		{"resumed_elsewhere", 0, websocket.CloseNormalClosure, false, "The session goes on over another connection."},
		{"internal_error", 500, websocket.CloseInternalServerErr, true, "Something is wrong with the gateway. It was counted."},

		// What answers.
		{"backend_unreachable", 502, 0, true, "What answers cannot be reached."},
		{"backend_timeout", 504, 0, true, "What answers took too long."},
		{"backend_refused", 502, 0, false, "What answers refused the request."},
		{"backend_invalid", 502, 0, true, "What answers sent something that is not an answer."},
		{"backend_not_allowed", 403, 0, false, "The organisation does not allow that this server is sent anything: its host or region is not on the list."},
		{"backend_overloaded", 503, 0, true, "What answers is overloaded."},

		// Media.
		{"invalid_sdp", 400, 0, false, "The offer is not a session description that this gateway takes."},
		{"media_not_available", 503, 0, true, "This gateway has no media transport. Use the WebSocket."},
		{"setup_timeout", 504, 0, true, "The call did not connect in time."},

		// Administration.
		{"role_not_sufficient", 403, 0, false, "This credential may not do that. Use one of the role that the documentation names for it."},
		{"cross_site_request", 403, 0, false, "A page of another site sent this. Do it on the administration page."},
		{"invalid_fields", 400, 0, false, "Something in what was sent is wrong: problems lists each, with what to do. Nothing was changed."},
		{"json_required", 415, 0, false, "Send JSON, with Content-Type: application/json."},
		{"version_required", 428, 0, false, "Say which version is changed: If-Match with its number in quotes, as ETag gave it."},
		{"version_stale", 412, 0, false, "Somebody changed it since it was read. Read it again, and change that."},
		{"proposal_outdated", 409, 0, false, "The document changed since this was proposed. Propose it again."},
		{"other_admin_required", 403, 0, false, "Whoever proposed it cannot confirm it. Another admin has to."},
		{"managed_by_file", 409, 0, false, "This tenant lives in the configuration file. Change it there; recording can be forced off here."},
		{"last_admin_key", 409, 0, false, "It is the last admin key that works. Issue its successor first."},
		{"nothing_here", 404, 0, false, "The tenant has nothing by that name."},
		{"transcript_held", 409, 0, false, "A hold keeps it. Lift the hold first, or wait for its end."},
		{"transcript_restricted", 403, 0, false, "The person keeps everybody else from reading it."},
		{"purpose_not_consented", 403, 0, false, "People did not agree to that purpose. State one that they were told."},
		{"done_before", 409, 0, false, "It was done before: answered, or confirmed."},
		{"audit_log_disagrees", 500, 0, false, "The audit log is not what was published of it: it was changed or cut. Nothing is signed. Whoever runs the gateway has to keep a copy of its data, and verify an export."},
		{"operator_access_required", 403, 0, false, "What is stored for a tenant is reached from the machine only while an access of the operator is open, which the tenant sees. Open one: mayfly access open --tenant ID --reason-code support --case NUMBER --for 1h."},
		{"store_not_ready", 503, 0, true, "What is stored cannot be reached now. The overview says why."},
	} {
		problems[p.code] = p
	}
}

// unknownProblem is what a code without a row becomes, so that nothing that
// was not written for a person reaches one.
var unknownProblem = problem{"internal_error", http.StatusInternalServerError, websocket.CloseInternalServerErr, true, "Something is wrong with the gateway. It was counted."}

func lookupProblem(code string) problem {
	if p, ok := problems[code]; ok {
		return p
	}
	return unknownProblem
}

// Problem is a row of the table as other parts of the gateway answer from it:
// the HTTP status, whether trying again later may work, and the sentence.
func Problem(code string) (status int, again bool, sentence string) {
	p := lookupProblem(code)
	return p.status, p.retry, p.sentence
}
