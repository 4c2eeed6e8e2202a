package state

import (
	"fmt"
	"time"

	"writersync/connectors"
	"writersync/syncer/store"
)

// The records of schema 2, as they lie in its files: by the names of their fields, with
// words for enums. They are not changed any more.
type (
	ref2        struct{ Source, ID string }
	size2       struct{ Users, Groups, Memberships int }
	join2       struct{ Person, First ref2 }
	change2     struct{ Attribute, Old, New string }
	warning2    struct{ Code, Text string }
	statedUser2 struct {
		_                               struct{} `cbor:",toarray"`
		Email, Status, Container, Fault string
		Attributes                      map[connectors.Attribute]string
	}
	linkRest2 struct {
		Origin       string
		Applied      map[connectors.Attribute]string
		RefusedEmail string
		OutOfScope   uint64
		OutOfScopeBy map[string]uint64
	}
	claim2 struct {
		Kind string
		Ref  ref2
	}
	reason2 struct {
		Basis, Text string
		Claims      []claim2
		By          []string
		Readings    int
	}
	op2 struct {
		Kind                string
		Person, Group, From ref2
		Account, Team       string
		Changes             []change2
		Reason              reason2
		After               ref2
		Makes               [16]byte
		Login, TeamName     string
	}
	intent2 struct {
		At  time.Time
		Ops []op2
	}
	held2 struct {
		Why, Text, Exit, WayOut string
		Ops                     []op2
	}
	heldPart2 struct {
		Goes bool
		Held held2
	}
	retry2 struct {
		Person ref2
		Retry  struct {
			Key                  string
			Attempts             int
			Last                 time.Time
			Class, Text, Account string
		}
	}
	approval2 struct {
		Hold, Why, By       string
		At, Expires         time.Time
		Ops, Left, Removals int
	}
	control2 struct {
		Paused   bool
		PausedBy string
		PausedAt time.Time
		Base     struct {
			Hash     string
			Approved time.Time
			Settled  bool
		}
		Verified time.Time
		Again    bool
		Writer   string
	}
	removal2 struct {
		At       time.Time
		Kind     string
		Person   ref2
		Team     string
		Approved bool
	}
	event2 struct {
		At            time.Time
		Person, From  ref2
		Kind          string
		Account, Team string
		Changed       []string
		Reason        string
		Result        string
		Text          string
	}
	imported2 struct {
		Kind       string
		Ref        ref2
		From, Name string
	}
	sourceRun2 struct {
		Name               string
		Complete, Followed bool
		Stated             int
		Error              string
		Took               time.Duration
		Size               size2
		Unresolved         int
		Generation         uint64
	}
	count2 struct {
		Kind                                 string
		Planned, Held, Done, Failed, Skipped int
	}
	failure2 struct {
		Op          op2
		Class, Text string
	}
	run2 struct {
		ID, Trigger    string
		DryRun         bool
		Started, Ended time.Time
		Result, Error  string
		Sources        []sourceRun2
		Counts         []count2
		Held           []held2
		Warnings       []warning2
		Failures       []failure2
		Requests       struct {
			Reads, Writes int
			Pace          float64
		}
		Verified bool
		Base     string
		More     bool
		Untold   bool
	}
)

// named returns the number of a word that schema 2 stored.
func named[E interface{ Of(word string) (E, bool) }](word string) (E, error) {
	var e E
	e, ok := e.Of(word)
	if !ok {
		return e, fmt.Errorf("%q: %w", word, errRecord)
	}
	return e, nil
}

