package browser

import (
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
)

// spoken are the values of the nodes of the accessibility tree.
func spoken(v *accessibility.Value) string {
	var text string
	if v == nil || json.Unmarshal(v.Value, &text) != nil {
		return ""
	}
	return text
}

// tree is what a screen reader could read out, a line per node: "role: name".
func (tab *Tab) tree() string {
	tab.t.Helper()
	var lines []string
	for _, n := range call(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if role, name := spoken(n.Role), spoken(n.Name); !n.Ignored && name != "" && role != "InlineTextBox" {
			lines = append(lines, role+": "+name)
		}
	}
	return strings.Join(lines, "\n")
}

// announced are the texts in live regions of one urgency ("polite",
// "assertive") that a screen reader is told.
func (tab *Tab) announced(live string) []string {
	tab.t.Helper()
	nodes := call(tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes
	inside := map[accessibility.NodeID]bool{}
	var texts []string
	for _, n := range nodes { // parents come before their children
		for _, p := range n.Properties {
			if p.Name == "live" && spoken(p.Value) == live && !n.Ignored {
				inside[n.NodeID] = true
			}
		}
		if inside[n.ParentID] {
			inside[n.NodeID] = true
		}
		if inside[n.NodeID] && spoken(n.Role) == "StaticText" {
			texts = append(texts, spoken(n.Name))
		}
	}
	return texts
}
