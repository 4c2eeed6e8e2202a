//go:build e2e

package ad

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"writersync/connectors"
	"writersync/connectors/ad/sambatest"
)

type deaf struct{}

func (deaf) Request(string, string, time.Duration) {}

// TestPartsOfSamba: Samba gives parts when it is asked for them, and names the last one
// as Windows does.
func TestPartsOfSamba(t *testing.T) {
	s := sambatest.Start(t, sambatest.Options{People: 12, Groups: 3, GroupSize: 4})
	conf := NewConfig()
	conf.URL, conf.TLS.CAFile = s.SecureURL, s.CAFile
	password := connectors.NewSecret("test", func(context.Context) (string, error) { return sambatest.Password, nil })
	conf.Bind = Bind{User: sambatest.ReaderUser, Password: password}
	c, err := open(*conf, connectors.Env{Name: "corp", Log: slog.New(slog.DiscardHandler), Observe: deaf{}})
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := c.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	id, err := parseGUID(s.GUID(sambatest.GroupDN(0)))
	if err != nil {
		t.Fatal(err)
	}
	m := membership{id: id}
	if err := fill(t.Context(), conn, &m); err != nil || len(m.members) != 4 || !m.whole {
		t.Errorf("%d members, whole %t, %v; want 4", len(m.members), m.whole, err)
	}
	e, err := conn.Entry(t.Context(), id.name(), []string{"member;range=1-2"}, extendedNames())
	if err != nil {
		t.Fatal(err)
	}
	if part, err := findRange(e); err != nil || part.first != 1 || len(part.values) != 2 || part.last {
		t.Errorf("part %+v, %v; want two from number 1 on, and more to come", part, err)
	}
}
