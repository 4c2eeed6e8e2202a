package expr

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"writersync/connectors"
)

// The bounds of one expression: in characters, in nesting, and in what evaluating
// it may cost (about one unit an operation). None is near what people write.
const (
	maxSize  = 4096
	maxDepth = 64
	maxCost  = 100_000
)

// An Error is what is wrong with an expression.
type Error struct {
	Line, Column int // in the expression, from 1
	Msg          string
}

// Error returns the message.
func (e *Error) Error() string { return e.Msg }

// An Expression is compiled and ready. It may be used by several goroutines.
type Expression struct {
	text    string
	program cel.Program
	uses    []connectors.Attribute
}

// A Compiler compiles expressions.
type Compiler struct{ env *cel.Env }

// NewCompiler returns a Compiler.
func NewCompiler() (*Compiler, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("prepare expressions: %w", err)
	}
	env, err := cel.NewEnv(
		cel.CustomTypeProvider(provider{registry, fields()}), cel.CustomTypeAdapter(registry),
		cel.Variable("user", userType), cel.OptionalTypes(),
		ext.Strings(), ext.Regex(),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
		cel.ParserExpressionSizeLimit(maxSize), cel.ParserRecursionLimit(maxDepth),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare expressions: %w", err)
	}
	return &Compiler{env}, nil
}

// Text compiles an expression that gives a text; Truth one that gives true or
// false. What is wrong with it is an *Error.
func (c *Compiler) Text(text string) (*Expression, error) { return c.compile(text, cel.StringType) }

// Truth is Text for true or false.
func (c *Compiler) Truth(text string) (*Expression, error) { return c.compile(text, cel.BoolType) }

func (c *Compiler) compile(text string, want *cel.Type) (*Expression, error) {
	if strings.TrimSpace(text) == "" {
		return nil, &Error{1, 1, "is empty"}
	}
	checked, issues := c.env.Compile(text)
	if issues.Err() != nil {
		return nil, explain(issues.Errors()[0])
	}
	if got := checked.OutputType(); !got.IsExactType(want) {
		return nil, &Error{1, 1, fmt.Sprintf("gives %s, and %s is wanted", typeName(got), typeName(want))}
	}
	uses, fault := uses(checked.NativeRep())
	if fault != nil {
		return nil, fault
	}
	program, err := c.env.Program(checked, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &Error{1, 1, err.Error()}
	}
	return &Expression{text, program, uses}, nil
}

// explain turns an error of the library into one about user.
func explain(e *cel.Error) *Error {
	out := &Error{max(1, e.Location.Line()), e.Location.Column() + 1, strings.ReplaceAll(e.Message, "\n", " ")}
	if name, ok := strings.CutPrefix(out.Msg, "undefined field '"); ok {
		out.Column++ // the library points at the dot
		out.Msg = fmt.Sprintf("user has no field %s; it has %s", strings.TrimSuffix(name, "'"), strings.Join(FieldNames(), ", "))
	}
	out.Msg, _, _ = strings.Cut(out.Msg, " (in container '')")
	if before, _, long := strings.Cut(out.Msg, " expecting {"); long {
		out.Msg = before // twenty words of grammar follow
	}
	return out
}

// FieldNames returns the names of the fields of user, sorted.
func FieldNames() []string { return slices.Sorted(maps.Keys(fields())) }

func typeName(t *cel.Type) string {
	switch {
	case t.IsExactType(cel.StringType):
		return "a text"
	case t.IsExactType(cel.BoolType):
		return "true or false"
	case t.IsExactType(cel.IntType), t.IsExactType(cel.UintType), t.IsExactType(cel.DoubleType):
		return "a number"
	}
	return "a " + t.String()
}

// Source returns the expression as it was written.
func (e *Expression) Source() string { return e.text }

// Uses returns the attributes that the expression names, sorted; Extra("*") stands
// for all extra ones.
func (e *Expression) Uses() []connectors.Attribute { return slices.Clone(e.uses) }

// eval returns the value for a person. The error wraps ErrNotStated if that is
// what it is. Where the expression looks at an attribute whose value is not usable, it has
// none, whatever the expression says of users who have no value.
func (e *Expression) eval(source string, u connectors.User) (any, error) {
	for _, a := range slices.Sorted(maps.Keys(u.Unusable)) {
		if e.looksAt(a) {
			return nil, fmt.Errorf("user.%s: %w (%s)", a.Word(), ErrUnusable, u.Unusable[a])
		}
	}
	value, _, err := e.program.Eval(map[string]any{"user": person{source, u}})
	if err != nil {
		if missingKey(err) {
			return nil, fmt.Errorf("%w (%s)", ErrNotStated, err.Error())
		}
		return nil, err
	}
	return value.Value(), nil
}

// looksAt reports whether the result may depend on the attribute.
func (e *Expression) looksAt(a connectors.Attribute) bool {
	_, extra := a.IsExtra()
	return slices.Contains(e.uses, a) || (extra && slices.Contains(e.uses, connectors.Extra("*")))
}

// missingKey reports whether an error is that of user.extra without such a key.
func missingKey(err error) bool {
	return !errors.Is(err, ErrNotStated) && strings.HasPrefix(err.Error(), "no such key")
}

// Text returns the text that the expression gives for a person.
func (e *Expression) Text(source string, u connectors.User) (string, error) {
	value, err := e.eval(source, u)
	if err != nil {
		return "", err
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("gives %T, not a text", value)
	}
	return text, nil
}

// Truth returns what the expression gives for a person.
func (e *Expression) Truth(source string, u connectors.User) (bool, error) {
	value, err := e.eval(source, u)
	if err != nil {
		return false, err
	}
	truth, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("gives %T, not true or false", value)
	}
	return truth, nil
}
