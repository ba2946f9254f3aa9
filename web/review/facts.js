// The closed list of what can be a fact, each in words: what happened, and who does that where no key did.

/**
 * Each fact by its name: what is said of it, and who it was where no key was: the person, the avatar's side (gateway) or the host.
 * @type {[string, [string, string, ('person'|'gateway'|'host')?][]][]}
 */
const GROUPS = [
  ['The notice', [
    ['notice_presented', 'The notice that an AI answers was shown', 'gateway'], ['notice_acknowledged', 'The notice was acknowledged', 'person'],
    ['notice_withheld', 'A session began without the visible notice', 'gateway'], ['disclosure_hidden', 'An avatar’s visible notice was switched off', 'host'], ['disclosure_shown', 'An avatar’s visible notice was switched on again', 'host'],
    ['reminder_given', 'The reminder that an AI answers was given', 'gateway'], ['minor_declared', 'The person was declared to be a child', 'person'],
  ]],
  ['Consent', [
    ['consent_given', 'Consent was given', 'person'], ['consent_refused', 'Consent was refused', 'person'], ['consent_withdrawn', 'Consent was withdrawn', 'person'], ['person_opted_out', 'The person opted out', 'person'],
  ]],
  ['Recording', [
    ['recording_allowed', 'Recording was switched on', 'host'], ['recording_forbidden', 'Recording was switched off', 'host'], ['recording_forced_off', 'Recording was forced off, whatever the policy says', 'host'], ['recording_released', 'Recording may follow the policy again', 'host'],
    ['recording_started', 'Recording started', 'gateway'], ['recording_stopped', 'Recording stopped', 'gateway'], ['recording_failed', 'Recording failed', 'gateway'], ['turn_kept', 'A turn was kept', 'gateway'], ['turn_withheld', 'A turn was not kept, for the personal data in it', 'gateway'],
  ]],
  ['Sessions', [
    ['session_started', 'A session started', 'person'], ['session_ended', 'A session ended', 'gateway'], ['session_stopped', 'A session was ended from outside', 'host'], ['engine_asked', 'What answers was asked', 'gateway'], ['tokens_used', 'Tokens were used', 'gateway'],
    ['picture_taken', 'A picture was taken in', 'person'], ['document_taken', 'A document was taken in', 'person'], ['attachments_shown', 'Attachments were shown to what answers', 'gateway'], ['tool_called', 'A tool was called', 'gateway'],
  ]],
  ['A human', [
    ['human_asked', 'A human was asked for', 'person'], ['human_waited', 'The person waits for a human', 'person'], ['human_came', 'A human took over', 'gateway'], ['human_went', 'The human went', 'gateway'], ['human_refused', 'No human comes', 'gateway'], ['human_timed_out', 'No human came in time', 'gateway'],
  ]],
  ['What is stored', [
    ['transcript_listed', 'Transcripts were listed', 'host'], ['transcript_read', 'A transcript was read', 'person'], ['transcript_exported', 'Transcripts were exported', 'host'], ['transcript_imported', 'Transcripts were imported', 'host'], ['transcript_erased', 'A transcript was erased', 'person'],
    ['transcript_expired', 'A transcript reached its end', 'gateway'], ['transcript_restricted', 'A transcript was restricted', 'person'], ['transcript_corrected', 'A transcript was corrected', 'person'], ['sound_expired', 'The sound of a turn reached its end', 'gateway'],
    ['hold_placed', 'A hold was placed', 'host'], ['hold_confirmed', 'A hold was confirmed', 'host'], ['hold_lifted', 'A hold was lifted', 'host'], ['swept', 'What reached its end was deleted', 'gateway'],
    ['request_made', 'Somebody asked for one of their rights', 'person'], ['request_answered', 'A request was answered', 'host'],
    ['report_made', 'An answer was reported', 'person'], ['reports_listed', 'Reports were listed', 'host'], ['report_read', 'A report was read', 'host'], ['report_answered', 'A report was answered', 'host'], ['report_erased', 'A report was erased', 'host'], ['report_expired', 'A report reached its end', 'gateway'],
  ]],
  ['Policy', [
    ['tenant_added', 'The organisation was added', 'host'], ['tenant_changed', 'The organisation’s document was changed', 'host'], ['tenant_ended', 'The organisation was removed', 'host'], ['recipients_changed', 'Who may be sent something was changed', 'gateway'], ['knowledge_chosen', 'What an avatar answers from was chosen', 'host'],
    ['knowledge_stored', 'A document was put where an avatar answers from', 'host'], ['knowledge_removed', 'A document of an avatar was removed', 'host'],
  ]],
  ['Keys and people', [
    ['key_issued', 'A key was issued, or a rule for signing in appeared', 'host'], ['key_revoked', 'A key was revoked, or a rule for signing in went', 'host'], ['signed_in', 'Somebody signed in', 'person'], ['access_denied', 'Access was denied', 'gateway'], ['master_key_rotated', 'The master key was replaced', 'host'], ['receipt_key_rotated', 'The key of receipts was replaced', 'host'],
  ]],
  ['Likeness', [
    ['likeness_used', 'A real person’s likeness was used', 'gateway'], ['likeness_stored', 'A permission for a likeness was stored', 'host'], ['likeness_read', 'A permission for a likeness was read', 'host'], ['likeness_destroyed', 'A permission for a likeness was destroyed', 'host'],
  ]],
  ['Others who get something', [
    ['backend_declared', 'A server that was used declares its region and retention', 'gateway'], ['dial_refused', 'A server was sent nothing, because the policy forbids it', 'gateway'], ['backend_unexpected_control', 'A server said what nobody asked for', 'gateway'], ['webhook_given_up', 'A receiver did not take what it was sent', 'gateway'],
  ]],
  ['This log', [
    ['audit_read', 'This log was read', 'host'], ['audit_exported', 'This log was taken along', 'host'], ['audit_pruned', 'Entries reached the end of their retention', 'gateway'], ['facts_lost', 'Facts were lost', 'gateway'], ['audit_verified', 'This log was verified', 'host'],
  ]],
  ['Incidents', [
    ['incident_opened', 'An incident was opened', 'gateway'], ['incident_reported', 'An incident was reported', 'host'], ['incident_closed', 'An incident was closed', 'host'], ['drill_run', 'A drill was run', 'host'],
  ]],
  ['The operator', [
    ['operator_access_opened', 'The operator opened access to what is stored', 'host'], ['operator_access_ended', 'The operator’s access ended', 'host'], ['authority_disclosure', 'Something was handed to an authority', 'host'], ['evidence_written', 'A folder of evidence was written', 'host'],
  ]],
  ['The gateway', [
    ['gateway_started', 'The gateway started', 'gateway'], ['gateway_stopped', 'The gateway stopped', 'gateway'], ['backed_up', 'A backup was made', 'host'], ['restored', 'A backup was restored', 'host'],
  ]],
];

