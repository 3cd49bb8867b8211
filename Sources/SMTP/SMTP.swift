// SMTP sends one message to one mail server: what a message looks like on the wire (RFC 5322, 2045–2047) and how it is
// handed over (RFC 5321, by libcurl). It knows nothing of a queue, of who the mail is for, or of the wall clock.
