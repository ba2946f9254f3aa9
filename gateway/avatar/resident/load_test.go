package resident

import "io/fs"

// load reads every Markdown and text file of fsys, as gateway/knowledge would.
func load(fsys fs.FS) (*Knowledge, error) {
	var all []*Document
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && entry.Name()[0] == '.':
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir() || len(name) < 4 || name[len(name)-3:] != ".md" && name[len(name)-4:] != ".txt":
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		all = append(all, Parse(name, text))
		return nil
	})
	return Collect(all), err
}
