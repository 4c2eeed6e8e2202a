package ad

import (
	"errors"
	"strings"

	"writersync/connectors"
)

func rejected(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Rejected, Op: op, Err: err, Hint: hint}
}

func corrupt(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Corrupt, Op: op, Err: err, Hint: hint}
}

func transient(op string, err error, hint string) error {
	return &connectors.Error{Class: connectors.Transient, Op: op, Err: err, Hint: hint}
}

// refused gives a refusal to bind the names of this connector's own settings.
func refused(err error) error {
	var e *connectors.Error
	if !errors.As(err, &e) || e.Class != connectors.Denied || !strings.HasPrefix(e.Op, "bind as ") {
		return err
	}
	own := *e
	own.Op = strings.Replace(own.Op, "bind.dn", "bind.user", 1)
	if strings.Contains(own.Hint, "bind.dn") {
		own.Hint = "Check bind.user and bind.password, and that the account is neither disabled, expired nor locked."
	}
	return &own
}

// unlessRefused returns err, unless it says that the account may not look: then nothing
// is seen, which is what an account with few rights is told.
func unlessRefused(err error) error {
	var e *connectors.Error
	if errors.As(err, &e) && (e.Class == connectors.Rejected || e.Class == connectors.Denied) {
		return nil
	}
	return err
}
