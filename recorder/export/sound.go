package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
)

// Sound is the sound of one side of a turn, and its file.
type Sound struct {
	Turn   uint64
	Side   seal.Side
	Until  time.Time
	MS     int
	Bytes  int
	SHA256 string
	File   []byte // Ogg Opus; nil: not read yet
}

// Format implements fmt.Formatter: sound does not print.
func (s Sound) Format(to fmt.State, _ rune) { fmt.Fprintf(to, "sound(%d)", len(s.File)) }

// Ogg and Signed end the names of a sound's file and of what is signed of it.
const (
	Ogg    = ".opus"
	Signed = ".jws"
)

// NewSound is a sound with its file.
func NewSound(turn uint64, side seal.Side, until time.Time, ms int, file []byte) Sound {
	hash := sha256.Sum256(file)
	return Sound{turn, side, until, ms, len(file), hex.EncodeToString(hash[:]), file}
}

// Ending is how the file's name ends, after its session.
func (s *Sound) Ending() string {
	return "." + strconv.FormatUint(s.Turn, 10) + "." + s.Side.String() + Ogg
}

type soundLine struct {
	Type   string    `json:"type"`
	Turn   uint64    `json:"turn"`
	Side   string    `json:"side"`
	File   string    `json:"file"`
	Until  time.Time `json:"stored_until"`
	MS     int       `json:"ms"`
	Bytes  int       `json:"bytes"`
	SHA256 string    `json:"sha256"`
}

func (s *Session) soundLine(sound *Sound) soundLine {
	return soundLine{"sound", sound.Turn, sound.Side.String(), s.Transcript.Session.String() + sound.Ending(), sound.Until, sound.MS, sound.Bytes, sound.SHA256}
}

// parseSound reads the line of a sound, which stands behind its turn.
func (s *Session) parseSound(line []byte) error {
	var l soundLine
	if json.Unmarshal(line, &l) != nil || len(s.Turns) == 0 || s.Turns[len(s.Turns)-1].No != l.Turn || l.MS <= 0 || l.Bytes <= 0 {
		return ErrMalformed
	}
	i := slices.IndexFunc(seal.Sides(), func(side seal.Side) bool { return side.String() == l.Side })
	if i < 0 {
		return ErrMalformed
	}
	s.Sounds = append(s.Sounds, Sound{Turn: l.Turn, Side: seal.Sides()[i], Until: l.Until, MS: l.MS, Bytes: l.Bytes, SHA256: l.SHA256})
	return nil
}

// SoundManifest says what a file of sound is. It stands beside it, signed.
type SoundManifest struct {
	Type        string    `json:"type"` // SoundKind
	Version     int       `json:"version"`
	File        string    `json:"file"`
	Bytes       int       `json:"bytes"`
	SHA256      string    `json:"sha256"`
	Session     string    `json:"session"`
	Turn        uint64    `json:"turn"`
	Side        string    `json:"side"`
	At          time.Time `json:"at"`
	MS          int       `json:"ms"`
	AI          bool      `json:"ai"` // a machine speaks
	Description string    `json:"description"`
	Source      string    `json:"digital_source_type,omitempty"` // of what a machine said
}

// SoundKind is the type of a SoundManifest, and SoundType the media type that
// it is signed under.
const (
	SoundKind = "mayfly.sound"
	SoundType = "mayfly-sound+json"
)

// PersonLabel is said of the sound of a person.
const PersonLabel = "A person speaks, to an avatar that is an AI system."

// ManifestOf is what is signed of a sound.
func (s *Session) ManifestOf(sound *Sound) ([]byte, error) {
	m := SoundManifest{
		Type: SoundKind, Version: 1, File: s.Transcript.Session.String() + sound.Ending(), Bytes: sound.Bytes, SHA256: sound.SHA256,
		Session: s.Transcript.Session.String(), Turn: sound.Turn, Side: sound.Side.String(), MS: sound.MS, Description: PersonLabel,
	}
	for i := range s.Turns {
		if t := &s.Turns[i]; t.No == sound.Turn {
			m.At = t.At
			if sound.Side == seal.Reply {
				m.AI, m.Description, m.Source = true, Label, read.SourceOf(t.Source)
			}
		}
	}
	return json.Marshal(m)
}

// sounds is how many of the files are of sound.
func sounds(files []File) (n int) {
	for _, f := range files {
		if strings.HasSuffix(f.Name, Ogg) {
			n++
		}
	}
	return n
}

// Silence forgets the files of a session's sounds.
func (s *Session) Silence() {
	for i := range s.Sounds {
		clear(s.Sounds[i].File)
		s.Sounds[i].File = nil
	}
}

// soundFile is all that the file of a sound may be called.
var soundFile = regexp.MustCompile(`^sessions/[0-9a-f-]{36}\.[1-9][0-9]{0,9}\.(avatar|person)\.opus(\.jws)?$`)

// hear reads the files of a session's sounds. Each is what its line says.
func (m *Manifest) hear(folder string, s *Session) error {
	for i := range s.Sounds {
		sound := &s.Sounds[i]
		name := "sessions/" + s.Transcript.Session.String() + sound.Ending()
		at := slices.IndexFunc(m.Files, func(f File) bool { return f.Name == name })
		if at < 0 {
			return fmt.Errorf("%s is missing: %w", name, ErrBadExport)
		}
		data, err := readFile(folder, m.Files[at])
		if err != nil {
			return err
		}
		if m.Files[at].SHA256 != sound.SHA256 || len(data) != sound.Bytes {
			return fmt.Errorf("%s is not the sound of its turn: %w", name, ErrBadExport)
		}
		sound.File = data
	}
	return nil
}
