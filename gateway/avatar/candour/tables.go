package candour

import "io/fs"

// Tables are the weights, grammars and classes that questions are judged by, as
// they are in the program.
func Tables() []fs.FS { return []fs.FS{weightFiles, files, classFiles} }
