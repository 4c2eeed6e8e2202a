package apply

import (
	"fmt"
	"runtime/debug"
)

// A PanicError is a fault of the program that ended one piece of work and not the
// process. What was under way is unknown, and looked at by the next pass.
type PanicError struct {
	Value any
	Stack []byte // for the log, not for people
}

// Error says that this is no mistake of the reader's.
func (e *PanicError) Error() string {
	return fmt.Sprintf("a fault of the program: %v. Nothing else is affected; please report it with the log", e.Value)
}

// Contain does work, and returns a panic as a *PanicError.
func Contain(work func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return work()
}
