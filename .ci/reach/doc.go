// Package reachtest has people call the real program through networks that
// forbid most of it, with Debian's coturn as the relay: each ground is a
// client, a router with rules, and a server, in network namespaces of Linux.
// It is for tests only and no part of the program.
package reachtest
