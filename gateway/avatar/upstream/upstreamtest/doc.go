// Package upstreamtest is a scripted server of the Realtime protocol for
// tests: on a real socket, and in every bad way there is.
package upstreamtest
