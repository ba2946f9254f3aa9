package audit

import (
	"fmt"
	"maps"
	"slices"
)

// awaited is a checkpoint that the log has to agree with.
type awaited struct {
	Checkpoint
	inside bool // it came with the export
}

// passed looks for checkpoints of logs that should have come before this month.
func (v *verifier) passed(month Month) error {
	for _, name := range slices.Sorted(maps.Keys(v.earlier)) {
		tenant, m, err := parseName(name)
		if err == nil && tenant == v.report.Tenant && m < month {
			return &BadEntry{Log: name, Index: -1, Why: fmt.Errorf("%w (the checkpoint is of %d entries, and the export has no such log)", ErrDisagrees, v.earlier[name][0].Size)}
		}
	}
	return nil
}

// await collects the checkpoints that the log has to agree with. signed is the
// size of the one that came with it, zero if none did.
func (v *verifier) await(checkpoint []byte) (signed int64, err error) {
	if err := v.passed(v.log.Month); err != nil {
		return 0, err
	}
	name := v.log.Name()
	v.awaited = v.earlier[name]
	delete(v.earlier, name)
	if v.known == nil || len(checkpoint) == 0 {
		return 0, nil
	}
	c, err := OpenCheckpoint(checkpoint, v.known)
	if err != nil {
		return 0, v.bad(-1, err)
	}
	if c.Log != name {
		return 0, v.bad(-1, ErrDisagrees)
	}
	v.awaited = append(v.awaited, awaited{Checkpoint: c, inside: true})
	return c.Size, nil
}

// agree compares the log with every checkpoint of the size that it has now.
func (v *verifier) agree() error {
	if len(v.awaited) == 0 {
		return nil
	}
	var later []awaited
	for _, c := range v.awaited {
		switch {
		case c.Size != v.tree.size:
			later = append(later, c)
		case c.Root != v.tree.root():
			return v.disagrees(c)
		case c.inside:
			v.report.Signed += uint64(c.Size)
		default:
			v.report.Agreed++
		}
	}
	v.awaited = later
	return nil
}

func (v *verifier) disagrees(c awaited) error {
	if c.Size > v.log.Size {
		return v.bad(-1, fmt.Errorf("%w (the checkpoint is of %d entries, and the export has %d: it is an older export, or its end was cut off)", ErrDisagrees, c.Size, v.log.Size))
	}
	return v.bad(-1, fmt.Errorf("%w (checkpoint of %d entries)", ErrDisagrees, c.Size))
}
