// Package redact takes personal data out of words: addresses of people and
// machines, numbers of cards, accounts, telephones and persons, passwords and
// keys, dates of birth, and what a tenant adds.
//
// It is pure. It opens no file, dials nobody, reads no clock, and keeps
// nothing but what a Stream has to hold back. What it finds it replaces in
// place; it never says what it was.
//
// Three things hold for every text, and tests try to break them:
//
//   - However a text is cut into pieces, the result is the same.
//   - Redacting what was redacted changes nothing.
//   - Time grows with the length of the text and with nothing else, and a
//     Stream holds back no more than MaxHeld characters. A value that is longer is
//     decided at its head and swallowed to its end.
//
// It recognises forms, not meaning: names, addresses and what only a reader
// would understand stay. See web/docs/redaction.md for what is found and how
// often.
package redact
