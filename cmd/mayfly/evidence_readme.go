package main

import (
	"fmt"
	"strings"
	"time"
)

// evidenceReadme says what is in a folder of evidence.
func evidenceReadme(tenantID string, p *evidenceParts) string {
	var t strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	say("# Evidence of %s", tenantID)
	say("")
	say("Made by Mayfly at %s from version %d of the tenant's document. No word that anybody said is in it.", p.At.Format(time.RFC3339), p.Number)
	if !p.Running {
		say("The gateway did not run, so how it is started is not known: the controls `tls`, `memory`, `crash_text`, `master_key_apart`, `witness` and `collectors` of the posture count as absent, `audit_log` does not say whether the log agrees with what was published (the verification does), and the record names no collector and no witness.")
	}
	say("")
	say("| file | what it is |")
	say("|---|---|")
	for _, row := range [][2]string{
		{"processing.json, processing.csv", "the record of processing (article 30 of the GDPR), made from the configuration in force"},
		{"subprocessors.json", "who may be sent something: every version of the register, newest first, with what it changed. `sha256` is what the fact `recipients_changed` has"},
		{"posture.json", "each control, as enforced, declared or absent, and why"},
		{"notices.json", "what people are told before they talk, in every language and for every audience, with the SHA-256 that facts and receipts have"},
		{evidenceAudit, "the audit log, all of it that is kept"},
		{evidenceCheckpoints, "what was published of the audit log before, signed: of each month the last of every day"},
		{evidenceVerdict, "what came out when the audit log was verified, as this folder was written"},
		{evidenceKey, "the public key. Get it from elsewhere too: one that comes with the folder proves only that they fit each other"},
		{"promises.md", "what the program promises, with the test that shows each"},
		{"sbom.cdx.json", "what the program is made of (CycloneDX 1.6)"},
		{evidenceSums, "the SHA-256 of each file but itself and the signature"},
		{evidenceSignature, "a C2SP signed note over the SHA-256 of " + evidenceSums + ", by the key that signs the audit log's checkpoints"},
	} {
		say("| %s | %s |", row[0], row[1])
	}
	say("")
	say("## Verify it")
	say("")
	say("With Mayfly, and the key from `/.well-known/mayfly-audit-keys.txt` of the gateway:")
	say("")
	say("    mayfly evidence verify . --key audit-keys.txt")
	say("")
	say("With the tools of others, in this folder. The last command says `Signature Verified Successfully`:")
	say("")
	say("    d=$(mktemp -d)")
	say("    sha256sum -c --strict %s", evidenceSums)
	say("    test \"$(sha256sum < %s | cut -d' ' -f1)\" = \"$(sed -n 's/^sha256 //p' %s)\" && echo the checksums are those that were signed", evidenceSums, evidenceSignature)
	say("    sed '/^$/,$d' %s > $d/text", evidenceSignature)
	say("    sed -n 's/^— [^ ]* //p' %s | base64 -d | tail -c 64 > $d/signature", evidenceSignature)
	say("    { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; head -n 1 %s | cut -d+ -f3- | base64 -d | tail -c 32; } > $d/key", evidenceKey)
	say("    openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey $d/key -sigfile $d/signature -in $d/text")
	say("")
	say("`%s` is checked by `mayfly audit verify`, and by programs of others as the page about the audit log says.", evidenceAudit)
	return t.String()
}
