package target

import "maps"

// Counts are the requests since the last reset. All but Refused and Unauthorized are
// counted by kind.
type Counts struct {
	Reads         int `json:"reads"`
	Creates       int `json:"creates"`
	Updates       int `json:"updates"`
	Deactivations int `json:"deactivations"`
	Reactivations int `json:"reactivations"`
	Deletions     int `json:"deletions"`
	Edits         int `json:"edits"`  // of teams
	Failed        int `json:"failed"` // writes that were answered with an error, but for 429

	Refused    int         `json:"refused"`    // answered with 429
	Unanswered int         `json:"unanswered"` // of those above: carried out, and the connection cut
	Waiting    int         `json:"waiting"`    // not carried out yet, or not answered: the target has halted
	Trapped    bool        `json:"trapped"`    // the trap has struck
	ByStatus   map[int]int `json:"by_status"`
	Sent       int64       `json:"sent"`     // bytes of answers, without headers
	Received   int64       `json:"received"` // bytes of requests, with headers
}

// Writes is how many requests changed something.
func (c Counts) Writes() int {
	return c.Creates + c.Updates + c.Deactivations + c.Reactivations + c.Deletions + c.Edits
}

func (c *Counts) see(a answer) {
	if c.ByStatus == nil {
		c.ByStatus = map[int]int{}
	}
	c.ByStatus[a.status]++
	c.Sent += int64(len(a.body))
	switch a.done {
	case read:
		c.Reads++
	case create:
		c.Creates++
	case update:
		c.Updates++
	case deactivate:
		c.Deactivations++
	case reactivate:
		c.Reactivations++
	case remove:
		c.Deletions++
	case edit:
		c.Edits++
	case other:
		c.Failed++
	}
}

func (c *Counts) clone() Counts {
	out := *c
	out.ByStatus = maps.Clone(c.ByStatus)
	return out
}
