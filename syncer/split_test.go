package syncer_test

import (
	"testing"

	"writersync/syncer"
	"writersync/syncer/apply/applytest"
)

// TestSplitEndsWhatIsApplied: a plan that takes two people for one is not carried on with
// once they were split; the next run decides anew.
func TestSplitEndsWhatIsApplied(t *testing.T) {
	h := settled(t)
	h.options.Concurrency = 1
	mails := []string{"cira.ahlberg@example.com", "edda.ahlberg@example.com", "falk.ahlberg@example.com", "gita.ahlberg@example.com"}
	for _, mail := range mails {
		h.company.Leave(mail)
	}
	h.approveAll(h.pass())
	writes := 0
	h.writer.Before = func(applytest.Entry) error {
		if writes++; writes > 1 {
			return nil
		}
		return h.store.Update(t.Context(), func(tx syncer.Writer) error { // as Split does
			c, err := tx.Control()
			c.Splits++
			if err != nil {
				return err
			}
			return tx.SetControl(c)
		})
	}
	out := h.pass()
	if writes != 1 || !out.Run.More || out.Run.Error != "" {
		t.Errorf("%d requests were sent, and the run ended with %+v", writes, out.Run)
	}
	h.writer.Before = nil
	for range 2 {
		h.pass()
	}
	inactive := 0
	for _, a := range h.writer.Accounts() {
		if !a.Active {
			inactive++
		}
	}
	if out := h.pass(); inactive != len(mails) || len(out.Plan.Ops) > 0 {
		t.Errorf("%d accounts are inactive, want %d\n%s", inactive, len(mails), out.Plan)
	}
}
