package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// mutants returns every mutant of the package, by place. Generated files have none.
func (s *source) mutants() []mutant {
	var found []mutant
	for _, file := range s.Syntax {
		if ast.IsGenerated(file) {
			continue
		}
		f := &finder{source: s, file: s.Fset.File(file.Pos())}
		inspector.New([]*ast.File{file}).Root().Inspect(nil, f.visit)
		found = append(found, f.found...)
	}
	slices.SortFunc(found, mutant.compare)
	return slices.CompactFunc(found, mutant.equal)
}

// A finder collects the mutants of one file.
type finder struct {
	*source
	file  *token.File
	found []mutant
}

// visit adds the mutants of one node, and reports whether those inside it count.
func (f *finder) visit(c inspector.Cursor) bool {
	switch n := c.Node().(type) {
	case *ast.FuncDecl:
		return !isText(n)
	case *ast.CallExpr:
		return !f.speaks(n)
	case *ast.IfStmt:
		f.negate(n.Cond)
	case *ast.UnaryExpr:
		f.affirm(n)
	case *ast.BinaryExpr:
		f.operator(n)
		f.compared(n)
	case *ast.IncDecStmt:
		if _, isLoop := c.Parent().Node().(*ast.ForStmt); !isLoop {
			f.swap(n.TokPos, n.Tok)
		}
	case *ast.AssignStmt:
		if f.isNumber(n.Lhs[0]) {
			f.swap(n.TokPos, n.Tok)
		}
	case *ast.BasicLit:
		f.integer(c, n)
	case *ast.Ident:
		f.boolean(n)
	default:
		f.visitList(c)
	}
	return true
}

// visitList adds the mutants of a list of statements.
func (f *finder) visitList(c inspector.Cursor) {
	switch n := c.Node().(type) {
	case *ast.BlockStmt:
		_, inIf := c.Parent().Node().(*ast.IfStmt)
		f.statements(n.List, inIf)
	case *ast.CommClause:
		f.statements(n.Body, false)
	case *ast.CaseClause:
		f.statements(n.Body, false)
		f.empty(n)
		f.cases(c, n)
	}
}

// isText reports whether a function makes a text for people, which tests need not
// hold word by word.
func isText(n *ast.FuncDecl) bool {
	return n.Recv != nil && slices.Contains([]string{"String", "Error", "LogValue"}, n.Name.Name)
}

// speaks reports whether a call writes to the log or words an error.
func (f *finder) speaks(call *ast.CallExpr) bool {
	callee := typeutil.Callee(f.TypesInfo, call)
	if callee == nil || callee.Pkg() == nil {
		return false
	}
	switch callee.Pkg().Path() {
	case "log", "log/slog":
		return true
	case "fmt":
		return callee.Name() == "Errorf"
	case "errors":
		return callee.Name() == "New"
	}
	return false
}

// replace adds a mutant that has with in place of what lies between start and end.
func (f *finder) replace(start, end token.Pos, with string) {
	name := f.file.Name()
	f.found = append(f.found, mutant{
		file: name, source: f.bytes[name], start: f.file.Offset(start), end: f.file.Offset(end), with: with,
	})
}

// text returns the source of a node.
func (f *finder) text(n ast.Node) string {
	return string(f.bytes[f.file.Name()][f.file.Offset(n.Pos()):f.file.Offset(n.End())])
}

// drop adds a mutant without the statements from first to last.
func (f *finder) drop(first, last ast.Stmt) {
	f.replace(first.Pos(), last.End(), "")
	f.found[len(f.found)-1].dropped = true
}

func (f *finder) isNumber(n ast.Expr) bool { return f.has(n, types.IsNumeric) }

func (f *finder) isString(n ast.Expr) bool { return f.has(n, types.IsString) }

func (f *finder) has(n ast.Expr, info types.BasicInfo) bool {
	t := f.TypesInfo.TypeOf(n)
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&info != 0
}
