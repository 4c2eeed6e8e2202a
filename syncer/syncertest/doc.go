// Package syncertest says what Writer should hold, given a directory: naively,
// from the whole directory at once, without state, and without any code of the
// plan. Tests hold the far end against it.
package syncertest
