package session

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "draws the diagram and the table of web/docs/session.md anew")

const (
	diagramFile = "../web/docs/session.svg"
	sessionPage = "../web/docs/session.md"
)

// The diagram and the table in the document are the session's own table, and
// nothing else. go test ./session -run Diagram -update makes them.
func TestDiagram(t *testing.T) {
	page, err := os.ReadFile(sessionPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, opened := bytes.Cut(page, []byte("<!-- table -->\n"))
	_, tail, closed := bytes.Cut(rest, []byte("<!-- /table -->\n"))
	if !opened || !closed {
		t.Fatalf("%s has no place for the table", sessionPage)
	}
	made := slices.Concat(head, []byte("<!-- table -->\n"), []byte(markdownTable()), []byte("<!-- /table -->\n"), tail)
	for file, want := range map[string][]byte{sessionPage: made, diagramFile: []byte(drawing())} {
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the table says; go test ./session -run Diagram -update", file)
		}
	}
}

// move is one arrow of the diagram: what leads from these states to those.
type move struct {
	inputs   []string
	from, to []State
}

// moves reads the arrows out of the table. Inputs that move alike share one.
func moves() []move {
	var all []move
	for in := range sorts {
		by := map[string]*move{} // by where it leads
		for from := range Closed {
			r := lookup(from, in)
			if r.act != handle || len(r.to) == 0 {
				continue
			}
			key := fmt.Sprint(r.to)
			if by[key] == nil {
				by[key] = &move{inputs: []string{spaced(sortNames[in])}, to: r.to}
			}
			by[key].from = append(by[key].from, from)
		}
		for _, m := range by {
			i := slices.IndexFunc(all, func(o move) bool { return slices.Equal(o.from, m.from) && slices.Equal(o.to, m.to) })
			if i >= 0 {
				all[i].inputs = append(all[i].inputs, m.inputs...)
				continue
			}
			all = append(all, *m)
		}
	}
	// The path of a conversation first: forward moves by where they begin,
	// then the ways back, then the end.
	rank := func(m move) int {
		switch {
		case slices.Contains(m.to, Closed):
			return 200 + int(m.from[0])*10 + len(m.from)
		case m.to[0] < m.from[0]:
			return 100 + int(m.from[0])*10 - len(m.from)
		}
		return int(m.from[0])*10 + int(m.to[0])
	}
	slices.SortStableFunc(all, func(a, b move) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.inputs[0], b.inputs[0]))
	})
	return all
}

// spaced is a name of the code in words: "localeChanged" is "locale changed".
func spaced(name string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(name, "_", " ") {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

const (
	laneLeft  = 214 // of the first state's lane
	laneWidth = 84
	rowTop    = 62 // of the first arrow
	rowHeight = 30
)

func lane(s State) int { return laneLeft + int(s)*laneWidth }

// drawing is the diagram: a lane for each state, a line for each move. Its
// colours stand in attributes, for whoever opens the file by itself, and once
// more in a style for a page in the dark.
func drawing() string {
	var b strings.Builder
	all := moves()
	rows := 0
	for _, m := range all {
		rows += (len(m.inputs) + 1) / 2
	}
	width, height := lane(Closed)+60, rowTop+rows*rowHeight+6
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12" role="img">`+"\n", width, height, width, height)
	b.WriteString(`<title>The states of a session and what moves it between them</title>
<style>
@media (prefers-color-scheme: dark) {
  .ink { fill: #f4ecdd } .soft { fill: #bfb2a0 } .lane { stroke: #3a3126 } .way { stroke: #f3b458 } .head { fill: #f3b458 }
  .state { fill: #1f1a14; stroke: #8d7f6b }
}
</style>
`)
	for s := range states {
		x := lane(s)
		fmt.Fprintf(&b, `<path class="lane" d="M%d 42V%d" stroke="#ddd1bd"/>`+"\n", x, height-4)
		fmt.Fprintf(&b, `<rect class="state" x="%d" y="12" width="78" height="26" rx="13" fill="#f3ecdf" stroke="#857868"/>`+"\n", x-39)
		fmt.Fprintf(&b, `<text class="ink" x="%d" y="29" text-anchor="middle" fill="#1f1a15">%s</text>`+"\n", x, spaced(stateNames[s]))
	}
	y := rowTop
	for _, m := range all {
		lines := (len(m.inputs) + 1) / 2
		middle := y + (lines-1)*rowHeight/2
		for i := range lines {
			label := strings.Join(m.inputs[2*i:min(2*i+2, len(m.inputs))], ", ")
			if i < lines-1 {
				label += ","
			}
			fmt.Fprintf(&b, `<text class="soft" x="8" y="%d" fill="#574d42">%s</text>`+"\n", y+4+i*rowHeight*2/3+(lines-1)*rowHeight/6, label)
		}
		ends := slices.Concat(m.from, m.to)
		fmt.Fprintf(&b, `<path class="way" d="M%d %dH%d" stroke="#8a5200" stroke-width="1.5"/>`+"\n", lane(slices.Min(ends)), middle, lane(slices.Max(ends)))
		for _, s := range m.from {
			fmt.Fprintf(&b, `<circle class="head" cx="%d" cy="%d" r="4" fill="#8a5200"/>`+"\n", lane(s), middle)
		}
		for _, s := range m.to {
			tip, back := lane(s), -9
			if s < m.from[0] {
				back = 9
			}
			fmt.Fprintf(&b, `<path class="head" d="M%d %dl%d -5v10z" fill="#8a5200"/>`+"\n", tip, middle, back)
		}
		y += lines * rowHeight
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// markdownTable is every cell of the table.
func markdownTable() string {
	var b strings.Builder
	b.WriteString("| |")
	for s := range Closed {
		fmt.Fprintf(&b, " %s |", spaced(stateNames[s]))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", int(Closed)) + "\n")
	for in := range sorts {
		fmt.Fprintf(&b, "| %s |", spaced(sortNames[in]))
		for s := range Closed {
			b.WriteString(" " + cell(lookup(s, in)) + " |")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func cell(r rule) string {
	switch r.act {
	case refuse:
		return "`" + string(r.code) + "`"
	case drop:
		return "–"
	}
	if len(r.to) == 0 {
		return "yes"
	}
	var to []string
	for _, s := range r.to {
		to = append(to, spaced(stateNames[s]))
	}
	return "→ " + strings.Join(to, ", ")
}

// The table has what the diagram leaves out, and both are read from lookup, so
// the one thing left to check is that no arrow is lost.
func TestDiagramHasEveryMove(t *testing.T) {
	for in := range sorts {
		for from := range Closed {
			for _, to := range lookup(from, in).to {
				found := slices.ContainsFunc(moves(), func(m move) bool {
					return slices.Contains(m.inputs, spaced(sortNames[in])) && slices.Contains(m.from, from) && slices.Contains(m.to, to)
				})
				if !found {
					t.Errorf("%s in %s leads to %s, and no arrow says so", sortNames[in], from, to)
				}
			}
		}
	}
}
