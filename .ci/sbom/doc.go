// Package sbomtest has what the real program says it is made of read by
// somebody else's code and held to the published schema of CycloneDX. It is for
// tests only and no part of the program; it is a module of its own, so that
// what reads is not among the program's dependencies.
package sbomtest
