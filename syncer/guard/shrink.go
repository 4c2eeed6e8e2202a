package guard

import (
	"fmt"

	"writersync/syncer/plan"
)

// A reading that lost a fifth against the last accepted one is not believed
// without an approval. In a small company three people are a fifth, so fewer than
// that never count: the other rails see them one by one.
const (
	shrinkShare = 5 // one part in so many
	shrinkFloor = 3
)

// shrink compares a source with its last accepted reading. What follows from one
// that shrank is held: removals, and updates too, since a parser that lost people
// has lost attributes as well.
type shrink struct{}

func (shrink) Name() plan.Why { return WhyShrink }

func (shrink) Check(p plan.Plan, ev Evidence) []plan.Hold {
	var holds []plan.Hold
	for _, s := range ev.Sources {
		if !Shrunk(s) {
			continue
		}
		holds = append(holds, plan.Hold{
			Why: WhyShrink, Exit: plan.Approve,
			Ops: where(p, func(o plan.Op) bool {
				return (o.Removes() || o.Kind == plan.UpdateUser) && o.Rests(s.Name)
			}),
			Text: fmt.Sprintf("source %s shrank from %d people, %d groups, %d memberships to %d, %d, %d since the last accepted reading",
				s.Name, s.Accepted.Users, s.Accepted.Groups, s.Accepted.Memberships, s.Size.Users, s.Size.Groups, s.Size.Memberships),
			WayOut: "If the directory really lost so much, approve; if not, look at the source's base, filter and permissions.",
		})
	}
	return holds
}

// Shrunk reports whether a source lost more than a fifth of its people, groups or
// memberships since the last accepted reading.
func Shrunk(s Source) bool {
	fell := func(was, is int) bool { return was-is >= shrinkFloor && (was-is)*shrinkShare > was }
	return fell(s.Accepted.Users, s.Size.Users) || fell(s.Accepted.Groups, s.Size.Groups) ||
		fell(s.Accepted.Memberships, s.Size.Memberships)
}
