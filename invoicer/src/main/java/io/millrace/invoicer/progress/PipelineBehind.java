package io.millrace.invoicer.progress;

/// The pipeline is not complete yet, and waiting has taken as long as it may; the message names who is behind.
public final class PipelineBehind extends Exception {
    private static final long serialVersionUID = 1;

    PipelineBehind(String message) {
        super(message);
    }
}
