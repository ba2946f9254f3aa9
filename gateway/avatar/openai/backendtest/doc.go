// Package backendtest is a chat back end for tests: a real HTTP server on a
// real socket that streams what it is told at the pace it is told, or
// misbehaves in one of the ways in which back ends do. It is for tests only.
package backendtest
