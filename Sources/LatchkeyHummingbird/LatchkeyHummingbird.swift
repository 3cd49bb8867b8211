// LatchkeyHummingbird: what an API on Hummingbird puts before its routes.
//
// It owns what the verifier's words mean on the wire: bearer tokens and their challenges (RFC 6750, 9470,
// 9728), scopes of routes, limits, repeated calls, pages, offers of other protocols, and the shape of
// answers. It must not know the server that
// gives the tokens; of that it knows the public routes alone.
//
// LatchkeyVerifier is exported, because its types are in the interface: `TokenVerifier`, `VerifiedToken` and, with
// them, those of JOSE.
@_exported public import LatchkeyVerifier
