package okta

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v3"
)

// minRSA is the smallest RSA key that is taken, in bits.
const minRSA = 2048

// signerOf returns what signs with a key that is written as PEM: PKCS#1 (RSA PRIVATE
// KEY), SEC 1 (EC PRIVATE KEY) or PKCS#8 (PRIVATE KEY). No error shows any of it.
func signerOf(text, keyID string) (jose.Signer, error) {
	key, err := parseKey([]byte(text))
	if err != nil {
		return nil, err
	}
	algorithm, err := algorithmOf(key)
	if err != nil {
		return nil, err
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", keyID)
	return jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
}

// parseKey finds the private key, past what else the PEM holds.
func parseKey(text []byte) (crypto.PrivateKey, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errors.New("holds no private key as PEM (-----BEGIN PRIVATE KEY-----)")
		}
		var key crypto.PrivateKey
		var err error
		switch block.Type {
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("is encrypted with a password, which is not supported: keep it as a secret instead")
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("holds a %s that cannot be read", block.Type)
		}
		return key, nil
	}
}

func algorithmOf(key crypto.PrivateKey) (jose.SignatureAlgorithm, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < minRSA {
			return "", fmt.Errorf("is an RSA key of %d bits; make one of %d at least", k.N.BitLen(), minRSA)
		}
		return jose.RS256, nil
	case *ecdsa.PrivateKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return jose.ES256, nil
		case 384:
			return jose.ES384, nil
		case 521:
			return jose.ES512, nil
		}
	}
	return "", errors.New("is neither an RSA key nor one of the curves P-256, P-384 and P-521")
}
