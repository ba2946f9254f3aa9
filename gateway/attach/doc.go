// Package attach makes of a file that somebody sends what a conversation may
// hold of it: a picture that was drawn anew, or the text of a document.
//
// What a file is, its bytes say, never its name or what the sender calls it.
// Nothing of the file itself comes through: no metadata, no name, nothing that
// stands behind the picture, nothing that a document could run. How large a
// picture is counts before it is decoded. Everything happens in memory, under
// a bound on how much at a time, and is given up when its time is over.
package attach
