// WebAuthn: the relying party's half of W3C Web Authentication Level 3: what a ceremony asks, how its answer is read,
// and every step of §7.1 (registration) and §7.2 (authentication) as one list of checks each.
//
// It owns CBOR, COSE keys, client data, authenticator data, attestation and the JSON forms. It must not know users,
// storage, HTTP, the clock or randomness: challenges and credential records come in as arguments, and what is verified
// goes out as a value. Signatures are checked by JOSE.
//
// What a browser sent and what has been verified are different types: `RegistrationResponse` and `Registered`,
// `AuthenticationResponse` and `Authenticated`. The latter have no initializer outside this module. And no input,
// however malformed, ends the process.
