package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"writersync/connectors"
)

// uses returns the attributes that an expression looks at, extra ones, the e-mail and
// the container included; Extra("*") stands for all extra ones, where the name is
// computed. User may only stand
// in front of one of its fields: what is done with the whole of it, nobody could tell.
func uses(a *ast.AST) ([]connectors.Attribute, *Error) {
	var out []connectors.Attribute
	users := ast.MatchDescendants(ast.NavigateAST(a), func(e ast.NavigableExpr) bool {
		return e.Kind() == ast.IdentKind && e.AsIdent() == "user"
	})
	for _, user := range users {
		field, name, ok := fieldOf(user)
		if !ok {
			at := a.SourceInfo().GetStartLocation(user.ID())
			return nil, &Error{max(1, at.Line()), at.Column() + 1, "user stands for nothing but itself: name one of its fields, as in user.email"}
		}
		attribute, isAttribute := connectors.AttributeNamed(name)
		switch {
		case isAttribute:
			out = append(out, attribute)
		case name == "extra":
			out = append(out, extraOf(field))
		case name == "email":
			out = append(out, connectors.Email)
		case name == "container":
			out = append(out, connectors.Container)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// extraOf returns the extra attribute that is taken from user.extra.
func extraOf(extra ast.NavigableExpr) connectors.Attribute {
	if _, name, ok := fieldOf(extra); ok {
		return connectors.Extra(name)
	}
	return connectors.Extra("*")
}

// fieldOf returns the expression that takes one named field or key of e, and its name:
// e.name, e.?name, e["name"], e[?"name"], or "name" in e.
func fieldOf(e ast.NavigableExpr) (field ast.NavigableExpr, name string, ok bool) {
	field, ok = e.Parent()
	if !ok {
		return nil, "", false
	}
	switch field.Kind() {
	case ast.SelectKind:
		return field, field.AsSelect().FieldName(), true
	case ast.CallKind:
		args := field.AsCall().Args()
		switch field.AsCall().FunctionName() {
		case operators.OptSelect, operators.Index, operators.OptIndex:
			name, ok = literal(args[1])
			return field, name, ok && args[0].ID() == e.ID()
		case operators.In:
			name, ok = literal(args[0])
			return field, name, ok && args[1].ID() == e.ID()
		}
	}
	return nil, "", false
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().Value().(string)
	return text, ok
}
