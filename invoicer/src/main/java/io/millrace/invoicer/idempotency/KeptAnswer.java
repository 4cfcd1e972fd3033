package io.millrace.invoicer.idempotency;

/// How a request was answered.
///
/// @param request the hash of its method, address and body
/// @param body JSON, byte by byte as it was sent
record KeptAnswer(String request, int status, byte[] body) {
    /// A refusal has changed nothing.
    boolean isRefusal() {
        return status >= 400;
    }

    /// What failed, or met another request half way, is tried again, so nobody keeps it.
    boolean isForNow() {
        return status >= 500 || status == 409;
    }
}
