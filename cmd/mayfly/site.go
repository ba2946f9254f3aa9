package main

import (
	"bytes"
	"strings"
)

// siteFrames is how many functions of the program a site names.
const siteFrames = 6

// siteOf is where a fault was, made of a stack as runtime/debug prints it:
// the program's functions from the one that failed outwards, each with its
// line. Values of arguments, the text of the panic, names of folders and what
// is not ours are left out.
func siteOf(stack []byte) string {
	lines := bytes.Split(stack, []byte("\n"))
	// What runs because of the panic stands above it.
	for i, l := range lines {
		if bytes.HasPrefix(l, []byte("panic(")) {
			lines = lines[i+1:]
			break
		}
	}
	var frames []string
	for i := 0; i+1 < len(lines) && len(frames) < siteFrames; i++ {
		function, ours := strings.CutPrefix(string(lines[i]), "mayfly/")
		ours = ours || strings.HasPrefix(function, "main.") // this package, in the program
		at := strings.LastIndexByte(function, '(')
		if !ours || at < 0 {
			continue
		}
		_, number, ok := strings.Cut(string(lines[i+1]), ".go:")
		if !ok {
			continue
		}
		number, _, _ = strings.Cut(number, " ")
		frames = append(frames, function[:at]+":"+number)
	}
	return strings.Join(frames, "<")
}
