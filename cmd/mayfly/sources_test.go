package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// modulePath is the prefix of the packages that the rules are about.
const modulePath = "mayfly/"

// sources is the program as its rules see it: every package of the module
// parsed and type-checked without its tests, and the import graph of
// everything below it.
type sources struct {
	fset    *token.FileSet
	module  map[string]*sourcePackage // by path below the module: "session"
	imports map[string][]string       // of the packages outside the module, by import path
	std     map[string]bool           // import paths of the standard library among them
	exports map[string]string         // files of the compiler's export data
	checked types.Importer            // of packages outside the module
}

// sourcePackage is one package of the module.
type sourcePackage struct {
	path  string // below the module
	files map[string]*ast.File
	text  map[string][]byte
	other []string // files that are not plain Go for every system: cgo, assembly, build-tagged, objects
	types *types.Package
	info  *types.Info
	errs  []error // what keeps it from compiling; the rules see the rest
}

// listed is what is read of go list's answer.
type listed struct {
	ImportPath, Dir, Export string
	Standard                bool
	Imports                 []string
	GoFiles                 []string
	CgoFiles, CFiles        []string
	CXXFiles, MFiles        []string
	HFiles, FFiles          []string
	SFiles, SwigFiles       []string
	SwigCXXFiles, SysoFiles []string
	IgnoredGoFiles          []string
	IgnoredOtherFiles       []string
	Error                   *struct{ Err string }
}

// loadOnce loads the module once for all tests of this package.
var loadOnce = sync.OnceValues(loadSources)

func loadedProgram(t *testing.T) *sources {
	t.Helper()
	s, err := loadOnce()
	require.NoError(t, err)
	return s
}

// loadSources asks the go command for the packages, checks ours from source
// and takes the others from the compiler's export data.
func loadSources() (*sources, error) {
	own, err := goList("-e", "-json=ImportPath,Dir,Imports,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,IgnoredGoFiles,IgnoredOtherFiles,Error", "mayfly/...")
	if err != nil {
		return nil, err
	}
	s := &sources{
		fset:    token.NewFileSet(),
		module:  map[string]*sourcePackage{},
		imports: map[string][]string{},
		std:     map[string]bool{},
		exports: map[string]string{},
	}
	outside := namesInRules()
	for _, l := range own {
		if len(l.GoFiles)+len(l.CgoFiles) == 0 {
			continue // a folder of tests only
		}
		p := &sourcePackage{
			path:  strings.TrimPrefix(l.ImportPath, modulePath),
			files: map[string]*ast.File{},
			text:  map[string][]byte{},
			other: slices.Concat(l.CgoFiles, l.CFiles, l.CXXFiles, l.MFiles, l.HFiles, l.FFiles, l.SFiles, l.SwigFiles, l.SwigCXXFiles, l.SysoFiles, l.IgnoredGoFiles, l.IgnoredOtherFiles),
		}
		for _, name := range l.GoFiles {
			text, err := os.ReadFile(filepath.Join(l.Dir, name))
			if err != nil {
				return nil, err
			}
			s.parse(p, name, text)
		}
		s.module[p.path] = p
		for _, path := range p.imports() {
			if !strings.HasPrefix(path, modulePath) {
				outside = append(outside, path)
			}
		}
	}
	if err := s.learn(outside...); err != nil {
		return nil, err
	}
	s.checked = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
		if s.exports[path] == "" {
			if err := s.learn(path); err != nil {
				return nil, err
			}
		}
		return os.Open(s.exports[path])
	})
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		s.check(s.module[path])
	}
	return s, nil
}

// learn asks for packages outside the module and all that they import.
func (s *sources) learn(paths ...string) error {
	slices.Sort(paths)
	args := append([]string{"-e", "-export", "-deps", "-json=ImportPath,Imports,Export,Standard,Error"}, slices.Compact(paths)...)
	others, err := goList(args...)
	for _, l := range others {
		if l.Error != nil || strings.HasPrefix(l.ImportPath, modulePath) {
			continue // a name that is gone; the table test says so
		}
		s.imports[l.ImportPath] = l.Imports
		s.std[l.ImportPath] = l.Standard
		s.exports[l.ImportPath] = l.Export
	}
	return err
}

func goList(args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
}

// with is the program with one more file, for showing that a rule sees a
// fault: the rules themselves cannot tell it from a file on the disk.
func (s *sources) with(path, name, text string) (*sources, error) {
	planted := *s
	planted.module = maps.Clone(s.module)
	p := &sourcePackage{path: path, files: map[string]*ast.File{}, text: map[string][]byte{}}
	if old := s.module[path]; old != nil {
		p.files, p.text, p.other = maps.Clone(old.files), maps.Clone(old.text), slices.Clone(old.other)
	}
	planted.module[path] = p
	if !strings.HasSuffix(name, ".go") {
		p.other = append(p.other, name)
	} else {
		s.parse(p, name, []byte(text))
	}
	planted.check(p)
	return &planted, errors.Join(p.errs...)
}

func (s *sources) parse(p *sourcePackage, name string, text []byte) {
	f, err := parser.ParseFile(s.fset, p.path+"/"+name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	p.files[name], p.text[name] = f, text
}

// check type-checks p, and first what it imports from the module.
func (s *sources) check(p *sourcePackage) {
	if p.types != nil {
		return
	}
	p.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	files := make([]*ast.File, 0, len(p.files))
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		files = append(files, p.files[name])
	}
	conf := types.Config{
		Importer: importFunc(s.importPackage),
		Error:    func(err error) { p.errs = append(p.errs, err) },
	}
	p.types, _ = conf.Check(modulePath+p.path, s.fset, files, p.info)
}

func (s *sources) importPackage(path string) (*types.Package, error) {
	if rest, ok := strings.CutPrefix(path, modulePath); ok {
		p := s.module[rest]
		if p == nil {
			return nil, fmt.Errorf("no package %s", path)
		}
		s.check(p)
		return p.types, nil
	}
	return s.checked.Import(path)
}

type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

// imports are the import paths that the package names itself, sorted.
func (p *sourcePackage) imports() []string {
	var paths []string
	for _, f := range p.files {
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// path is how the package reaches target, nearest first, or nil.
func (s *sources) path(from *sourcePackage, target string) []string {
	type step struct {
		name string
		prev *step
	}
	seen := map[string]bool{}
	queue := []*step{{name: modulePath + from.path}}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at.name == target && at.prev != nil {
			var names []string
			for ; at != nil; at = at.prev {
				names = append(names, at.name)
			}
			slices.Reverse(names)
			return names
		}
		next := s.imports[at.name]
		if rest, ok := strings.CutPrefix(at.name, modulePath); ok && s.module[rest] != nil {
			next = s.module[rest].imports()
		}
		for _, name := range next {
			if !seen[name] {
				seen[name] = true
				queue = append(queue, &step{name, at})
			}
		}
	}
	return nil
}

// at is where a finding is, as path/file.go:line.
func (s *sources) at(n ast.Node) string {
	p := s.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// below says whether the package path is one of the patterns, of which
// "x/..." means x and everything below it.
func below(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, tree := strings.CutSuffix(pattern, "/...")
		return path == root || tree && strings.HasPrefix(path, root+"/")
	})
}