// each2 converts a list.
func each2[Old, New any](old []Old, of func(Old) (New, error)) ([]New, error) {
	var out []New
	for _, o := range old {
		n, err := of(o)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func opOf2(o op2) (store.Op, error) {
	out := store.Op{
		Person: store.Ref(o.Person), Group: store.Ref(o.Group), From: store.Ref(o.From), Account: o.Account, Team: o.Team,
		Reason: store.Reason{Text: o.Reason.Text, By: o.Reason.By, Readings: o.Reason.Readings}, After: store.Ref(o.After), Makes: o.Makes,
		Login: o.Login, TeamName: o.TeamName,
	}
	for _, c := range o.Changes {
		out.Changes = append(out.Changes, store.Change{Attribute: c.Attribute, Old: c.Old, New: c.New})
	}
	var err error
	if out.Kind, err = named[store.Kind](o.Kind); err != nil {
		return out, err
	}
	basis := o.Reason.Basis
	if basis == "stated" {
		basis = "shown"
	}
	if out.Reason.Basis, err = named[store.Basis](basis); err != nil {
		return out, err
	}
	out.Reason.Claims, err = each2(o.Reason.Claims, func(c claim2) (store.Claim, error) {
		kind, err := named[store.Object](c.Kind)
		return store.Claim{Kind: kind, Ref: store.Ref(c.Ref)}, err
	})
	return out, err
}

func intentOf2(o intent2) (store.Intent, error) {
	ops, err := each2(o.Ops, opOf2)
	return store.Intent{At: o.At, Ops: ops}, err
}

func heldPartOf2(o heldPart2) (heldPart, error) {
	out := heldPart{Goes: o.Goes, Held: store.Hold{Text: o.Held.Text, WayOut: o.Held.WayOut}}
	var err error
	if out.Held.Why, err = named[store.Why](o.Held.Why); err != nil {
		return out, err
	}
	if out.Held.Exit, err = named[store.Exit](o.Held.Exit); err != nil {
		return out, err
	}
	out.Held.Ops, err = each2(o.Held.Ops, opOf2)
	return out, err
}

func retryOf2(o retry2) (store.Retry, error) {
	class, err := named[store.Class](o.Retry.Class)
	return store.Retry{
		Key: o.Retry.Key, Person: store.Ref(o.Person), Attempts: o.Retry.Attempts, Last: o.Retry.Last, Class: class, Text: o.Retry.Text,
		Account: o.Retry.Account,
	}, err
}

func approvalOf2(o approval2) (store.Approval, error) {
	why, err := named[store.Why](o.Why)
	return store.Approval{Hold: o.Hold, Why: why, By: o.By, At: o.At, Expires: o.Expires, Ops: o.Ops, Removals: o.Removals}, err
}

func controlOf2(o control2) (store.Control, error) {
	return store.Control{
		Paused: o.Paused, PausedBy: o.PausedBy, PausedAt: o.PausedAt, Base: store.Base(o.Base), Verified: o.Verified, Due: o.Again, Writer: o.Writer,
	}, nil
}

func removalOf2(o removal2) (store.Removal, error) {
	kind, err := named[store.Kind](o.Kind)
	return store.Removal{At: o.At, Kind: kind, Person: store.Ref(o.Person), Team: o.Team, Approved: o.Approved}, err
}

func importedOf2(o imported2) (store.Imported, error) {
	kind, err := named[store.Object](o.Kind)
	return store.Imported{Kind: kind, Ref: store.Ref(o.Ref), From: o.From, Name: o.Name}, err
}

func eventOf2(o event2) (store.Event, error) {
	out := store.Event{
		At: o.At, Person: store.Ref(o.Person), From: store.Ref(o.From), Account: o.Account, Team: o.Team, Changed: o.Changed, Reason: o.Reason, Text: o.Text,
	}
	var err error
	if out.Kind, err = named[store.Kind](o.Kind); err != nil {
		return out, err
	}
	out.Result, err = named[store.Done](o.Result)
	return out, err
}

func runOf2(o run2) (store.Run, error) {
	out := store.Run{
		ID: o.ID, Trigger: o.Trigger, DryRun: o.DryRun, Started: o.Started, Ended: o.Ended, Error: o.Error, Requests: store.Requests(o.Requests),
		Verified: o.Verified, Base: o.Base, More: o.More, Untold: o.Untold,
	}
	for _, s := range o.Sources {
		out.Sources = append(out.Sources, store.SourceRun{
			Name: s.Name, Complete: s.Complete, Followed: s.Followed, Stated: s.Stated, Error: s.Error, Took: s.Took, Size: store.Size(s.Size),
			Unresolved: s.Unresolved, Generation: s.Generation,
		})
	}
	for _, w := range o.Warnings {
		out.Warnings = append(out.Warnings, store.Warning(w))
	}
	var err error
	if out.Result, err = named[store.Result](o.Result); err != nil {
		return out, err
	}
	out.Counts, err = each2(o.Counts, func(c count2) (store.Count, error) {
		kind, err := named[store.Kind](c.Kind)
		return store.Count{Kind: kind, Planned: c.Planned, Held: c.Held, Done: c.Done, Failed: c.Failed, Skipped: c.Skipped}, err
	})
	if err != nil {
		return out, err
	}
	out.Failures, err = each2(o.Failures, func(f failure2) (store.Failure, error) {
		op, err := opOf2(f.Op)
		if err != nil {
			return store.Failure{}, err
		}
		class, err := named[store.Class](f.Class)
		return store.Failure{Op: op, Class: class, Text: f.Text}, err
	})
	return out, err
}
