package ad

import "time"

// Hasten makes a watch ask more often than once a second, and wait for less.
func (c *Connector) Hasten(every, timeout time.Duration) { c.pollEvery, c.pollTimeout = every, timeout }
