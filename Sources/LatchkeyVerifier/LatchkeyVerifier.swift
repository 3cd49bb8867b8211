// LatchkeyVerifier: what a resource server embeds to verify access tokens offline.
//
// It owns the rules of RFC 9068 §4 for access tokens, those of RFC 7662 for API tokens, the cache of the issuer's keys
// and those of verified tokens; and what every API needs whatever it is built on: how often a caller may come, and what
// a request is called. It must not know the server, the network (keys come as a value or through an injected
// fetch, introspection through another) or any package but this.
//
// JOSE is exported, because its types are in the interface: `Instant`, `SignatureAlgorithm`, `JSONWebKeySet` and
// `JSONObject` come with `import LatchkeyVerifier`.
@_exported public import JOSE
