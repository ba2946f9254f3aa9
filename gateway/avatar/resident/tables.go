package resident

import "io/fs"

// Tables are the documents of the demonstration and the lexicons, as they are
// in the program.
func Tables() []fs.FS { return []fs.FS{demo, lexiconFiles} }
