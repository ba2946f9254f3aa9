// Package knowledge reads what an avatar answers from: files of a folder,
// documents that are stored for it and pages of the web, kept in memory as
// versions of which one is served.
//
// It only reads. A file is read below the folder that the operator named, what
// is stored comes from whoever stores it, and
// a page is fetched over the guarded way out, from the list of the avatar and
// from nowhere else: no address that stands in a document is followed, nothing
// in one is run, and nothing of a person is in a request. What cannot be read
// never takes the place of what could: the last good form of a document stays,
// with what is wrong with the new one beside it.
package knowledge
