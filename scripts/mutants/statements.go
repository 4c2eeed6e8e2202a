package main

import (
	"go/ast"
	"go/token"
)

// statements drops each statement of a list that can be missed. A return can where
// it ends the body of an if: what follows is done then, too.
func (f *finder) statements(list []ast.Stmt, inIf bool) {
	for _, s := range list {
		if f.canDrop(s, inIf) {
			f.drop(s, s)
		}
	}
}

func (f *finder) canDrop(s ast.Stmt, inIf bool) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, isCall := s.X.(*ast.CallExpr)
		return !isCall || !f.speaks(call)
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && !allBlank(s.Lhs)
	case *ast.IncDecStmt, *ast.SendStmt, *ast.GoStmt, *ast.DeferStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.GOTO
	case *ast.ReturnStmt:
		return inIf
	}
	return false
}

func allBlank(list []ast.Expr) bool {
	for _, e := range list {
		if name, ok := e.(*ast.Ident); !ok || name.Name != "_" {
			return false
		}
	}
	return true
}

// empty empties the body of a case. A body of one statement that can be dropped is
// empty without it.
func (f *finder) empty(n *ast.CaseClause) {
	if len(n.Body) == 0 || len(n.Body) == 1 && f.canDrop(n.Body[0], false) {
		return
	}
	f.drop(n.Body[0], n.Body[len(n.Body)-1])
}
