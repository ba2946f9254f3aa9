package store

import "io/fs"

// Migrations are the steps that make the databases, as they are in the program.
func Migrations() fs.FS { return migrations }
