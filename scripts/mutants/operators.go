package main

import (
	"go/ast"
	"go/token"
	"slices"
)

// swapped returns the operators that take the place of one.
func swapped(op token.Token) []token.Token {
	return map[token.Token][]token.Token{
		token.EQL:        {token.NEQ},
		token.NEQ:        {token.EQL},
		token.LSS:        {token.LEQ, token.GEQ},
		token.LEQ:        {token.LSS, token.GTR},
		token.GTR:        {token.GEQ, token.LEQ},
		token.GEQ:        {token.GTR, token.LSS},
		token.LAND:       {token.LOR},
		token.LOR:        {token.LAND},
		token.ADD:        {token.SUB},
		token.SUB:        {token.ADD},
		token.ADD_ASSIGN: {token.SUB_ASSIGN},
		token.SUB_ASSIGN: {token.ADD_ASSIGN},
		token.INC:        {token.DEC},
		token.DEC:        {token.INC},
	}[op]
}

func isComparison(op token.Token) bool {
	return slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}, op)
}

// swap adds a mutant for each operator that takes the place of the one at pos.
func (f *finder) swap(pos token.Pos, op token.Token) {
	for _, other := range swapped(op) {
		f.replace(pos, pos+token.Pos(len(op.String())), other.String())
	}
}

// operator swaps the operator of an expression. A sum of strings has no difference.
func (f *finder) operator(n *ast.BinaryExpr) {
	if (n.Op == token.ADD || n.Op == token.SUB) && !f.isNumber(n.X) {
		return
	}
	f.swap(n.OpPos, n.Op)
}

// negate negates the condition of an if. The negation of a comparison is a swap of
// its operator, and that of a negation is affirm.
func (f *finder) negate(condition ast.Expr) {
	switch n := ast.Unparen(condition).(type) {
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			return
		}
	case *ast.BinaryExpr:
		if isComparison(n.Op) {
			return
		}
	}
	f.replace(condition.Pos(), condition.End(), "!("+f.text(condition)+")")
}

// affirm removes a "not".
func (f *finder) affirm(n *ast.UnaryExpr) {
	if n.Op == token.NOT {
		f.replace(n.OpPos, n.X.Pos(), "")
	}
}
