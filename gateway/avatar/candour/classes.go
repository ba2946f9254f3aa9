package candour

import (
	"bufio"
	"bytes"
	"embed"
	"slices"
	"strings"
)

// The classes of words that the classifiers tell apart: data, in the same
// form for every language.
//
//go:embed classes/*.txt
var classFiles embed.FS

// class says what a word is about. The order is that of the bits.
type class uint8

const (
	classYou     class = iota // the one who answers, or a form of a verb that says so
	classHuman                // a human
	classReal                 // real, living
	classMachine              // a machine, a program
	classCanned               // recorded, generated
	classStaff                // somebody of an office
	classThird                // others: a director, she, the neighbour
	classHere                 // this, here, the other end
	classTalk                 // to talk, to write
	classAnswer               // an answer, a message
	classWant                 // to want, to put through
	classTopic                // what makes another thing of the word before it
	classI                    // the one who asks
	classWho                  // who, what
	classSome                 // somebody
	classBody                 // body, birth, sleep
	classTruth                // to lie, to prove, to admit
	classPretend              // to pretend, a story
	classNot                  // no, not
	classOr                   // or
	classMade                 // to build, to train, to program
	classKinds                // their number
)

var classNames = [classKinds]string{
	"YOU", "HUMAN", "REAL", "MACHINE", "CANNED", "STAFF", "THIRD", "HERE", "TALK", "ANSWER", "WANT",
	"TOPIC", "I", "WHO", "SOME", "BODY", "TRUTH", "PRETEND", "NOT", "OR", "MADE",
}

// readClasses reads the classes of a language. A line is "NAME : words"; one
// that begins with a blank goes on with the line before. A ~ before the name
// means that misspellings are recognised, a + that the language's prefixes
// may stand before the words, and "known" are words that are no misspellings.
func readClasses(locale string) *lexicon {
	b, err := classFiles.ReadFile("classes/" + locale + ".txt")
	if err != nil {
		panic("candour: " + locale + " has no classes")
	}
	l := newLexicon()
	var prefixes []string
	head := ""
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, rest, ok := strings.Cut(line, " : "); ok {
			head, line = name, rest
		}
		switch head {
		case "prefixes":
			prefixes = append(prefixes, strings.Fields(line)...)
			continue
		case "known":
			for _, w := range strings.Fields(line) {
				l.put(foldWord(w), -1, false)
			}
			continue
		}
		kind := slices.Index(classNames[:], strings.TrimLeft(head, "~+"))
		if kind < 0 {
			panic("candour: " + locale + " has a class " + head)
		}
		for _, w := range strings.Fields(line) {
			l.put(foldWord(w), kind, strings.Contains(head, "~"))
			if strings.Contains(head, "+") {
				for _, p := range prefixes {
					l.put(foldWord(p+w), kind, false)
				}
			}
		}
	}
	return l
}
