package ldap

import (
	"fmt"
	"runtime"
	"testing"
)

// crowd returns an index of n people, each with a name that the server spells in its own
// way.
func crowd(tb testing.TB, n int) *index {
	tb.Helper()
	x := newIndex()
	for i := range n {
		dn, id := somebody(i)
		name, err := ParseName(dn)
		if err != nil {
			tb.Fatal(err)
		}
		if err := x.add(name, id); err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

func somebody(i int) (dn, id string) {
	return fmt.Sprintf("uid=u%07d,ou=People,dc=example,dc=com", i), fmt.Sprintf("%08d-0000-4000-8000-%012d", i, i)
}

// change has the ith of n people changed; one of three is renamed.
func change(tb testing.TB, x *index, n, i int) {
	tb.Helper()
	dn, id := somebody(i % n)
	if i%3 == 0 {
		dn, _ = somebody(i + n)
	}
	name, err := ParseName(dn)
	if err != nil {
		tb.Fatal(err)
	}
	if err := x.move(name, id); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkIndexChanges shows that what one change costs does not grow with the people
// among whom it is.
func BenchmarkIndexChanges(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			x := crowd(b, n)
			i := 0
			for b.Loop() {
				change(b, x, n, i)
				i++
			}
		})
	}
}

// BenchmarkIndexMemory shows how many bytes are kept of each person: after a reading, and
// once as many changes were followed as there are people.
func BenchmarkIndexMemory(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		before := heap()
		x := crowd(b, n)
		read := heap()
		for i := range n {
			change(b, x, n, i)
		}
		followed := heap()
		b.ReportMetric(float64(read-before)/n, "bytes/person")
		b.ReportMetric(float64(followed-before)/n, "followed-bytes/person")
		runtime.KeepAlive(x)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
