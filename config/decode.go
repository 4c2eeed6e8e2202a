package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"writersync/connectors"
)

// A decoder fills a Config from a document and notes every fault on the way. The
// library's own decoder stops at the first one, and makes text of a number.
type decoder struct {
	*document
	registry *connectors.Registry
	faults   Faults
	marks    map[string]mark // where the value of each path that the file has stands
	meant    []string        // paths that a mistyped key most likely stands for
}

// maxFaults is how many faults are noted at each of the two steps, decoding and
// validating: more than anyone reads, and few enough for a file made to have many.
const maxFaults = 100

func (d *decoder) fault(m mark, path, msg, fix string) {
	if len(d.faults) == maxFaults {
		return
	}
	d.faults = append(d.faults, d.at(m, path, msg, fix))
}

// covered reports whether what can be said of path follows from a known fault.
func (d *decoder) covered(path string) bool {
	return d.faults.covers(path) || slices.ContainsFunc(d.meant, func(whole string) bool { return within(path, whole) })
}

// wrong notes that the value at path is not of the kind that is wanted.
func (d *decoder) wrong(path string, n ast.Node, want, fix string) {
	m := d.marks[path]
	if n.Type() != ast.NullType {
		d.fault(m, path, fmt.Sprintf("must be %s, is %s", want, kindOf(n)), fix)
		return
	}
	d.fault(m, path, "has no value", fmt.Sprintf("write %s, or remove the key", want))
}

// kindOf names what a value is, for people.
func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a map"
	case ast.SequenceType:
		return "a list"
	case ast.BoolType:
		return "true or false"
	case ast.FloatType:
		return "a number with a fraction"
	case ast.IntegerType:
		return "a number"
	case ast.InfinityType, ast.NanType:
		return "no finite number"
	}
	return "text"
}

// value decodes n into dst. Config types are made of the kinds below; anything
// else is a fault of the program that a test of the schema finds first.
func (d *decoder) value(path string, n ast.Node, dst reflect.Value) {
	switch to := dst.Addr().Interface().(type) {
	case *connectors.Secret:
		d.secret(path, n, to)
		return
	case *time.Duration:
		d.duration(path, n, to)
		return
	case *Source:
		d.source(path, n, to)
		return
	case encoding.TextUnmarshaler:
		d.text(path, n, to)
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		d.structure(path, n, dst)
	case reflect.Slice:
		d.list(path, n, dst)
	case reflect.Map:
		d.table(path, n, dst)
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		d.value(path, n, dst.Elem())
	default:
		d.scalar(path, n, dst)
	}
}

func (d *decoder) scalar(path string, n ast.Node, dst reflect.Value) {
	switch dst.Kind() {
	case reflect.String:
		if s, ok := textOf(n); ok {
			dst.SetString(s)
			return
		}
		fix := ""
		if n, ok := n.(ast.ScalarNode); ok {
			fix = fmt.Sprintf("put it in quotes: %q", visible(strings.TrimSpace(n.GetToken().Origin)))
		}
		d.wrong(path, n, "text", fix)
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			dst.SetBool(b.Value)
			return
		}
		d.wrong(path, n, "true or false", "")
	default:
		d.number(path, n, dst)
	}
}

func (d *decoder) number(path string, n ast.Node, dst reflect.Value) {
	switch {
	case dst.CanInt(), dst.CanUint():
		d.integer(path, n, dst)
	case dst.CanFloat():
		if f, ok := n.(*ast.FloatNode); ok {
			dst.SetFloat(f.Value)
			return
		}
		if i, ok := integerOf(n); ok {
			dst.SetFloat(float64(i))
			return
		}
		d.wrong(path, n, "a number", "write digits alone, without quotes or unit")
	default:
		d.fault(d.marks[path], path, fmt.Sprintf("is of the type %s, which cannot be configured", dst.Type()), "report this as a fault of the program")
	}
}

func (d *decoder) integer(path string, n ast.Node, dst reflect.Value) {
	i, ok := integerOf(n)
	switch {
	case n.Type() != ast.IntegerType:
		d.wrong(path, n, "a whole number", "write digits alone, without quotes, fraction or unit")
	case ok && dst.CanInt() && !dst.OverflowInt(i):
		dst.SetInt(i)
	case ok && dst.CanUint() && i >= 0 && !dst.OverflowUint(uint64(i)):
		dst.SetUint(uint64(i))
	default:
		d.fault(d.marks[path], path, "is out of the range that a number can have here", "")
	}
}

func integerOf(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch v := i.Value.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64 //nolint:gosec // the second result says whether it fits
	}
	return 0, false
}

func textOf(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

func (d *decoder) duration(path string, n ast.Node, to *time.Duration) {
	const fix = `write a number and a unit: "30s", "5m", "12h", "1d"`
	if i, ok := integerOf(n); ok && i == 0 {
		*to = 0
		return
	}
	s, ok := textOf(n)
	if !ok {
		d.wrong(path, n, "a duration", fix)
		return
	}
	v, err := parseDuration(s)
	if err != nil {
		d.fault(d.marks[path], path, "is not a duration", fix)
		return
	}
	*to = v
}

func (d *decoder) text(path string, n ast.Node, to encoding.TextUnmarshaler) {
	s, ok := textOf(n)
	if !ok {
		d.wrong(path, n, "text", "")
		return
	}
	if err := to.UnmarshalText([]byte(s)); err != nil {
		d.fault(d.marks[path], path, err.Error(), "")
	}
}

func (d *decoder) list(path string, n ast.Node, dst reflect.Value) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrong(path, n, "a list", `begin each item with "- ", or write [] for an empty list`)
		return
	}
	out := reflect.MakeSlice(dst.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		p := fmt.Sprintf("%s[%d]", path, i)
		d.marks[p] = markOf(item)
		d.value(p, item, out.Index(i))
	}
	dst.Set(out)
}
