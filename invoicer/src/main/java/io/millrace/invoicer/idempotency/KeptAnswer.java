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

    /// What failed is tried again, so nobody keeps it.
    boolean isFailure() {
        return status >= 500;
    }
}
