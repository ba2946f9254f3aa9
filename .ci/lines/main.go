// Lines reads the program for ways in which something that somebody said
// could get into a log line, an error, a metric, a span or a panic, and lists
// the places at which a function that holds content gives up.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

func main() {
	list := flag.String("faults", "", "file with the list of fault points")
	update := flag.Bool("update", false, "write the list instead of comparing it")
	flag.Parse()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedModule}, flag.Args()...)
	if err != nil {
		fail(err)
	}
	if packages.PrintErrors(pkgs) > 0 {
		os.Exit(1)
	}
	pkgs = slices.DeleteFunc(pkgs, func(p *packages.Package) bool { return forTests(p.PkgPath) })
	found, err := findings(pkgs)
	if err != nil {
		fail(err)
	}
	for _, f := range found {
		fmt.Println(f)
	}
	bad := len(found)
	whole := slices.ContainsFunc(pkgs, func(p *packages.Package) bool { return p.PkgPath == "mayfly/cmd/mayfly" })
	if whole {
		for _, i := range idle() {
			bad++
			fmt.Println(i)
		}
	}
	if *list != "" {
		changed, err := compare(*list, points(pkgs), *update)
		if err != nil {
			fail(err)
		}
		for _, c := range changed {
			fmt.Println(c)
		}
		bad += len(changed)
	}
	if bad > 0 {
		os.Exit(1)
	}
}

// findings are what the analyser refuses in the packages.
func findings(pkgs []*packages.Package) (found []string, err error) {
	pkgs = slices.DeleteFunc(slices.Clone(pkgs), func(p *packages.Package) bool { return forTests(p.PkgPath) })
	graph, err := checker.Analyze([]*analysis.Analyzer{analyzer}, pkgs, nil)
	if err != nil {
		return nil, err
	}
	for _, act := range graph.Roots {
		if act.Err != nil {
			return nil, act.Err
		}
		for _, d := range act.Diagnostics {
			found = append(found, act.Package.Fset.Position(d.Pos).String()+": "+d.Message)
		}
	}
	slices.Sort(found)
	return found, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
