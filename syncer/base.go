package syncer

import (
	"crypto/sha256"
	"encoding/hex"
)

// mappingVersion is part of every base: it moves when this program maps a
// directory's facts to accounts in another way, so that an upgrade shows what it
// would change before it changes it.
const mappingVersion = "2"

// BaseOf names what passes decide under, by the text of the configuration that decides
// (see Options.Base).
func BaseOf(text string) string {
	sum := sha256.Sum256([]byte("mapping " + mappingVersion + "\n" + text))
	return hex.EncodeToString(sum[:])
}
