package instruct

import "mayfly/gateway/avatar"

// ToolBytes is how long the tools of a question are as JSON, at most.
func ToolBytes(q *avatar.Question) int {
	n := 200 + 6*q.Choice.Name.Len()
	for _, t := range q.Tools {
		n += 200 + 6*(t.Name.Len()+t.Description.Len()) + t.Parameters.Len()
	}
	return n
}
