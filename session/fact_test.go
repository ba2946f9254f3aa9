package session

import "testing"

// What a tenant can do without in its log is this and no more, and nothing of
// it has to be durable before something happens. // R19 R66
func TestDetail(t *testing.T) {
	detail := map[string]bool{
		"notice_presented": true, "engine_asked": true, "tokens_used": true,
		"human_asked": true, "human_came": true, "human_went": true,
		"human_waited": true, "human_refused": true, "human_timed_out": true,
	}
	seen := map[string]bool{}
	for _, k := range FactKinds() {
		if k.Detail() != detail[k.String()] {
			t.Errorf("%s: detail is %v", k, k.Detail())
		}
		if k.Detail() && k.Class() == Gate {
			t.Errorf("%s is a gate, and would not be written", k)
		}
		if k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d has no name of its own: %q", k, k)
		}
		seen[k.String()] = true
	}
}
