package main

import (
	"runtime"
	"testing"
)

func TestMemoryThatABurstTookIsGivenBack(t *testing.T) {
	burst()
	runtime.GC()
	before := heapNow()
	if !before.wasteful() {
		t.Fatalf("%d bytes are resident of which %d are in use, and nothing is to be given back", before.resident, before.live)
	}
	m := &memory{}
	m.giveBack()
	if after := heapNow(); after.resident > before.resident-(48<<20) {
		t.Fatalf("%d bytes were resident and %d are; wanted 48 MiB less at the least", before.resident, after.resident)
	}
}

// TestWhatCannotBeGivenBackIsNotLookedForAgain: each look costs a collection of all that is kept.
func TestWhatCannotBeGivenBackIsNotLookedForAgain(t *testing.T) {
	burst()
	runtime.GC()
	before := heapNow()
	(&memory{left: before.resident}).giveBack()
	if after := heapNow(); after.resident < before.resident-before.resident/8 {
		t.Fatalf("%d bytes were left the last time, and now %d are resident", before.resident, after.resident)
	}
}

// burst takes 64 MiB for a moment, and has all of it resident.
func burst() {
	room := make([]byte, 64<<20)
	for i := range room {
		room[i] = 1
	}
	runtime.KeepAlive(room)
}

func TestWhatIsInUseIsNotLookedForAgain(t *testing.T) {
	for _, c := range []struct {
		heap heap
		want bool
	}{
		{heap{live: 800, resident: 900}, false},
		{heap{live: 800, resident: 901}, true},
		{heap{live: 0, resident: 1}, true},
	} {
		if got := c.heap.wasteful(); got != c.want {
			t.Errorf("%+v: got %t, wanted %t", c.heap, got, c.want)
		}
	}
}
