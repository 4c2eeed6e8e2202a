package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"writersync/connectors"
)

// Schema returns the JSON schema (draft 2020-12) of the file, with the fields of
// every connector type in reg, for editors and for checks before a roll-out. What
// the schema accepts can still have a fault that only Parse finds.
func Schema(reg *connectors.Registry) ([]byte, error) {
	var s jsonschema.Schema
	base, err := embedded.ReadFile(schemaFile)
	if err == nil {
		err = json.Unmarshal(base, &s)
	}
	if err != nil {
		return nil, fmt.Errorf("read embedded schema: %w", err)
	}
	sources, ok := s.Properties.Get("sources")
	if !ok || sources.Items == nil {
		return nil, fmt.Errorf("embedded schema has no sources")
	}
	envelope := sources.Items
	sources.Items = &jsonschema.Schema{}
	for _, t := range reg.Types() {
		sources.Items.OneOf = append(sources.Items.OneOf, sourceSchema(envelope, t))
	}
	b, err := json.MarshalIndent(&s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(bytes.TrimSpace(b), '\n'), nil
}

// sourceSchema returns the schema of a source of type t: the connector's fields,
// and those of the envelope.
func sourceSchema(envelope *jsonschema.Schema, t connectors.Type) *jsonschema.Schema {
	s := newReflector().Reflect(t.New())
	s.Version, s.Title, s.Description = "", t.Name, t.Doc
	for p := envelope.Properties.Oldest(); p != nil; p = p.Next() {
		s.Properties.Set(p.Key, p.Value)
	}
	s.Properties.Set("type", &jsonschema.Schema{Const: t.Name})
	s.Required = append(s.Required, envelope.Required...)
	return s
}

// newReflector returns what turns types into schemas by the rules of the decoder.
func newReflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, RequiredFromJSONSchemaTags: true,
		FieldNameTag: "yaml", Mapper: mapped,
	}
}

// mapped returns the schema of a type that the decoder reads in its own way, or
// nil. Each call makes a new one: the reflector writes descriptions into them.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: durationPattern}, {Const: 0}}}
	case reflect.TypeFor[connectors.Secret]():
		return secretSchema()
	case reflect.TypeFor[Source]():
		return envelopeSchema()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

func secretSchema() *jsonschema.Schema {
	one, absolute := uint64(1), "^/"
	form := func(key string, value *jsonschema.Schema) *jsonschema.Schema {
		properties := jsonschema.NewProperties()
		properties.Set(key, value)
		return &jsonschema.Schema{
			Type: "object", Properties: properties, Required: []string{key}, AdditionalProperties: jsonschema.FalseSchema,
		}
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string", Pattern: `^(file:/|env:[A-Za-z_][A-Za-z0-9_]*$)`},
		form("file", &jsonschema.Schema{Type: "string", Pattern: absolute}),
		form("env", &jsonschema.Schema{Type: "string", Pattern: `^[A-Za-z_][A-Za-z0-9_]*$`}),
		form("command", &jsonschema.Schema{
			Type: "array", MinItems: &one, Items: &jsonschema.Schema{Type: "string"},
			PrefixItems: []*jsonschema.Schema{{Type: "string", Pattern: absolute}},
		}),
	}}
}

// envelopeSchema returns the schema of the fields that every source has.
func envelopeSchema() *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	properties.Set("name", &jsonschema.Schema{
		Type: "string", Pattern: sourceName.String(),
		Description: "A short name that never changes: it is part of what is remembered of every person.",
	})
	properties.Set("type", &jsonschema.Schema{Type: "string", Description: "The kind of directory."})
	properties.Set("deprovision", &jsonschema.Schema{
		Type: "string", Enum: []any{Deactivate, Delete, None},
		Description: "What becomes of the accounts of this source's people who left; unset: what holds for all.",
	})
	properties.Set("watch", &jsonschema.Schema{
		Type: "boolean", Default: true,
		Description: "Follow the source's changes as they come, where it can tell; false: read it on schedule alone.",
	})
	return &jsonschema.Schema{Type: "object", Properties: properties, Required: []string{"name", "type"}}
}
