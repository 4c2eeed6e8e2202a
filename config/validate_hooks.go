package config

import (
	"fmt"
	"slices"
	"strings"
)

// hooked is a source's configuration whose directory can say over HTTP that something
// changed: at which of its keys that is switched on, and whether it is.
type hooked interface{ Hooked() (key string, on bool) }

// hooks refuses halves of a way for directories to speak: nobody would hear what they
// say, and nothing would tell.
func (v *validator) hooks() {
	heard := 0
	var can []string // types that have such a way
	for i, s := range v.config.Sources {
		h, ok := s.Config.(hooked)
		if !ok {
			continue
		}
		key, on := h.Hooked()
		path := fmt.Sprintf("sources[%d].%s", i, key)
		switch {
		case !on:
		case !s.Watch:
			v.add(path, "has no effect on a source that is not watched", "remove watch: false, or this key")
		case v.config.Listen.Hooks == "":
			v.add(path, "has no effect, because the daemon listens nowhere for hooks", "write listen: {hooks: 127.0.0.1:9465}, behind a proxy that speaks TLS, or remove this key")
		}
		if on {
			heard++
		}
	}
	misread := slices.ContainsFunc(v.faults, func(f Fault) bool { return within(f.Path, "sources") })
	if v.config.Listen.Hooks == "" || heard > 0 || misread { // what could not be read of a source may switch them on
		return
	}
	for _, t := range v.registry.Types() {
		if h, ok := t.New().(hooked); ok {
			key, _ := h.Hooked()
			can = append(can, t.Name+" ("+key+")")
		}
	}
	v.add("listen.hooks", "has no effect, because no source takes hooks", "remove the key, or switch hooks on in a source of a type that has them: "+strings.Join(can, ", "))
}
