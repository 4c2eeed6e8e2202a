package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"writersync/config"
	"writersync/config/expect"
	"writersync/config/expr"
	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/plan"
)

// expectationsName is the file of expectations beside a configuration.
const expectationsName = "writersync.test.yml"

func (a *app) testVerb() *cobra.Command {
	var fixture, save string
	c := &cobra.Command{
		Use: "test [FILE]", Short: "Hold the configuration against what a file expects of it (" + expectationsName + " beside it); read and send nothing",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if save != "" {
				if fixture != "" || len(args) > 0 {
					return usageError{errors.New("--save-fixture writes the snapshot down and tests nothing: give it alone")}
				}
				return a.saveFixture(c.Context(), cfg, save)
			}
			return a.test(c.Context(), cfg, append(args, filepath.Join(filepath.Dir(a.config), expectationsName))[0], fixture)
		},
	}
	c.Flags().StringVar(&fixture, "fixture", "", "test against the directory written down in this file, not against the snapshot")
	c.Flags().StringVar(&save, "save-fixture", "", "test nothing; write the snapshot down in this file, e-mails included, as a fixture")
	return c
}

// test judges every expectation of a file.
func (a *app) test(ctx context.Context, cfg *config.Config, path, fixture string) error {
	data, err := readUsage(path, "there are no expectations at %s: write some (see docs/testing-configurations.md), or name their file")
	if err != nil {
		return err
	}
	file, err := expect.Parse(path, data)
	if err != nil {
		return usageError{err}
	}
	in, err := a.directory(ctx, cfg, fixture)
	if err != nil {
		return err
	}
	return a.showFindings(path, expect.Judge(file, in))
}

// directory returns the people and groups that are tested, under the configuration.
func (a *app) directory(ctx context.Context, cfg *config.Config, fixture string) (plan.Input, error) {
	policy, profile, err := policyOf(cfg)
	if err != nil {
		return plan.Input{}, err
	}
	if fixture == "" {
		s, err := a.lastRead(ctx)
		if err == nil && !s.ReadUnder(cfg.Identity()) {
			a.warnOfLack(s, looksAt(policy, profile))
		}
		return s.Input(policy), err
	}
	data, err := readUsage(fixture, "there is no fixture at %s: write one, or let --save-fixture write the snapshot down")
	if err != nil {
		return plan.Input{}, err
	}
	var names []string
	for _, s := range cfg.Sources {
		names = append(names, s.Name)
	}
	f, err := expect.ParseFixture(fixture, data, names)
	if err != nil {
		return plan.Input{}, usageError{err}
	}
	return f.Input(policy), nil
}

// lastRead returns what the sources stated last; it is an error if none was read yet.
func (a *app) lastRead(ctx context.Context) (syncer.Snapshot, error) {
	s, err := a.snapshot(ctx)
	if err == nil && len(s.Sources) == 0 {
		err = errors.New("no source was read whole yet: run `writersync plan` first")
	}
	return s, err
}

// snapshot returns what the state holds, from the daemon or by opening it.
func (a *app) snapshot(ctx context.Context) (s syncer.Snapshot, err error) {
	err = a.withEngine(ctx, func(e reached) error {
		s, err = e.Snapshot(ctx)
		return err
	})
	return s, err
}

// readUsage reads a file that the command line names.
func readUsage(path, missing string) ([]byte, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, usageError{fmt.Errorf(missing, path)}
	case err != nil:
		return nil, usageError{err}
	}
	return data, nil
}

// looksAt returns whether an attribute decides who is who, or who is wanted: an
// expression looks at it, or people are joined by it.
func looksAt(policy plan.Policy, profile *expr.Profile) func(connectors.Attribute) bool {
	lean := *profile
	lean.Attributes = map[connectors.Attribute]*expr.Expression{}
	for a, e := range profile.Attributes {
		if e != nil {
			lean.Attributes[connectors.Extra("of "+a.Word())] = e
		}
	}
	return keeps(policy, &lean)
}

// warnOfLack says what the configuration looks at and the snapshot, which was read
// under another one, has of nobody.
func (a *app) warnOfLack(s syncer.Snapshot, looks func(connectors.Attribute) bool) {
	var lacks []string
	for _, word := range connectors.AttributeWords() {
		attribute, _ := connectors.AttributeNamed(word)
		stated := func(p plan.Person) bool { return p.User != nil && p.User.Attributes[attribute] != "" }
		if looks(attribute) && !slices.ContainsFunc(s.People, stated) {
			lacks = append(lacks, word)
		}
	}
	if len(lacks) > 0 {
		fmt.Fprintf(a.err, "Note: the snapshot was read under another configuration and has no %s of anybody, which this one looks at. "+
			"Run `writersync plan` with it first, or test against a fixture.\n", strings.Join(lacks, ", no "))
	}
}

// saveFixture writes the snapshot down.
func (a *app) saveFixture(ctx context.Context, cfg *config.Config, path string) error {
	policy, profile, err := policyOf(cfg)
	if err != nil {
		return err
	}
	s, err := a.lastRead(ctx)
	if err != nil {
		return err
	}
	file := output{path: path, what: "fixture"}
	if err := file.save(expect.FixtureOf(s.Input(policy), looksAt(policy, profile)).Write); err != nil {
		return err
	}
	return a.show(map[string]any{"fixture": path, "people": len(s.People), "groups": len(s.Groups)}, func(w io.Writer) {
		fmt.Fprintf(w, "Wrote %s and %s to %s. It holds their e-mails: keep it where they may be.\n",
			people(len(s.People)), counted(len(s.Groups), "group"), path)
	})
}

// tested is the outcome of a test, for machines.
type tested struct {
	Holds        int              `json:"holds"`
	Fails        int              `json:"fails"`
	Expectations []expect.Finding `json:"expectations"`
}

// showFindings prints what does not hold, and how much does.
func (a *app) showFindings(path string, findings []expect.Finding) error {
	out := tested{Expectations: findings}
	for _, f := range findings {
		if f.Holds {
			out.Holds++
		} else {
			out.Fails++
		}
	}
	if out.Fails > 0 {
		a.code = exitFailed
	}
	return a.show(out, func(w io.Writer) {
		for _, f := range findings {
			if f.Holds {
				continue
			}
			line := fmt.Sprintf("FAIL  %s:%d: %s: %s", path, f.Line, f.Expectation, f.Found)
			if f.Because != "" {
				line += " (expected because " + strings.TrimSpace(f.Because) + ")"
			}
			fmt.Fprintln(w, printable(line))
		}
		fmt.Fprintln(w, summary(out.Holds, out.Fails))
	})
}

// summary says "12 expectations hold, 1 does not".
func summary(holds, fails int) string {
	text := counted(holds, "expectation") + " hold"
	if holds == 1 {
		text += "s"
	}
	switch fails {
	case 0:
		return text + "."
	case 1:
		return text + ", 1 does not."
	}
	return fmt.Sprintf("%s, %d do not.", text, fails)
}
