package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// integer adds one to a constant, and takes one from it.
func (f *finder) integer(c inspector.Cursor, n *ast.BasicLit) {
	if n.Kind != token.INT || isSize(c) {
		return
	}
	value, exact := constant.Int64Val(constant.MakeFromLiteral(n.Value, n.Kind, 0))
	if !exact {
		return
	}
	for _, step := range steps(c) {
		with := strconv.FormatInt(value+step, 10)
		if value+step < 0 {
			with = "(" + with + ")"
		}
		f.replace(n.Pos(), n.End(), with)
	}
}

// isSize reports whether a constant is the length of an array type, which other
// files may need as it is, or a capacity, which changes nothing.
func isSize(c inspector.Cursor) bool {
	kind, i := c.ParentEdge()
	if kind == edge.ArrayType_Len {
		return true
	}
	call, ok := c.Parent().Node().(*ast.CallExpr)
	if !ok || kind != edge.CallExpr_Args {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	_, isMap := call.Args[0].(*ast.MapType)
	return ok && name.Name == "make" && (i == 2 || i == 1 && isMap)
}

// steps returns how a constant is changed. On the right of a comparison one step is
// the same as another operator, so that only the other step is left.
func steps(c inspector.Cursor) []int64 {
	n, ok := c.Parent().Node().(*ast.BinaryExpr)
	if ok && c.ParentEdgeKind() == edge.BinaryExpr_Y {
		switch n.Op {
		case token.GTR, token.LEQ:
			return []int64{1}
		case token.GEQ, token.LSS:
			return []int64{-1}
		}
	}
	return []int64{1, -1}
}

// boolean flips true and false.
func (f *finder) boolean(n *ast.Ident) {
	used := f.TypesInfo.Uses[n]
	for from, to := range map[string]string{"true": "false", "false": "true"} {
		if used != nil && used == types.Universe.Lookup(from) {
			f.replace(n.Pos(), n.End(), to)
		}
	}
}

// compared swaps the constants that something is compared with.
func (f *finder) compared(n *ast.BinaryExpr) {
	if n.Op == token.EQL || n.Op == token.NEQ {
		f.constant(n.X)
		f.constant(n.Y)
	}
}

// cases swaps the constants of a case, in a switch that has something to compare
// them with.
func (f *finder) cases(c inspector.Cursor, n *ast.CaseClause) {
	s, ok := c.Parent().Parent().Node().(*ast.SwitchStmt)
	if !ok || s.Tag == nil {
		return
	}
	for _, e := range n.List {
		f.constant(e)
	}
}

// constant swaps a constant of an enum for the next one of its type, and any other
// string for the empty one.
func (f *finder) constant(e ast.Expr) {
	value := f.TypesInfo.Types[e].Value
	if value == nil {
		return
	}
	name, isName := lastName(e)
	if c, ok := f.TypesInfo.Uses[name].(*types.Const); isName && ok {
		if other := sibling(c, f.Types); other != "" {
			f.replace(name.Pos(), name.End(), other)
			return
		}
	}
	switch {
	case !f.isString(e):
	case constant.StringVal(value) == "":
		f.replace(e.Pos(), e.End(), `"x"`)
	default:
		f.replace(e.Pos(), e.End(), `""`)
	}
}

// lastName returns x of x and of p.x.
func lastName(e ast.Expr) (*ast.Ident, bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e, true
	case *ast.SelectorExpr:
		return e.Sel, true
	}
	return nil, false
}

// sibling returns the name that follows c among the constants of its named type
// with another value, or nothing if c is the only one. The names are those that
// the package using c can write.
func sibling(c *types.Const, user *types.Package) string {
	if _, named := c.Type().(*types.Named); !named || c.Pkg() == nil {
		return ""
	}
	var names []string
	for _, name := range c.Pkg().Scope().Names() {
		other, ok := c.Pkg().Scope().Lookup(name).(*types.Const)
		if ok && types.Identical(other.Type(), c.Type()) && (other.Exported() || c.Pkg() == user) && constant.Compare(other.Val(), token.NEQ, c.Val()) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	i, _ := slices.BinarySearch(names, c.Name())
	return names[i%len(names)]
}
