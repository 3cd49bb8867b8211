// libcurl 7.85 or later, as Debian's libcurl4-openssl-dev installs it.
//
// Swift cannot call functions with a variable number of arguments: each kind of argument has a function here. The type
// checks of libcurl's own header are macros around the call, and are replaced by the types of these functions.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// libcurl makes a copy of the text.
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

// Of CURLOPT_READFUNCTION, CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
typedef size_t (*ccurl_data_function)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_function(CURL *handle, CURLoption option, ccurl_data_function value) {
    return curl_easy_setopt(handle, option, value);
}

// OpenSSL writes to a connection that the other side has closed, and the kernel answers with SIGPIPE, which ends a
// process that knows nothing of it. libcurl leaves signals alone where there are threads (CURLOPT_NOSIGNAL), so this
// thread holds that one back while it uses libcurl, and swallows it.
typedef struct {
    sigset_t former_mask;
    int was_pending;
} ccurl_sigpipe;

static inline int ccurl_sigpipe_is_pending(void) {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static inline ccurl_sigpipe ccurl_hold_sigpipe(void) {
    ccurl_sigpipe held;
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGPIPE);
    held.was_pending = ccurl_sigpipe_is_pending();
    pthread_sigmask(SIG_BLOCK, &mask, &held.former_mask);
    return held;
}

static inline void ccurl_release_sigpipe(ccurl_sigpipe held) {
    if (!held.was_pending && ccurl_sigpipe_is_pending()) {
        sigset_t mask;
        int signal;
        sigemptyset(&mask);
        sigaddset(&mask, SIGPIPE);
        sigwait(&mask, &signal);
    }
    pthread_sigmask(SIG_SETMASK, &held.former_mask, 0);
}
