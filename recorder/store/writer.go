package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

const (
	queued  = 4096 // jobs that may wait
	batched = 512  // jobs of one commit
)

// Job is one change, whole or not at all. Its functions run one after another
// in the writer; Run may be called again when a commit failed.
type Job struct {
	// Prepare adds keys, and is durable before Run. It may be nil.
	Prepare func(keys *sql.Tx) error
	// Run is the change. A job with Join has none, and no other function but
	// Done.
	Run func(tx *sql.Tx) error
	// Join makes the change of jobs that follow each other and have the same
	// one, from the Part of each. It may be nil.
	Join *Join
	Part any
	// Undo takes the change back if the context ended while it became durable.
	// It may be nil.
	Undo func(tx *sql.Tx) error
	// Shred destroys keys once the change is durable. It may be nil.
	Shred func(keys *sql.Tx) error
	// Done is called once, when everything is durable and destroyed, or with
	// the error. It may be nil. It is called by the writer, which waits for it:
	// it takes no longer than memory does.
	Done func(error)
	// Single says that Run is one statement, which is taken back by itself
	// when it fails.
	Single bool
	// Urgent may use the last room on a full disk. It is for what protects
	// people: what takes away, switches off or ends something.
	Urgent bool
}

// Join makes many changes with less work than one after another. When it fails
// it is taken back, and called again for each part alone: so that a part that
// fails fails by itself.
type Join struct {
	Run func(tx *sql.Tx, parts []any) error
}

type job struct {
	Job
	ctx   context.Context
	taken atomic.Bool // by the writer, or by a caller that no longer waits
	err   error
	again func(*sql.DB) error // instead of Run: between two batches
}

// Put hands a job to the writer and does not wait. A job whose context ended
// before its turn came is not done.
func (s *Store) Put(ctx context.Context, j Job) {
	if err := s.put(&job{Job: j, ctx: ctx}, false); err != nil && j.Done != nil {
		j.Done(err)
	}
}

// Do changes the database, durably when it returns nil.
func (s *Store) Do(ctx context.Context, run func(tx *sql.Tx) error) error {
	return s.DoJob(ctx, Job{Run: run})
}

// DoUrgent is Do for what may use the last room on a full disk.
func (s *Store) DoUrgent(ctx context.Context, run func(tx *sql.Tx) error) error {
	return s.DoJob(ctx, Job{Run: run, Urgent: true})
}

// DoJob does a job, durably when it returns nil. Done is not called.
func (s *Store) DoJob(ctx context.Context, j Job) error {
	return s.wait(ctx, &job{Job: j, ctx: ctx})
}

// Idle runs a function between two batches, with the writer's own connection
// and no transaction.
func (s *Store) Idle(ctx context.Context, run func(w *sql.DB) error) error {
	return s.wait(ctx, &job{ctx: ctx, again: run})
}

func (s *Store) wait(ctx context.Context, j *job) error {
	over := make(chan error, 1)
	j.Done = func(err error) { over <- err }
	if err := s.put(j, true); err != nil {
		return err
	}
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-over // under way: what became of it must be known
	}
}

