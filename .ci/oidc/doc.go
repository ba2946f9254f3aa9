// Package oidctest signs people in to the real program by a real provider,
// both over sockets. It is for tests only and no part of the program; it is a
// module of its own, so that the provider's dependencies are not the
// program's.
package oidctest
