package a

import "encoding/json"

func fill(x *int) error { *x = 1; return nil }

func run(f func()) error { f(); return nil }

type count struct{ n int }

func (c *count) add() error { c.n++; return nil }

func (c *count) more() error { return c.add() }

func (c *count) show() int { return c.n }

func (c count) value() int { return c.n }

type holder struct {
	inner count
	found []string
	other string
}

func (h *holder) look() error { h.found = append(h.found, "x"); return nil }

func byAddress() (x int, err error) {
	return x, fill(&x) // want `x may be read before`
}

func decoded(data []byte) (map[string]any, error) {
	var out map[string]any
	return out, json.Unmarshal(data, &out) // want `out may be read before`
}

func first() (err error, x int) {
	return fill(&x), x // want `x may be read before`
}

func byMethod() (count, error) {
	var c count
	return c, c.add() // want `c may be read before`
}

func field() (int, error) {
	var c count
	return c.n, c.add() // want `c may be read before`
}

func element() (int, error) {
	var xs [2]int
	return xs[0], fill(&xs[1]) // want `xs may be read before`
}

func byClosure() (x int, err error) {
	return x, run(func() { x = 2 }) // want `x may be read before`
}

func byNamedClosure() (int, int) {
	x := 0
	next := func() int { x++; return x }
	return x, next() // want `x may be read before`
}

func byClosureInClosure() (x int, err error) {
	set := func() { x = 3 }
	return x, run(func() { set() }) // want `x may be read before`
}

func behindPointer(h *holder) ([]string, error) {
	return h.found, h.look() // want `found may be read before`
}

func behindPointerTwice(h *holder) (int, error) {
	return h.inner.n, h.inner.more() // want `(inner|n) may be read before`
}

func argument() {
	x := 0
	take(x, fill(&x)) // want `x may be read before`
}

func composite() []any {
	x := 0
	return []any{x, fill(&x)} // want `x may be read before`
}

func named() struct{ A, B any } {
	x := 0
	return struct{ A, B any }{A: x, B: fill(&x)} // want `x may be read before`
}

func assigned() (int, error) {
	x := 0
	y, err := x, fill(&x) // want `x may be read before`
	return y, err
}

func sum() int {
	var c count
	c.n += grow(&c)       // want `c may be read before`
	return c.n + grow(&c) // want `c may be read before`
}

func index(xs []int) {
	i := 0
	xs[i] = grow2(&i) // want `i may be read before`
}

func inCall() (error, int) {
	x := 0
	return fill(&x), double(x) // want `x may be read before`
}

func size() (int, error) {
	var xs []int
	return len(xs), grow3(&xs) // want `xs may be read before`
}

func grow3(xs *[]int) error { *xs = append(*xs, 1); return nil }

func take(int, error)     {}
func grow(c *count) int   { c.n++; return c.n }
func grow2(i *int) int    { *i++; return *i }
func double(x int) int    { return 2 * x }
func same(p *int) *int    { return p }
func both(a, b *int) bool { return a == b }

// What follows depends on no order.

func apart() (x int, err error) {
	err = fill(&x)
	return x, err
}

func another() (x, y int, err error) {
	return x, y, nil
}

func inOrder() (int, error) {
	x := 0
	return double(x), fill(&x)
}

func address() bool {
	x := 0
	return both(&x, same(&x))
}

func thePointerItself(p *int) (*int, error) {
	return p, fill(p)
}

func shortCircuit() bool {
	x := 0
	return x == 0 && fill(&x) == nil
}

func uncalled() (int, func()) {
	x := 0
	return x, func() { x = 1 }
}

func byValue() (int, int) {
	var c count
	return c.n, c.value()
}

func builtIn() (int, []int) {
	var xs []int
	return len(xs), append(xs, 1)
}

func reader(c *count) (int, int) {
	return c.n, c.show()
}

func otherField(h *holder) (string, error) {
	return h.other, h.look()
}