func (s *Store) put(j *job, wait bool) error {
	if join := j.Join; join != nil {
		part := []any{j.Part}
		j.Run = func(tx *sql.Tx) error { return join.Run(tx, part) }
	}
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	if !wait {
		select {
		case s.queue <- j:
			return nil
		default:
			return ErrBusy
		}
	}
	select {
	case s.queue <- j:
		return nil
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

// writer takes what waits, in order, as many at a time as there are.
func (s *Store) writer() {
	batch := make([]*job, 0, batched)
	for {
		batch = batch[:0]
		select {
		case j := <-s.queue:
			batch = append(batch, j)
		case <-s.stop:
			select {
			case j := <-s.queue:
				batch = append(batch, j)
			default:
				s.undo(nil)
				return
			}
		}
		runtime.Gosched()
		for len(batch) < batched && batch[len(batch)-1].again == nil {
			select {
			case j := <-s.queue:
				batch = append(batch, j)
				continue
			default:
			}
			break
		}
		s.write(batch)
	}
}

// write does a batch. A job with again is the last of its batch.
func (s *Store) write(batch []*job) {
	jobs := make([]*job, 0, len(batch))
	var last *job
	for _, j := range batch {
		switch {
		case !j.taken.CompareAndSwap(false, true):
			j.Done = nil // nobody waits
		case j.ctx.Err() != nil:
			j.err = j.ctx.Err()
		case j.again != nil:
			last = j
		default:
			jobs = append(jobs, j)
		}
	}
	if len(jobs) > 0 {
		s.began.Store(int64(time.Since(s.opened)))
		s.commit(jobs)
		s.undo(jobs)
		s.shred(jobs)
		s.began.Store(0)
	}
	if last != nil {
		last.err = last.again(s.w)
	}
	for _, j := range batch {
		if j.Done != nil {
			j.Done(j.err)
		}
	}
}

// commit makes jobs durable, all at once.
func (s *Store) commit(jobs []*job) {
	if !s.room() {
		for _, j := range jobs {
			if !j.Urgent {
				j.err = ErrFull
			}
		}
		jobs = alive(jobs)
	}
	s.prepare(jobs)
	jobs = alive(jobs)
	if len(jobs) == 0 {
		return
	}
	if err := s.attempt(s.w, jobs, func(j *job) func(*sql.Tx) error { return j.Run }); err != nil {
		s.trouble.Store(&err)
		return
	}
	if s.room() {
		s.trouble.Store(nil)
	}
}

// attempt runs the part of each job in one transaction. On a full disk the last
// room is let go for those that are urgent; the error is that of all the same.
func (s *Store) attempt(db *sql.DB, jobs []*job, part func(*job) func(*sql.Tx) error) error {
	err := transaction(db, jobs, part)
	if !errors.Is(err, ErrFull) {
		return err
	}
	var urgent []*job
	for _, j := range jobs {
		if j.Urgent && errors.Is(j.err, ErrFull) {
			urgent = append(urgent, j)
		}
	}
	if len(urgent) > 0 && (s.release() || len(jobs) > 1) {
		for i, j := range urgent { // each alone: a large one takes no other's room with it
			j.err = nil
			_ = transaction(db, urgent[i:i+1], part)
		}
	}
	return err
}

// with are the jobs that have a part and have not failed.
func with(jobs []*job, has func(*job) bool) []*job {
	return slices.DeleteFunc(alive(jobs), func(j *job) bool { return !has(j) })
}

func (s *Store) prepare(jobs []*job) {
	jobs = with(jobs, func(j *job) bool { return j.Prepare != nil })
	if len(jobs) == 0 {
		return
	}
	if err := s.attempt(s.keys, jobs, func(j *job) func(*sql.Tx) error { return j.Prepare }); err != nil {
		s.trouble.Store(&err)
	}
}

// undo takes back what nobody wants any more. What cannot be taken back now is
// owed: nothing else is taken in until it is.
func (s *Store) undo(jobs []*job) {
	due := append(s.owed, with(jobs, func(j *job) bool { return j.Undo != nil && j.ctx.Err() != nil })...)
	if len(due) == 0 {
		return
	}
	for _, j := range due {
		j.err, j.Urgent = nil, true
	}
	_ = s.attempt(s.w, due, func(j *job) func(*sql.Tx) error { return j.Undo })
	s.owed = nil
	for _, j := range due {
		if err := j.err; err != nil {
			s.owed = append(s.owed, j)
			s.trouble.Store(&err)
			continue
		}
		j.err = j.ctx.Err()
	}
}

// shred destroys the keys of those jobs that are durable, and empties the log
// that they may still be in.
func (s *Store) shred(jobs []*job) {
	jobs = with(jobs, func(j *job) bool { return j.Shred != nil })
	if len(jobs) == 0 {
		return
	}
	_ = s.attempt(s.keys, jobs, func(j *job) func(*sql.Tx) error { return j.Shred })
	emptied, err := truncate(context.Background(), s.keys)
	for _, j := range jobs {
		if j.err != nil || err != nil || !emptied {
			j.err = errors.Join(ErrKeyKept, j.err, err)
		}
	}
}

func alive(jobs []*job) []*job {
	out := make([]*job, 0, len(jobs))
	for _, j := range jobs {
		if j.err == nil {
			out = append(out, j)
		}
	}
	return out
}

// transaction runs the part of each job in one transaction. A job that fails
// is taken back alone; an error of the transaction is that of all.
func transaction(db *sql.DB, jobs []*job, part func(*job) func(*sql.Tx) error) error {
	fail := func(err error) error {
		err = named(err)
		for _, j := range jobs {
			if j.err == nil {
				j.err = err
			}
		}
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return fail(err)
	}
	for rest := jobs; len(rest) > 0; {
		n := joined(rest)
		done, err := join(tx, rest[:n])
		for _, j := range rest[:n] {
			switch {
			case done || err != nil:
			case j.Single:
				j.err = named(guarded(tx, part(j)))
			default:
				err = step(tx, j, part(j))
			}
		}
		if err != nil {
			_ = tx.Rollback()
			return fail(err)
		}
		rest = rest[n:]
	}
	if err := tx.Commit(); err != nil {
		_ = tx.Rollback()
		return fail(err)
	}
	for _, j := range jobs {
		if errors.Is(j.err, ErrFull) {
			return j.err
		}
	}
	return nil
}

// joined is how many of the first jobs have the same Join; 1 if there is none.
func joined(jobs []*job) int {
	n := 1
	for jobs[0].Join != nil && n < len(jobs) && jobs[n].Join == jobs[0].Join {
		n++
	}
	return n
}

// join makes the changes of jobs with the same Join at once, and says whether
// they are made. The error is one of the transaction.
func join(tx *sql.Tx, jobs []*job) (bool, error) {
	if len(jobs) < 2 {
		return false, nil
	}
	parts := make([]any, len(jobs))
	for i, j := range jobs {
		parts[i] = j.Part
	}
	all := &job{}
	err := step(tx, all, func(tx *sql.Tx) error { return jobs[0].Join.Run(tx, parts) })
	return all.err == nil, err
}

// step runs one job's part. The error is one of the transaction.
func step(tx *sql.Tx, j *job, run func(*sql.Tx) error) error {
	if _, err := tx.Exec("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = guarded(tx, run); j.err != nil {
		j.err = named(j.err)
		if _, err := tx.Exec("ROLLBACK TO job"); err != nil {
			return j.err // SQLite took the whole transaction back
		}
	}
	_, err := tx.Exec("RELEASE job")
	return err
}

// guarded keeps a fault of one job from ending the writer.
func guarded(tx *sql.Tx, run func(*sql.Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a change to the database failed: %T", r)
		}
	}()
	return run(tx)
}
