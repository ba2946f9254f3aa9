package rtc

import (
	"sync/atomic"

	"github.com/pion/logging"
)

// silence is pion's logger: it drops every message, since pion's may quote
// SDP, addresses and packets, and counts them by level. PION_LOG_* have no
// effect on it.
type silence struct{ warnings, errors atomic.Uint64 }

// NewLogger is the LoggerFactory of pion.
func (s *silence) NewLogger(string) logging.LeveledLogger { return s }

func (s *silence) Trace(string)          {}
func (s *silence) Tracef(string, ...any) {}
func (s *silence) Debug(string)          {}
func (s *silence) Debugf(string, ...any) {}
func (s *silence) Info(string)           {}
func (s *silence) Infof(string, ...any)  {}
func (s *silence) Warn(string)           { s.warnings.Add(1) }
func (s *silence) Warnf(string, ...any)  { s.warnings.Add(1) }
func (s *silence) Error(string)          { s.errors.Add(1) }
func (s *silence) Errorf(string, ...any) { s.errors.Add(1) }
