// LatchkeyVerifier
