package siem

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A proof run that found nothing is an event like others; one that found
// something is as severe as what it found. // R65
func TestProofRunIsSevere(t *testing.T) {
	good := Read("acme", stored(t, 1, session.Fact{Kind: session.AuditVerified, Reason: session.AuditHolds, Count: 9}), morning)
	require.Equal(t, informational, good.Severity())
	bad := Read("acme", stored(t, 2, session.Fact{Kind: session.AuditVerified, Reason: session.AuditFails, Count: 3, Before: 4}), morning)
	require.Equal(t, critical, bad.Severity())
	require.Equal(t, "audit_verified", bad.Kind)
	require.True(t, bad.meaning.failed)
}
