package tenant

import "time"

// Deadlines bound how long a server is waited for. Zero values mean the
// defaults named.
type Deadlines struct {
	Connect time.Duration // until there is a connection; zero means 3 seconds
	First   time.Duration // from then until the answer begins; zero means 8 seconds
	Idle    time.Duration // from piece to piece; zero means 10 seconds
	Turn    time.Duration // in all; zero means 60 seconds
}

func deadlinesTable() table[Deadlines] {
	return table[Deadlines]{
		one("connect", duration(100*time.Millisecond, 30*time.Second), "3s", "Until there is a connection.", func(d *Deadlines) *time.Duration { return &d.Connect }),
		one("first_byte", duration(100*time.Millisecond, 2*time.Minute), "8s", "From then until the answer begins. A model that is loaded when it is asked may take longer.", func(d *Deadlines) *time.Duration { return &d.First }),
		one("idle", duration(100*time.Millisecond, 2*time.Minute), "10s", "From one piece of the answer to the next.", func(d *Deadlines) *time.Duration { return &d.Idle }),
		one("turn", duration(time.Second, 4*time.Minute), "1m", "Waiting for the server in all, for one answer, one sentence of speech, or one thing that was said.", func(d *Deadlines) *time.Duration { return &d.Turn }),
	}
}

func deadlinesEntry() entry[BackEnd] {
	return group("deadlines", deadlinesTable(), "the defaults below", "How long the server is waited for. After it the next one answers, or people are told that it failed.", func(b *BackEnd) *Deadlines { return &b.Deadlines }, checkDeadlines)
}

// checkDeadlines refuses a bound that another one makes meaningless.
func checkDeadlines(r *reader, path string, d *Deadlines) {
	turn := d.Turn
	if turn == 0 {
		turn = time.Minute
	}
	for _, part := range []struct {
		key string
		is  time.Duration
	}{{"connect", d.Connect}, {"first_byte", d.First}, {"idle", d.Idle}} {
		if part.is > turn && !r.wrong(path+"."+part.key) && !r.wrong(path+".turn") {
			r.mistake(path+"."+part.key, fault("this is longer than the whole turn may take", "make it shorter than turn, "+short(turn)+", or turn longer"))
		}
	}
}

// document is the deadlines as a document holds them.
func (d *Deadlines) document() object {
	o := object{}
	for _, part := range []struct {
		key string
		is  time.Duration
	}{{"connect", d.Connect}, {"first_byte", d.First}, {"idle", d.Idle}, {"turn", d.Turn}} {
		if part.is != 0 {
			o[part.key] = short(part.is)
		}
	}
	return o
}
