package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"writersync/connectors"
	"writersync/syncer"
	"writersync/syncer/store"
)

// A Client is an Engine in another process, behind a unix socket.
type Client struct {
	socket string
	http   *http.Client
}

var _ Engine = (*Client)(nil)

// Dial returns a client of the daemon that listens on socket, or an error if
// none does.
func Dial(ctx context.Context, socket string) (*Client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	if err := conn.Close(); err != nil {
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", socket)
	}}
	return &Client{socket: socket, http: &http.Client{Transport: transport}}, nil
}

// Close lets go of the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status implements Engine.
func (c *Client) Status(ctx context.Context) (out syncer.Status, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/status", nil, &out)
	return out, err
}

// Explain implements Engine.
func (c *Client) Explain(ctx context.Context, text string) (out syncer.Explanation, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/explanations", explainRequest{Text: text}, &out)
	return out, err
}

// Snapshot implements Engine.
func (c *Client) Snapshot(ctx context.Context) (out syncer.Snapshot, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/snapshot", nil, &out)
	return out, err
}

// Pass implements Engine.
func (c *Client) Pass(ctx context.Context, r syncer.Request) (out syncer.Outcome, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/passes", r, &out)
	return out, err
}

// Approve implements Engine.
func (c *Client) Approve(ctx context.Context, hash, by string) (out store.Approval, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/approvals", approveRequest{Hash: hash, By: by}, &out)
	return out, err
}

// Part implements Engine.
func (c *Client) Part(ctx context.Context, person connectors.Ref) (out connectors.Ref, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/partings", person, &out)
	return out, err
}

// Pause implements Engine.
func (c *Client) Pause(ctx context.Context, on bool, by string) error {
	return c.call(ctx, http.MethodPost, "/v1/pause", pauseRequest{On: on, By: by}, &struct{}{})
}

// Backup implements Engine.
func (c *Client) Backup(ctx context.Context, path string, force bool) error {
	return c.call(ctx, http.MethodPost, "/v1/backup", backupRequest{Path: path, Force: force}, &struct{}{})
}

// Compact implements Engine.
func (c *Client) Compact(ctx context.Context) (out Compaction, err error) {
	err = c.call(ctx, http.MethodPost, "/v1/compactions", struct{}{}, &out)
	return out, err
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) (err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://writersync"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the daemon on %s: %w", c.socket, err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	dec := json.NewDecoder(resp.Body)
	if resp.StatusCode != http.StatusOK {
		var e errorBody
		if derr := dec.Decode(&e); derr != nil || e.Error == "" {
			if resp.StatusCode == http.StatusNotFound {
				return fmt.Errorf("the daemon on %s does not know what it is asked for: it is of an older version: restart it", c.socket)
			}
			return fmt.Errorf("the daemon on %s answered %s", c.socket, resp.Status)
		}
		return errors.New(e.Error)
	}
	if err := dec.Decode(out); err != nil {
		return fmt.Errorf("decode the daemon's answer: %w", err)
	}
	return nil
}
