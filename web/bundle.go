package web

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// bundle joins a module and all that it imports into one module. It is no
// parser: it relies on what web_test.go holds our modules to, namely that an
// import is one line of names, an export is a word before a declaration, and
// no two modules declare the same name at their top.
func bundle(files fs.FS, entry string) ([]byte, error) {
	var out []byte
	done := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		if done[name] {
			return nil
		}
		done[name] = true
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		var body []byte
		for line := range strings.Lines(string(source)) {
			if from, ok := imported(line); ok {
				if err := add(path.Join(path.Dir(name), from)); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				continue
			}
			if name != entry {
				line = strings.TrimPrefix(line, "export ")
			}
			body = append(body, line...)
		}
		out = append(out, body...)
		out = append(out, '\n')
		return nil
	}
	if err := add(entry); err != nil {
		return nil, err
	}
	return out, nil
}

// imported returns the address in a line that imports names.
func imported(line string) (string, bool) {
	if !strings.HasPrefix(line, "import {") {
		return "", false
	}
	_, from, ok := strings.Cut(line, "} from '")
	if !ok {
		return "", false
	}
	return strings.TrimSuffix(strings.TrimSpace(from), "';"), true
}
