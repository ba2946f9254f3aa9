package pdftext

import (
	"context"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	// memoryPages is what one document's engine may use, in pages of 64 KiB:
	// 256 MiB.
	memoryPages = 4096
	// atOnce is how many documents are read at the same time. Others wait.
	atOnce = 2
	// unused is how long the compiled engine is kept when nothing is read: it
	// takes seconds to make and tens of MiB to keep.
	unused = 5 * time.Minute
)

// compiled is the engine, made when the first document comes.
type compiled struct {
	pool  pdfium.Pool
	users int
	timer *time.Timer // nil: somebody uses it
}

var shared struct {
	making chan struct{} // a place for whoever compiles it
	mu     sync.Mutex
	now    *compiled // Guarded by mu. nil: there is none.
}

func init() { shared.making = make(chan struct{}, 1) }

// engine gives the compiled engine; who gets it calls leave.
func engine(ctx context.Context) (*compiled, error) {
	select {
	case shared.making <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-shared.making }()
	if e := enter(); e != nil {
		return e, nil
	}
	pool, err := compile()
	if err != nil {
		return nil, ErrNoEngine
	}
	debug.FreeOSMemory() // compiling took several times what is kept
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.now = &compiled{pool: pool, users: 1}
	return shared.now, nil
}

func enter() *compiled {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	e := shared.now
	if e == nil {
		return nil
	}
	e.users++
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
	return e
}

func (e *compiled) leave() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if e.users--; e.users == 0 {
		e.timer = time.AfterFunc(unused, e.drop)
	}
}

// drop lets go of an engine that nobody used for a while.
func (e *compiled) drop() {
	shared.mu.Lock()
	idle := e.users == 0 && shared.now == e
	if idle {
		shared.now = nil
	}
	shared.mu.Unlock()
	if idle {
		_ = e.pool.Close()
	}
}

// compile makes an engine that sees nothing of the machine.
func compile() (pool pdfium.Pool, err error) {
	defer func() {
		if recover() != nil { // a machine on which no code may be made
			pool, err = nil, ErrNoEngine
		}
	}()
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(memoryPages)
	return webassembly.Init(webassembly.Config{
		MaxIdle:       0,
		MaxTotal:      atOnce,
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}
