package audit

import (
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is a tree that only remembers what it needs to grow.
type frontier struct {
	size  int64
	nodes [64]tlog.Hash // the last one of each level
	at    [64]int64
	made  [64]tlog.Hash // by the last add
}

// frontierOf is the frontier of a tree that is stored.
func frontierOf(size int64, stored tlog.HashReader) (frontier, error) {
	f := frontier{size: size}
	// The root follows from exactly the hashes that entries to come need.
	_, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		nodes, err := stored.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		for i, idx := range indexes {
			level, n := tlog.SplitStoredHashIndex(idx)
			f.nodes[level], f.at[level] = nodes[i], n
		}
		return nodes, nil
	}))
	return f, err
}

// add appends an entry and returns the hashes that are stored with it, from
// its own upwards, until the next is added. It makes those that
// tlog.StoredHashesForRecordHash makes, in no memory of its own.
func (f *frontier) add(h tlog.Hash) []tlog.Hash {
	level := 0
	for ; ; level++ {
		f.made[level] = h
		left := f.nodes[level]
		f.nodes[level], f.at[level] = h, f.size>>level
		if f.size>>level&1 == 0 {
			break
		}
		h = tlog.NodeHash(left, h)
	}
	f.size++
	return f.made[:level+1]
}

func (f *frontier) root() [32]byte {
	root, err := tlog.TreeHash(f.size, f)
	if err != nil {
		panic(err) // as above
	}
	return root
}

var errFrontier = errors.New("not in the frontier")

// ReadHashes is tlog.HashReader.
func (f *frontier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		level, n := tlog.SplitStoredHashIndex(idx)
		if f.at[level] != n {
			return nil, errFrontier
		}
		out[i] = f.nodes[level]
	}
	return out, nil
}
