// Package browser drives the pages in real browsers against the real program,
// over a network that can be made bad, and hears and sees what a person would.
// It is for tests only and no part of the program; it reaches into a page from
// outside (DevTools, a tap on the audio graph) and the page does not know.
package browser
