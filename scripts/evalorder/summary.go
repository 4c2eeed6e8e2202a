package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"

	"golang.org/x/tools/go/analysis"
)

// A summary says which fields each function of a package may write through a pointer, by
// itself or by what it calls.
type summary map[*types.Func]map[*types.Var]bool

func summarise(c checker) summary {
	out, callees := summary{}, map[*types.Func][]*types.Func{}
	for _, file := range c.pass.Files {
		for _, d := range file.Decls {
			decl, is := d.(*ast.FuncDecl)
			if !is || decl.Body == nil {
				continue
			}
			f, is := c.pass.TypesInfo.Defs[decl.Name].(*types.Func)
			if is {
				out[f], callees[f] = c.written(decl.Body)
			}
		}
	}
	for grows := true; grows; {
		grows = false
		for f, fields := range out {
			before := len(fields)
			for _, callee := range callees[f] {
				maps.Copy(fields, out[callee])
			}
			grows = grows || len(fields) > before
		}
	}
	return out
}

// written returns the fields that a body writes, and the functions of the package that it
// calls.
func (c checker) written(body ast.Node) (fields map[*types.Var]bool, callees []*types.Func) {
	fields = map[*types.Var]bool{}
	eachWrite(c.pass, body, func(e ast.Expr) {
		for f := range c.fieldsOf(e) {
			fields[f] = true
		}
	})
	ast.Inspect(body, func(n ast.Node) bool {
		if call, is := n.(*ast.CallExpr); is {
			if f := c.callee(call); f != nil {
				callees = append(callees, f)
			}
		}
		return true
	})
	return fields, callees
}

// eachWrite calls do with each operand that a body assigns to, or hands on by address.
func eachWrite(pass *analysis.Pass, body ast.Node, do func(ast.Expr)) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				do(left)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				do(n.Key)
			}
			if n.Tok == token.ASSIGN && n.Value != nil {
				do(n.Value)
			}
		case *ast.IncDecStmt:
			do(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				do(n.X)
			}
		case *ast.CallExpr:
			if on := byAddress(pass, n); on != nil {
				do(on)
			}
		}
		return true
	})
}

// fieldsOf returns the fields that change with an operand: the last one, and those in
// front of it that hold it as a value.
func (c checker) fieldsOf(e ast.Expr) map[*types.Var]bool {
	out := map[*types.Var]bool{}
	for {
		switch n := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			s := c.pass.TypesInfo.Selections[n]
			if s == nil || s.Kind() != types.FieldVal {
				return out
			}
			out[s.Obj().(*types.Var)] = true
			if s.Indirect() {
				return out
			}
			e = n.X
		case *ast.IndexExpr:
			if _, array := c.pass.TypesInfo.TypeOf(n.X).Underlying().(*types.Array); !array {
				return out
			}
			e = n.X
		default:
			return out
		}
	}
}

// callee returns the function of this package that a call names, or nil.
func (c checker) callee(call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	case *ast.IndexExpr: // of a generic function
		id, _ = fun.X.(*ast.Ident)
	}
	if id == nil {
		return nil
	}
	f, is := c.pass.TypesInfo.Uses[id].(*types.Func)
	if !is || f.Pkg() != c.pass.Pkg {
		return nil
	}
	return f.Origin()
}

// byAddress returns what a call is a method of, if the method gets it by address.
func byAddress(pass *analysis.Pass, call *ast.CallExpr) ast.Expr {
	sel, is := call.Fun.(*ast.SelectorExpr)
	if !is {
		return nil
	}
	s := pass.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return nil
	}
	method, is := s.Obj().(*types.Func)
	if !is {
		return nil
	}
	if _, pointer := method.Signature().Recv().Type().(*types.Pointer); !pointer || leadsAway(s) {
		return nil
	}
	return sel.X
}

// leadsAway reports whether the method is one of what a pointer leads to: of the variable
// itself, or of what is embedded in it.
func leadsAway(s *types.Selection) bool {
	t, path := s.Recv(), s.Index()
	for _, i := range path[:len(path)-1] {
		if isPointer(t) {
			return true
		}
		fields, is := t.Underlying().(*types.Struct)
		if !is {
			return true
		}
		t = fields.Field(i).Type()
	}
	return isPointer(t)
}

func isPointer(t types.Type) bool {
	_, is := t.Underlying().(*types.Pointer)
	return is
}
