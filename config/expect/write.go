package expect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Write writes the fixture as YAML, a person or a group a line, so that people can
// edit it and versions can be compared. Every value is quoted as in JSON.
func (f Fixture) Write(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("sources:\n")
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		s := f.Sources[name]
		fmt.Fprintf(&b, "  %q:\n    people:\n", name)
		if err := writeLines(&b, s.People); err != nil {
			return err
		}
		if len(s.Groups) == 0 {
			continue
		}
		b.WriteString("    groups:\n")
		if err := writeLines(&b, s.Groups); err != nil {
			return err
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write fixture: %w", err)
	}
	return nil
}

func writeLines[T any](b *bytes.Buffer, all []T) error {
	for _, one := range all {
		b.WriteString("      - ")
		enc := json.NewEncoder(b) // ends with a line break
		enc.SetEscapeHTML(false)
		if err := enc.Encode(one); err != nil {
			return fmt.Errorf("write fixture: %w", err)
		}
	}
	return nil
}
