// IdentityHTTP
