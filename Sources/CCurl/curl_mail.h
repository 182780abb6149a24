#pragma once

#include <curl/curl.h>
#include <string.h>

/* A mail that is being sent: what is left of it. */
typedef struct {
    const char *bytes;
    size_t left;
} tandem_mail;

static inline size_t tandem_mail_read(char *buffer, size_t size, size_t count, void *context) {
    tandem_mail *mail = context;
    size_t length = size * count < mail->left ? size * count : mail->left;
    memcpy(buffer, mail->bytes, length);
    mail->bytes += length;
    mail->left -= length;
    return length;
}

/* Sends one mail by SMTP and tells curl's result; `status` is the server's last answer, 0 where there was none.
   Swift cannot call curl_easy_setopt, whose last argument is of any type. */
static inline CURLcode tandem_mail_send(
    const char *url, const char *user, const char *password, int needs_tls, const char *from, const char *to,
    const char *bytes, size_t length, long *status) {
    CURL *curl = curl_easy_init();
    if (!curl) return CURLE_FAILED_INIT;
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    tandem_mail mail = {bytes, length};
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (user) curl_easy_setopt(curl, CURLOPT_USERNAME, user);
    if (password) curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, needs_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, tandem_mail_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &mail);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    CURLcode code = curl_easy_perform(curl);
    *status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(curl);
    return code;
}
