//go:build race

package rtc

const raceEnabled = true
