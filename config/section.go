package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"writersync/connectors"
)

// structure decodes a map whose keys are the fields of a struct.
func (d *decoder) structure(path string, n ast.Node, dst reflect.Value) {
	if pairs, ok := d.pairs(path, n); ok {
		d.fields(path, pairs, dst)
	}
}

// A pair is one key of a map with its value.
type pair struct {
	key   string
	path  string
	mark  mark // of the key
	value ast.Node
}

// pairs returns what a map holds, without the keys that stand in it twice.
func (d *decoder) pairs(path string, n ast.Node) ([]pair, bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		d.wrong(path, n, "a map", `write "key: value" on lines of their own, indented further than the name before them`)
		return nil, false
	}
	var out []pair
	seen := map[string]int{}
	for it := m.MapRange(); it.Next(); {
		p := pair{mark: markOf(it.Key()), value: it.Value()}
		key, isText := textOf(it.Key())
		p.key, p.mark.key, p.path = key, true, join(path, key)
		switch line, twice := seen[key]; {
		case !isText:
			d.fault(p.mark, path, "has a key that is not text", "put the key in quotes")
			continue
		case twice:
			d.fault(p.mark, p.path, fmt.Sprintf("stands here twice, first on line %d", line), "keep one of them")
			continue
		}
		seen[key] = p.mark.line
		out = append(out, p)
	}
	return out, true
}

// plainKey is a key that a path shows as it is.
var plainKey = regexp.MustCompile(`^[\w-]{1,64}$`)

// join appends a key to a path.
func join(path, key string) string {
	if !plainKey.MatchString(key) {
		key = strconv.Quote(visible(key))
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// fields decodes pairs into the fields of dst. Keys in besides are known but
// decoded elsewhere.
func (d *decoder) fields(path string, pairs []pair, dst reflect.Value, besides ...string) {
	fields := map[string][]int{}
	fieldsOf(dst.Type(), nil, fields)
	known := append(slices.Sorted(maps.Keys(fields)), besides...)
	for _, p := range pairs {
		index, ok := fields[p.key]
		if !ok {
			d.unknown(path, p, known)
			continue
		}
		d.place(p)
		d.value(p.path, p.value, dst.FieldByIndex(index))
	}
}

// place remembers where the value of a pair stands. Maps, lists and missing
// values are pointed at by their keys.
func (d *decoder) place(p pair) {
	m := markOf(p.value)
	if m.text == "" || p.value.Type() == ast.NullType {
		m = p.mark
	}
	d.marks[p.path] = m
}

// fieldsOf finds the fields of a struct by their key in the file. Fields of an
// inlined struct count as its own; a field without a yaml tag is not configured.
func fieldsOf(t reflect.Type, index []int, out map[string][]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		at := append(slices.Clone(index), i)
		switch {
		case options == "inline":
			fieldsOf(f.Type, at, out)
		case name != "" && name != "-":
			out[name] = at
		}
	}
}

// unknown notes a key that nothing reads.
func (d *decoder) unknown(path string, p pair, known []string) {
	if msg, fix := d.kind.refusal(path, p.key); msg != "" {
		d.fault(p.mark, p.path, msg, fix)
		return
	}
	for _, by := range []string{"file", "env", "command"} {
		if stem, ok := strings.CutSuffix(p.key, "_"+by); ok && slices.Contains(known, stem) {
			d.fault(p.mark, p.path, "is not a known key", fmt.Sprintf("write %s: {%s: …}", stem, by))
			d.meant = append(d.meant, join(path, stem))
			return
		}
	}
	if near := nearest(p.key, known); near != "" {
		d.fault(p.mark, p.path, "is not a known key", fmt.Sprintf("did you mean %s?", near))
		d.meant = append(d.meant, join(path, near))
		return
	}
	slices.Sort(known)
	d.fault(p.mark, p.path, "is not a known key", "known here: "+strings.Join(known, ", "))
}

// table decodes a map with keys of any name.
func (d *decoder) table(path string, n ast.Node, dst reflect.Value) {
	pairs, ok := d.pairs(path, n)
	if !ok {
		return
	}
	out := reflect.MakeMapWithSize(dst.Type(), len(pairs))
	for _, p := range pairs {
		d.place(p)
		v := reflect.New(dst.Type().Elem()).Elem()
		d.value(p.path, p.value, v)
		out.SetMapIndex(reflect.ValueOf(p.key).Convert(dst.Type().Key()), v)
	}
	dst.Set(out)
}

// source decodes one source: its name and type, and the rest into the type's own
// configuration.
func (d *decoder) source(path string, n ast.Node, to *Source) {
	pairs, ok := d.pairs(path, n)
	if !ok {
		return
	}
	var rest []pair
	to.Watch = true
	for _, p := range pairs {
		switch p.key {
		case "name":
			d.place(p)
			d.value(p.path, p.value, reflect.ValueOf(&to.Name).Elem())
		case "type":
			d.place(p)
			d.value(p.path, p.value, reflect.ValueOf(&to.Type).Elem())
		case "deprovision":
			d.place(p)
			d.value(p.path, p.value, reflect.ValueOf(&to.Deprovision).Elem())
		case "watch":
			d.place(p)
			d.value(p.path, p.value, reflect.ValueOf(&to.Watch).Elem())
		default:
			rest = append(rest, p)
		}
	}
	if t, ok := d.sourceType(path, to.Type); ok {
		to.Config = t.New()
		d.fields(path, rest, reflect.ValueOf(to.Config).Elem(), "name", "type", "deprovision", "watch")
	}
}

func (d *decoder) sourceType(path, name string) (connectors.Type, bool) {
	var names []string
	for _, t := range d.registry.Types() {
		names = append(names, t.Name)
	}
	fix := "known types: " + strings.Join(names, ", ")
	at := path + ".type"
	if m, given := d.marks[at]; !given {
		d.fault(d.marks[path], at, "is required", fix)
	} else if t, ok := d.registry.Find(name); ok {
		return t, true
	} else if !d.covered(at) {
		if near := nearest(name, names); near != "" {
			fix = fmt.Sprintf("did you mean %s?", near)
		}
		d.fault(m, at, "names no known type of source", fix)
	}
	return connectors.Type{}, false
}
