package main

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

func analyzer() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "evalorder",
		Doc: "find lists of expressions whose value depends on the order in which they are evaluated\n\n" +
			"Go says that calls are made from left to right, and not when a variable beside them is read: " +
			"in `return x, fill(&x)` it may be read before or after.",
		Run: run,
	}
}

func run(pass *analysis.Pass) (any, error) {
	c := checker{pass: pass, closures: closures(pass)}
	c.fields = summarise(c)
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			c.check(operands(n))
			return true
		})
	}
	return nil, nil //nolint:nilnil // no other analyzer wants a result
}

// operands returns the expressions that one node evaluates in no order of its own.
func operands(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		return n.Results
	case *ast.ValueSpec:
		return n.Values
	case *ast.AssignStmt:
		return assigned(n)
	case *ast.CallExpr:
		return append([]ast.Expr{n.Fun}, n.Args...)
	case *ast.CompositeLit:
		return n.Elts
	case *ast.KeyValueExpr:
		return []ast.Expr{n.Key, n.Value}
	case *ast.IndexExpr:
		return []ast.Expr{n.X, n.Index}
	case *ast.SendStmt:
		return []ast.Expr{n.Chan, n.Value}
	case *ast.BinaryExpr:
		if n.Op != token.LAND && n.Op != token.LOR {
			return []ast.Expr{n.X, n.Y}
		}
	}
	return nil
}

// assigned returns what an assignment evaluates: its right side, and what it needs to
// find its left side.
func assigned(n *ast.AssignStmt) []ast.Expr {
	var out []ast.Expr
	for _, left := range n.Lhs {
		switch left := left.(type) {
		case *ast.IndexExpr, *ast.StarExpr:
			out = append(out, left)
		default:
			if n.Tok != token.ASSIGN && n.Tok != token.DEFINE { // x += f(&x)
				out = append(out, left)
			}
		}
	}
	return append(out, n.Rhs...)
}

// closures returns the functions that are held in variables, by variable.
func closures(pass *analysis.Pass) map[*types.Var]*ast.FuncLit {
	out := map[*types.Var]*ast.FuncLit{}
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || len(a.Lhs) != len(a.Rhs) {
				return true
			}
			for i, right := range a.Rhs {
				id, isName := a.Lhs[i].(*ast.Ident)
				body, isBody := right.(*ast.FuncLit)
				if v, isVar := pass.TypesInfo.ObjectOf(id).(*types.Var); isName && isBody && isVar {
					out[v] = body
				}
			}
			return true
		})
	}
	return out
}
