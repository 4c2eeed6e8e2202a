package ldap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/uuid"

	"writersync/connectors"
)

// A message is one that a server sends in answer to a sync request.
type message struct {
	entry    *goldap.Entry
	referral string
	controls []goldap.Control
}

// said is an answer of such messages, which ends in silence or with an error.
type said struct {
	messages []message
	now      message
	err      error
}

func (s *said) Entry() *goldap.Entry       { return s.now.entry }
func (s *said) Referral() string           { return s.now.referral }
func (s *said) Controls() []goldap.Control { return s.now.controls }
func (s *said) Err() error                 { return s.err }

func (s *said) Next() bool {
	if len(s.messages) == 0 {
		return false
	}
	s.now, s.messages = s.messages[0], s.messages[1:]
	return true
}

func syncID(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("00000000-0000-0000-0000-%012d", n)) }

func stateOf(n int, state goldap.ControlSyncStateState) message {
	return message{entry: &goldap.Entry{DN: fmt.Sprintf("uid=u%d", n)}, controls: []goldap.Control{&goldap.ControlSyncState{State: state, EntryUUID: syncID(n)}}}
}

func idSet(deletes bool, ids ...int) message {
	set := &goldap.ControlSyncInfoSyncIdSet{RefreshDeletes: deletes}
	for _, n := range ids {
		set.SyncUUIDs = append(set.SyncUUIDs, syncID(n))
	}
	return message{controls: []goldap.Control{&goldap.ControlSyncInfo{SyncIdSet: set}}}
}

func doneWith(cookie string) message {
	return message{controls: []goldap.Control{&goldap.ControlSyncDone{Cookie: []byte(cookie)}}}
}

// TestRefreshTakesIn shows what a refresh makes of the messages of RFC 4533.
func TestRefreshTakesIn(t *testing.T) {
	present := message{controls: []goldap.Control{&goldap.ControlSyncInfo{RefreshPresent: &goldap.ControlSyncInfoRefreshPresent{}}}}
	var flood []message
	for n := range maxRefresh + 1 {
		flood = append(flood, stateOf(n, goldap.SyncStateAdd))
	}
	tests := []struct {
		name     string
		messages []message
		want     string // of changed, gone, present and cookie
		lost     string // part of why a whole reading is better
		fails    bool
	}{
		{name: "nothing changed", messages: []message{doneWith("")}, want: "0 [] - old"},
		{
			name:     "the session log says all",
			messages: []message{idSet(true, 1, 2), stateOf(3, goldap.SyncStateModify), stateOf(4, goldap.SyncStateAdd), stateOf(5, goldap.SyncStateDelete), doneWith("new")},
			want:     "2 [1 2 5] - new",
		},
		{
			name:     "without one, who is still there",
			messages: []message{idSet(false, 1, 2), stateOf(6, goldap.SyncStatePresent), stateOf(3, goldap.SyncStateModify), doneWith("new")},
			want:     "1 [] 1,2,6 new",
		},
		{name: "who is still there, and nobody listed", messages: []message{present, doneWith("new")}, want: "0 []  new"},
		{name: "it ends in silence", messages: []message{stateOf(3, goldap.SyncStateModify)}, fails: true},
		{name: "an entry without its state", messages: []message{{entry: &goldap.Entry{}}, doneWith("new")}, lost: "without its state"},
		{name: "a referral", messages: []message{{referral: "ldap://elsewhere.example"}, doneWith("new")}, lost: "another server"},
		{name: "a flood", messages: flood, lost: "more than 5000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Refresh{Cookie: []byte("old")}
			lost, err := r.takeAll(&said{messages: tt.messages})
			if (err != nil) != tt.fails || (lost != nil) != (tt.lost != "") || (lost != nil && !strings.Contains(lost.Error(), tt.lost)) {
				t.Fatalf("lost %v, error %v", lost, err)
			}
			if got := summary(r); tt.want != "" && got != tt.want {
				t.Errorf("it is %q, want %q", got, tt.want)
			}
		})
	}
}

func summary(r *Refresh) string {
	short := func(id string) string { return strings.TrimLeft(id, "0-") }
	var gone, listed []string
	for _, id := range r.Gone {
		gone = append(gone, short(id))
	}
	for id := range r.Present {
		listed = append(listed, short(id))
	}
	slices.Sort(listed)
	there := "-"
	if r.Present != nil {
		there = strings.Join(listed, ",")
	}
	return fmt.Sprintf("%d %v %s %s", len(r.Changed), gone, there, r.Cookie)
}

func TestPlaceIsReached(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600))
	for since, lost := range map[string]bool{"20260302080000Z": false, "20260302080001Z": true, "": false} {
		if err := (place{Since: since}).reached(now); errors.Is(err, connectors.ErrCursorLost) != lost || (err != nil) != lost {
			t.Errorf("%q: %v", since, err)
		}
	}
}

// FuzzPlace shows that no cursor makes a reading of changes fail in another way than by
// reading whole.
func FuzzPlace(f *testing.F) {
	f.Add(`{"users":"YQ==","groups":"Yg=="}`)
	f.Add(`{"since":"20260302090000Z"}`)
	f.Add(`{"since":"20260302090000Z)(uid=*"}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPlace(connectors.Cursor(text))
		if err != nil {
			return
		}
		if !p.follows() {
			if _, err := ParseFilter(changedSince(p.Since).String()); err != nil || strings.ContainsAny(p.Since, "()*\\") {
				t.Errorf("the time %q breaks the filter", p.Since)
			}
		}
		again, err := p.cursor()
		if err != nil || again == "" {
			t.Errorf("%q cannot be written again: %v", text, err)
		}
	})
}
