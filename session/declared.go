package session

import "time"

// regions are names of regions that facts have as numbers: the place in this
// list. It only grows.
var regions = []string{
	"", "other", "eu", "eea", "us", "uk", "ch", "ca", "au", "nz", "sg", "jp", "kr", "in", "br", "il", "za", "ae", "mx", "no", "tr", "hk", "tw", "id", "ar", "cl",
	"us-east", "us-west", "us-central", "eu-west", "eu-central", "eu-north", "eu-south", "ap-south", "ap-southeast", "ap-northeast", "de", "fr", "ie", "nl", "se", "es", "it", "pl", "fi", "at", "be",
}

// RegionNumber is the region of a server, as it was declared, as facts have it:
// 0 nobody declared it, 1 a name that is not on the list.
func RegionNumber(name string) uint64 {
	for i, known := range regions {
		if known == name && i != 1 {
			return uint64(i)
		}
	}
	return 1
}

// RetentionNumber is how long a server keeps what it is sent, as it was
// declared, as facts have it: 0 nobody declared it, 1 it keeps nothing, else
// the hours, rounded up, and one.
func RetentionNumber(declared *time.Duration) uint64 {
	if declared == nil {
		return 0
	}
	return uint64(max(*declared+time.Hour-1, 0)/time.Hour) + 1
}
