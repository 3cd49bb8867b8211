// JOSE: JSON Web Keys, signatures and tokens (RFC 7515, 7517, 7518, 7519, 7638, 8037) and the few primitives below them.
//
// It owns every call of libcrypto (all of them in OpenSSL/), strict base64url, strict JSON, `Secret` and `Instant`.
// It must not know HTTP, the clock, storage or any package: times, bytes and randomness come in as arguments.
//
// Two promises hold everywhere. What has not been verified cannot show its claims, because `UnverifiedToken` has no
// way to. And no input, however malformed, ends the process.
