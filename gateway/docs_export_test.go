package gateway

import (
	"strings"
	"testing"

	"mayfly/gateway/tenant"
)

// The page about export has every kind that a webhook can be sent.
func TestGeneratedKinds(t *testing.T) {
	generated(t, "export.md", "kinds", "`"+strings.Join(tenant.WebhookKinds(), "`, `")+"`.\n")
}
