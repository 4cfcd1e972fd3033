package io.millrace.invoicer.reference;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.millrace.invoicer.contract.Json;
import io.millrace.invoicer.contract.Open;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// What the API takes and answers, for programs and for people. A test writes the document from what the service
/// reads and shows, and fails as long as it says anything else.
@Controller("/api")
class ReferenceController {
    private final byte[] document = document("openapi.json");
    private final byte[] page = new ReferencePage(Json.tree(new String(document, StandardCharsets.UTF_8)))
            .html()
            .getBytes(StandardCharsets.UTF_8);

    /// OpenAPI 3.1.
    @Open
    @Get("/v1/openapi.json")
    @Produces(MediaType.APPLICATION_JSON)
    byte[] openapi() {
        return document;
    }

    @Open
    @Get("/docs")
    @Produces(MediaType.TEXT_HTML)
    byte[] page() {
        return page;
    }

    private static byte[] document(String name) {
        try (var file = ReferenceController.class.getResourceAsStream("/invoicer/" + name)) {
            return Objects.requireNonNull(file, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
