package knowledge

import (
	"fmt"
	"time"
)

// What a knowledge base may hold. One beyond it belongs into a search engine,
// not into the memory of a gateway.
const (
	MaxDocuments = 2000
	MaxFile      = 1 << 20  // bytes of Markdown, text or HTML
	MaxPDF       = 16 << 20 // bytes of a PDF
	MaxBytes     = 32 << 20 // of all documents' words together
	MaxWords     = 2_000_000
	MaxPages     = 100      // addresses of the web
	MaxStored    = 64 << 20 // bytes of all files that are stored for an avatar
	MaxName      = 120      // bytes of the name of one
	// Kept is how many versions there are to go back to, with the one served.
	Kept = 5
)

// How pages are fetched.
const (
	fetchTime  = 20 * time.Second       // for one
	fetchPause = 250 * time.Millisecond // between two of one host
	retryFirst = 30 * time.Second       // after a failure, then twice as long each time, up to the usual
	retryMost  = 24 * time.Hour         // the longest wait that a server can ask for
	// Agent names the gateway to the servers whose pages it reads.
	Agent = "Mayfly-Knowledge/1 (reads only the pages that its configuration names)"
)

// lookEvery is how often the folder is looked at.
const lookEvery = 2 * time.Second

func mib(bytes int) string { return fmt.Sprintf("%d MiB", bytes>>20) }
