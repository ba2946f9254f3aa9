package tenant

import "mayfly/session"

// Recording says of each avatar whether its transcripts may be kept. Of no
// tenant there is none.
func (t *Tenant) Recording() map[string]bool {
	all := map[string]bool{}
	if t != nil {
		for i := range t.Avatars {
			all[t.Avatars[i].ID] = t.Effective(&t.Avatars[i]).Transcript
		}
	}
	return all
}

// RecordingFacts are the facts of a change of what Recording says: for how many
// avatars it was switched on, and for how many off. An avatar that is gone was
// switched off.
func RecordingFacts(was, is map[string]bool, actor session.ID, policy uint64) (facts []session.Fact, on, off uint64) {
	for id, yes := range is {
		if yes && !was[id] {
			on++
		}
	}
	for id, yes := range was {
		if yes && !is[id] {
			off++
		}
	}
	if on > 0 {
		facts = append(facts, session.Fact{Kind: session.RecordingAllowed, Actor: actor, Policy: policy, Count: on, Purposes: session.Transcript})
	}
	if off > 0 {
		facts = append(facts, session.Fact{Kind: session.RecordingForbidden, Actor: actor, Policy: policy, Count: off, Purposes: session.Transcript})
	}
	return facts, on, off
}

// SoundRecording says of each avatar whether the sound of its turns may be kept
// with them. Of no tenant there is none.
func (t *Tenant) SoundRecording() map[string]bool {
	all := map[string]bool{}
	if t != nil {
		for i := range t.Avatars {
			all[t.Avatars[i].ID] = t.Effective(&t.Avatars[i]).Audio
		}
	}
	return all
}

// SoundFacts are the facts of a change of what SoundRecording says, as
// RecordingFacts has those of the turns, and for how many avatars sound was
// switched off.
func SoundFacts(was, is map[string]bool, actor session.ID, policy uint64) (facts []session.Fact, off uint64) {
	facts, _, off = RecordingFacts(was, is, actor, policy)
	for i := range facts {
		facts[i].Purposes = session.AudioRecording
	}
	return facts, off
}
