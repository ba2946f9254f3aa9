// Package tool calls the tools of a tenant: one HTTP request for each call,
// with the arguments and nothing else.
//
// What comes back is material for the engine, as a document is. It cannot
// change a policy, a session or anything of the gateway: nothing here can
// reach them. A call is made once, whatever becomes of it. It never logs, and
// nothing of what was sent or came is in an error.
package tool
