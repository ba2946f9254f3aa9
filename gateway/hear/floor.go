package hear

const (
	floorParts      = 8  // of the time over which the floor is the quietest
	floorPart       = 25 // frames: 250 ms
	floorFirst      = -40.
	floorSmoothness = .6
)

// floor is the noise gate: how loud it is when nobody speaks. It is the
// quietest moment of the last two seconds: whoever speaks leaves gaps, a fan
// and a hum leave none.
type floor struct {
	smooth float64
	parts  [floorParts]float64 // the quietest of each, the newest at at
	at     int
	n      int // frames in the newest part
	had    int // parts that are full
}

func (f *floor) take(level float64) {
	if f.n == 0 && f.had == 0 {
		f.smooth = level
	}
	f.smooth = floorSmoothness*f.smooth + (1-floorSmoothness)*level
	if f.n == 0 || f.smooth < f.parts[f.at] {
		f.parts[f.at] = f.smooth
	}
	if f.n++; f.n == floorPart {
		f.n, f.at, f.had = 0, (f.at+1)%floorParts, min(f.had+1, floorParts)
	}
}

// level is the floor in dB of full scale.
func (f *floor) level() float64 {
	least := 0.
	n := f.had
	if f.n > 0 {
		n = min(n+1, floorParts)
	}
	for i := range n {
		j := f.at - i
		if f.n == 0 {
			j--
		}
		least = min(least, f.parts[(j+2*floorParts)%floorParts])
	}
	if f.had < floorParts {
		// Whoever speaks from the first sample on is not noise.
		least = min(least, floorFirst)
	}
	return least
}
