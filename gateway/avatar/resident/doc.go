// Package resident answers from documents, in memory, without a language
// model: it finds the passage that fits a question, says its sentences one by
// one, names the document, and says when it does not know.
//
// It never invents a sentence, never sends anything anywhere, and never keeps
// a word of a question: they are opened for the search only, no string is made
// of them, and the copies are cleared before the answer begins.
package resident
