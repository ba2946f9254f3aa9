package main

import "sync/atomic"

// permit is a place that may print what others may not.
type permit struct{ in, function, because string }

const named = "the operator, on the socket in the data folder, is told the name that they wrote"

// permits are all of them. One that permits nothing any more is refused.
var permits = []permit{
	{"mayfly/session", "ID.String", "an identifier is drawn at random and says nothing of anybody"},
	{"mayfly/gateway/tenant", "(*Mistakes).Error", "what is wrong with a configuration file is told to whoever wrote it"},
	{"mayfly/gateway/s3", "(*answer).fault", "a bucket's word for why it refuses, matched by a pattern of letters"},
	{"mayfly/recorder/seal", "LoadMaster", "the error is of opening the file; that of decoding it, in the same variable, is not passed on"},
	{"mayfly/recorder/audit", "*", "the log holds facts and what proves them: there are no words in it"},
	{"mayfly/cmd/mayfly", "(*operator).transfer", named},
	{"mayfly/cmd/mayfly", "(*operator).statement", named},
	{"mayfly/cmd/mayfly", "(*operator).putLikeness", named},
	{"mayfly/cmd/mayfly", "(*operator).link", named},
	{"mayfly/cmd/mayfly", "(*operator).asAdmin", named},
	{"mayfly/cmd/mayfly", "(*operator).exportAudit", named},
	{"mayfly/cmd/mayfly", "(*operator).evidence", named},
	{"mayfly/cmd/mayfly", "(*operator).signEvidence", "what is signed is a tenant's name and a sum, on the socket in the data folder"},
	{"mayfly/cmd/mayfly", "refusal", "a command prints the sentence that its gateway answers, a row of the table of errors"},
}

// used counts what each permit permitted. Packages are read side by side.
var used = make([]atomic.Int64, len(permits))

func permitted(path, function string) bool {
	for i, p := range permits {
		if path == p.in && (p.function == "*" || function == p.function) {
			used[i].Add(1)
			return true
		}
	}
	return false
}

// idle are the permits that permit nothing.
func idle() (all []string) {
	for i, p := range permits {
		if used[i].Load() == 0 {
			all = append(all, p.in+" "+p.function+" is permitted and does not need it: take it out")
		}
	}
	return all
}
