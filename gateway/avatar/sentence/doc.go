// Package sentence cuts a stream of written text into sentences that can be
// spoken and shown one by one, and takes Markdown's marks out of them.
//
// It knows the abbreviations and habits of English, German, French, Spanish
// and Hebrew; text in any other language is cut by the same rules without
// abbreviations. When it is in doubt it does not cut: two sentences said as
// one sound better than one sentence said as two.
//
// It works on bytes that can be cleared and never makes a string of them, and
// it never keeps what it has handed out beyond the next call.
package sentence
