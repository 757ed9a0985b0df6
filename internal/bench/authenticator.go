package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/url"
)

// An authenticator is a device with one passkey on it, as WebAuthn Level 3 has them:
// ES256, without attestation, its user verified each time.
type authenticator struct {
	origin string
	key    *ecdsa.PrivateKey
	id     []byte // of the passkey
	owner  []byte // the handle that its maker gave
	used   uint32
}

func newAuthenticator(origin string) (*authenticator, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a := &authenticator{origin: origin, key: key, id: make([]byte, 32)}
	_, _ = rand.Read(a.id)
	return a, err
}

// An asked is what a page asks of an authenticator.
type asked struct {
	Challenge string
	User      struct{ ID string }
}

func readAsked(options []byte) (x asked, err error) {
	if err = json.Unmarshal(options, &x); err == nil && x.Challenge == "" {
		err = errors.New("bench: nothing is asked of the passkey")
	}
	return x, err
}

// make answers the options of a registration.
func (a *authenticator) make(options []byte) ([]byte, error) {
	x, err := readAsked(options)
	if err != nil {
		return nil, err
	}
	if a.owner, err = base64.RawURLEncoding.DecodeString(x.User.ID); err != nil {
		return nil, err
	}
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	data, err := a.data(0x45) // present, verified, and a key follows
	if err != nil {
		return nil, err
	}
	data = append(data, make([]byte, 16)...) // of no maker
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(data, a.id...)
	// The key in COSE (RFC 9053, section 7.1): EC2, ES256, P-256, x and y.
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20)
	data = append(append(data, point[1:33]...), 0x22, 0x58, 0x20)
	data = append(data, point[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return a.answer("webauthn.create", x.Challenge, func([]byte) (map[string][]byte, error) {
		return map[string][]byte{"attestationObject": append(object, data...)}, nil
	})
}

// enter answers the options of a sign-in.
func (a *authenticator) enter(options []byte) ([]byte, error) {
	x, err := readAsked(options)
	if err != nil {
		return nil, err
	}
	a.used++
	data, err := a.data(0x05)
	if err != nil {
		return nil, err
	}
	return a.answer("webauthn.get", x.Challenge, func(client []byte) (map[string][]byte, error) {
		what := sha256.Sum256(client)
		whole := sha256.Sum256(append(data[:len(data):len(data)], what[:]...))
		signed, err := ecdsa.SignASN1(rand.Reader, a.key, whole[:])
		return map[string][]byte{"authenticatorData": data, "signature": signed, "userHandle": a.owner}, err
	})
}

// data begins what an authenticator says: for which host, how, and how often before.
func (a *authenticator) data(how byte) ([]byte, error) {
	u, err := url.Parse(a.origin)
	if err != nil {
		return nil, err
	}
	host := sha256.Sum256([]byte(u.Hostname()))
	return binary.BigEndian.AppendUint32(append(host[:], how), a.used), nil
}

// answer is the JSON that a browser sends.
func (a *authenticator) answer(what, challenge string, says func(client []byte) (map[string][]byte, error)) ([]byte, error) {
	client, err := json.Marshal(map[string]any{"type": what, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		return nil, err
	}
	said, err := says(client)
	if err != nil {
		return nil, err
	}
	response := map[string]string{"clientDataJSON": base64.RawURLEncoding.EncodeToString(client)}
	for name, x := range said {
		response[name] = base64.RawURLEncoding.EncodeToString(x)
	}
	id := base64.RawURLEncoding.EncodeToString(a.id)
	return json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response})
}
