package syncer

import (
	"crypto/sha256"
	"encoding/hex"
)

// mappingVersion is part of every base: it moves when this program maps a
// directory's facts to accounts in another way, so that an upgrade shows what it
// would change before it changes it.
const mappingVersion = "2"

// baseHash names what a diff is made under.
func baseHash(text string) string {
	sum := sha256.Sum256([]byte("mapping " + mappingVersion + "\n" + text))
	return hex.EncodeToString(sum[:])
}
