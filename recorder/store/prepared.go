package store

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// prepared is a connector whose connections keep the statements that they
// compiled: the same few run again and again, and compiling one takes longer
// than running it.
type prepared struct{ driver.Connector }

func newPrepared(dsn string) (prepared, error) {
	c, err := sqlite.NewConnector(dsn)
	return prepared{c}, err
}

// Connect opens a connection.
func (p prepared) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{fullConn: c.(fullConn), kept: map[string]*kept{}}, nil
}

// fullConn is what database/sql uses of a connection.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeps bounds the statements that one connection keeps.
const keeps = 256

// conn belongs to one caller at a time: database/sql sees to it.
type conn struct {
	fullConn
	kept map[string]*kept
}

// kept is a compiled statement.
type kept struct {
	stmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	busy bool // its rows are being read
}

// statement is the compiled statement of a text, nil if it is in use.
func (c *conn) statement(ctx context.Context, text string) (*kept, error) {
	if k := c.kept[text]; k != nil {
		if k.busy {
			return nil, nil
		}
		return k, nil
	}
	if len(c.kept) >= keeps {
		return nil, nil
	}
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	k := &kept{}
	k.stmt = s.(interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	})
	c.kept[text] = k
	return k, nil
}

// ExecContext runs a statement.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.fullConn.ExecContext(ctx, text, args)
	}
	return k.stmt.ExecContext(ctx, args)
}

// QueryContext runs a statement that has rows.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	k, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.fullConn.QueryContext(ctx, text, args)
	}
	rows, err := k.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return keptRows{rows, k}, nil
}

// keptRows let go of their statement when they are closed.
type keptRows struct {
	driver.Rows
	of *kept
}

// Close ends the reading.
func (r keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// Close ends the connection and its statements.
func (c *conn) Close() error {
	for _, k := range c.kept {
		_ = k.stmt.Close()
	}
	clear(c.kept)
	return c.fullConn.Close()
}