const WORDS = new Map(GROUPS.flatMap(([, all]) => all.map(([name, says, by]) => /** @type {[string, [string, string]]} */ ([name, [says, by ?? 'gateway']]))));

/** Every kind of fact. */
export const KINDS = new Set(WORDS.keys());

/** What can be consented to, in the order in which an entry has it. */
export const PURPOSES = ['transcript', 'audio_recording', 'voice_input', 'attachments', 'analytics', 'handoff_context', 'handoff'];

/** Why something was so. */
export const REASONS = new Set(['', 'person_left', 'connection_lost', 'idle', 'session_expired', 'draining', 'slow', 'protocol_error', 'notice_failed', 'ended', 'internal_error', 'client_cancelled', 'turn_detected', 'engine_failed',
  'resumed_elsewhere', 'reply_too_long', 'recording_failed', 'allowed_backends', 'regions', 'training', 'backend_retention_max', 'objections', 'control', 'biometric',
  'undeclared_egress', 'canary_leak', 'audit_disagrees', 'outside_policy', 'master_key_lost', 'other', 'verified', 'not_verified']);

/** The groups, for choosing among them. */
export function groupsOfFacts() {
  return GROUPS.map(([title, all]) => ({ title, kinds: all.map(([name, says]) => ({ name, says })) }));
}

/** @param {string} kind */
export function said(kind) {
  return WORDS.get(kind)?.[0] ?? kind.replaceAll('_', ' ');
}

/** Who did it where no key did. @param {string} kind */
export function doer(kind) {
  return { person: 'The person', host: 'Whoever runs the gateway', gateway: 'The gateway' }[WORDS.get(kind)?.[1] ?? 'gateway'] ?? '';
}
