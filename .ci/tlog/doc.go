// Package tlogtest has the audit log that the real program serves verified by
// somebody else's code: Tessera's fsck and client. It is for tests only and no
// part of the program; it is a module of its own, so that what verifies is not
// among the program's dependencies.
package tlogtest
