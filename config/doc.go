// Package config reads the configuration file. It owns the file's sections, their
// defaults, the rules they must obey, the ways a secret may be referred to, the
// JSON schema of the file, and the text that says what in it decides.
//
// A source's own fields belong to its connector: this package decodes them
// strictly into the type that the registry names and asks it for its faults. It
// must not know any connector, nor what is done with what it read; it reads no
// environment variable and opens no secret until one is revealed.
//
// Its one invariant: a Config that Load returned has no fault, and the error of
// one that has faults names all of them, each with its line and what to write
// instead, and none with the value of a secret.
package config
