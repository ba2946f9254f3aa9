package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"mayfly/recorder/export"
	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/session"
)

// ErrNoSigner means that sound cannot be exported, since nothing signs what is
// said of it.
var ErrNoSigner = errors.New("there is no key to sign the sound with: export while the gateway runs")

// loadSounds opens the sound that is stored of a session.
func (r *Recorder) loadSounds(ctx context.Context, k Kept) ([]export.Sound, error) {
	list, err := r.sounds(ctx, k)
	if err != nil {
		return nil, err
	}
	var out []export.Sound
	for _, s := range list {
		file, err := r.openSound(ctx, k, s.Turn, s.Side)
		if errors.Is(err, ErrUnknown) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, export.NewSound(s.Turn, s.Side, s.Until, s.MS, file))
	}
	return out, nil
}

// soundFiles adds the sounds of a session to its files, each with what is
// signed of it.
func (r *Recorder) soundFiles(s *export.Session, files map[string][]byte) error {
	for i := range s.Sounds {
		sound := &s.Sounds[i]
		files[sound.Ending()] = sound.File
		if r.sign == nil {
			return ErrNoSigner
		}
		manifest, err := s.ManifestOf(sound)
		if err != nil {
			return err
		}
		jws, err := r.sign(manifest)
		if err != nil {
			return fmt.Errorf("the sound cannot be signed: %w", err)
		}
		files[sound.Ending()+export.Signed] = append([]byte(jws), '\n')
	}
	return nil
}

// mayKeepSound counts the rows that let sound of an avatar be stored.
const mayKeepSound = "SELECT count(*) FROM recording r WHERE r.tenant = $1 AND r.avatar = $2 AND r.sound = 1"

// ErrMayNotHear means that no sound of an avatar may be stored, and so none be
// imported.
var ErrMayNotHear = errors.New("the policy in force does not let its sound be kept: switch that on before you import")

// mayHear is ErrMayNotHear where mayKeepSound counted nothing.
func mayHear(row *sql.Row, avatar string) error {
	var n int
	err := row.Scan(&n)
	if err == nil && n == 0 {
		err = fmt.Errorf("avatar %.64q: %w", avatar, ErrMayNotHear)
	}
	return err
}

// incoming is the sound of a turn that is imported.
type incoming struct {
	sounding
	files int
	taken bool // guarded by the writer
}

// soundsOf seals the sounds that come with a session, by turn. What is past its
// time is not among them.
func (r *Recorder) soundsOf(tenant string, s *export.Session) map[uint64]*incoming {
	out := map[uint64]*incoming{}
	for i := range s.Sounds {
		one := &s.Sounds[i]
		until := one.Until
		if turn := s.Until[one.Turn]; until.After(turn) {
			until = turn
		}
		if !until.After(r.now()) {
			continue
		}
		in := out[one.Turn]
		if in == nil {
			in = &incoming{sounding: sounding{key: r.keys.Fresh(tenant, s.Transcript.Session, until), until: until}}
			out[one.Turn] = in
		}
		in.files++
		in.ms[one.Side], in.chunks[one.Side] = one.MS, in.key.SealChunks(one.File, one.Turn, one.Side)
	}
	return out
}

// take stores the sound beside its turn, and says how many sides there are.
func (in *incoming) take(tx *sql.Tx, avatar string, turn *read.Turn) (int, error) {
	if in == nil {
		return 0, nil
	}
	if err := in.store(tx, avatar, turn.No, turn.At); err != nil {
		return 0, err
	}
	if in.dropped {
		return 0, fmt.Errorf("avatar %.64q: %w", avatar, ErrMayNotHear)
	}
	in.taken = true
	return in.files, nil
}

// storeKeys stores the keys of a session that is imported.
func (r *Recorder) storeKeys(keys *sql.Tx, key *seal.Key, heard map[uint64]*incoming) error {
	if err := r.keys.Store(keys, key); err != nil {
		return err
	}
	for _, in := range heard {
		if err := r.keys.Store(keys, in.key); err != nil {
			return err
		}
	}
	return nil
}

// shredUnused destroys the keys that sealed nothing after all.
func (r *Recorder) shredUnused(keys *sql.Tx, key *seal.Key, used bool, heard map[uint64]*incoming) error {
	var unused []session.ID
	if !used {
		unused = append(unused, key.ID)
	}
	for _, in := range heard {
		if !in.taken {
			unused = append(unused, in.key.ID)
		}
	}
	for _, id := range unused {
		if err := r.keys.Shred(keys, id); err != nil {
			return err
		}
	}
	return nil
}
