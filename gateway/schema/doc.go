// Package schema is the part of JSON Schema in which the parameters of a tool
// are declared, and the check of what a tool is called with.
//
// It is small on purpose: an object whose members are all named, so that what
// may be sent to a tool's server is a closed list. It holds no arguments, and
// no error of its own quotes any.
package schema
