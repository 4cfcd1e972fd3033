package io.millrace.invoicer.contract;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.URISyntaxHandler;
import jakarta.inject.Singleton;
import java.net.URISyntaxException;

/// Refuses in the contract's form what is no address, such as `/api/v1/plans/%zz`: no filter sees such a request.
@Singleton
@Replaces(URISyntaxHandler.class)
final class AddressHandler implements ExceptionHandler<URISyntaxException, HttpResponse<?>> {
    private final RefusalHandler refusals;

    AddressHandler(RefusalHandler refusals) {
        this.refusals = refusals;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<?> handle(HttpRequest request, URISyntaxException exception) {
        return refusals.handle(request, new Refusal.BadRequest("address is malformed"));
    }
}
