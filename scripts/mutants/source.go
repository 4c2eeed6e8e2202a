package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A source is a package that compiles, and the bytes of its files.
type source struct {
	*packages.Package
	bytes map[string][]byte // by the absolute path of the file
}

// load returns the packages that the patterns name, without their tests.
func load(ctx context.Context, root string, patterns []string) ([]*source, error) {
	config := &packages.Config{
		Context: ctx,
		Dir:     root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedModule |
			packages.NeedTypes | packages.NeedTypesSizes | packages.NeedTypesInfo | packages.NeedSyntax,
	}
	found, err := packages.Load(config, patterns...)
	if err != nil {
		return nil, err
	}
	var sources []*source
	for _, p := range found {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("package %s does not compile: %w", p.PkgPath, p.Errors[0])
		}
		s := &source{Package: p, bytes: map[string][]byte{}}
		for _, name := range p.CompiledGoFiles {
			if s.bytes[name], err = os.ReadFile(name); err != nil {
				return nil, err
			}
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// Import lets types be checked without reading the imports again: it returns those
// that the package was loaded with.
func (s *source) Import(path string) (*types.Package, error) {
	for _, p := range s.Types.Imports() {
		if p.Path() == path {
			return p, nil
		}
	}
	return nil, fmt.Errorf("package %s is not imported by %s", path, s.PkgPath)
}

// settle returns the mutant in a form that compiles. A mutant that drops the only
// use of a variable gets a blank assignment in its place. It reports whether there
// is such a form.
func (s *source) settle(m mutant) (mutant, bool) {
	faults := s.check(m)
	if len(faults) == 0 {
		return m, true
	}
	var unused []string
	for _, fault := range faults {
		name, ok := strings.CutPrefix(fault, "declared and not used: ")
		if !ok || !m.dropped {
			return m, false
		}
		unused = append(unused, name)
	}
	blanks := slices.Repeat([]string{"_"}, len(unused))
	m.with = strings.Join(blanks, ", ") + " = " + strings.Join(unused, ", ")
	return m, len(s.check(m)) == 0
}

// check returns what the compiler would say of the mutant.
func (s *source) check(m mutant) []string {
	changed, err := parser.ParseFile(s.Fset, m.file, m.apply(), parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	files := slices.Clone(s.Syntax)
	i := slices.IndexFunc(files, func(f *ast.File) bool { return s.Fset.File(f.Pos()).Name() == m.file })
	files[i] = changed
	var faults []string
	config := types.Config{
		Importer: s,
		Sizes:    s.TypesSizes,
		Error: func(err error) {
			if e, ok := err.(types.Error); ok { //nolint:errorlint // go/types passes this type itself
				faults = append(faults, e.Msg)
			}
		},
	}
	if s.Module != nil && s.Module.GoVersion != "" {
		config.GoVersion = "go" + s.Module.GoVersion
	}
	if _, err := config.Check(s.PkgPath, s.Fset, files, nil); err != nil && len(faults) == 0 {
		faults = append(faults, err.Error())
	}
	return faults
}
