package candour

import (
	"embed"
	"encoding/binary"
	"math"
)

// The weights are made by .ci/gen/candour from the sentences beside it.
//
//go:embed weights/*.bin
var weightFiles embed.FS

// Buckets is the number of weights of one language. Features beyond it share
// them.
const Buckets = 1 << 15

// model is a linear classifier: a weight for every bucket of features.
type model struct {
	unit    float32 // what a weight of 1 is worth
	bias    float32
	sure    float32 // from here it is a question, whatever the grammar says
	doubt   float32 // below it is none, whatever the grammar says
	weights []byte  // signed
}

// modelHead is the length of what stands before the weights: four numbers.
const modelHead = 16

func readModel(locale string) model {
	b, err := weightFiles.ReadFile("weights/" + locale + ".bin")
	if err != nil || len(b) != modelHead+Buckets {
		panic("candour: " + locale + " has no weights")
	}
	f := func(i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])) }
	return model{unit: f(0), bias: f(1), sure: f(2), doubt: f(3), weights: b[modelHead:]}
}

// score sums the weights of features, divided by the root of their number,
// so that a long sentence does not count for its length.
func (m *model) score(feats []uint32) float32 {
	n := int32(0)
	for _, f := range feats {
		n += int32(int8(m.weights[f%Buckets]))
	}
	return float32(n)*m.unit/float32(math.Sqrt(float64(len(feats)))) + m.bias
}
