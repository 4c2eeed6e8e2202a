package ad

import (
	"encoding/hex"
	"errors"
	"strings"
)

// A guid is an objectGUID in the order in which its text is read. The directory keeps
// the first three of its five parts with the lowest byte first (MS-DTYP section 2.3.4).
type guid [16]byte

var errGUID = errors.New("malformed GUID")

// order gives for each byte of a guid its place in the directory's value.
func order() [16]int { return [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} }

// guidOf reads the value of an attribute such as objectGUID.
func guidOf(value string) (guid, error) {
	var g guid
	if len(value) != len(g) {
		return g, errGUID
	}
	for i, from := range order() {
		g[i] = value[from]
	}
	return g, nil
}

// parseGUID reads the text form, in any case.
func parseGUID(text string) (guid, error) {
	var g guid
	parts := strings.Split(text, "-")
	if len(parts) != 5 {
		return g, errGUID
	}
	at := 0
	for i, bytes := range [5]int{4, 2, 2, 2, 6} {
		if len(parts[i]) != 2*bytes {
			return g, errGUID
		}
		if _, err := hex.Decode(g[at:], []byte(parts[i])); err != nil {
			return g, errGUID
		}
		at += bytes
	}
	return g, nil
}

// String returns the text form in lower case: "6f1e2ad4-0c3b-4a5e-9d7f-0123456789ab".
func (g guid) String() string {
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// value returns g as the directory keeps it.
func (g guid) value() string {
	var out [16]byte
	for i, to := range order() {
		out[to] = g[i]
	}
	return string(out[:])
}

// name returns what stands for the name of the object in a request (MS-ADTS section
// 3.1.1.3.1.2.4).
func (g guid) name() string { return "<GUID=" + g.String() + ">" }
