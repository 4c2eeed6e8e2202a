package okta

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"writersync/connectors"
	"writersync/connectors/transport"
)

// watcher hears of changes: it looks at the System Log, and the event hook rings it.
type watcher struct {
	c    *Connector
	hook *hook // nil: none is configured
}

func newWatcher(c *Connector) *watcher {
	w := &watcher{c: c}
	if c.config.Events.HookSecret.IsSet() {
		w.hook = &hook{c: c, heard: map[string]struct{}{}}
	}
	return w
}

var (
	_ connectors.Receiver = watching{}
	_ connectors.Receiver = watchingImporter{}
	_ connectors.Watcher  = (*watcher)(nil)
	_ connectors.Watcher  = watching{}
	_ connectors.Watcher  = watchingImporter{}
)

// A bell is rung by the event hook for whoever watches.
type bell struct {
	mu   sync.Mutex
	ring map[*func()]struct{}
}

func (b *bell) hang(changed func()) (takeDown func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ring == nil {
		b.ring = map[*func()]struct{}{}
	}
	b.ring[&changed] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.ring, &changed)
	}
}

func (b *bell) toll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for changed := range b.ring {
		(*changed)()
	}
}

// interesting are the events after which a reading may state something else.
func interesting() []string {
	return []string{
		"group.lifecycle.create", "group.lifecycle.delete", "group.profile.update",
		"group.user_membership.add", "group.user_membership.remove",
		"user.account.update_primary_email", "user.account.update_profile",
		"user.lifecycle.activate", "user.lifecycle.create", "user.lifecycle.deactivate",
		"user.lifecycle.delete.completed", "user.lifecycle.delete.initiated",
		"user.lifecycle.reactivate", "user.lifecycle.suspend", "user.lifecycle.unsuspend",
	}
}

// Watch looks at the System Log every events.poll: one request each time that nothing
// happened, two and more otherwise. Where it is off, it waits for the event hook alone.
func (w *watcher) Watch(ctx context.Context, changed func()) error {
	defer w.c.bell.hang(changed)()
	every := w.c.config.Events.Poll
	if every == 0 {
		changed()
		<-ctx.Done()
		return ctx.Err()
	}
	_, now, err := w.c.organization(ctx)
	if err != nil {
		return ended(ctx, err)
	}
	if now.IsZero() {
		return ended(ctx, corrupt("read the System Log", errors.New("the server does not tell its time"), ""))
	}
	changed()
	next := logQuery(now.UTC().Format(stamp), interesting())
	for {
		happened := 0
		if next, err = w.c.events(ctx, next, func(oktaEvent) error { happened++; return nil }); err != nil {
			return ended(ctx, err)
		}
		if happened > 0 {
			w.c.log.DebugContext(ctx, "the system log has news", "events", happened)
			changed()
		}
		if err = transport.Sleep(ctx, every); err != nil {
			return err
		}
	}
}

// ended returns the error of a context that is over, and any other as it is.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("watch the System Log: %w", ctx.Err())
	}
	return err
}
