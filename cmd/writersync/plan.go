package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"writersync/syncer"
	"writersync/syncer/plan"
)

// planFile is what `plan --out` writes and `apply FILE` reads.
type planFile struct {
	Version int       `json:"version"`
	Hash    plan.Hash `json:"hash"`
	Plan    plan.Plan `json:"plan"`
}

const planFileVersion = 1

func (a *app) planVerb() *cobra.Command {
	var out string
	var verify bool
	c := &cobra.Command{
		Use: "plan", Short: "Read the directory and show what a pass would do; change nothing in Writer",
		RunE: func(c *cobra.Command, _ []string) error {
			file := output{path: out, what: "plan", isOne: isPlanFile}
			if out != "" {
				if err := file.free(); err != nil {
					return err // before anything is read
				}
			}
			return a.withEngine(c.Context(), func(e reached) error {
				outcome, err := e.Pass(c.Context(), syncer.Request{Trigger: syncer.TriggerPlan, DryRun: true, Verify: verify})
				if err != nil {
					return err
				}
				if out != "" {
					if err := file.save(func(w io.Writer) error { return writePlanFile(w, outcome.Plan) }); err != nil {
						return err
					}
				}
				a.code = codeOf(outcome.Run)
				return a.show(outcome, func(w io.Writer) {
					writePlan(w, shown(outcome), longList)
					writeReadings(w, outcome.Run)
					switch {
					case out != "" && len(outcome.Plan.Ops) == 0:
						fmt.Fprintf(w, "Saved to %s. There is nothing in it to apply.\n", out)
					case out != "":
						fmt.Fprintf(w, "Saved to %s. Apply exactly this with: writersync apply %s\n", out, out)
					}
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "save the plan to this `FILE`, for review and for apply")
	c.Flags().BoolVar(&verify, "verify", false, "read Writer in full first, to see what was changed there")
	return c
}

// writeReadings says which sources could not be read.
func writeReadings(w io.Writer, r syncer.Run) {
	for _, s := range r.Sources {
		if s.Error != "" {
			fmt.Fprintf(w, "Source %s was not read: %s\n", s.Name, printable(s.Error))
		}
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "Note: %s.\n", printable(warning.Text))
	}
}

func writePlanFile(w io.Writer, p plan.Plan) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(planFile{Version: planFileVersion, Hash: p.Hash(), Plan: p})
}

// isPlanFile reports whether a file was written by writePlanFile, of any version.
func isPlanFile(content []byte) bool {
	var f struct {
		Version int             `json:"version"`
		Hash    plan.Hash       `json:"hash"`
		Plan    json.RawMessage `json:"plan"`
	}
	err := json.Unmarshal(content, &f)
	return err == nil && f.Version > 0 && f.Hash != "" && len(f.Plan) > 0
}

func readPlanFile(path string) (planFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return planFile{}, usageError{fmt.Errorf("read plan: %w", err)}
	}
	var f planFile
	if err := json.Unmarshal(data, &f); err != nil || f.Version != planFileVersion {
		return planFile{}, usageError{fmt.Errorf("%s is no plan of this version: make one with `writersync plan --out %s`", path, path)}
	}
	if f.Hash != f.Plan.Hash() {
		return planFile{}, usageError{fmt.Errorf("%s was edited since it was saved: its ops do not have the hash it names", path)}
	}
	return f, nil
}
