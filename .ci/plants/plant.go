package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// plant is one fault: a patch and the test that must fail when it is applied.
type plant struct {
	name     string   // the file's name without .patch
	file     string   // below the root of the tree
	fault    string   // what is wrong, in a line
	packages []string // folders that the fault is about: when they change, it is tried
	test     []string // go test and its arguments
	why      string   // what a person would suffer
	promises []string // R1 to R83
	touches  []string // files that the patch changes
}

var (
	promise = regexp.MustCompile(`^R[1-9][0-9]?$`)
	touched = regexp.MustCompile(`(?m)^(?:---|\+\+\+) [ab]/(\S+)`)
)

// parsePlant reads the header of a plant: lines of "key: value", each key
// once, then an empty line, then a unified diff with a/ and b/ before paths.
func parsePlant(file, text string) (plant, error) {
	p := plant{name: strings.TrimSuffix(filepath.Base(file), ".patch"), file: file}
	head, diff, _ := strings.Cut(text, "\n\n")
	seen := map[string]bool{}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, ok := strings.Cut(line, ": ")
		if !ok || seen[key] {
			return p, fmt.Errorf("%s: the line %q is not a new key, colon, space and value", file, line)
		}
		seen[key] = true
		switch key {
		case "fault":
			p.fault = value
		case "packages":
			p.packages = strings.Fields(value)
		case "test":
			p.test = strings.Fields(value)
		case "why":
			p.why = value
		case "promises":
			p.promises = strings.Fields(value)
		default:
			return p, fmt.Errorf("%s: unknown key %q; use fault, packages, test, why, promises", file, key)
		}
	}
	for _, match := range touched.FindAllStringSubmatch(diff, -1) {
		p.touches = append(p.touches, match[1])
	}
	switch {
	case p.fault == "" || p.why == "" || len(p.packages) == 0:
		return p, fmt.Errorf("%s: fault, why and packages are needed", file)
	case len(p.test) < 3 || p.test[0] != "go" || p.test[1] != "test" || !slices.Contains(p.test, "-run"):
		return p, fmt.Errorf("%s: test must be a go test with -run", file)
	case slices.ContainsFunc(p.promises, func(r string) bool { return !promise.MatchString(r) }):
		return p, fmt.Errorf("%s: promises must be like R12", file)
	case len(p.touches) == 0:
		return p, fmt.Errorf("%s: no diff with a/ and b/ before its paths", file)
	}
	return p, nil
}

// loadPlants reads all plants below the root, by name.
func loadPlants(root string) ([]plant, error) {
	files, err := filepath.Glob(filepath.Join(root, plantsFolder, "*.patch"))
	if err != nil {
		return nil, err
	}
	var all []plant
	var problems []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		below, err := filepath.Rel(root, file)
		if err != nil {
			return nil, err
		}
		p, err := parsePlant(filepath.ToSlash(below), string(text))
		all, problems = append(all, p), append(problems, err)
	}
	return all, errors.Join(problems...)
}

// concerns says whether one of the changed files is the plant, what it
// changes, or in a folder that it is about or that its test is in.
func (p plant) concerns(changed []string) bool {
	folders := slices.Clone(p.packages)
	for _, arg := range p.test {
		if folder, ok := strings.CutPrefix(arg, "./"); ok {
			folders = append(folders, strings.TrimSuffix(folder, "/..."))
		}
	}
	return slices.ContainsFunc(changed, func(file string) bool {
		return file == p.file || slices.Contains(p.touches, file) ||
			slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(file, folder+"/") })
	})
}
