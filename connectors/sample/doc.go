// Package sample is a directory in memory: a company of sixty people in eight
// groups, for `writersync demo`. It reads no file and reaches no server.
//
// It must not know that anything is a demonstration: to the rest of the program
// it is a source like any other, which can prove and whose people come and go.
//
// Its one invariant: a reading states the company as it stood at one moment.
package sample
