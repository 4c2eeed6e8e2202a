package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonRows calls do with each object of a JSON file, which is one array and nothing
// behind it.
func (c *Config) jsonRows(f *opened, columns []column, do func(*row) error) error {
	dec := json.NewDecoder(withoutMark(f))
	dec.UseNumber()
	if err := expect(dec, json.Delim('[')); err != nil {
		return notJSON(f.path, err)
	}
	r, seen := newRow(columns, "object"), map[string]bool{}
	for dec.More() {
		r.line++
		clear(r.values)
		clear(r.stated)
		clear(r.lists)
		clear(seen)
		if err := object(dec, columns, r, seen); err != nil {
			return notJSON(f.path, r.at(err))
		}
		for i, want := range columns {
			if !r.stated[i] && want.required != "" {
				return rejected(f.path, r.at(fmt.Errorf("has no %q", want.name)), want.required)
			}
		}
		if err := do(r); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
	}
	if err := expect(dec, json.Delim(']')); err != nil {
		return notJSON(f.path, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return notJSON(f.path, errors.New("something stands behind the array"))
	}
	return nil
}

// object decodes one object: the columns that are asked for. A name that stands in
// it twice is an error: nobody knows which one is meant. seen has the names so far.
func object(dec *json.Decoder, columns []column, r *row, seen map[string]bool) error {
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // inside an object every other token is a name
		if seen[name] {
			return twice(name)
		}
		seen[name] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		for i, want := range columns {
			if want.name == name {
				if err := r.take(i, want, raw); err != nil {
					return fmt.Errorf("%s %w", name, err)
				}
			}
		}
	}
	return expect(dec, json.Delim('}'))
}

// take decodes a value. null states nothing, unless the column says otherwise.
func (r *row) take(i int, c column, raw json.RawMessage) error {
	if c.list {
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return errors.New("is not an array")
		}
		list := []string{}
		for _, item := range items {
			text, stated, err := scalar(item)
			if err != nil || !stated {
				return errors.New("holds something that is no text")
			}
			list = append(list, text)
		}
		r.lists[i], r.stated[i] = list, true
		return nil
	}
	text, stated, err := scalar(raw)
	if err == nil && (stated || c.null) {
		r.set(i, text)
	}
	return err
}

// scalar returns a text, number or boolean as text; null is not stated.
func scalar(raw json.RawMessage) (text string, stated bool, err error) {
	switch raw[0] {
	case 'n':
		return "", false, nil
	case '"':
		err = json.Unmarshal(raw, &text)
		return text, true, err
	case '{', '[':
		return "", false, errors.New("is no text")
	}
	return string(raw), true, nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("where %q should stand is something else", want.String())
	}
	return nil
}

// notJSON explains an error of the decoder, without what stands in the file.
func notJSON(path string, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends in the middle")
	case errors.As(err, &syntax):
		err = fmt.Errorf("it is not JSON at byte %d", syntax.Offset)
	}
	return corrupt(path, err, "It must be one array of objects; run the export again.")
}

// twice names what stands in an object twice, unless that is an address: an object
// may be keyed by people.
func twice(name string) error {
	if strings.Contains(name, "@") {
		return errors.New("a name stands in it twice")
	}
	return fmt.Errorf("%q stands in it twice", visible(name))
}

// visible shortens a name of the file for a message.
func visible(s string) string { return s[:min(len(s), 64)] }
