package expr

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"writersync/connectors"
)

// ErrNotStated is what an expression returns that asks for something which the
// source does not state of the person.
var ErrNotStated = errors.New("the directory does not state it")

// ErrUnusable is what an expression returns that looks at something of which the source has
// a value that cannot be used.
var ErrUnusable = errors.New("the value in the directory cannot be used")

// userType is the type of the variable user.
var userType = types.NewObjectType("user") //nolint:gochecknoglobals // a constant of the library

// person is a connectors.User as a value of the language.
type person struct {
	source string
	connectors.User
}

// ConvertToNative implements ref.Val.
func (p person) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("user stands for nothing but itself: name one of its fields")
}

// ConvertToType implements ref.Val.
func (p person) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("user is of a type of its own: name one of its fields")
}

// Equal implements ref.Val.
func (p person) Equal(other ref.Val) ref.Val {
	o, ok := other.(person)
	return types.Bool(ok && p.source == o.source && p.ID == o.ID)
}

// Type implements ref.Val.
func (p person) Type() ref.Type { return userType }

// Value implements ref.Val.
func (p person) Value() any { return p }

// A field is one field of user.
type field struct {
	kind *types.Type
	get  func(person) (any, bool)
}

// fields are those of user: what every source states of a person, and the
// attributes.
func fields() map[string]field {
	text := func(get func(person) string) field {
		return field{types.StringType, func(p person) (any, bool) { return get(p), get(p) != "" }}
	}
	out := map[string]field{
		"id":        text(func(p person) string { return p.ID }),
		"source":    text(func(p person) string { return p.source }),
		"email":     text(func(p person) string { return connectors.CanonicalEmail(p.Email) }),
		"container": text(func(p person) string { return p.Container }),
		"extra":     {types.NewMapType(types.StringType, types.StringType), func(p person) (any, bool) { return extra(p), true }},
	}
	for _, word := range connectors.AttributeWords() {
		attribute, _ := connectors.AttributeNamed(word)
		out[word] = field{types.StringType, func(p person) (any, bool) {
			value, stated := p.Attributes[attribute]
			return value, stated
		}}
	}
	return out
}

func extra(p person) map[string]string {
	out := map[string]string{}
	for attribute, value := range p.Attributes {
		if name, ok := attribute.IsExtra(); ok {
			out[name] = value
		}
	}
	return out
}

// provider tells the language of the type of user; all else it leaves to the
// library's.
type provider struct {
	*types.Registry
	fields map[string]field
}

// FindStructType implements types.Provider.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == userType.TypeName() {
		return types.NewTypeTypeWithParam(userType), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if name == userType.TypeName() {
		return slices.Sorted(maps.Keys(p.fields)), true
	}
	return p.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	if name != userType.TypeName() {
		return p.Registry.FindStructFieldType(name, fieldName)
	}
	f, ok := p.fields[fieldName]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:  f.kind,
		IsSet: func(of any) bool { _, set := f.of(of); return set },
		GetFrom: func(of any) (any, error) {
			value, stated := f.of(of)
			if !stated {
				return nil, fmt.Errorf("user.%s: %w", fieldName, ErrNotStated)
			}
			return value, nil
		},
	}, true
}

func (f field) of(v any) (any, bool) {
	p, ok := v.(person)
	if !ok {
		return nil, false
	}
	return f.get(p)
}
