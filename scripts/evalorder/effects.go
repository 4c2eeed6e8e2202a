package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"

	"golang.org/x/tools/go/analysis"
)

type checker struct {
	pass     *analysis.Pass
	closures map[*types.Var]*ast.FuncLit // functions that are held in variables
	fields   summary
}

// check reports each call of a list that may change what another expression of it reads.
// A call that is made before is no reader: its arguments were read by then.
func (c checker) check(list []ast.Expr) {
	if len(list) < 2 {
		return
	}
	for i, e := range list {
		changed := c.changes(e)
		for j, other := range list {
			if j == i || len(changed) == 0 {
				continue
			}
			for v := range c.reads(other, j > i) {
				if call, is := changed[v]; is {
					c.pass.Reportf(call.Pos(), "%s may be read before this call changes it, or after: make the call first, in a statement of its own", v.Name())
				}
			}
		}
	}
}

// reads returns the variables, and the fields behind pointers, that an expression reads
// when it is evaluated; those that its calls read are left out, unless inCalls.
func (c checker) reads(e ast.Expr, inCalls bool) map[*types.Var]bool {
	r := reader{checker: c, inCalls: inCalls, found: map[*types.Var]bool{}}
	ast.Inspect(e, r.visit)
	return r.found
}

type reader struct {
	checker
	inCalls bool
	found   map[*types.Var]bool
}

// visit takes what a node reads, and reports whether what is below it is read as usual.
func (r reader) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit:
		return false
	case *ast.CallExpr:
		return r.call(n)
	case *ast.UnaryExpr:
		return n.Op != token.AND || (r.root(n.X) == nil && len(r.fieldsOf(n.X)) == 0)
	case *ast.KeyValueExpr:
		if id, is := n.Key.(*ast.Ident); is && r.variable(id) == nil { // the name of a field
			ast.Inspect(n.Value, r.visit)
			return false
		}
	case *ast.SelectorExpr:
		if r.root(n) == nil {
			maps.Copy(r.found, r.fieldsOf(n))
		}
		ast.Inspect(n.X, r.visit)
		return false
	case *ast.Ident:
		if v := r.variable(n); v != nil {
			r.found[v] = true
		}
	}
	return true
}

// call reads the arguments, and not what the method gets by address.
func (r reader) call(n *ast.CallExpr) bool {
	if r.isCall(n) && !r.inCalls {
		return false
	}
	if byAddress(r.pass, n) == nil {
		return true
	}
	for _, arg := range n.Args {
		ast.Inspect(arg, r.visit)
	}
	return false
}

// changes returns the variables and fields that the calls of an expression may change, and
// by which call each.
func (c checker) changes(e ast.Expr) map[*types.Var]ast.Node {
	out := map[*types.Var]ast.Node{}
	ast.Inspect(e, func(n ast.Node) bool {
		if _, is := n.(*ast.FuncLit); is {
			return false // it is not called here, or touched has looked at it
		}
		call, is := n.(*ast.CallExpr)
		if !is || !c.isCall(call) {
			return true
		}
		for v := range c.touched(call) {
			out[v] = call
		}
		return true
	})
	return out
}

// touched returns the variables that are handed to a call by address, or that a function
// which is handed to it, or called, assigns to; and the fields that it writes.
func (c checker) touched(call *ast.CallExpr) map[*types.Var]bool {
	out := map[*types.Var]bool{}
	add := func(v *types.Var) {
		if v != nil {
			out[v] = true
		}
	}
	if on := byAddress(c.pass, call); on != nil {
		add(c.root(on))
	}
	if f := c.callee(call); f != nil {
		for field := range c.fields[f] {
			out[field] = true
		}
	}
	for _, part := range append([]ast.Expr{call.Fun}, call.Args...) {
		ast.Inspect(part, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				c.writes(n, out, map[*ast.FuncLit]bool{})
				return false
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					add(c.root(n.X))
					for field := range c.fieldsOf(n.X) {
						add(field)
					}
				}
			case *ast.Ident:
				if held := c.closures[c.variable(n)]; held != nil {
					c.writes(held, out, map[*ast.FuncLit]bool{})
				}
			}
			return true
		})
	}
	return out
}

// writes adds the variables that a function assigns to, its own left out, and the fields
// that it writes.
func (c checker) writes(f *ast.FuncLit, to map[*types.Var]bool, seen map[*ast.FuncLit]bool) {
	if seen[f] {
		return
	}
	seen[f] = true
	eachWrite(c.pass, f.Body, func(e ast.Expr) {
		if v := c.root(e); v != nil && (v.Pos() < f.Pos() || v.Pos() > f.End()) {
			to[v] = true
		}
	})
	fields, callees := c.written(f.Body)
	for field := range fields {
		to[field] = true
	}
	for _, callee := range callees {
		for field := range c.fields[callee] {
			to[field] = true
		}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is {
			if held := c.closures[c.variable(id)]; held != nil {
				c.writes(held, to, seen)
			}
		}
		return true
	})
}

// root returns the variable whose own memory an operand names: that of x.f and of x[i] in
// an array is x, and what a pointer or a slice leads to is that of none.
func (c checker) root(e ast.Expr) *types.Var {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return c.variable(e)
	case *ast.SelectorExpr:
		if s := c.pass.TypesInfo.Selections[e]; s != nil && !s.Indirect() {
			return c.root(e.X)
		}
	case *ast.IndexExpr:
		if _, array := c.pass.TypesInfo.TypeOf(e.X).Underlying().(*types.Array); array {
			return c.root(e.X)
		}
	}
	return nil
}

// variable returns the variable that a name stands for, or nil.
func (c checker) variable(id *ast.Ident) *types.Var {
	v, is := c.pass.TypesInfo.ObjectOf(id).(*types.Var)
	if !is || v.IsField() {
		return nil
	}
	return v
}

// isCall reports whether an expression calls a function: a conversion does not, nor what
// is built in.
func (c checker) isCall(call *ast.CallExpr) bool {
	t := c.pass.TypesInfo.Types[call.Fun]
	return !t.IsType() && !t.IsBuiltin()
}
