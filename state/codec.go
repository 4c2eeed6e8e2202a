package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fxamacker/cbor/v2"
)

// The layouts of a record's body. Schema counts the file's.
const (
	recordPlain  = 1
	recordPacked = 2 // deflated; see packers
)

// recordHead is the length of what precedes a body: CRC-32C and version.
const recordHead = 5

// seal makes a record of a body. The checksum covers the key, so that a value
// under another's key is found too.
func seal(key, body []byte) []byte { return sealAs(recordPlain, key, body) }

func sealAs(version byte, key, body []byte) []byte {
	out := make([]byte, recordHead, recordHead+len(body))
	out[4] = version
	out = append(out, body...)
	binary.BigEndian.PutUint32(out, checksum(key, out[4:]))
	return out
}

// unseal returns the body of a record. It aliases value, unless the record is packed.
func unseal(key, value []byte) ([]byte, error) {
	switch {
	case len(value) < recordHead:
		return nil, fmt.Errorf("%d bytes long: %w", len(value), errRecord)
	case binary.BigEndian.Uint32(value) != checksum(key, value[4:]):
		return nil, fmt.Errorf("checksum differs: %w", errRecord)
	case value[4] == recordPlain:
		return value[recordHead:], nil
	case value[4] == recordPacked:
		return unpack(value[recordHead:])
	}
	return nil, fmt.Errorf("version %d of a record: %w", value[4], errLater)
}

func checksum(key, rest []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once by the package; a look-up here
	return crc32.Update(crc32.Checksum(key, table), table, rest)
}

// A codec turns values into CBOR and back. Fields it does not know are an error:
// a value of a later program must not be half understood.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode

	pending *pending
	packers *packers
}

func newCodec() (codec, error) {
	options := cbor.CoreDetEncOptions()
	options.Time = cbor.TimeRFC3339NanoUTC
	enc, err := options.EncMode()
	if err != nil {
		return codec{}, fmt.Errorf("set up encoding: %w", err)
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		// A directory may spell an e-mail or a container in bytes that are not
		// UTF-8; such a record must come back as it was.
		UTF8:             cbor.UTF8DecodeInvalid,
		MaxArrayElements: 1 << 24,
		MaxMapPairs:      1 << 24,
	}.DecMode()
	if err != nil {
		return codec{}, fmt.Errorf("set up decoding: %w", err)
	}
	return codec{enc: enc, dec: dec, pending: newPending(), packers: &packers{}}, nil
}

// sealPacked makes a record of a body, packed if that is worth it.
func (c codec) sealPacked(key, body []byte) ([]byte, error) {
	packed, ok, err := c.packers.pack(body)
	if !ok {
		return seal(key, body), err
	}
	return sealAs(recordPacked, key, packed), nil
}

// encode returns v as a body.
func (c codec) encode(v any) ([]byte, error) {
	body, err := c.enc.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return body, nil
}

// decode fills v from a body.
func (c codec) decode(body []byte, v any) error {
	if err := c.dec.Unmarshal(body, v); err != nil {
		var unknown *cbor.UnknownFieldError
		if errors.As(err, &unknown) {
			return fmt.Errorf("decode %T (%w): %w", v, err, errLater)
		}
		return fmt.Errorf("decode %T (%w): %w", v, err, errRecord)
	}
	return nil
}

// read fills v from a record.
func (c codec) read(key, value []byte, v any) error {
	body, err := unseal(key, value)
	if err != nil {
		return err
	}
	return c.decode(body, v)
}
