package sbomtest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// printed is what mayfly sbom prints, of a program that is built for it.
func printed(t *testing.T) []byte {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mayfly")
	build := exec.Command("go", "build", "-o", program, "./cmd/mayfly")
	build.Dir = filepath.Join("..", "..")
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
	out, err := exec.Command(program, "sbom").Output()
	require.NoError(t, err)
	again, err := exec.Command(program, "sbom").Output()
	require.NoError(t, err)
	require.Equal(t, string(out), string(again), "the same program, the same document")
	return out
}

// schema is the published one, as the library brings it along.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for name, at := range map[string]string{
		"bom-1.6.schema.json":   "http://cyclonedx.org/schema/bom-1.6.schema.json",
		"spdx.schema.json":      "http://cyclonedx.org/schema/spdx.schema.json",
		"jsf-0.82.schemax.json": "http://cyclonedx.org/schema/jsf-0.82.schema.json",
	} {
		f, err := os.Open(filepath.Join(strings.TrimSpace(string(out)), "schema", name))
		require.NoError(t, err)
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		require.NoError(t, err)
		require.NoError(t, c.AddResource(at, doc))
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	require.NoError(t, err)
	return s
}

// The document is CycloneDX 1.6 to the published schema, which refuses it when
// it is wrong; others read all of it, and lose nothing. R83
func TestSBOM(t *testing.T) {
	raw, s := printed(t), schema(t)
	document := func(change func(map[string]any)) any {
		var v map[string]any
		require.NoError(t, json.Unmarshal(raw, &v))
		change(v)
		return v
	}
	require.NoError(t, s.Validate(document(func(map[string]any) {})))
	for name, change := range map[string]func(map[string]any){
		"serial":  func(v map[string]any) { v["serialNumber"] = "urn:uuid:1" },
		"unknown": func(v map[string]any) { v["made_by"] = "somebody" },
		"type":    func(v map[string]any) { v["components"].([]any)[0].(map[string]any)["type"] = "module" },
		"hash": func(v map[string]any) {
			all := v["components"].([]any)
			all[len(all)-1].(map[string]any)["hashes"].([]any)[0].(map[string]any)["content"] = "h1:abc="
		},
		"twice": func(v map[string]any) { v["components"] = append(v["components"].([]any), v["components"].([]any)[0]) },
	} {
		require.Error(t, s.Validate(document(change)), name)
	}

	var b cyclonedx.BOM
	require.NoError(t, cyclonedx.NewBOMDecoder(bytes.NewReader(raw), cyclonedx.BOMFileFormatJSON).Decode(&b))
	require.Equal(t, cyclonedx.SpecVersion1_6, b.SpecVersion)
	var back bytes.Buffer
	require.NoError(t, cyclonedx.NewBOMEncoder(&back, cyclonedx.BOMFileFormatJSON).EncodeVersion(&b, cyclonedx.SpecVersion1_6))
	var was, is map[string]any
	require.NoError(t, json.Unmarshal(raw, &was))
	require.NoError(t, json.Unmarshal(back.Bytes(), &is))
	delete(is, "$schema")
	require.Equal(t, was, is)

	modules, files := 0, 0
	for _, c := range *b.Components {
		switch c.Type {
		case cyclonedx.ComponentTypeLibrary:
			modules++
			require.Nil(t, c.Hashes)
			require.True(t, strings.HasPrefix(c.PackageURL, "pkg:golang/"), c.Name)
		case cyclonedx.ComponentTypeFile:
			files++
			require.Equal(t, cyclonedx.HashAlgoSHA256, (*c.Hashes)[0].Algorithm)
		}
	}
	require.Greater(t, modules, 20)
	require.Greater(t, files, 50)
	require.NotNil(t, b.Metadata.Component.Hashes, "the program's own file")
	t.Logf("n = %d modules, %d files", modules, files)
}
