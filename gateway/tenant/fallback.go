package tenant

import (
	"fmt"
	"strings"
)

// mostFallbacks is how many other servers may answer in the place of one.
const mostFallbacks = 3

// fallbackEntry is the key for the servers that are asked when one does not
// answer.
func fallbackEntry(t table[BackEnd]) entry[BackEnd] {
	return groups("fallback", t, mostFallbacks, "none", "Servers that are asked in this order when it does not answer and nothing was said yet. People are told of each before they begin, and receipts name those that were sent something.", func(b *BackEnd) *[]BackEnd { return &b.Fallback }, func() BackEnd { return BackEnd{} }, nil)
}

// residentEntry is the key for the built-in engine as the last of them.
func residentEntry() entry[BackEnd] {
	return one("fallback_resident", truth(), "false", "Whether the built-in engine, which quotes the documents, answers when no server does. Its answers are labelled as its own.", func(b *BackEnd) *bool { return &b.FallbackResident })
}

// Servers are a server and those that are asked when it does not answer, in
// their order.
func (b *BackEnd) Servers() []*BackEnd {
	if b == nil {
		return nil
	}
	all := []*BackEnd{b}
	for i := range b.Fallback {
		all = append(all, &b.Fallback[i])
	}
	return all
}

// ServerKey is where one of the Servers of a key stands: "backend",
// "backend.fallback[0]".
func ServerKey(key string, i int) string {
	if i == 0 {
		return key
	}
	return fmt.Sprintf("%s.fallback[%d]", key, i-1)
}

// checkFallbacks fills in the names of an avatar's servers, and refuses a
// fall-back that is no other server.
func checkFallbacks(r *reader, path string, a *Avatar) {
	for _, of := range []struct {
		key string
		b   *BackEnd
	}{{"backend", a.BackEnd}, {"speech", a.Speech}, {"transcriber", a.Transcriber}} {
		seen := map[string]string{}
		for i, b := range of.b.Servers() {
			if b.URL == nil {
				continue
			}
			if b.Name == "" {
				b.Name = b.URL.Hostname()
			}
			at := ServerKey(of.key, i)
			same := strings.Join([]string{b.URL.String(), b.Model, b.Voice, b.Writer}, "\n")
			if first, twice := seen[same]; twice {
				r.mistake(path+"."+at+".url", fault("this is the server and model of "+first+" again", "name another, or leave it out"))
				continue
			}
			seen[same] = at
		}
	}
}
