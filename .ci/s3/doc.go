// Package s3test exports from the real program to a real S3 server, and opens
// what is there with the age tool. It is for tests only and no part of the
// program; it is a module of its own, so that the server's dependencies are
// not the program's.
package s3test
