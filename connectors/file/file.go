package file

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"writersync/connectors"
)

// A Connector reads one pair of files.
type Connector struct {
	config Config
	name   string

	attributes map[connectors.Attribute]string // the column of each
	observe    connectors.Observer
}

var _ connectors.Connector = (*Connector)(nil)

// Read states every person and, where groups are configured, every group. See the
// package documentation for what proves that the reading was whole.
func (c *Connector) Read(ctx context.Context, r *connectors.Reading) (connectors.Complete, error) {
	withStatus := false
	columns, attributes := c.personColumns()
	people, err := c.each(ctx, c.config.People, columns, func(row *row) error {
		u, err := c.user(row, attributes)
		if err != nil {
			return err
		}
		withStatus = withStatus || row.stated[columnStatus]
		return r.User(u)
	})
	if err != nil {
		return connectors.Complete{}, fmt.Errorf("read people: %w", err)
	}
	var groups connectors.File
	if c.config.Groups != "" {
		if groups, err = c.groups(ctx, r); err != nil {
			return connectors.Complete{}, fmt.Errorf("read groups: %w", err)
		}
	}
	return r.Complete(connectors.Evidence{
		Closed: "every file was read to its end", Users: connectors.Uncounted, Groups: connectors.Uncounted,
		Sentinel: c.config.Whole.sentinel(), Files: [2]connectors.File{people, cmp.Or(groups, people)},
		Identity: c.identity(withStatus),
	})
}

// identity names what people are known by, and whether the file says who is
// disabled: one that loses that column would make everybody active who had left.
func (c *Connector) identity(withStatus bool) string {
	by := "email"
	if c.config.ID == ByColumn {
		by = "column " + c.config.Columns.ID
	}
	if withStatus {
		return by + ", with status"
	}
	return by + ", without status"
}

// groups gathers the groups, whose rows may stand in any order, and states them.
func (c *Connector) groups(ctx context.Context, r *connectors.Reading) (connectors.File, error) {
	all := newGathering()
	columns := c.groupColumns()
	f, err := c.each(ctx, c.config.Groups, columns, func(row *row) error { return c.membership(row, all) })
	if err != nil {
		return connectors.File{}, err
	}
	return f, all.state(ctx, r)
}

// sentinel names what vouches for a file.
func (w Whole) sentinel() string {
	if w == Checksum {
		return "the SHA-256 of every file is the one beside it"
	}
	return "every file is put in place by rename, as the configuration promises, and was the same before and after"
}

// each calls do with every row of a file, and then sees that the file was whole.
func (c *Connector) each(ctx context.Context, path string, columns []column, do func(*row) error) (connectors.File, error) {
	started := time.Now()
	f, err := c.eachRow(ctx, path, columns, do)
	c.observe.Request(c.name, codeOf(err), time.Since(started))
	return f, err
}

func (c *Connector) eachRow(ctx context.Context, path string, columns []column, do func(*row) error) (read connectors.File, err error) {
	f, err := open(path, c.config.Whole)
	if err != nil {
		return read, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows := c.config.jsonRows
	if c.config.format(path) == FormatCSV {
		rows = c.config.csvRows
	}
	err = rows(f, columns, func(row *row) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := do(row); err != nil {
			return row.at(err)
		}
		return nil
	})
	if ctx.Err() != nil {
		return read, fmt.Errorf("read %s: %w", path, context.Cause(ctx))
	}
	// That the file changed under our hands explains what else went wrong with it.
	if werr := f.whole(); werr != nil {
		return read, werr
	}
	return f.file(), err
}

// codeOf returns the bounded name of an outcome for an Observer.
func codeOf(err error) string {
	if err == nil {
		return "file-read"
	}
	return "file-" + string(connectors.ClassOf(err))
}
