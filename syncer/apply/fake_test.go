package apply_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/syncer/apply"
	"writersync/syncer/apply/applytest"
	"writersync/syncer/plan"
)

func ref(id string) connectors.Ref { return connectors.Ref{Source: "corp", ID: id} }

func mail(id string) string { return id + "@example.com" }

func creates(id string) plan.Op {
	return plan.Op{
		Kind: plan.CreateUser, Person: ref(id), Reason: plan.Reason{Basis: plan.Shown},
		Changes: []plan.Change{{Attribute: connectors.DisplayName, New: strings.ToUpper(id)}, {Attribute: plan.UserName, New: mail(id)}},
	}
}

func on(kind plan.Kind, id string, account plan.RemoteID, changes ...plan.Change) plan.Op {
	return plan.Op{Kind: kind, Person: ref(id), Account: account, Changes: changes, Reason: plan.Reason{Basis: plan.Shown}}
}

func renames(id string, account plan.RemoteID, to string) plan.Op {
	return on(plan.UpdateUser, id, account, plan.Change{Attribute: plan.UserName, New: to})
}

func member(kind plan.Kind, id string, account plan.RemoteID) plan.Op {
	return plan.Op{Kind: kind, Person: ref(id), Account: account, Team: "team-Sales", TeamName: "Sales", Reason: plan.Reason{Basis: plan.Shown}}
}

// A journal is a Journal in memory that remembers in which order things happened,
// and can break.
type journal struct {
	mu      sync.Mutex
	next    uint64
	steps   int // that wrote something
	open    []apply.Intent
	settled map[string]apply.Outcome // by kind and person
	events  *[]string
	broken  error                     // of steps that open something
	full    error                     // of steps that close something
	refuses string                    // kind and person of an outcome that no step takes
	during  func(open []apply.Intent) // is called in each step, with what was open before it
}

func (j *journal) note(what string, op plan.Op) {
	*j.events = append(*j.events, fmt.Sprintf("%s %s %s", what, op.Kind, op.Person.ID))
}

func name(op plan.Op) string { return string(op.Kind) + " " + op.Person.ID }

// Advance checks all before it does any.
func (j *journal) Advance(ctx context.Context, settled []apply.Settled, next [][]plan.Op) ([]apply.Intent, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(next) > 0 && (j.broken != nil || ctx.Err() != nil) {
		return nil, errors.Join(j.broken, ctx.Err())
	}
	if len(settled)+len(next) == 0 {
		return nil, nil
	}
	for _, s := range settled {
		open := slices.ContainsFunc(j.open, func(o apply.Intent) bool { return o.ID == s.ID })
		switch {
		case j.full != nil:
			return nil, j.full
		case s.ID != 0 && !open || s.ID == 0 && !s.Ops[0].LedgerOnly():
			return nil, fmt.Errorf("intent %d is not open", s.ID)
		case len(s.Outcomes) != len(s.Ops):
			return nil, fmt.Errorf("%d outcomes of %d ops", len(s.Outcomes), len(s.Ops))
		case name(s.Ops[0]) == j.refuses:
			return nil, errors.New("this one cannot be taken")
		}
	}
	if j.during != nil {
		j.during(slices.Clone(j.open))
	}
	j.steps++
	for _, s := range settled {
		j.open = slices.DeleteFunc(j.open, func(o apply.Intent) bool { return o.ID == s.ID })
		for i, op := range s.Ops {
			j.settled[name(op)] = s.Outcomes[i]
			j.note(string(s.Outcomes[i].Result), op)
		}
	}
	var opened []apply.Intent
	for _, ops := range next {
		j.next++
		opened = append(opened, apply.Intent{ID: j.next, Ops: slices.Clone(ops)})
		for _, op := range ops {
			j.note("intend", op)
		}
	}
	j.open = append(j.open, opened...)
	return opened, nil
}

// left leaves an intent open, as a process does that is killed.
func (b *bench) left(ops ...plan.Op) {
	b.t.Helper()
	if _, err := b.journal.Advance(b.t.Context(), nil, [][]plan.Op{ops}); err != nil {
		b.t.Fatal(err)
	}
}

func (j *journal) Unsettled(context.Context) ([]apply.Intent, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.open), nil
}

// A bench is an applier between a journal and a Writer in memory.
type bench struct {
	t       *testing.T
	writer  *applytest.Writer
	journal *journal
	events  []string
	stop    func(context.Context) error
	clock   func() time.Time
	most    int // requests at a time; 0: one
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, writer: applytest.New("Sales", "Legal"), clock: time.Now}
	b.journal = &journal{settled: map[string]apply.Outcome{}, events: &b.events}
	b.writer.Before = func(e applytest.Entry) error {
		b.journal.mu.Lock()
		defer b.journal.mu.Unlock()
		b.events = append(b.events, "send "+e.Verb)
		return nil
	}
	return b
}

func (b *bench) applier() *apply.Applier {
	return apply.New(apply.Options{
		Target: b.writer, Reader: b.writer, Journal: b.journal, Concurrency: b.most, Now: b.clock,
		Stop: func(ctx context.Context) error {
			if b.stop == nil {
				return nil
			}
			return b.stop(ctx)
		},
	})
}

// run applies ops, as a new process would.
func (b *bench) run(ops ...plan.Op) (apply.Report, error) {
	b.t.Helper()
	return b.applier().Run(b.t.Context(), plan.Plan{Ops: ops}, 0)
}

func (b *bench) mustRun(ops ...plan.Op) apply.Report {
	b.t.Helper()
	r, err := b.run(ops...)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) outcome(kind plan.Kind, id string) apply.Outcome {
	return b.journal.settled[string(kind)+" "+id]
}

func class(c connectors.Class) error {
	return &connectors.Error{Class: c, Op: "test", Err: errors.New(string(c))}
}
