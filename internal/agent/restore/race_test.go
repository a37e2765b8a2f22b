//go:build race

package restore

// raceDetector says that the test's program takes many times the memory.
const raceDetector = true
