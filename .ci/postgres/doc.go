// Package postgrestest shows that what the recorder has in SQLite is what it
// can have in PostgreSQL: the migrations, translated by the rules in
// translate_test.go, make the same tables, and the statements of the recorder
// are understood there as they stand. Mayfly itself does not connect to
// PostgreSQL yet. It is for tests only and no part of the program; it is a
// module of its own, so that the driver is not the program's.
package postgrestest
