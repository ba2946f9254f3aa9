package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/recorder/store"
	"mayfly/web"
)

// bom is what the program is made of, as CycloneDX 1.6 has it, as far as the
// program knows it itself. What it does not know, as licences, is not in it.
type bom struct {
	Format       string          `json:"bomFormat"`
	Spec         string          `json:"specVersion"`
	Serial       string          `json:"serialNumber"`
	Version      int             `json:"version"`
	Metadata     bomMetadata     `json:"metadata"`
	Components   []bomComponent  `json:"components"`
	Dependencies []bomDependency `json:"dependencies"`
}

type bomMetadata struct {
	Component bomComponent `json:"component"`
}

type bomComponent struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref"`
	Name       string        `json:"name"`
	Version    string        `json:"version,omitempty"`
	Hashes     []bomHash     `json:"hashes,omitempty"`
	PURL       string        `json:"purl,omitempty"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type bomDependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// errNoBuild means that the program was built by something that left nothing
// about it in it.
var errNoBuild = errors.New("this program does not say what it was built from; build it with the go command")

// bomOf makes the document. It says nothing of the machine or the moment, so
// that the same program gives the same one.
func bomOf(info *debug.BuildInfo, program []bomHash) (bom, error) {
	if info == nil || info.Main.Path == "" {
		return bom{}, errNoBuild
	}
	files, err := embedded()
	if err != nil {
		return bom{}, err
	}
	b := bom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	main := goModule("application", &info.Main)
	main.Hashes = program
	main.Properties = append(main.Properties, bomProperty{"mayfly:go:version", info.GoVersion})
	for _, s := range info.Settings {
		if s.Value != "" {
			main.Properties = append(main.Properties, bomProperty{"mayfly:build:" + s.Key, s.Value})
		}
	}
	b.Metadata.Component = main
	version := strings.TrimPrefix(strings.Fields(info.GoVersion + " ")[0], "go")
	b.Components = append(b.Components, bomComponent{Type: "library", Ref: "std@" + version, Name: "std", Version: version, PURL: "pkg:golang/std@" + url.PathEscape(version)})
	for _, m := range info.Deps {
		b.Components = append(b.Components, goModule("library", m))
	}
	on := []string{}
	for i := range b.Components {
		on = append(on, b.Components[i].Ref)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		b.Components = append(b.Components, bomComponent{Type: "file", Ref: "file:" + name, Name: name, Hashes: []bomHash{{"SHA-256", hex.EncodeToString(sum[:])}}})
	}
	b.Dependencies = []bomDependency{{main.Ref, on}}
	plain, err := json.Marshal(b)
	if err != nil {
		return bom{}, err
	}
	b.Serial = uuid.NewSHA1(uuid.NameSpaceOID, plain).URN()
	return b, nil
}

// goModule is a module as the build information has it. What go.sum knows of
// one is a hash over the hashes of its files: no SHA-256 of anything that could
// be downloaded, so it is a property and not a hash.
func goModule(kind string, m *debug.Module) bomComponent {
	c := bomComponent{Type: kind, Ref: m.Path + "@" + m.Version, Name: m.Path, Version: m.Version}
	from := m
	if m.Replace != nil {
		from = m.Replace
		c.Properties = append(c.Properties, bomProperty{"mayfly:go:replaced_by", strings.TrimSuffix(from.Path+"@"+from.Version, "@")})
	}
	if m.Replace == nil && kind == "library" {
		c.PURL = "pkg:golang/" + strings.ReplaceAll(url.PathEscape(m.Path), "%2F", "/") + "@" + url.QueryEscape(m.Version)
	}
	if from.Sum != "" {
		c.Properties = append(c.Properties, bomProperty{"mayfly:go:sum", from.Sum})
	}
	return c
}

// embedded are the pages and tables that are in the program as files, by their
// paths. Tables that are Go code are part of the program itself.
func embedded() (map[string][]byte, error) {
	all := map[string][]byte{}
	take := func(under string, from fs.FS, root string) error {
		return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all[path.Join(under, name)], err = fs.ReadFile(from, name)
			}
			return err
		})
	}
	err := take("web/docs", web.Docs(), ".")
	for _, folder := range web.Folders() {
		err = errors.Join(err, take("web", web.Assets(), folder))
	}
	element, wrong := web.Element()
	for name, body := range element {
		all["web/embed/"+web.Version+"/"+name] = body
	}
	for name, body := range builtin.Tables() {
		all["gateway/avatar/voice/builtin/"+name] = []byte(body)
	}
	for _, from := range candour.Tables() {
		err = errors.Join(err, take("gateway/avatar/candour", from, "."))
	}
	for _, from := range resident.Tables() {
		err = errors.Join(err, take("gateway/avatar/resident", from, "."))
	}
	return all, errors.Join(err, wrong, take("recorder/store", store.Migrations(), "."))
}

// ownBOM is the document about this program.
func ownBOM() ([]byte, error) {
	info, _ := debug.ReadBuildInfo()
	b, err := bomOf(info, ownHash())
	if err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(b, "", "  ")
	return append(out, '\n'), err
}

// ownHash is the hash of the file that runs. Where it cannot be read it is not
// said.
func ownHash() []bomHash {
	name, err := os.Executable()
	if runtime.GOOS == "linux" {
		name = "/proc/self/exe" // also if somebody put another in its place
	} else if err != nil {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil
	}
	return []bomHash{{"SHA-256", hex.EncodeToString(h.Sum(nil))}}
}
