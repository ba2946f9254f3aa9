package realtime

import (
	"math/bits"

	"mayfly/session"
)

// Purposes is the session's set of purposes; the wire adds names to it.
type Purposes = session.Purposes

// The purposes, for callers of this package.
const (
	Transcript     = session.Transcript
	AudioRecording = session.AudioRecording
	VoiceInput     = session.VoiceInput
	Attachments    = session.Attachments
	Analytics      = session.Analytics
	HandoffContext = session.HandoffContext
	AllPurposes    = session.AllPurposes
)

// purposeNames are the purposes on the wire, in the order of their bits.
func purposeNames() []string {
	return []string{"transcript", "audio_recording", "voice_input", "attachments", "analytics", "handoff_context", "handoff"}
}

// purposeName is the name of a set of one.
func purposeName(p Purposes) string { return purposeNames()[bits.TrailingZeros8(uint8(p))] }

// PurposeNames are the purposes of a set, in order, as the wire has them.
func PurposeNames(set Purposes) []string {
	names := []string{}
	for i, n := range purposeNames() {
		if set&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// purpose is the set of the one purpose that has the name, or zero.
func purpose(name []byte) Purposes {
	for i, n := range purposeNames() {
		if string(name) == n {
			return 1 << i
		}
	}
	return 0
}

// Method is how a person gave consent, as the client says.
type Method string

// The methods.
const (
	MethodUnsaid     Method = ""
	MethodClick      Method = "click"
	MethodKeyboard   Method = "keyboard"
	MethodSpoken     Method = "spoken"
	MethodWritten    Method = "written"
	MethodIntegrator Method = "integrator" // asked elsewhere, by whoever runs the page
)

// purposeList reads an array of names. No array means every purpose: it is
// read only where naming a purpose narrows.
func (d *decoder) purposeList(v []byte, at string) Purposes {
	if absent(v) {
		return AllPurposes
	}
	var set Purposes
	var scratch [maxName]byte
	for list := d.array(v, maxMembers, at); list.next(); {
		e := list.value
		if !d.kind(e, '"', at) {
			return 0
		}
		var p Purposes
		if len(e) <= maxName {
			p = purpose(plain(e, scratch[:0]))
		}
		if p == 0 {
			d.fail(CodeInvalidValue, at)
			return 0
		}
		set |= p
	}
	if set == 0 {
		d.fail(CodeInvalidValue, at)
	}
	return set
}

// grants reads an object of purpose: boolean.
func (d *decoder) grants(v []byte, at string) (granted, refused Purposes) {
	for m := d.object(v, at); m.next(); {
		name, value := m.name, m.value
		p := purpose(name)
		switch {
		case p == 0:
			d.fail(CodeInvalidValue, at)
		case value[0] == 't':
			granted |= p
		case value[0] == 'f' || isNull(value):
			refused |= p
		default:
			d.fail(CodeInvalidType, at)
		}
	}
	return granted, refused
}

func (d *decoder) method(v []byte, at string) Method {
	return Method(d.one(v, at, string(MethodClick), string(MethodKeyboard), string(MethodSpoken), string(MethodWritten), string(MethodIntegrator)))
}
