package realtime

import (
	"bytes"
	"slices"

	"mayfly/session"
)

// Copy is an Update of its own: merging or forgetting it leaves u as it is. A
// client secret that opens several sessions gives each a copy.
func (u *Update) Copy() *Update {
	c := *u
	c.Instructions.Value = copied(u.Instructions.Value)
	c.Input.Transcription.Value.Prompt = copied(u.Input.Transcription.Value.Prompt)
	c.Output.Voice = bytes.Clone(u.Output.Voice)
	c.Tools.Value = slices.Clone(u.Tools.Value)
	for i, t := range c.Tools.Value {
		c.Tools.Value[i] = Tool{Name: copied(t.Name), Description: copied(t.Description), Parameters: copied(t.Parameters)}
	}
	c.Choice.Value.Name = copied(u.Choice.Value.Name)
	c.Avatar.Subject = copied(u.Avatar.Subject)
	c.Avatar.ResumeToken = bytes.Clone(u.Avatar.ResumeToken)
	return &c
}

func copied(s session.Speech) session.Speech { return s.Slice(0, s.Len()) }
