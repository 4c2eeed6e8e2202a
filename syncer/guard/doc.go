// Package guard holds back. Each rail looks at a plan and at the evidence, and
// names the ops that must not be done now, with the reason and the way out.
//
// It is pure, as package plan is, and must not know how evidence was gathered.
//
// Its one invariant: a rail can only move ops from the plan to held; none adds,
// edits or reorders one.
package guard
